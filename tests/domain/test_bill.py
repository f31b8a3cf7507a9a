"""What a bill and its lines know about themselves."""

from dataclasses import replace

from app.domain import commands as cm
from app.domain import events as ev
from app.domain.bill import EMPTY, is_paid_in_full
from app.domain.evolve import foresee
from app.domain.pricing import ServiceRule
from app.domain.split import dues
from app.domain.tile import summary
from app.domain.view import view
from tests.domain.visit import MANAGER, START, Visit, me, sharing, table_of


def test_an_empty_bill_owes_nothing_and_is_not_paid() -> None:
    assert (EMPTY.version, EMPTY.status, EMPTY.unpaid) == (0, "new", 0)
    assert not is_paid_in_full(EMPTY)


def test_paid_in_full_needs_a_payment_or_a_comp() -> None:
    visit = table_of("ana")
    visit.order(None, bread=0)
    assert not is_paid_in_full(visit.bill)
    visit.do(cm.CompLine("bread", "free anyway", "c"), MANAGER)
    assert is_paid_in_full(visit.bill)


def test_paid_in_full_waits_for_what_is_reserved_and_for_payments_in_doubt() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("ana")
    doubtful = visit.start("bob")
    assert not is_paid_in_full(visit.bill)
    visit.do(cm.ReleasePayment(doubtful, "phone died"), MANAGER)
    visit.pay("ana", cm.PayEverything())
    assert visit.bill.unpaid == 0
    assert not is_paid_in_full(visit.bill)
    visit.succeed(doubtful)
    assert is_paid_in_full(visit.bill)


def test_a_credit_on_one_line_pays_no_other() -> None:
    visit = table_of("ana")
    visit.order("ana", soup=900)
    visit.order(None, cake=500)
    visit.pay("ana")
    visit.do(cm.VoidLine("soup", "hair in it", "v"))
    assert (visit.bill.unpaid, visit.line("soup").unpaid) == (500, -900)
    assert not is_paid_in_full(visit.bill)


def test_a_line_knows_what_is_held_of_it() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("ana")
    visit.start("bob", cm.PayAmount(500))
    line = visit.line("wine")
    assert (line.settled_total, line.reserved_total, line.unpaid) == (1500, 500, 1000)
    assert (line.held("ana"), line.held("bob"), line.held("cy")) == (1500, 500, 0)
    assert visit.bill.reserved == 500
    assert [payment.guest for payment in visit.bill.open_payments] == ["bob"]


def test_the_service_rule_applies_when_there_is_one_and_enough_people() -> None:
    visit = Visit(service_ppm=100_000, service_tax_ppm=88_750, from_covers=2)
    assert visit.bill.service_rule is None
    visit.do(cm.SetCovers(2))
    assert visit.bill.service_rule == ServiceRule(100_000, 88_750)


def test_whoever_left_is_not_present_but_still_a_guest() -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.LeaveGuest("ana"), me("ana"))
    assert [guest.id for guest in visit.bill.present] == ["bob"]
    assert list(visit.bill.guests) == ["ana", "bob"]


def test_versions_of_a_bill_that_differ_recall_nothing_wrong_of_each_other() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.order("ana", soup=900, tea=300)
    start = visit.bill
    visit.pay("ana")
    visit.do(cm.VoidLine("tea", "cold", "v"))
    one = visit.bill
    guest = ev.GuestJoined("cleo", "teal", None)
    other = foresee(foresee(start, guest, START), ev.ClaimsChanged("wine", "cleo", 1, 0), START)
    for _ in range(2):
        for bill in (start, one, other):
            # Copies know nothing by themselves: one shares what versions of the bill recall, the other has none of it.
            sharing_it, anew = replace(bill), replace(bill, recalled={})
            assert sharing_it.recalled is start.recalled
            assert (sharing_it.sums, dues(sharing_it)) == (anew.sums, dues(anew))
            assert view(sharing_it, {}) == view(anew, {})
            assert summary(sharing_it) == summary(anew)


def test_two_bills_recall_nothing_of_each_other() -> None:
    one, other = sharing(3000, "ana").bill, sharing(4000, "bob").bill
    assert one.recalled is not other.recalled
    assert one.recalled is not EMPTY.recalled
