"""Tabs: opened by guests, raised, captured for what their guest owes, given back."""

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.actions import bills, calls, connect, errors, hold_calls, hold_looks, risk, tables
from app.actions.access import Access, GuestAccess
from app.actions.desk import Desk
from app.actions.hold_rows import create_key, deadline_of
from app.actions.roles import FLOOR, check_role
from app.actions.shapes import CaptureRequest, HoldRequest, RaiseRequest
from app.domain import commands as c
from app.domain.bill import Bill
from app.domain.events import Fact, PaymentStarted
from app.domain.holding import owed
from app.domain.refusals import Refusal
from app.payments.gateway import CreateIntent, Unknown
from app.storage import holds, restaurants
from app.storage.log import Add, Change, Write
from app.storage.tables import BookingRules, Hold

__all__ = ["HoldState", "capture", "place", "raise_", "release", "sized", "state", "told"]

HOUR = timedelta(hours=1)
LOOK_AGAIN = timedelta(seconds=2)
LOOKED_MAX = 4096
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class HoldState:
    """What the holder's own page and staff are told of a tab; `owed` is what the holder owes on the bill now.

    `client_secret` is for the holder alone, while the card is to be entered. `checking`: an answer of the provider was
    lost, and a job is finding out. `payment_id` is the payment that its capture is.
    """

    id: str
    table_session_id: str
    guest: str
    status: str
    currency: str
    amount: int
    owed: int
    raising: int = 0
    captured: int = 0
    closing: bool = False
    can_raise: bool = False
    expires_at: datetime | None = None
    capture_before: datetime | None = None
    deadline: datetime | None = None
    publishable_key: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    next_action: str | None = None
    checking: bool = False
    decline: str | None = None
    card: str | None = None
    payment_id: str | None = None


async def place(
    desk: Desk,
    stream: str,
    request: HoldRequest,
    *,
    by: Access,
    hold: str | None = None,
    admit: Callable[[], Awaitable[None]] | None = None,
) -> HoldState:
    """A guest opens a tab: what they may come to owe, and something on top, is set aside on their card.

    `hold` is the id it gets (the subject of the request's idempotency key): asked again with the same id, a tab that
    exists is gone on with. `admit` is asked before a new one is made, and raises where there were too many.
    Raises `Refused` (`hold_open`, `below_minimum`, …), `Invalid`, `NotAllowed`, `TooMany`, `Unavailable`.
    """
    if not isinstance(by, GuestAccess):
        raise errors.NotAllowed("a tab is opened on the guest's own phone")
    hold = hold or desk.new_id()
    if await holds.hold(desk.database, hold) is None:
        bill = (await bills.newest(desk, stream)).bill
        rules = await holds.rules(desk.database, bill.restaurant_id)
        amount = sized(bill, rules, by.guest_id, request.estimate)
        await _place(desk, bill, c.PlaceHold(hold, by.guest_id, amount, _until(desk)), request, by, admit)
    await send_create(desk, hold)
    return await told(desk, hold, by=by)


def _until(desk: Desk) -> datetime:
    return desk.now() + desk.policies.payment_lifetime_max


