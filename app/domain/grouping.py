"""Deciding about people who pay together: every share is taken, or none (payments.md, "A group").

A group's payments are held on the payers' cards first. Once everybody's card said yes, one fact says so, and from then
on all of them are captured. Until then anything that ends one of them ends the group.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.domain.bill import Bill
from app.domain.commands import (
    Actor,
    GroupShare,
    PayGuests,
    ReleaseGroup,
    RemindGroup,
    RemindGuests,
    StartGroup,
    StartPayment,
)
from app.domain.deciding import GUEST, Decision, after, is_staff, unless_over
from app.domain.events import (
    Fact,
    GroupCapturing,
    GroupReleased,
    GroupReminded,
    GroupStarted,
    GroupSucceeded,
    GuestsReminded,
    PaymentCanceled,
    PaymentExpiring,
    PaymentRefused,
    PaymentReleased,
    PaymentStarted,
)
from app.domain.group import READY, Group
from app.domain.paying import frozen, payment_open
from app.domain.payment import Payment
from app.domain.refusals import Refusal
from app.domain.split import dues

__all__ = ["follows", "release", "remind", "remind_guests", "start"]

PAYERS_MIN = 2
REMIND_EVERY = timedelta(minutes=1)


def start(bill: Bill, command: StartGroup, by: Actor, now: datetime) -> Decision:
    """Freeze and reserve every share, one after another on what the ones before leave; one refusal refuses all."""
    if refusal := _may_start(bill, command, by):
        return refusal
    facts: tuple[Fact, ...] = ()
    newer = bill
    for share in command.shares:
        decided = _share(newer, share, command)
        if isinstance(decided, Refusal):
            return decided
        facts, newer = (*facts, *decided), after(newer, decided, now)
    amount = sum(fact.amount for fact in facts if isinstance(fact, PaymentStarted))
    if command.expected_amount not in (None, amount):
        figures = {"amount": amount, "expectedAmount": command.expected_amount}
        return Refusal("amount_changed", "The shares have changed since you saw them.", figures)
    payments = {share.payment: share.guest for share in command.shares}
    return (*facts, GroupStarted(command.group, command.guest, payments, command.deadline))


def _may_start(bill: Bill, command: StartGroup, by: Actor) -> Refusal | None:
    if not is_staff(by) and by.id != command.guest:
        return Refusal("forbidden", "A guest proposes for themselves.")
    if refusal := unless_over(bill):
        return refusal
    running = next((group for group in bill.groups.values() if group.is_under_way), None)
    if running:
        return Refusal("group_open", "This table is paying together already.", {"group": running.id})
    payers = [share.guest for share in command.shares]
    if len(payers) < PAYERS_MIN or len(set(payers)) < len(payers):
        return Refusal("invalid", f"A group has at least {PAYERS_MIN} payers, each of them once.", {"min": PAYERS_MIN})
    return next((refusal for payer in payers if (refusal := _may_pay(bill, payer))), None)


def _may_pay(bill: Bill, payer: str) -> Refusal | None:
    """Everybody in a group pays on a phone of their own."""
    guest = bill.guests.get(payer)
    if guest is None or not guest.present:
        return Refusal("not_found", "There is no such guest at this table.")
    if guest.companion_of is not None:
        return Refusal("invalid", f"{GUEST} has no phone to pay with.", {"guest": payer})
    return payment_open(bill, payer)


def _share(bill: Bill, share: GroupShare, command: StartGroup) -> Decision:
    decided = frozen(
        bill,
        StartPayment(
            payment=share.payment,
            guest=share.guest,
            method="card",
            pays=share.pays or PayGuests((share.guest, *_companions(bill, share.guest))),
            tip=share.tip,
            expected_amount=None,
            expires_at=command.deadline,
            tip_max=command.tip_max,
        ),
    )
    if isinstance(decided, Refusal):
        return Refusal(decided.code, decided.detail, {"guest": share.guest, **decided.figures})
    return decided


def _companions(bill: Bill, guest: str) -> tuple[str, ...]:
    return tuple(each.id for each in bill.present if each.companion_of == guest)


# While it is under way


def follows(bill: Bill, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """What ``facts``, booked in ``bill``, make of the groups: released, captured or done."""
    return tuple(fact for group in bill.groups.values() if group.is_under_way for fact in _follows(bill, group, facts))


def _follows(bill: Bill, group: Group, facts: tuple[Fact, ...]) -> Iterator[Fact]:
    members = [bill.payments[payment] for payment in group.payments]
    if all(each.status == "succeeded" for each in members):
        yield GroupSucceeded(group.id)
    elif group.status == "capturing":
        if not any(each.is_open for each in members):
            yield GroupReleased(group.id, "capture_failed")
    elif lost := next((each for each in members if _is_lost(each)), None):
        yield from _released(bill, group, _reason(lost, facts))
    elif all(each.status in READY for each in members):
        yield GroupCapturing(group.id)


def _is_lost(payment: Payment) -> bool:
    return bool(payment.expiring) or payment.released or payment.status in ("canceled", "refused")


def _reason(lost: Payment, facts: tuple[Fact, ...]) -> str:
    """Why it was lost, as the fact that said so has it; time that ran out is the group's own."""
    said = next((each for each in facts if isinstance(each, ENDING) and each.payment == lost.id), None)
    if isinstance(said, PaymentRefused):
        return "refused"
    reason = said.reason if said else lost.expiring
    return "deadline" if reason == "expired" else reason


