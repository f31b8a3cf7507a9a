"""Who owes what of the unpaid money, paragraph by paragraph of domain.md, "Who pays what"."""

import pytest

from app.domain import commands as cm
from app.domain.split import consumed, is_pinned, item_dues, joining_order, weights
from tests.domain.visit import MANAGER, me, sharing, table_of

# Items


def test_a_bottle_is_shared_by_parts() -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.claim("cy", "wine", 2)
    assert visit.dues == {"ana": 750, "bob": 750, "cy": 1500}


def test_the_odd_cent_moves_on_from_line_to_line() -> None:
    visit = table_of("ana", "bob", "cy")
    visit.order(None, one=100, two=100, three=100)
    for line in ("one", "two", "three"):
        for guest in ("ana", "bob", "cy"):
            visit.claim(guest, line)
    divided = [visit_line.guests for visit_line in item_dues(visit.bill).values()]
    assert divided == [
        {"ana": 33, "bob": 34, "cy": 33},
        {"ana": 33, "bob": 33, "cy": 34},
        {"ana": 34, "bob": 33, "cy": 33},
    ]
    assert visit.dues == {"ana": 100, "bob": 100, "cy": 100}


def test_ten_dinars_for_three() -> None:
    visit = sharing(10_000, "ana", "bob", "cy", currency="KWD")
    assert visit.dues == {"ana": 3330, "bob": 3340, "cy": 3330}


def test_joining_order_decides_whoever_claimed_first() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, tea=1, wine=101)
    visit.claim("bob", "wine")
    visit.claim("ana", "wine")
    assert visit.dues == {"ana": 51, "bob": 50}


def test_an_unclaimed_line_is_open() -> None:
    visit = table_of("ana")
    visit.order(None, wine=3000)
    assert (visit.dues, visit.open) == ({}, 3000)


def test_nobodys_due_moves_because_another_one_paid() -> None:
    visit = sharing(100, "ana", "bob", "cy")
    before = visit.dues
    visit.pay("bob", method="cash")
    assert visit.dues == {"ana": before["ana"], "cy": before["cy"]}


def test_a_late_joiner_shares_what_is_unpaid() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("ana")
    visit.join("cy")
    visit.claim("cy", "wine")
    assert visit.dues == {"bob": 750, "cy": 750}


def test_whoever_settled_more_than_a_new_target_is_pinned_until_nobody_is_over() -> None:
    visit = sharing(9000, "ana", "bob")
    visit.pay("ana")
    visit.join("cy", "dee")
    visit.claim("cy", "wine", 4)
    visit.claim("dee", "wine", 3)
    assert is_pinned(visit.line("wine"), "ana", joining_order(visit.bill), 1)
    assert visit.dues == {"bob": 562, "cy": 2250, "dee": 1688}


def test_a_pinned_guest_frees_nobody_and_a_dearer_line_unpins() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.DiscountLine("wine", "corked", "d", amount=2000), MANAGER)
    visit.pay("ana")
    visit.join("cy")
    visit.claim("cy", "wine")
    assert visit.dues == {"bob": 250, "cy": 250}
    visit.do(cm.RemoveDiscount("d"), MANAGER)
    assert visit.dues == {"ana": 500, "bob": 1000, "cy": 1000}


def test_parts_given_back_on_an_untouched_line_vanish() -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.claim("cy", "wine", 0)
    assert (visit.dues, visit.open) == ({"ana": 1500, "bob": 1500}, 0)


def test_parts_given_back_on_a_line_with_money_in_it_become_open() -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.pay("ana")
    visit.claim("cy", "wine", 0)
    assert (visit.dues, visit.open) == ({"bob": 1000}, 1000)
    visit.join("dee")
    visit.claim("dee", "wine")
    assert (visit.dues, visit.open) == ({"bob": 1000, "dee": 1000}, 0)


def test_paying_the_open_part_moves_nobodys_due() -> None:
    visit = sharing(9000, "ana", "bob", "cy")
    visit.pay("ana")
    visit.claim("bob", "wine", 0)
    visit.join("dee")
    visit.pay("dee", cm.PayAmount(1000))
    assert (visit.dues, visit.open) == ({"cy": 3000}, 2000)
    visit.pay("dee", cm.PayOpen())
    assert (visit.dues, visit.open) == ({"cy": 3000}, 0)


def test_more_paid_than_the_open_part_shares_the_rest() -> None:
    visit = sharing(9000, "ana", "bob", "cy")
    visit.pay("ana")
    visit.claim("bob", "wine", 0)
    visit.do(cm.DiscountLine("wine", "corked", "d", amount=1500), MANAGER)
    assert (visit.dues, visit.open) == ({"cy": 2250}, 2250)
    visit.join("dee")
    visit.pay("dee", cm.PayOpen())
    visit.do(cm.RemoveDiscount("d"), MANAGER)
    assert (visit.dues, visit.open) == ({"cy": 3000}, 750)


def test_open_parts_that_were_paid_are_pinned_like_a_guest() -> None:
    visit = sharing(9000, "ana", "bob", "cy")
    visit.pay("ana")
    visit.claim("bob", "wine", 0)
    visit.join("dee")
    visit.pay("dee", cm.PayOpen())
    visit.do(cm.DiscountLine("wine", "corked", "d", amount=1500), MANAGER)
    assert (visit.dues, visit.open) == ({"cy": 1500}, 0)