def sized(bill: Bill, rules: BookingRules, guest: str, estimate: int | None) -> int:
    """How much is set aside: the house's rate of what is expected, in whole steps. Raises `Invalid`."""
    expected = max(estimate or 0, owed(bill, guest)) or rules.tab_estimate
    if not expected:
        raise errors.Invalid([errors.FieldError(("estimate",), "missing", "say what the evening may cost")])
    return -(-expected * rules.tab_ppm // (MILLION * bill.step)) * bill.step


async def _place(
    desk: Desk,
    bill: Bill,
    command: c.PlaceHold,
    request: HoldRequest,
    by: GuestAccess,
    admit: Callable[[], Awaitable[None]] | None,
) -> None:
    """The hold, its row and the planned call are one append: none of them is ever there without the others."""
    rows = await creating(desk, bill, command, request.confirmation_token)
    if not isinstance(bills.decide_all(bill, (command,), by=by.actor, now=desk.now()), Refusal):
        check_provider(desk)
        _check_velocity(desk, bill, by.guest_id)
        await risk.admit(desk, bill, by.guest_id, _as_payment(command))
        if admit is not None:
            await admit()
    await bills.change(desk, bill.session, command, by=by.actor, rows=rows)


def _as_payment(command: c.PlaceHold) -> PaymentStarted:
    """A tab as those see it who judge card payments."""
    return PaymentStarted(command.hold, command.guest, "card", command.amount, 0, 0, {}, {}, command.expires_at)


def check_provider(desk: Desk) -> None:
    """Raise `Unavailable` while the provider does not answer: nothing new is begun that could not go on."""
    if wait := desk.gateway.held_back_s():
        detail = "cards cannot be taken right now; try again in a moment"
        raise errors.Unavailable(detail, retry_after_s=math.ceil(wait), code="provider_unavailable")


def _check_velocity(desk: Desk, bill: Bill, guest: str) -> None:
    """A seat is not a place to try out cards."""
    now, most = desk.now(), desk.policies.payment_starts_per_hour_max
    recent = [hold.at for hold in bill.holds.values() if hold.guest == guest and hold.at and now - hold.at < HOUR]
    if len(recent) >= most:
        wait = int((min(recent) + HOUR - now).total_seconds()) + 1
        raise errors.TooMany("too many tabs were opened from this phone", retry_after_s=wait)


async def creating(desk: Desk, bill: Bill, command: c.PlaceHold, token: str | None) -> bills.Rows:
    """The planned create of a hold's intent, for the append that places it."""
    table = await restaurants.table(desk.database, bill.table_id) if token else None
    params = CreateIntent(
        payment=command.hold,
        table_session=bill.session,
        restaurant=bill.restaurant_id,
        amount=command.amount,
        currency=bill.currency,
        capture="manual",
        confirmation_token=token,
        return_url=tables.code_of(desk, table).url if table else None,
        description=f"{bill.restaurant_name}, table {bill.table_label}, tab",
    )
    terms = await connect.terms(desk, bill.restaurant_id)
    params = terms.directed(params, command.amount, bill.step)
    call = hold_calls.planned_create(params, bill.session, desk.now())
    kept = {"destination": terms.destination, "fee_ppm": terms.ppm, "fee_fixed": terms.fixed}

    def rows(_bill: Bill, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
        return (Change(Hold, {"id": command.hold}, kept), Add(call)) if facts else ()

    return rows


async def send_create(desk: Desk, hold: str) -> None:
    """Send the create of a hold unless it has an answer."""
    row = await holds.hold(desk.database, hold)
    if row is not None and row.intent_id is None:
        await calls.send(desk, create_key(hold))


async def state(desk: Desk, hold: str, *, by: Access) -> HoldState:
    """Where a tab stands, for its holder or staff; looks at the provider first if something is under way there."""
    row = await _own(desk, hold, by)
    if row.state not in holds.ENDED and _looks_again(desk, hold):
        with suppress(Unknown):  # What is written is what can be said now; the jobs go on asking.
            await hold_looks.attend(desk, hold)
    return await told(desk, hold, by=by)


def _looks_again(desk: Desk, hold: str) -> bool:
    """Whether a page's question is worth one to the provider: it counts our reads."""
    now = desk.now()
    if now - desk.looked.get(hold, now - LOOK_AGAIN) < LOOK_AGAIN:
        return False
    if len(desk.looked) >= LOOKED_MAX:
        desk.looked.clear()
    desk.looked[hold] = now
    return True


async def raise_(desk: Desk, hold: str, request: RaiseRequest, *, by: Access) -> HoldState:
    """Ask the bank to set more aside. Raises `Refused` (`raise_not_offered`, `hold_busy`, `hold_ended`)."""
    row = await _mine(desk, hold, by)
    bill = (await bills.newest(desk, row.stream)).bill
    amount = sized(bill, await holds.rules(desk.database, bill.restaurant_id), row.guest_id, request.estimate)
    await _do(desk, row, c.RaiseHold(hold, amount), by)
    return await told(desk, hold, by=by)


async def capture(desk: Desk, hold: str, request: CaptureRequest, *, by: Access) -> HoldState:
    """Take what the holder owes, and give the rest back. Raises `Refused` (`hold_ended`, `amount_changed`)."""
    row = await _mine(desk, hold, by)
    await _do(desk, row, c.CaptureHold(hold, request.tip_amount, request.expected_amount), by)
    return await told(desk, hold, by=by)


async def release(desk: Desk, hold: str, *, by: Access) -> HoldState:
    """Give it back. Raises `Refused` (`still_owed`, `hold_busy`, `already_paid`)."""
    row = await _mine(desk, hold, by)
    reason = "holder" if isinstance(by, GuestAccess) else "staff"
    await _do(desk, row, c.ReleaseHold(hold, reason), by)
    return await told(desk, hold, by=by)


async def _do(desk: Desk, row: Hold, command: c.Command, by: Access) -> None:
    changed = await bills.change(desk, row.stream, command, by=by.actor)
    await hold_calls.send_planned(desk, changed.bill)


async def _own(desk: Desk, hold: str, by: Access) -> Hold:
    """The row of a tab that `by` has to do with. Raises `NotFound`: others' look like none."""
    row = await holds.hold(desk.database, hold)
    if row is None or not _is_own(row, by):
        raise errors.NotFound("there is no such tab")
    return row


async def _mine(desk: Desk, hold: str, by: Access) -> Hold:
    row = await _own(desk, hold, by)
    if not isinstance(by, GuestAccess):
        check_role(by.role, FLOOR)
    return row


def _is_own(row: Hold, by: Access) -> bool:
    if isinstance(by, GuestAccess):
        return row.stream == by.stream and row.guest_id == by.guest_id
    return row.restaurant_id == by.restaurant_id


async def told(desk: Desk, hold: str, *, by: Access) -> HoldState:
    """Where a tab stands as far as it is written; nobody is asked. Raises `NotFound`."""
    row = await _own(desk, hold, by)
    bill = (await bills.newest(desk, row.stream)).bill
    standing = bill.holds[hold]
    is_holder, waits = isinstance(by, GuestAccess), standing.status == "placed"
    return HoldState(
        id=hold,
        table_session_id=row.stream,
        guest=standing.guest,
        status=standing.status,
        currency=row.currency,
        amount=standing.amount,
        owed=owed(bill, standing.guest),
        raising=standing.raising,
        captured=standing.captured,
        closing=standing.closing,
        can_raise=standing.can_raise and standing.is_usable,
        expires_at=standing.expires_at,
        capture_before=standing.capture_before,
        deadline=deadline_of(standing) if standing.status == "authorized" else None,
        publishable_key=desk.policies.publishable_key if waits else None,
        client_secret=row.client_secret if waits and is_holder else None,
        next_action="requires_action" if waits and row.provider_status == "requires_action" else None,
        checking=_is_checked(standing.status, row) or bool(standing.raising),
        decline=standing.decline or None,
        card=f"{row.card_brand} {row.card_last4}" if row.card_last4 else None,
        payment_id=hold if hold in bill.payments else None,
    )


def _is_checked(status: str, row: Hold) -> bool:
    return (status == "placed" and row.intent_id is None) or status == "capturing"
