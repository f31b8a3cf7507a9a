"""The visit itself: who comes and goes, who asks for what, and how it ends."""

import pytest

from app.domain import commands as cm
from app.domain.visiting import GUESTS_MAX
from tests.domain.visit import MANAGER, SYSTEM, WAITER, Visit, me, sharing, table_of

# Guests


def test_several_tabs_of_one_device_are_one_guest() -> None:
    visit = table_of("ana")
    assert visit.do(cm.JoinGuest("ana", "teal"), me("ana")) == ()


def test_whoever_left_may_come_back_and_whoever_was_removed_may_not() -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.LeaveGuest("ana"), me("ana"))
    visit.join("ana")
    assert [guest.id for guest in visit.bill.present] == ["ana", "bob"]
    visit.do(cm.RemoveGuest("bob", "rude"), MANAGER)
    assert visit.refused(cm.JoinGuest("bob", "teal"), me("bob")).code == "forbidden"
    assert visit.do(cm.RemoveGuest("bob", "rude"), MANAGER) == ()


def test_a_table_has_room_for_so_many() -> None:
    visit = table_of(*(f"guest {n}" for n in range(GUESTS_MAX)))
    assert visit.refused(cm.JoinGuest("late", "teal"), me("late")).figures == {"max": GUESTS_MAX}


def test_companions_come_with_their_host_and_leave_with_them() -> None:
    visit = table_of("ana", "bob")
    companion = cm.JoinGuest("kid", "red", companion_of="ana")
    assert visit.refused(companion, me("bob")).code == "forbidden"
    assert visit.refused(cm.JoinGuest("kid", "red", companion_of="zoe"), me("bob")).code == "not_found"
    visit.do(companion, me("ana"))
    assert visit.bill.covers == 3
    visit.do(cm.LeaveGuest("ana"), me("ana"))
    assert [guest.id for guest in visit.bill.present] == ["bob"]


def test_leaving_keeps_claims_with_money_in_them_and_gives_back_the_others() -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.order("cy", tea=300)
    visit.pay("ana")
    visit.pay("cy", cm.PayLines(("tea",)))
    visit.do(cm.LeaveGuest("cy"), me("cy"))
    assert visit.line("tea").claims == {"cy": 1}
    assert visit.line("wine").claims == {"ana": 1, "bob": 1}
    assert (visit.dues, visit.open) == ({"bob": 1000}, 1000)


def test_leaving_an_untouched_line_leaves_it_to_the_others() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.RemoveGuest("bob", "asked"), WAITER)
    assert (visit.dues, visit.open) == ({"ana": 3000}, 0)


def test_leaving_twice_is_once() -> None:
    visit = table_of("ana")
    visit.do(cm.LeaveGuest("ana"), me("ana"))
    assert visit.do(cm.LeaveGuest("ana"), me("ana")) == ()


def test_guests_act_for_themselves() -> None:
    visit = table_of("ana", "bob")
    assert visit.refused(cm.LeaveGuest("ana"), me("bob")).code == "forbidden"
    assert visit.refused(cm.RenameGuest("ana"), me("bob")).code == "forbidden"
    assert visit.refused(cm.RemoveGuest("ana", "rude"), me("bob")).code == "forbidden"
    visit.do(cm.RenameGuest("ana"), me("ana"))
    visit.do(cm.RenameGuest("ana"), WAITER)


def test_an_unknown_guest_is_not_found() -> None:
    visit = table_of("ana")
    commands: list[cm.Command] = [cm.LeaveGuest("zoe"), cm.RenameGuest("zoe"), cm.RemoveGuest("zoe", "")]
    assert {visit.refused(command).code for command in commands} == {"not_found"}


def test_covers_are_the_guests_unless_staff_count() -> None:
    visit = table_of("ana", "bob")
    assert visit.bill.covers == 2
    visit.do(cm.SetCovers(5))
    visit.join("cy")
    assert visit.bill.covers == 5


# Requests


def test_a_second_call_for_the_same_thing_is_the_first() -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.MakeRequest("r1", "water", "ana"), me("ana"))
    assert visit.do(cm.MakeRequest("r2", "water", "bob"), me("bob")) == ()
    visit.do(cm.MakeRequest("r3", "bill", "bob"), me("bob"))
    assert list(visit.bill.requests) == ["r1", "r3"]


def test_a_request_is_claimed_and_answered_by_staff() -> None:
    visit = table_of("ana")
    visit.do(cm.MakeRequest("r1", "water", "ana"), me("ana"))
    assert visit.refused(cm.ClaimRequest("r1"), me("ana")).code == "forbidden"
    visit.do(cm.ClaimRequest("r1"), WAITER)
    assert visit.do(cm.ClaimRequest("r1"), WAITER) == ()
    told = visit.refused(cm.ClaimRequest("r1"), MANAGER)
    assert (told.code, told.figures) == ("request_claimed", {"claimedBy": WAITER.id})
    visit.do(cm.AnswerRequest("r1"), MANAGER)
    assert visit.refused(cm.AnswerRequest("r1"), WAITER).code == "not_found"
    assert visit.refused(cm.ClaimRequest("r1"), WAITER).code == "not_found"


def test_whoever_asked_may_take_it_back_and_nobody_else() -> None:
    visit = table_of("ana", "bob")
    visit.do(cm.MakeRequest("r1", "water", "ana"), me("ana"))
    assert visit.refused(cm.AnswerRequest("r1"), me("bob")).code == "forbidden"
    visit.do(cm.AnswerRequest("r1"), me("ana"))


