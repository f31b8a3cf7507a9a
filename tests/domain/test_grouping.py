from datetime import timedelta
from typing import Any

import pytest

from app.domain import commands as cm
from app.domain.refusals import Refusal
from tests.domain.visit import MANAGER, SYSTEM, WAITER, Visit, me, table_of


def two() -> Visit:
    """Ana owes 30, Bob owes 20."""
    table = table_of("ana", "bob")
    table.order("ana", steak=3000)
    table.order("bob", fish=2000)
    return table


def proposing(table: Visit, *shares: cm.GroupShare, guest: str | None = "ana", **more: Any) -> cm.StartGroup:
    deadline = table.now + timedelta(minutes=10)
    return cm.StartGroup(
        "group", guest, shares or (cm.GroupShare("a", "ana"), cm.GroupShare("b", "bob")), deadline, **more
    )


def together(table: Visit, *shares: cm.GroupShare) -> Visit:
    table.do(proposing(table, *shares), me("ana"))
    return table


def says(table: Visit, payment: str, status: Any) -> None:
    table.do(cm.ObservePayment(payment, status, 0), SYSTEM)


def test_every_share_is_reserved_at_once() -> None:
    table = together(two())
    assert table.kinds[-3:] == ["payment.started", "payment.started", "group.started"]
    assert (table.dues, table.view["totals"]["reserved"]) == ({}, 5000)
    assert table.view["groups"]["group"]["waiting"] == ["ana", "bob"]
    assert table.view["payments"]["a"]["group"] == "group"


def test_nobody_is_captured_before_everybodys_card_said_yes() -> None:
    table = together(two())
    says(table, "a", "authorized")
    shown = table.view["groups"]["group"]
    assert (shown["status"], shown["ready"], shown["waiting"]) == ("open", ["ana"], ["bob"])
    says(table, "b", "authorized")
    assert table.kinds[-2:] == ["payment.authorized", "group.capturing"]
    table.succeed("a")
    table.succeed("b")
    assert table.kinds[-2:] == ["group.succeeded", "session.settled"]


@pytest.mark.parametrize("status", ["processing", "awaiting"])
def test_a_card_that_is_not_through_yet_keeps_everybody_waiting(status: str) -> None:
    table = together(two())
    says(table, "a", "authorized")
    says(table, "b", status)
    assert table.bill.groups["group"].status == "open"


def test_a_decline_is_not_the_end_of_a_group() -> None:
    table = together(two())
    table.do(cm.ObservePayment("a", "awaiting", 0, decline="insufficient_funds", attempt="1"), SYSTEM)
    assert table.bill.groups["group"].status == "open"


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (cm.RefusePayment("b", "amount_too_small"), "refused"),
        (cm.CancelPayment("b", True, "payer"), "payer"),
        (cm.CancelPayment("b", False, "payer"), "payer"),
        (cm.ReleasePayment("b", "took too long"), "released"),
        (cm.ObservePayment("b", "canceled", 0), "provider"),
    ],
)
def test_whatever_ends_one_share_lets_go_of_all(end: cm.Command, reason: str) -> None:
    table = together(two())
    says(table, "a", "authorized")
    table.do(end, SYSTEM if isinstance(end, cm.ObservePayment | cm.RefusePayment) else MANAGER)
    assert (table.bill.groups["group"].status, table.bill.groups["group"].reason) == ("released", reason)
    assert table.payment("a").expiring == "group"
    says(table, "a", "canceled")
    if table.payment("b").is_open:
        says(table, "b", "canceled")
    assert table.dues == {"ana": 3000, "bob": 2000}


def test_the_deadline_lets_go_of_all() -> None:
    table = together(two())
    table.now = table.payment("a").expires_at or table.now
    table.do(cm.ExpirePayment("a", known=True), SYSTEM)
    assert table.view["groups"]["group"]["reason"] == "deadline"
    assert table.payment("b").expiring


def test_a_sign_of_life_does_not_move_the_deadline_of_a_group() -> None:
    table = together(two())
    assert table.do(cm.KeepPayment("a", table.now + timedelta(hours=1)), me("ana")) == ()


def test_once_everybody_agreed_nobody_steps_back() -> None:
    table = together(two())
    says(table, "a", "authorized")
    says(table, "b", "authorized")
    assert table.payment("a").expires_at is None
    assert table.refused(cm.CancelPayment("a", True, "payer"), me("ana")).code == "already_paid"
    assert table.refused(cm.ReleasePayment("a", "slow"), MANAGER).code == "already_paid"
    assert table.refused(cm.ReleaseGroup("group", "payer"), me("bob")).code == "already_paid"


def test_a_capture_that_fails_says_so_and_the_share_is_owed_again() -> None:
    table = together(two())
    says(table, "a", "authorized")
    says(table, "b", "authorized")
    table.succeed("a")
    says(table, "b", "canceled")
    assert table.bill.groups["group"].reason == "capture_failed"
    assert table.dues == {"bob": 2000}


