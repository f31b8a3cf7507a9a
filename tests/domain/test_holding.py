"""Tabs: placed, raised, taken for what their guest owes, given back, lapsed."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain import commands as cm
from app.domain.moving import merge
from app.domain.payment import total_of
from tests.domain.visit import MANAGER, START, SYSTEM, WAITER, Visit, me, sharing, table_of

DEADLINE = START + timedelta(days=7)


def say(visit: Visit, status: Any, hold: str = "tab", **more: Any) -> tuple[Any, ...]:
    """What the provider says of a hold; twice is the same as once."""
    amount = more.pop("amount", visit.bill.holds[hold].amount)
    told = cm.ObserveHold(hold, status, amount, capture_before=DEADLINE, **more)
    facts = visit.do(told, SYSTEM)
    assert visit.do(told, SYSTEM) == ()
    return facts


def tab(visit: Visit, guest: str = "ana", amount: int = 5000, hold: str = "tab", *, can_raise: bool = False) -> None:
    """A tab that the bank agreed to."""
    visit.do(cm.PlaceHold(hold, guest, amount, visit.now + timedelta(minutes=5)), me(guest))
    say(visit, "authorized", hold, can_raise=can_raise)


def taken(visit: Visit, hold: str = "tab") -> None:
    """The capture went through."""
    payment = visit.payment(hold)
    say(visit, "succeeded", hold, captured=payment.charge)


def shown(visit: Visit, hold: str = "tab") -> dict[str, Any]:
    told: dict[str, Any] = visit.view["holds"][hold]
    return told


def test_a_tab_is_placed_once_for_each_guest() -> None:
    visit = table_of("ana", "bob")
    tab(visit)
    assert shown(visit) == {"guest": "ana", "amount": 5000, "status": "authorized"}
    again = cm.PlaceHold("other", "ana", 3000, None)
    assert visit.refused(again, me("ana")).code == "hold_open"
    assert visit.refused(cm.PlaceHold("other", "bob", 3000, None), me("ana")).code == "forbidden"
    assert visit.do(cm.PlaceHold("other", "bob", 3000, None), me("bob"))


@pytest.mark.parametrize("amount", [49, 2_000_000])
def test_a_tab_has_a_sensible_size(amount: int) -> None:
    visit = table_of("ana")
    refusal = visit.refused(cm.PlaceHold("tab", "ana", amount, None), me("ana"))
    assert refusal.code in ("below_minimum", "invalid")


def test_a_declined_card_leaves_the_tab_for_another_one() -> None:
    visit = table_of("ana")
    visit.do(cm.PlaceHold("tab", "ana", 5000, None), me("ana"))
    say(visit, "awaiting", decline="insufficient_funds", attempt="ch_1")
    assert shown(visit)["decline"] == "insufficient_funds"
    say(visit, "authorized")
    assert shown(visit) == {"guest": "ana", "amount": 5000, "status": "authorized"}


def test_a_capture_is_a_payment_of_what_its_guest_owes() -> None:
    """F40: less than was authorized is taken; the second time is no time."""
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    visit.do(cm.CaptureHold("tab", tip=200), me("ana"))
    assert visit.payment("tab").status == "authorized"
    assert (visit.payment("tab").amount, visit.payment("tab").tip) == (1500, 200)
    assert visit.dues == {"bob": 1500}
    assert visit.do(cm.CaptureHold("tab", tip=900), me("ana")) == ()
    taken(visit)
    assert (visit.bill.holds["tab"].captured, visit.payment("tab").settled) == (1700, {"wine": {"ana": 1500}})
    assert visit.do(cm.CaptureHold("tab"), me("ana")) == ()
    assert visit.refused(cm.ReleaseHold("tab", "oops"), me("ana")).figures == {"payment": "tab"}


def test_what_the_page_did_not_show_is_not_taken() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    assert visit.refused(cm.CaptureHold("tab", expected_amount=3000), me("ana")).figures["amount"] == 1500
    assert visit.refused(cm.CaptureHold("tab", tip=100_000), me("ana")).code == "invalid"
    assert visit.refused(cm.CaptureHold("tab"), me("bob")).code == "forbidden"


def test_a_larger_share_than_was_authorized_is_paid_in_part_and_the_rest_is_owed() -> None:
    visit = table_of("ana", "bob")
    visit.order("ana", steak=4000, lobster=3000)
    visit.order("bob", soup=800)
    tab(visit)
    visit.do(cm.CaptureHold("tab", tip=500), me("ana"))
    taken(visit)
    assert (visit.bill.holds["tab"].captured, visit.payment("tab").tip) == (5000, 0)
    assert visit.dues == {"ana": 2000, "bob": 800}
    assert set(visit.payment("tab").settled) == {"steak", "lobster"}


def test_more_than_was_authorized_is_raised_first_where_the_bank_offers_it() -> None:
    visit = table_of("ana")
    visit.order("ana", lobster=7000)
    tab(visit, can_raise=True)
    visit.do(cm.CaptureHold("tab", tip=500), me("ana"))
    assert shown(visit) == {"guest": "ana", "amount": 5000, "status": "authorized", "raising": 7500, "closing": True}
    assert visit.refused(cm.ReleaseHold("tab", "x"), WAITER).code == "hold_busy"
    say(visit, "authorized", amount=7500)
    assert visit.kinds[-4:] == ["hold.raised", "payment.started", "payment.authorized", "hold.capturing"]
    taken(visit)
    assert (visit.status, visit.payment("tab").tip) == ("settled", 500)


def test_a_declined_raise_leaves_the_old_authorization_to_be_taken() -> None:
    """F41: what is authorized is captured, and the rest is asked for by a second payment."""
    visit = table_of("ana")
    visit.order("ana", lobster=7000)
    tab(visit, can_raise=True)
    visit.do(cm.CaptureHold("tab"), me("ana"))
    say(visit, "authorized", raise_declined=True, decline="insufficient_funds")
    taken(visit)
    assert (visit.bill.holds["tab"].captured, visit.dues) == (5000, {"ana": 2000})
    visit.pay("ana")
    assert visit.status == "settled"


def test_a_raise_by_itself_changes_the_amount_and_nothing_else() -> None:
    visit = table_of("ana", "bob")
    tab(visit, can_raise=True)
    assert visit.do(cm.RaiseHold("tab", 4000), me("ana")) == ()
    visit.do(cm.RaiseHold("tab", 8000), me("ana"))
    assert visit.refused(cm.RaiseHold("tab", 9000), me("ana")).code == "hold_busy"
    say(visit, "authorized", amount=8000)
    assert shown(visit)["amount"] == 8000
    tab(visit, "bob", hold="fixed")
    assert visit.refused(cm.RaiseHold("fixed", 8000), me("bob")).code == "raise_not_offered"


def test_a_guest_who_owes_keeps_the_tab_open() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    assert visit.refused(cm.ReleaseHold("tab", "bye"), me("ana")).figures == {"unpaid": 1500}
    visit.pay("ana", cm.PayMine(), "cash")
    visit.do(cm.ReleaseHold("tab", "bye"), me("ana"))
    assert visit.do(cm.ReleaseHold("tab", "bye"), me("ana")) == ()
    say(visit, "canceled")
    assert shown(visit)["status"] == "released"


def test_a_capture_of_nothing_gives_it_back() -> None:
    visit = table_of("ana")
    tab(visit)
    assert visit.refused(cm.CaptureHold("tab", tip=100), me("ana")).code == "already_paid"
    visit.do(cm.CaptureHold("tab"), me("ana"))
    assert shown(visit)["status"] == "releasing"


def test_a_capture_after_the_hold_lapsed_opens_the_debt_again() -> None:
    """F40, F43: the share that was reserved for it is owed once more, and the floor says so."""
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    visit.do(cm.CaptureHold("tab"), me("ana"))
    assert visit.bill.reserved == 1500
    say(visit, "canceled")
    assert (visit.bill.reserved, visit.dues) == (0, {"ana": 1500, "bob": 1500})
    assert (visit.payment("tab").status, shown(visit)["status"]) == ("canceled", "expired")


def test_a_capture_that_is_refused_for_good_opens_the_debt_and_gives_the_hold_back() -> None:
    visit = sharing(3000, "ana")
    tab(visit)
    visit.do(cm.CaptureHold("tab"), me("ana"))
    visit.do(cm.RefuseHold("tab", "amount_too_small"), SYSTEM)
    assert (visit.dues, shown(visit)["status"]) == ({"ana": 3000}, "releasing")


def test_a_capture_under_way_is_not_cancelled() -> None:
    """F42: one thing at a time is asked of an intent; afterwards a refund gives it back."""
    visit = sharing(3000, "ana")
    tab(visit)
    visit.do(cm.CaptureHold("tab"), me("ana"))
    assert visit.refused(cm.ReleaseHold("tab", "x"), WAITER).code == "hold_busy"
    assert visit.refused(cm.CancelPayment("tab", known=True, reason="x"), me("ana")).code == "hold_busy"
    taken(visit)
    assert visit.refused(cm.CancelPayment("tab", known=True, reason="x"), me("ana")).code == "already_paid"


def test_a_share_that_is_forced_free_while_it_is_captured_may_come_back_as_a_surplus() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    visit.do(cm.CaptureHold("tab"), me("ana"))
    visit.do(cm.ReleasePayment("tab", "hangs"), MANAGER)
    assert visit.payment("tab").expiring == ""
    visit.pay(None, cm.PayEverything(), "cash")
    taken(visit)
    assert visit.payment("tab").surplus == 1500


def test_money_taken_in_the_dashboard_pays_the_guests_share() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    say(visit, "succeeded", captured=1500)
    assert (visit.dues, shown(visit)["captured"]) == ({"bob": 1500}, 1500)


def test_more_than_the_bill_taken_in_the_dashboard_moves_nothing_here() -> None:
    visit = sharing(3000, "ana")
    tab(visit)
    assert say(visit, "succeeded", captured=4000) == ()


# The end of the visit


def test_closing_takes_what_every_holder_owes_and_then_ends() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    tab(visit, "bob", hold="bobs")
    visit.do(cm.CloseSession("good night"))
    assert (visit.view["tableSession"]["ending"], visit.bill.reserved) == ("close", 3000)
    assert visit.do(cm.CloseSession("good night")) == ()
    taken(visit)
    assert visit.status == "settling"
    taken(visit, "bobs")
    assert visit.kinds[-4:] == ["payment.succeeded", "hold.captured", "session.settled", "session.closed"]


def test_closing_takes_nothing_where_somebody_else_still_owes() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    assert visit.refused(cm.CloseSession("good night")).figures == {"unpaid": 1500}
    assert shown(visit)["status"] == "authorized"


def test_closing_a_paid_table_gives_its_tabs_back() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit)
    visit.pay("bob", cm.PayEverything())
    visit.do(cm.PlaceHold("new", "bob", 5000, None), me("bob"))
    visit.do(cm.CloseSession("good night"), SYSTEM)
    assert (visit.status, shown(visit)["status"], shown(visit, "new")["status"]) == ("closed", "releasing", "releasing")
    say(visit, "canceled")
    assert shown(visit)["status"] == "released"


def test_a_walk_out_takes_the_holders_share_and_never_more() -> None:
    visit = sharing(9000, "ana", "bob", "cy")
    tab(visit)
    tab(visit, "cy", 2000, "small")
    visit.do(cm.AbandonSession("ran away"))
    taken(visit)
    taken(visit, "small")
    assert (visit.status, visit.log[-1].fact.owed) == ("abandoned", 4000)  # type: ignore[union-attr]
    assert [visit.bill.holds[hold].captured for hold in ("tab", "small")] == [3000, 2000]
    assert total_of(visit.payment("tab").settled) == 3000


def test_a_walk_out_ends_when_the_last_tab_lapsed() -> None:
    visit = sharing(3000, "ana", "bob")
    tab(visit, can_raise=True, amount=1000)
    visit.do(cm.AbandonSession("ran away"))
    assert shown(visit)["raising"] == 1500
    say(visit, "authorized", raise_declined=True, decline="no")
    say(visit, "canceled")
    assert (visit.status, visit.log[-1].fact.owed) == ("abandoned", 3000)  # type: ignore[union-attr]


def test_a_visit_that_is_ending_can_be_taken_up_again() -> None:
    visit = sharing(3000, "ana")
    tab(visit)
    visit.do(cm.CloseSession("good night"))
    assert visit.refused(cm.PlaceHold("new", "ana", 5000, None), me("ana")).code in ("session_closed", "hold_open")
    visit.do(cm.ReopenSession("one more"))
    taken(visit)
    assert "ending" not in visit.view["tableSession"]
    assert visit.status == "settled"


def test_money_that_is_captured_too_late_for_the_visit_is_booked_all_the_same() -> None:
    visit = sharing(3000, "ana")
    tab(visit)
    visit.do(cm.CaptureHold("tab"), me("ana"))
    say(visit, "canceled")
    visit.do(cm.AbandonSession("ran away"))
    visit.do(cm.ObserveHold("tab", "succeeded", 5000, captured=3000), SYSTEM)
    assert (visit.payment("tab").status, visit.bill.unpaid) == ("succeeded", 0)


def test_staff_hear_once_that_a_tab_ends_soon() -> None:
    """F43: before the deadline, not after it."""
    visit = sharing(3000, "ana")
    tab(visit)
    visit.do(cm.AlertHold("tab"), SYSTEM)
    assert visit.do(cm.AlertHold("tab"), SYSTEM) == ()
    assert visit.kinds[-1] == "hold.alerted"


def test_a_table_with_a_tab_does_not_merge() -> None:
    origin, target = sharing(3000, "ana"), Visit(session="other")
    tab(origin)
    outcome = merge(origin.bill, target.bill, "order")
    assert getattr(outcome, "code", "") == "hold_open"
