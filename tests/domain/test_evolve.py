"""Booking facts: in their order, without a hole, and along the one table of payment states."""

from dataclasses import replace
from itertools import pairwise

import pytest

from app.domain import commands as cm
from app.domain import events as ev
from app.domain.bill import EMPTY
from app.domain.events import Event
from app.domain.evolve import evolve, fold, foresee
from tests.domain.test_view import examples
from tests.domain.visit import MANAGER, START, SYSTEM, Visit, me, sharing, table_of


def test_every_fact_is_booked() -> None:
    for kind in ev.FACTS:
        for bill, event in examples()[kind]:
            assert evolve(bill, event).version == bill.version + 1


def test_an_event_that_is_not_the_next_one_is_an_error() -> None:
    visit = table_of("ana")
    late = Event(visit.bill.version + 2, START, "ana", ev.CoversChanged(3))
    again = Event(visit.bill.version, START, "ana", ev.CoversChanged(3))
    for event in (late, again):
        with pytest.raises(ValueError, match="does not follow"):
            evolve(visit.bill, event)


def test_folding_goes_on_from_any_version() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("ana")
    for at in range(len(visit.log)):
        assert fold(visit.log[at:], fold(visit.log[:at])) == visit.bill


def test_evolving_changes_no_older_bill() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("ana")
    bills = [EMPTY]
    for event in visit.log:
        bills.append(evolve(bills[-1], event))
    again = [EMPTY]
    for event in visit.log:
        again.append(evolve(again[-1], event))
    assert bills == again
    assert all(older != newer for older, newer in pairwise(bills))


def test_a_bill_remembers_when_something_happened_last() -> None:
    visit = table_of("ana")
    assert visit.bill.last_at == visit.log[-1].at
    assert visit.bill.opened_at == visit.log[0].at


@pytest.mark.parametrize(
    "fact",
    [ev.PaymentProcessing("payment-2"), ev.PaymentCanceled("payment-2", ""), ev.PaymentRefused("payment-2", "")],
)
def test_a_payment_that_succeeded_takes_no_other_state(fact: ev.Fact) -> None:
    visit = sharing(3000, "ana")
    assert visit.pay("ana") == "payment-2"
    with pytest.raises(ValueError, match="may not follow succeeded"):
        evolve(visit.bill, Event(visit.bill.version + 1, START, "x", fact))


def test_the_running_totals_are_always_those_of_the_lines() -> None:
    visit = Visit(tax_ppm=88_750, service_ppm=180_000, covers=2)
    visit.order(None, burger=1450, soup=900, tea=333)
    visit.do(cm.VoidLine("soup", "cold", "v"))
    visit.do(cm.SetDiscount("d", "birthday", "all", ppm=100_000), MANAGER)
    visit.do(cm.RemoveDiscount("d"), MANAGER)
    lines = [line for line in visit.bill.lines.values() if not line.voided]
    assert visit.bill.running.taxes[88_750].exact == sum(line.charge.taxes[0].exact for line in lines)
    assert visit.bill.running.taxes[88_750].assigned == sum(line.charge.tax for line in lines)
    assert visit.bill.running.service[180_000].assigned == sum(line.charge.service for line in lines)


def test_parts_used_up_belong_to_the_round_in_which_the_payment_started() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.SetSplit("even"))
    payment = visit.start("ana")
    visit.do(cm.SetSplit("items"))
    visit.do(cm.SetSplit("even"))
    visit.succeed(payment)
    assert visit.dues == {"ana": 750, "bob": 750}


def test_a_closed_visit_still_takes_facts_about_money() -> None:
    visit = sharing(3000, "ana")
    payment = visit.pay("ana")
    visit.do(cm.CloseSession("done"))
    visit.record(ev.DisputeOpened("dispute", payment, 3000))
    assert visit.view["payments"][payment]["disputed"] is True
    visit.record(ev.DisputeClosed("dispute", payment, "won"))
    visit.do(cm.StartRefund("r", payment, {"wine": {"ana": 1000}}, 0, 0, "staff"), MANAGER)
    visit.do(cm.EndRefund("r", succeeded=True), SYSTEM)
    assert (visit.status, visit.payment(payment).refunded) == ("closed", 1000)


def test_holds_are_placed_captured_and_released() -> None:
    visit = table_of("ana")
    visit.record(ev.HoldPlaced("one", "ana", 5000), ev.HoldPlaced("two", "ana", 3000))
    visit.record(ev.HoldCaptured("one", 4200), ev.HoldReleased("two"))
    assert {hold.id: (hold.amount, hold.captured, hold.status) for hold in visit.bill.holds.values()} == {
        "one": (5000, 4200, "captured"),
        "two": (3000, 0, "released"),
    }


def test_a_guest_who_comes_back_keeps_the_place_in_the_joining_order() -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.LeaveGuest("ana"), me("ana"))
    visit.join("ana")
    assert list(visit.bill.guests) == ["ana", "bob"]


def test_a_bill_is_a_value() -> None:
    visit = table_of("ana")
    assert replace(visit.bill) == visit.bill
    with pytest.raises(AttributeError):
        visit.bill.version = 7  # type: ignore[misc]


def test_what_was_foreseen_is_not_booked_again() -> None:
    bill, fact, now = table_of("ana").bill, ev.CoversChanged(3), START.replace(hour=23)
    newer = foresee(bill, fact, now)
    assert evolve(bill, Event(newer.version, now, "ana", fact, "c:1")) is newer
    assert evolve(bill, Event(newer.version, START, "ana", fact)).last_at == START
    assert evolve(bill, Event(newer.version, now, "ana", ev.CoversChanged(4))).covers == 4


@pytest.mark.parametrize("kind", ev.FACTS)
def test_what_is_foreseen_of_a_fact_is_what_its_event_makes_of_the_bill(kind: str) -> None:
    for bill, event in examples()[kind]:
        assert foresee(replace(bill), event.fact, event.at) == evolve(replace(bill), event)


def test_the_first_bill_of_all_remembers_nobody() -> None:
    opened = table_of("ana").log[0]
    foresee(EMPTY, opened.fact, opened.at)
    assert "next" not in EMPTY.known
