import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments.gateway import Refused
from app.payments.units import from_stripe, to_stripe


@pytest.mark.parametrize(
    ("amount", "currency", "stripes"),
    [(1250, "EUR", 1250), (1250, "JPY", 1250), (1500, "ISK", 150_000), (3000, "UGX", 300_000), (3340, "KWD", 3340)],
)
def test_amounts_are_counted_as_stripe_counts_them(amount: int, currency: str, stripes: int) -> None:
    assert to_stripe(amount, currency) == stripes
    assert from_stripe(stripes, currency) == amount


@given(st.integers(1, 10**9).map(lambda tens: tens * 10), st.sampled_from(["EUR", "JPY", "ISK", "UGX", "KWD", "TND"]))
def test_there_and_back_is_the_same(amount: int, currency: str) -> None:
    assert from_stripe(to_stripe(amount, currency), currency) == amount


@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "OMR", "TND"])
def test_thousandths_that_no_card_carries_are_refused(currency: str) -> None:
    with pytest.raises(Refused) as caught:
        to_stripe(3333, currency)
    assert caught.value.code == "amount_step"


def test_a_fraction_of_money_without_fractions_is_refused() -> None:
    with pytest.raises(Refused):
        from_stripe(150_050, "ISK")