# Even, and percent


def test_even_shares_of_everybody_present() -> None:
    visit = table_of("ana", "bob", "cy")
    visit.order("ana", steak=10_000)
    visit.do(cm.SetSplit("even"), me("bob"))
    assert visit.dues == {"ana": 3334, "bob": 3333, "cy": 3333}


def test_a_share_that_nobody_took_is_open_and_the_next_guest_takes_it() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even", 3))
    assert (visit.dues, visit.open) == ({"ana": 3000, "bob": 3000}, 3000)
    visit.join("cy")
    assert (visit.dues, visit.open) == ({"ana": 3000, "bob": 3000, "cy": 3000}, 0)
    visit.join("dee")
    assert (visit.dues, visit.bill.split.shares) == ({"ana": 2250, "bob": 2250, "cy": 2250, "dee": 2250}, 4)


def test_a_guest_takes_a_share_for_a_friend_without_a_phone() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even", 3))
    visit.do(cm.SetParts("ana", shares=2), me("ana"))
    assert (visit.dues, visit.open) == ({"ana": 6000, "bob": 3000}, 0)


def test_whoever_leaves_gives_their_share_back_to_open() -> None:
    visit = table_of("ana", "bob", "cy")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even"))
    visit.do(cm.LeaveGuest("cy"), me("cy"))
    assert (visit.dues, visit.open) == ({"ana": 3000, "bob": 3000}, 3000)


def test_paying_uses_a_share_up_and_what_is_ordered_later_is_for_the_others() -> None:
    visit = table_of("ana", "bob", "cy")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even"))
    visit.pay("ana")
    assert consumed(visit.bill) == {"ana": 1}
    visit.order(None, tea=600)
    assert visit.dues == {"bob": 3300, "cy": 3300}


def test_when_all_shares_are_used_up_new_lines_are_open_until_the_split_changes() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even"))
    visit.pay("ana")
    visit.pay("bob")
    visit.order(None, tea=600)
    assert (visit.dues, visit.open) == ({}, 600)
    visit.do(cm.SetSplit("even"))
    assert visit.dues == {"ana": 300, "bob": 300}


def test_a_declined_payment_uses_its_share_up_and_a_cancelled_one_gives_it_back() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even"))
    payment = visit.start("ana")
    assert visit.dues == {"bob": 4500}
    visit.do(cm.CancelPayment(payment, known=False, reason="changed my mind"), me("ana"))
    assert visit.dues == {"ana": 4500, "bob": 4500}


def test_a_free_amount_uses_no_share_up() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even"))
    visit.pay("ana", cm.PayAmount(1000))
    assert (consumed(visit.bill), visit.dues) == ({}, {"ana": 4000, "bob": 4000})


def test_percents_below_a_hundred_leave_the_rest_open() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("percent", percents={"ana": 500_000, "bob": 250_000}))
    assert (visit.dues, visit.open) == ({"ana": 4500, "bob": 2250}, 2250)
    visit.pay("bob")
    assert (visit.dues, visit.open) == ({"ana": 4500}, 2250)


def test_by_parts_a_due_moves_by_one_step_at_most_when_another_one_pays() -> None:
    visit = table_of("ana", "bob", "cy")
    visit.order(None, sweet=100)
    visit.do(cm.SetSplit("even"))
    visit.pay("bob", method="cash")
    assert visit.dues == {"ana": 34, "cy": 33}
    assert weights(visit.bill).guests == {"ana": 1, "cy": 1}


# Amounts


def test_everybody_names_an_amount_and_the_rest_is_open() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("amounts"))
    visit.do(cm.SetParts("ana", amount=4000), me("ana"))
    visit.do(cm.SetParts("bob", amount=2000), me("bob"))
    assert (visit.dues, visit.open) == ({"ana": 4000, "bob": 2000}, 3000)


def test_when_unpaid_shrinks_below_the_names_it_is_divided_by_them() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("amounts"))
    visit.do(cm.SetParts("ana", amount=6000), me("ana"))
    visit.do(cm.SetParts("bob", amount=3000), me("bob"))
    visit.do(cm.DiscountLine("steak", "burnt", "d", amount=8999), MANAGER)
    assert (visit.dues, visit.open) == ({"ana": 1}, 0)
    visit.do(cm.RemoveDiscount("d"), MANAGER)
    assert visit.dues == {"ana": 6000, "bob": 3000}


def test_paying_uses_a_name_up() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("amounts"))
    visit.do(cm.SetParts("ana", amount=4000), me("ana"))
    visit.pay("ana")
    assert (visit.dues, visit.open) == ({}, 5000)
    visit.do(cm.SetParts("ana", amount=500), me("ana"))
    assert (visit.dues, visit.open) == ({"ana": 500}, 4500)


@pytest.mark.parametrize("mode", ["even", "amounts", "percent"])
def test_the_split_can_change_at_any_time_and_what_was_paid_stays_paid(mode: str) -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.pay("ana")
    percents = {"bob": 1_000_000} if mode == "percent" else None
    visit.do(cm.SetSplit(mode, percents=percents))  # type: ignore[arg-type]
    assert sum(visit.dues.values()) + visit.open == 2000
    visit.do(cm.SetSplit("items"))
    assert visit.dues == {"bob": 1000, "cy": 1000}
