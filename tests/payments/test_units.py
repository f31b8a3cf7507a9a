import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import allocate, currency
from app.payments.gateway import Refused
from app.payments.units import from_stripe, to_stripe


@pytest.mark.parametrize(
    ("amount", "code", "stripes"),
    [(1250, "EUR", 1250), (1250, "JPY", 1250), (1500, "ISK", 150_000), (3000, "UGX", 300_000), (3340, "KWD", 3340)],
)
def test_amounts_are_counted_as_stripe_counts_them(amount: int, code: str, stripes: int) -> None:
    assert to_stripe(amount, code) == stripes
    assert from_stripe(stripes, code) == amount


@given(st.integers(1, 10**9).map(lambda tens: tens * 10), st.sampled_from(["EUR", "JPY", "ISK", "UGX", "KWD", "TND"]))
def test_there_and_back_is_the_same(amount: int, code: str) -> None:
    assert from_stripe(to_stripe(amount, code), code) == amount


@given(
    st.integers(1, 10**7),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.sampled_from(["JPY", "ISK", "KWD"]),
)
def test_a_split_bill_adds_up_in_what_stripe_counts(steps: int, parts: list[int], code: str) -> None:
    """F48: each share is one that a card can pay, krónur in hundreds and dinars in tens, and together they are all."""
    step, per = currency(code).step, {"JPY": 1, "ISK": 100, "KWD": 10}[code]
    shares, _ = allocate(steps * step, parts, step=step)
    asked = [to_stripe(share, code) for share in shares]
    assert sum(asked) == to_stripe(steps * step, code)
    assert all(amount % per == 0 for amount in asked)


@pytest.mark.parametrize("code", ["BHD", "JOD", "KWD", "OMR", "TND"])
def test_thousandths_that_no_card_carries_are_refused(code: str) -> None:
    with pytest.raises(Refused) as caught:
        to_stripe(3333, code)
    assert caught.value.code == "amount_step"


def test_a_fraction_of_money_without_fractions_is_refused() -> None:
    with pytest.raises(Refused):
        from_stripe(150_050, "ISK")