# The life of a visit


def test_a_visit_opens_once() -> None:
    visit = Visit()
    opened = visit.log[0].fact
    again = cm.OpenSession("visit", "t", "7", "r", "Chez", "USD", False, 0, None, 0, None)
    assert opened.kind == "session.opened"
    assert visit.refused(again, SYSTEM).code == "session_closed"


def test_from_open_to_settling_to_settled_to_closed() -> None:
    visit = sharing(3000, "ana", "bob")
    assert visit.status == "open"
    first = visit.start("ana")
    assert visit.status == "settling"
    visit.succeed(first)
    visit.pay("bob")
    assert visit.status == "settled"
    visit.do(cm.CloseSession("grace is over"), SYSTEM)
    assert visit.status == "closed"
    assert visit.do(cm.CloseSession("again"), SYSTEM) == ()


def test_settling_goes_back_to_open_when_no_payment_is_open_or_settled() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    visit.do(cm.CancelPayment(payment, known=False, reason="no"), me("ana"))
    assert visit.status == "open"


def test_settled_follows_in_the_append_that_made_it_so() -> None:
    visit = sharing(3000, "ana")
    visit.start("ana", method="cash", payment="cash")
    facts = visit.do(cm.ConfirmPayment("cash"))
    assert [fact.kind for fact in facts] == ["payment.succeeded", "session.settled"]


def test_a_void_of_the_last_unpaid_line_settles() -> None:
    visit = sharing(3000, "ana")
    visit.order(None, water=500)
    visit.pay("ana")
    facts = visit.do(cm.VoidLine("water", "never came", "v"))
    assert [fact.kind for fact in facts] == ["line.adjusted", "session.settled"]


def test_a_table_that_is_on_the_house_is_settled_and_an_empty_one_is_not() -> None:
    visit = table_of("ana")
    visit.order(None, soup=900)
    visit.do(cm.VoidLine("soup", "wrong table", "v"))
    assert visit.status == "open"
    visit.order(None, cake=500)
    visit.do(cm.CompLine("cake", "birthday", "c"), MANAGER)
    assert visit.status == "settled"


def test_new_lines_after_settling_are_settled_again() -> None:
    visit = sharing(3000, "ana")
    visit.pay("ana")
    visit.order("ana", coffee=300)
    assert visit.status == "settling"
    visit.pay("ana")
    assert visit.status == "settled"
    assert visit.kinds.count("session.settled") == 2


def test_staff_reopen_what_is_settled_or_closed() -> None:
    visit = sharing(3000, "ana")
    assert visit.do(cm.ReopenSession("nothing to do")) == ()
    visit.pay("ana")
    visit.do(cm.CloseSession("done"))
    visit.do(cm.ReopenSession("one more round"))
    visit.order("ana", coffee=300)
    visit.pay("ana")
    assert visit.status == "settled"
    assert visit.refused(cm.ReopenSession("please"), me("ana")).code == "forbidden"


def test_a_visit_that_owes_is_abandoned_and_not_closed() -> None:
    visit = sharing(3000, "ana")
    assert visit.refused(cm.CloseSession("done")).figures == {"unpaid": 3000}
    visit.do(cm.AbandonSession("walked out"), MANAGER)
    assert visit.status == "abandoned"
    assert visit.do(cm.AbandonSession("again"), MANAGER) == ()


def test_abandoning_a_visit_that_owes_nothing_closes_it() -> None:
    visit = table_of("ana")
    visit.do(cm.AbandonSession("nobody came"), MANAGER)
    assert visit.status == "closed"


@pytest.mark.parametrize("command", [cm.CloseSession("done"), cm.AbandonSession("gone")])
def test_money_in_doubt_keeps_a_visit_open(command: cm.Command) -> None:
    visit = sharing(3000, "ana")
    visit.start("ana")
    assert visit.refused(command, MANAGER).code == "share_being_paid"
    assert visit.refused(command, me("ana")).code == "forbidden"


def test_the_party_moves_to_another_table() -> None:
    visit = table_of("ana")
    assert visit.refused(cm.MoveSession("t9", "9"), me("ana")).code == "forbidden"
    visit.do(cm.MoveSession("t9", "9"))
    assert visit.view["tableSession"]["table"] == {"id": "t9", "label": "9"}
    assert visit.do(cm.MoveSession("t9", "9")) == ()


def test_after_the_end_nobody_comes_and_nobody_asks() -> None:
    visit = table_of("ana")
    visit.do(cm.CloseSession("done"))
    commands: list[cm.Command] = [
        cm.JoinGuest("bob", "teal"),
        cm.LeaveGuest("ana"),
        cm.RenameGuest("ana"),
        cm.RemoveGuest("ana", "late"),
        cm.MakeRequest("r", "water", "ana"),
        cm.MoveSession("t9", "9"),
        visit.starting("ana", cm.PayMine()),
    ]
    assert {visit.refused(command).code for command in commands} == {"session_closed"}


def test_a_visit_that_a_comp_settled_is_open_again_with_new_lines() -> None:
    visit = table_of("ana")
    visit.order(None, cake=500)
    visit.do(cm.CompLine("cake", "birthday", "c"), MANAGER)
    visit.order("ana", soup=900)
    assert visit.status == "open"
    visit.join("bob")
    assert visit.status == "open"
