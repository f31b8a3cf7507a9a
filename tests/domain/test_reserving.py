"""Visits booked ahead: their hold, their party, and what staying away costs."""

from datetime import timedelta

from app.domain import commands as cm
from tests.domain.visit import START, SYSTEM, WAITER, Visit, me

TOMORROW = START + timedelta(days=1)


def booked(*, amount: int = 8000, agreed: bool = True) -> Visit:
    """A table for four tomorrow, with a hold of so much."""
    visit = Visit(tax_ppm=88_750, service_ppm=180_000, service_tax_ppm=88_750)
    visit.join("ana")
    visit.do(cm.BookSession(TOMORROW, 4), SYSTEM)
    visit.do(cm.PlaceHold("tab", "ana", amount, None), me("ana"))
    if agreed:
        visit.do(cm.ObserveHold("tab", "authorized", amount, can_raise=True), SYSTEM)
    return visit


def gone(visit: Visit, fee: int) -> None:
    visit.do(cm.EndBooked("no show", fee, "order", "fee", "No-show fee"), SYSTEM)


def test_a_booked_visit_is_closed_until_its_party_sits_down() -> None:
    visit = booked()
    assert (visit.status, visit.bill.covers) == ("closed", 4)
    assert visit.view["tableSession"]["bookedFor"] == "2026-03-07T19:00:00.000000Z"
    assert visit.refused(cm.MakeRequest("r", "waiter", "ana"), me("ana")).code == "session_closed"
    visit.do(cm.ReopenSession("seated"))
    assert (visit.status, visit.view["holds"]["tab"]["status"]) == ("open", "authorized")
    assert "bookedFor" not in visit.view["tableSession"]
    visit.order("ana", steak=3000)
    visit.do(cm.CaptureHold("tab"), me("ana"))
    assert visit.payment("tab").amount == visit.line("steak").charged


def test_staying_away_is_a_line_of_the_bill_that_the_hold_pays() -> None:
    """Damages are no sale: neither tax nor service charge comes on top, and nothing above the fee is taken."""
    visit = booked()
    gone(visit, 6000)
    assert (visit.line("fee").charged, visit.line("fee").charge.tax, visit.line("fee").name) == (6000, 0, "No-show fee")
    visit.do(cm.ObserveHold("tab", "succeeded", 8000, captured=6000), SYSTEM)
    assert (visit.status, visit.bill.unpaid, visit.payment("tab").status) == ("closed", 0, "succeeded")
    assert visit.do(cm.EndBooked("no show", 6000, "again", "again", "No-show fee"), SYSTEM) == ()


def test_no_more_is_taken_than_was_set_aside() -> None:
    visit = booked(amount=2000)
    gone(visit, 6000)
    assert visit.line("fee").charged == 2000


def test_a_booking_that_ends_without_a_fee_gives_the_hold_back() -> None:
    visit = booked()
    gone(visit, 0)
    assert (visit.view["holds"]["tab"]["status"], visit.bill.lines) == ("releasing", {})


def test_a_booking_whose_card_was_never_given_costs_nothing() -> None:
    visit = booked(agreed=False)
    gone(visit, 6000)
    assert (visit.view["holds"]["tab"]["status"], visit.bill.lines) == ("releasing", {})
    assert visit.refused(cm.PlaceHold("new", "ana", 5000, None), me("ana")).code in ("session_closed", "hold_open")


def test_only_staff_end_a_booking_and_only_a_fresh_visit_is_booked() -> None:
    visit = booked()
    assert visit.refused(cm.EndBooked("x", 0, "o", "l", "t"), me("ana")).code == "forbidden"
    visit.do(cm.ReopenSession("seated"))
    visit.order(None, steak=3000)
    assert visit.refused(cm.BookSession(TOMORROW, 4), WAITER).code == "session_closed"
    assert visit.do(cm.EndBooked("late", 6000, "o", "l", "t"), SYSTEM) == ()
