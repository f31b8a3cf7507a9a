"""What all decisions share."""

from app.domain import commands as cm
from app.domain.deciding import acts_for, after, held_line, is_staff, unless_over
from app.domain.events import CoversChanged
from tests.domain.visit import MANAGER, START, SYSTEM, WAITER, me, sharing, table_of


def test_staff_and_the_system_act_for_everybody_and_guests_for_themselves_and_companions() -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.JoinGuest("kid", "red", companion_of="ana"), me("ana"))
    assert all(is_staff(actor) and acts_for(visit.bill, actor, "ana") for actor in (WAITER, MANAGER, SYSTEM))
    assert acts_for(visit.bill, me("ana"), "ana")
    assert acts_for(visit.bill, me("ana"), "kid")
    assert not acts_for(visit.bill, me("bob"), "ana")
    assert not acts_for(visit.bill, me("kid"), "ana")


def test_the_bill_as_it_will_be_is_not_the_bill() -> None:
    visit = table_of("ana")
    assert after(visit.bill, (CoversChanged(3), CoversChanged(4)), START).covers == 4
    assert visit.bill.covers == 1


def test_a_visit_that_ended_refuses() -> None:
    visit = table_of("ana")
    assert unless_over(visit.bill) is None
    visit.do(cm.CloseSession("done"))
    refusal = unless_over(visit.bill)
    assert refusal
    assert (refusal.code, refusal.figures) == ("session_closed", {"status": "closed"})


def test_a_line_without_unpaid_money_names_whoever_joined_first_of_those_who_paid() -> None:
    visit = sharing(3000, "zoe", "ana")
    payment = visit.start("ana", cm.PayGuests(("zoe", "ana")))
    assert held_line(visit.bill, visit.line("wine")).figures == {"line": "wine", "guest": "ana", "payment": payment}
    visit.succeed(payment)
    assert held_line(visit.bill, visit.line("wine")).figures == {"line": "wine", "guest": "zoe"}


def test_a_free_line_has_nothing_to_pay() -> None:
    visit = table_of("ana")
    visit.order(None, bread=0)
    assert held_line(visit.bill, visit.line("bread")).code == "already_paid"
