"""The states of a payment, and sums of allocations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.payment import ALLOWED, OPEN_STATUSES, Refund, Status, merged, total_of, without
from tests.domain.visit import sharing

allocations = st.dictionaries(
    st.sampled_from(["tea", "wine"]),
    st.dictionaries(st.sampled_from(["ana", "bob", ""]), st.integers(1, 500), min_size=1),
)


@pytest.mark.parametrize("status", sorted(ALLOWED))
def test_every_state_has_its_followers_and_only_money_follows_an_end(status: Status) -> None:
    assert ALLOWED[status] <= ALLOWED.keys()
    if status not in OPEN_STATUSES:
        assert ALLOWED[status] <= {"succeeded"}


def test_nothing_follows_success() -> None:
    assert ALLOWED["succeeded"] == frozenset()


@given(allocations, allocations)
def test_what_was_merged_can_be_taken_out_again(
    one: dict[str, dict[str, int]], other: dict[str, dict[str, int]]
) -> None:
    both = merged(one, other)
    assert total_of(both) == total_of(one) + total_of(other)
    assert without(both, other) == one
    assert without(one, one) == {}


def test_merging_changes_neither() -> None:
    one, other = {"tea": {"ana": 1}}, {"tea": {"ana": 2, "bob": 3}}
    assert merged(one, other) == {"tea": {"ana": 3, "bob": 3}}
    assert (one, other) == ({"tea": {"ana": 1}}, {"tea": {"ana": 2, "bob": 3}})


def test_the_base_of_a_refund_is_without_its_tip() -> None:
    assert Refund("r", "p", {"tea": {"ana": 300}}, surplus=50, tip=20, cause="staff").base == 350


def test_a_payment_asks_for_base_tip_and_rounding() -> None:
    visit = sharing(3001, "ana", currency="CHF")
    payment = visit.payment(visit.start("ana", method="cash", tip=100))
    assert (payment.amount, payment.tip, payment.rounding, payment.charge) == (3001, 100, -1, 3100)
    assert payment.holds
    assert payment.counts
