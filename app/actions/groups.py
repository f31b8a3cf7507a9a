"""People who pay together: every share is held on its payer's card, and all of them are taken, or none.

One append reserves all shares and plans all creates. What comes after follows from the log: the word that everybody
agreed plans the captures, the word that the group is given up cancels what the provider holds. Jobs finish what a dead
process left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.actions import attending, bills, calls, capturing, errors, payments, risk
from app.actions.access import Access, GuestAccess
from app.actions.desk import Desk
from app.actions.payments import PaymentStarted as Told
from app.actions.roles import FLOOR, check_role
from app.actions.shapes import GroupRequest, GuestsPay, LinesPay, PayerShare, SharesPay
from app.actions.tender_rows import CAPTURE_SHARE
from app.domain import commands as c
from app.domain.bill import Bill
from app.domain.commands import SYSTEM
from app.domain.events import PaymentStarted
from app.domain.group import Group
from app.domain.refusals import Refusal
from app.domain.split import dues
from app.payments.gateway import GatewayError
from app.storage import payments as payment_rows
from app.storage import tenders
from app.storage.tables import GroupPayment

__all__ = ["GroupTold", "cancel", "remind", "remind_due", "start", "state"]

calls.KINDS[capturing.CONFIRM] = calls.Kind(capturing.confirm, capturing.look)
# Everybody agreed: what was not taken while the provider was away for a day is taken afterwards. An intent is captured
# once, whatever becomes of the key.
calls.KINDS[CAPTURE_SHARE] = calls.Kind(capturing.capture, None)


@dataclass(frozen=True, slots=True)
class GroupTold:
    """Where a group stands; `payment` is the own share of the one who asks, with what their page needs to pay it."""

    id: str
    table_session_id: str
    status: str
    reason: str
    deadline: datetime
    currency: str
    amount: int
    tip_amount: int
    payments: dict[str, str]
    waiting: tuple[str, ...]
    payment: Told | None


async def start(
    desk: Desk,
    stream: str,
    request: GroupRequest,
    *,
    by: Access,
    group: str | None = None,
    admit: Callable[[], Awaitable[None]] | None = None,
) -> GroupTold:
    """Hold every payer's share. `group` is the id the new one gets: asked again with it, nothing is made twice.

    Raises `Refused` (`payment_open`, `group_open`, `below_minimum`, `amount_changed`, …), `NotFound`, `TooMany`,
    `Unavailable` (`provider_unavailable`).
    """
    group = group or desk.new_id()
    if await tenders.group(desk.database, group) is None:
        await _reserve(desk, stream, request, group, by, admit)
    members = (await _standing(desk, stream, group)).payments
    await asyncio.gather(*(calls.send(desk, calls.create_key(payment)) for payment in members))
    await _cancel_what_is_left(desk, stream, group)
    return await _told(desk, stream, group, by)


async def _reserve(
    desk: Desk,
    stream: str,
    request: GroupRequest,
    group: str,
    by: Access,
    admit: Callable[[], Awaitable[None]] | None,
) -> None:
    bill = (await bills.newest(desk, stream)).bill
    if not isinstance(by, GuestAccess):
        check_role(by.role, FLOOR)
    command = c.StartGroup(
        group=group,
        guest=by.guest_id if isinstance(by, GuestAccess) else None,
        shares=_shares(desk, bill, request.payers),
        deadline=desk.now() + _lifetime(desk, request),
        expected_amount=request.expected_amount,
        tip_max=desk.policies.tip_max * 10**bill.money.exponent,
    )
    # What the bill refuses is refused for that; limits are for what could be.
    decided = bills.decide_all(bill, (command,), by=by.actor, now=desk.now())
    if not isinstance(decided, Refusal):
        payments.check_provider(desk)
        for share in command.shares:
            payments.check_declines(desk, bill, share.guest)
        if admit is not None:
            await admit()
        for fact in decided:
            if isinstance(fact, PaymentStarted) and fact.guest is not None and isinstance(by, GuestAccess):
                await risk.admit(desk, bill, fact.guest, fact)
    rows = await payments.creating(desk, bill, capture="manual")
    await bills.change(desk, stream, command, by=by.actor, rows=rows)


def _lifetime(desk: Desk, request: GroupRequest) -> timedelta:
    return timedelta(seconds=request.deadline_s) if request.deadline_s else desk.policies.group_lifetime


def _shares(desk: Desk, bill: Bill, asked: Sequence[PayerShare] | None) -> tuple[c.GroupShare, ...]:
    """Who pays what; where nobody says, everybody with a phone who owes something, companions and all."""
    if asked is not None:
        return tuple(c.GroupShare(desk.new_id(), each.guest, _pays(each), each.tip_amount) for each in asked)
    owed = dues(bill)
    return tuple(
        c.GroupShare(desk.new_id(), guest.id)
        for guest in bill.present
        if guest.companion_of is None
        and any(owed.of(each.id) for each in bill.present if guest.id in (each.id, each.companion_of))
    )


def _pays(asked: PayerShare) -> c.Pays | None:
    if asked.amount is not None and asked.pays is not None:
        raise errors.Invalid([errors.FieldError(("payers", "pays"), "one_of", "give only one of pays and amount")])
    match asked.pays:
        case "mine":
            return c.PayMine()
        case "open":
            return c.PayOpen()
        case GuestsPay(guests=guests):
            return c.PayGuests(tuple(guests))
        case LinesPay(lines=lines):
            return c.PayLines(tuple(lines))
        case SharesPay(shares=shares):
            return c.PayShares(shares)
        case _:
            return c.PayAmount(asked.amount) if asked.amount is not None else None


async def _standing(desk: Desk, stream: str, group: str) -> Group:
    return (await bills.newest(desk, stream)).bill.groups[group]


async def _cancel_what_is_left(desk: Desk, stream: str, group: str) -> None:
    """Let go at the provider of every share of a group that was given up; what fails here, the jobs do."""
    bill = (await bills.newest(desk, stream)).bill
    if bill.groups[group].status != "released":
        return
    for payment in (bill.payments[each] for each in bill.groups[group].payments):
        row = await payment_rows.payment(desk.database, payment.id)
        if row is not None and payment.is_open:
            with suppress(GatewayError):
                await attending.cancel(desk, row, payment.expiring or "group", by=SYSTEM)


async def state(desk: Desk, group: str, *, by: Access) -> GroupTold:
    """Where a group stands, for everybody at its table and staff."""
    row = await _own(desk, group, by)
    return await _told(desk, row.stream, group, by)


async def _own(desk: Desk, group: str, by: Access) -> GroupPayment:
    row = await tenders.group(desk.database, group)
    is_here = row is not None and (
        row.stream == by.stream if isinstance(by, GuestAccess) else row.restaurant_id == by.restaurant_id
    )
    if row is None or not is_here:
        raise errors.NotFound("there is no such group")
    return row


async def cancel(desk: Desk, group: str, *, by: Access) -> GroupTold:
    """Give the group up: every share is let go. Raises `Refused` (`already_paid`) once everybody agreed."""
    row = await _own(desk, group, by)
    if not isinstance(by, GuestAccess):
        check_role(by.role, FLOOR)
    reason = "payer" if isinstance(by, GuestAccess) else "staff"
    await bills.change(desk, row.stream, c.ReleaseGroup(group, reason), by=by.actor)
    await _cancel_what_is_left(desk, row.stream, group)
    return await _told(desk, row.stream, group, by)


async def remind(desk: Desk, group: str, *, by: Access) -> GroupTold:
    """Tell the room who is waited for. Raises `Refused` (`too_many`) within a minute of the last time."""
    row = await _own(desk, group, by)
    await bills.change(desk, row.stream, c.RemindGroup(group), by=by.actor)
    return await _told(desk, row.stream, group, by)


async def remind_due(desk: Desk, row: GroupPayment) -> None:
    """It is time to tell the room again; for the jobs."""
    await bills.change(desk, row.stream, c.RemindGroup(row.id), by=SYSTEM)


async def _told(desk: Desk, stream: str, group: str, by: Access) -> GroupTold:
    bill = (await bills.newest(desk, stream)).bill
    standing = bill.groups[group]
    members = [bill.payments[payment] for payment in standing.payments]
    guest = by.guest_id if isinstance(by, GuestAccess) else None
    mine = next((payment for payment, payer in standing.payments.items() if payer == guest), None)
    return GroupTold(
        id=group,
        table_session_id=stream,
        status=standing.status,
        reason=standing.reason,
        deadline=standing.deadline,
        currency=bill.currency,
        amount=sum(each.amount for each in members),
        tip_amount=sum(each.tip for each in members),
        payments=dict(standing.payments),
        waiting=standing.waiting(bill.payments),
        payment=await payments.told(desk, mine, by) if mine else None,
    )
