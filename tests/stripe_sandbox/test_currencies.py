import pytest

from stripe_sandbox import currencies
from stripe_sandbox.errors import ApiError


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "usd", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (100_000_000, "usd", "amount_too_large"),
        (1001, "kwd", "parameter_invalid_integer"),
        (150_050, "isk", "parameter_invalid_integer"),
        (500_001, "ugx", "parameter_invalid_integer"),
    ],
)
def test_amounts_that_stripe_would_not_charge_are_refused(amount: int, currency: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        currencies.check_amount(amount, currency)
    assert caught.value.error["code"] == code


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "usd"), (1010, "kwd"), (150_000, "isk"), (50, "jpy"), (300, "sek")]
)
def test_amounts_that_stripe_would_charge_pass(amount: int, currency: str) -> None:
    assert currencies.check_amount(amount, currency) == amount


def test_an_unknown_currency_is_refused_and_capitals_are_not() -> None:
    assert currencies.check_currency("EUR") == "eur"
    with pytest.raises(ApiError):
        currencies.check_currency("xxx")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(50, "usd", "$0.50 usd"), (160, "kwd", "0.160 kwd"), (50, "jpy", "50 jpy"), (123_456, "eur", "€1,234.56 eur")],
)
def test_messages_show_amounts_as_people_write_them(amount: int, currency: str, text: str) -> None:
    assert currencies.shown(amount, currency) == text
