"""The one door: every command is decided, and what follows from it comes at once."""

from typing import get_args

import pytest

from app.domain import commands as cm
from app.domain.decide import DECISIONS, followed
from tests.domain.visit import MANAGER, Visit, me, sharing, table_of


def test_every_command_is_decided() -> None:
    assert DECISIONS.keys() == set(get_args(cm.Command))


def test_nothing_follows_from_nothing() -> None:
    visit = table_of("ana")
    assert followed(visit.bill, (), visit.now) == ()


def test_service_settlement_and_surplus_follow_in_the_same_append() -> None:
    visit = Visit(service_ppm=100_000, from_covers=2)
    visit.join("ana")
    facts = visit.do(cm.JoinGuest("bob", "teal"))
    assert [fact.kind for fact in facts] == ["guest.joined", "service_charge.changed"]


def test_a_free_table_that_gets_a_service_charge_is_not_settled() -> None:
    visit = Visit(service_ppm=100_000, from_covers=2)
    visit.join("ana")
    visit.order("ana", soup=900)
    visit.pay("ana")
    assert visit.status == "settled"
    visit.join("bob")
    assert (visit.status, visit.line("soup").unpaid) == ("settled", 0)


def test_a_cancel_that_frees_what_a_surplus_needs_settles_the_bill_at_once() -> None:
    visit = sharing(3000, "ana")
    visit.join("bob")
    late = visit.start("ana")
    visit.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    cash = visit.start("bob", cm.PayEverything(), "cash")
    facts = visit.do(cm.ObservePayment(late, "succeeded", 3000), cm.SYSTEM)
    assert [fact.kind for fact in facts] == [
        "payment.succeeded",
        "payment.canceled",
        "surplus.applied",
        "session.settled",
    ]
    assert visit.payment(cash).status == "canceled"


def test_settled_is_said_once() -> None:
    visit = sharing(3000, "ana")
    visit.pay("ana")
    visit.join("bob")
    visit.do(cm.SetCovers(4))
    assert visit.kinds.count("session.settled") == 1


@pytest.mark.parametrize(
    "command",
    [
        cm.SetSplit("even"),
        cm.MakeRequest("request", "bill", "bob"),
        cm.RenameGuest("bob"),
        cm.JoinGuest("stranger", "teal"),
        cm.JoinGuest("kid", "teal", companion_of="bob"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_whoever_has_left_changes_nothing_any_more(command: cm.Command) -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.LeaveGuest("bob"), me("bob"))
    assert visit.refused(command, me("bob")).code == "forbidden"


def test_whoever_has_left_may_come_back() -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.LeaveGuest("bob"), me("bob"))
    facts = visit.do(cm.JoinGuest("bob", "teal"), me("bob"))
    assert [fact.kind for fact in facts] == ["guest.joined"]