def test_late_money_does_not_push_out_what_everybody_agreed_on() -> None:
    table = two()
    late = table.start("bob")
    table.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    together(table)
    says(table, "a", "authorized")
    says(table, "b", "authorized")
    table.succeed(late)
    assert (table.payment(late).surplus, table.payment("b").expiring) == (2000, "")


def test_late_money_ends_a_group_that_still_waits() -> None:
    table = two()
    late = table.start("bob")
    table.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    together(table)
    table.succeed(late)
    assert table.bill.groups["group"].reason == "contested"


@pytest.mark.parametrize("who", [me("ana"), me("bob"), WAITER])
def test_payers_and_staff_give_a_group_up(who: cm.Actor) -> None:
    table = together(two())
    table.do(cm.ReleaseGroup("group", "changed our minds"), who)
    assert [each.expiring for each in table.bill.payments.values()] == ["group", "group"]
    assert table.do(cm.ReleaseGroup("group", "again"), who) == ()


def test_a_stranger_gives_nothing_up() -> None:
    table = two()
    table.join("cy")
    together(table)
    assert table.refused(cm.ReleaseGroup("group", "no"), me("cy")).code == "forbidden"


def test_a_payer_pays_for_companions_too() -> None:
    table = two()
    table.do(cm.JoinGuest("kid", "red", companion_of="bob"), me("bob"))
    table.order(None, soup=500)
    table.do(cm.SetClaim("soup", "kid", 1), me("bob"))
    together(table)
    assert table.payment("b").allocations == {"fish": {"bob": 2000}, "soup": {"kid": 500}}


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ((cm.GroupShare("a", "ana"),), "invalid"),
        ((cm.GroupShare("a", "ana"), cm.GroupShare("b", "ana")), "invalid"),
        ((cm.GroupShare("a", "ana"), cm.GroupShare("b", "zoe")), "not_found"),
        ((cm.GroupShare("a", "ana"), cm.GroupShare("b", "kid")), "invalid"),
        ((cm.GroupShare("a", "ana"), cm.GroupShare("b", "bob", cm.PayAmount(40))), "below_minimum"),
        ((cm.GroupShare("a", "ana", cm.PayEverything()), cm.GroupShare("b", "bob")), "share_being_paid"),
    ],
)
def test_one_share_that_cannot_be_refuses_all(shares: tuple[cm.GroupShare, ...], code: str) -> None:
    table = two()
    table.do(cm.JoinGuest("kid", "red", companion_of="bob"), me("bob"))
    assert table.refused(proposing(table, *shares), me("ana")).code == code
    assert not table.bill.payments


def test_who_pays_already_is_named() -> None:
    table = two()
    table.start("bob")
    refusal = table.refused(proposing(table), me("ana"))
    assert (refusal.code, refusal.figures["guest"]) == ("payment_open", "bob")


def test_a_table_has_one_group_at_a_time() -> None:
    table = together(two())
    table.join("cy", "dee")
    shares = cm.GroupShare("c", "cy"), cm.GroupShare("d", "dee")
    assert table.refused(proposing(table, *shares), me("ana")).code == "group_open"


def test_the_sum_must_be_what_was_seen() -> None:
    table = two()
    refusal = table.refused(proposing(table, expected_amount=4999), me("ana"))
    assert refusal.figures == {"amount": 5000, "expectedAmount": 4999}
    assert table.refused(proposing(table, guest="bob"), me("ana")).code == "forbidden"


def test_the_room_is_reminded_of_those_who_are_waited_for() -> None:
    table = together(two())
    says(table, "a", "authorized")
    table.do(cm.RemindGroup("group"), me("ana"))
    assert table.log[-1].fact.guests == ("bob",)  # type: ignore[union-attr]
    assert table.refused(cm.RemindGroup("group"), me("ana")).code == "too_many"
    assert table.do(cm.RemindGroup("group"), SYSTEM) != ()
    assert table.view["groups"]["group"]["reminders"] == 2
    says(table, "b", "authorized")
    assert table.do(cm.RemindGroup("group"), SYSTEM) == ()


def test_those_who_owe_are_reminded_once_a_minute() -> None:
    table = two()
    table.join("cy")
    table.do(cm.RemindGuests(), me("cy"))
    assert table.log[-1].fact.guests == ("ana", "bob")  # type: ignore[union-attr]
    assert table.refused(cm.RemindGuests(("bob",)), me("cy")).code == "too_many"
    table.now += timedelta(minutes=1)
    assert not isinstance(table.do(cm.RemindGuests(("bob",)), WAITER), Refusal)
    assert table.view["guests"]["bob"]["remindedAt"] > table.view["guests"]["ana"]["remindedAt"]


def test_whoever_owes_nothing_is_not_reminded() -> None:
    table = two()
    table.join("cy")
    assert table.refused(cm.RemindGuests(("cy",)), me("ana")).code == "already_paid"
    assert table.refused(cm.RemindGuests(("zoe",)), me("ana")).code == "not_found"
