import pytest

from app.payments.keys import StripeKeys


@pytest.mark.parametrize(
    ("key", "live"), [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False), ("sk_sandbox", False)]
)
def test_live_keys_move_real_money(key: str, live: bool) -> None:
    assert StripeKeys(key, ()).livemode is live


def test_keys_do_not_show_themselves() -> None:
    assert "secret" not in repr(StripeKeys("sk_test_secret", ("whsec_secret",)))