ENDING = PaymentCanceled | PaymentExpiring | PaymentReleased | PaymentRefused


def _released(bill: Bill, group: Group, reason: str) -> Iterator[Fact]:
    """The provider may know of every one of them: what it holds is cancelled there before its share is free."""
    yield GroupReleased(group.id, reason)
    for each in (bill.payments[payment] for payment in group.payments):
        if each.is_open and not each.expiring:
            yield PaymentExpiring(each.id, "group")


def release(bill: Bill, command: ReleaseGroup, by: Actor, now: datetime) -> Decision:
    """A payer, the one who proposed it, or staff give the group up."""
    group = _found(bill, command.group, by)
    if isinstance(group, Refusal):
        return group
    if group.status in ("capturing", "succeeded"):
        return Refusal("already_paid", "Everybody has agreed, and the money is being taken.", {"group": group.id})
    return tuple(_released(bill, group, command.reason)) if group.status == "open" else ()


def _found(bill: Bill, group_id: str, by: Actor) -> Group | Refusal:
    group = bill.groups.get(group_id)
    if group is None:
        return Refusal("not_found", "There is no such group on this bill.")
    if not (is_staff(by) or by.id == group.guest or by.id in group.payments.values()):
        return Refusal("forbidden", "This is not your group.")
    return group


# Reminders


def remind(bill: Bill, command: RemindGroup, by: Actor, now: datetime) -> Decision:
    """Tell the room who is waited for; the clock may do that at any time, people once a minute."""
    group = _found(bill, command.group, by)
    if isinstance(group, Refusal):
        return group
    missing = group.waiting(bill.payments)
    if group.status != "open" or not missing:
        return ()
    if refusal := _too_soon(group.reminded_at, by, now):
        return refusal
    return (GroupReminded(group.id, missing),)


def remind_guests(bill: Bill, command: RemindGuests, by: Actor, now: datetime) -> Decision:
    """Tell the room who still owes: those asked for, or everybody who does."""
    if refusal := unless_over(bill):
        return refusal
    if any(guest not in bill.guests for guest in command.guests):
        return Refusal("not_found", "There is no such guest at this table.")
    owed = dues(bill)
    owing = tuple(each.id for each in bill.present if owed.of(each.id) and each.id in (command.guests or bill.guests))
    if not owing:
        return Refusal("already_paid", "Nobody of them owes anything.", {"amount": 0})
    latest = max((each.reminded_at for each in bill.guests.values() if each.reminded_at), default=None)
    return _too_soon(latest, by, now) or (GuestsReminded(owing),)


def _too_soon(latest: datetime | None, by: Actor, now: datetime) -> Refusal | None:
    if by.kind == "system" or latest is None or now - latest >= REMIND_EVERY:
        return None
    wait = int((latest + REMIND_EVERY - now).total_seconds()) + 1
    return Refusal("too_many", "They were reminded a moment ago.", {"retryAfterS": wait})
