"""Refunds as staff ask for them: decided by one person or by two, sent, and listed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.actions import bills, calls, errors, refund_calls
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import FLOOR, HOUSE, check_role
from app.domain.bill import Bill
from app.domain.commands import (
    AskRefund,
    Back,
    BackAll,
    BackAmount,
    BackCredit,
    BackLines,
    BackSurplus,
    BackTotal,
    DeclineRefund,
    GiveBack,
)
from app.domain.events import Cause, Fact, RefundStarted
from app.domain.giving_back import shares_of
from app.domain.money import currency
from app.domain.payment import Refund as Booked
from app.domain.refunding import Share
from app.domain.refusals import Refusal
from app.storage import payments, refunds
from app.storage.log import Add, Change, Missing, Write
from app.storage.tables import Payment, Refund

MORE_IDS = 4
"""Payments that may come in between a look at the bill and the decision."""

OWED = (BackCredit, BackSurplus)
"""Money that is the payer's anyway: a waiter may send it back."""


# What was wished for, as it is kept


def written(what: Back, tip: int) -> dict[str, Any]:
    """A wish as JSON, to be decided again when somebody approves it."""
    kept: dict[str, Any]
    match what:
        case BackAmount(amount):
            kept = {"amount": amount}
        case BackLines(lines):
            kept = {"lines": list(lines)}
        case BackCredit():
            kept = {"credits": True}
        case BackSurplus():
            kept = {"surplus": True}
        case BackTotal(total):
            kept = {"total": total}
        case BackAll():
            kept = {"everything": True}
    return {**kept, "tip": tip} if tip else kept


def read(kept: Mapping[str, Any]) -> tuple[Back, int]:
    """The wish and its tip, from what was written of it."""
    tip = int(kept.get("tip", 0))
    if "amount" in kept:
        return BackAmount(kept["amount"]), tip
    if "lines" in kept:
        return BackLines(tuple(kept["lines"])), tip
    if "credits" in kept:
        return BackCredit(), tip
    if "surplus" in kept:
        return BackSurplus(), tip
    return (BackTotal(kept["total"]) if "total" in kept else BackAll()), tip


# Asking


async def of_payment(
    desk: Desk, payment: str, what: Back, *, tip: int, reason: str, owed_again: bool, by: StaffAccess, batch: str
) -> Sequence[Refund]:
    """Send money of one payment back, or ask somebody who may. Raises `NotFound`, `Refused`.

    `batch` is the id of what comes of it (the subject of the request's idempotency key): asked again with the same id,
    it is the same refund.
    """
    check_role(by.role, FLOOR)
    row = await payments.payment(desk.database, payment)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such payment")
    give = GiveBack((batch,), payment, what, "staff", reason, tip, owed_again)
    return await _asked(desk, row.stream, give, by, batch)


async def of_table(
    desk: Desk, stream: str, what: Back, *, reason: str, owed_again: bool, by: StaffAccess, batch: str
) -> Sequence[Refund]:
    """Send money back over all payments of a split, or ask somebody who may. Raises `NotFound`, `Refused`."""
    check_role(by.role, FLOOR)
    bill = (await bills.newest(desk, stream)).bill
    more = (desk.new_id() for _ in range(len(bill.payments) + MORE_IDS))
    give = GiveBack((batch, *more), None, what, "staff", reason, 0, owed_again)
    return await _asked(desk, stream, give, by, batch)


async def _asked(desk: Desk, stream: str, give: GiveBack, by: StaffAccess, batch: str) -> Sequence[Refund]:
    if not await refunds.of_batch(desk.database, batch):
        bill = (await bills.newest(desk, stream)).bill
        shares = _shares(bill, give)
        if await _decides_alone(desk, bill, give, shares, by):
            await _decided(desk, stream, give, by)
        else:
            ask = AskRefund(batch, give.payment, give.what, give.reason, give.tip)
            row = asked_row(desk, bill, ask, shares, by=by.staff_id, owed_again=give.owed_again)
            await bills.change(desk, stream, ask, by=by.actor, rows=lambda _bill, _facts: (Add(row),))
    return await _sent(desk, batch)


def _shares(bill: Bill, give: GiveBack) -> list[Share]:
    shares = shares_of(bill, give.payment, give.what, give.tip)
    if isinstance(shares, Refusal):
        raise errors.Refused(shares)
    disputed = next((each.payment for each in shares if bill.payments[each.payment].disputed), None)
    if disputed:
        detail = "The payer's bank has asked for this money already."
        raise errors.Refused(Refusal("payment_disputed", detail, {"payment": disputed}))
    return shares


async def _decides_alone(desk: Desk, bill: Bill, give: GiveBack, shares: Sequence[Share], by: StaffAccess) -> bool:
    """A waiter sends back what is the payer's anyway; beyond a sum, or a number per shift, two people decide."""
    policies = desk.policies
    if by.role not in HOUSE and not isinstance(give.what, OWED):
        return False
    if sum(share.base + share.tip for share in shares) > limit(desk, bill.currency):
        return False
    return await refunds.count_of(desk.database, by.staff_id, desk.now() - policies.refund_shift) < (
        policies.refunds_per_shift_max
    )


def limit(desk: Desk, code: str) -> int:
    """The largest sum that one person may send back alone, in minor units."""
    return int(desk.policies.refund_limit * 10 ** currency(code).exponent)


def asked_row(
    desk: Desk,
    bill: Bill,
    ask: AskRefund,
    shares: Sequence[Share],
    *,
    by: str | None = None,
    owed_again: bool = False,
    cause: Cause = "staff",
    reference: str | None = None,
) -> Refund:
    """A wish that waits for somebody's word, with what it would come to now."""
    return Refund(
        id=ask.refund,
        batch=ask.refund,
        stream=bill.session,
        restaurant_id=bill.restaurant_id,
        payment_id=ask.payment,
        cause=cause,
        cause_reference=reference,
        state="asked",
        reason=ask.reason,
        what=written(ask.what, ask.tip),
        owed_again=owed_again,
        currency=bill.currency,
        amount=sum(share.base for share in shares),
        tip=sum(share.tip for share in shares),
        asked_by=by,
        asked_at=desk.now(),
    )


async def _decided(desk: Desk, stream: str, give: GiveBack, by: StaffAccess) -> None:
    mine = {row.id: row for row in await payments.of_stream(desk.database, stream)}
    rows = adding(desk, give, mine, by=by.staff_id)
    await bills.change(desk, stream, give, by=by.actor, rows=rows)


def adding(
    desk: Desk,
    give: GiveBack,
    mine: Mapping[str, Payment],
    *,
    by: str | None = None,
    waiting: Refund | None = None,
    reference: str | None = None,
) -> bills.Rows:
    """The rows of the refunds that a decision starts, and the calls that send them, in the append that starts them.

    `waiting` is the wish that is decided with it; a wish that is not open any more fails the append with `Missing`.
    """
    now = desk.now()

    def rows(after: Bill, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
        writes: tuple[Write, ...] = ()
        for fact in facts:
            if isinstance(fact, RefundStarted):
                row = _row(after, give, fact.refund, now, by=by, waiting=waiting, reference=reference)
                writes += (_kept(row, waiting),)
                if after.payments[fact.payment].method == "card":
                    call = refund_calls.planned(desk, after.refunds[fact.refund], mine[fact.payment])
                    writes += (Add(call),)
        return writes

    return rows


def _row(
    after: Bill,
    give: GiveBack,
    refund: str,
    now: datetime,
    *,
    by: str | None,
    waiting: Refund | None,
    reference: str | None,
) -> Refund:
    booked = after.refunds[refund]
    is_over = booked.status == "succeeded"
    return Refund(
        id=refund,
        batch=waiting.batch if waiting else give.refunds[0],
        stream=after.session,
        restaurant_id=after.restaurant_id,
        payment_id=booked.payment,
        cause=give.cause,
        cause_reference=reference,
        state="succeeded" if is_over else "planned",
        reason=give.reason,
        what=written(give.what, give.tip),
        owed_again=give.owed_again,
        currency=after.currency,
        amount=booked.base,
        tip=booked.tip,
        rounding=booked.rounding,
        asked_by=waiting.asked_by if waiting else by,
        asked_at=waiting.asked_at if waiting else now,
        decided_by=by,
        decided_at=now,
        ended_at=now if is_over else None,
        next_look_at=None if is_over else refunds.next_look(now, now),
    )


_DECIDED = (
    "payment_id", "state", "amount", "tip", "rounding", "decided_by", "decided_at", "ended_at", "next_look_at",
)  # fmt: skip


def _kept(row: Refund, waiting: Refund | None) -> Write:
    if waiting is None or waiting.id != row.id:
        return Add(row)
    return Change(Refund, {"id": row.id, "state": "asked"}, {name: getattr(row, name) for name in _DECIDED})


async def _sent(desk: Desk, batch: str) -> Sequence[Refund]:
    """Send what is planned; what ends in doubt is left to the jobs."""
    for row in await refunds.of_batch(desk.database, batch):
        if row.state == "planned":
            await calls.send(desk, refund_calls.refund_key(row.id))
    return await refunds.of_batch(desk.database, batch)


# Deciding about what was asked


async def approve(desk: Desk, refund: str, *, by: StaffAccess) -> Refund:
    """The second person says yes: it is decided anew on the bill as it is now.

    Raises `NotFound`, `NotAllowed` (`second_person`), `Refused` (`refund_ended`, `amount_changed`, …).
    """
    row = await _own(desk, refund, by)
    what, tip = read(row.what)
    if row.asked_by == by.staff_id:
        raise errors.NotAllowed("somebody else has to decide about this", code="second_person")
    if row.state != "asked":
        return await _again(desk, row, by)
    bill = (await bills.newest(desk, row.stream)).bill
    more = tuple(desk.new_id() for _ in range(len(bill.payments) + MORE_IDS))
    give = GiveBack((row.id, *more), row.payment_id, what, row.cause, row.reason, tip, row.owed_again)  # type: ignore[arg-type]  # a CHECK keeps the words of the cause
    _check_decider(desk, bill, _shares(bill, give), row, by)
    mine = {each.id: each for each in await payments.of_stream(desk.database, row.stream)}
    try:
        rows = adding(desk, give, mine, by=by.staff_id, waiting=row)
        await bills.change(desk, row.stream, give, by=by.actor, rows=rows)
    except Missing:
        raise _ended(row) from None
    await _sent(desk, row.batch)
    return await _own(desk, refund, by)


def _check_decider(desk: Desk, bill: Bill, shares: Sequence[Share], row: Refund, by: StaffAccess) -> None:
    """Who works the floor may hand out what is the payer's anyway, up to the limit."""
    is_owed = row.cause in ("credit", "surplus") and row.asked_by is None
    total = sum(share.base + share.tip for share in shares)
    check_role(by.role, FLOOR if is_owed and total <= limit(desk, bill.currency) else HOUSE)


async def _again(desk: Desk, row: Refund, by: StaffAccess) -> Refund:
    """A second tap of the same person is no error."""
    if row.decided_by != by.staff_id or row.state in ("declined", "withdrawn"):
        raise _ended(row)
    await _sent(desk, row.batch)
    return await _own(desk, row.id, by)


def _ended(row: Refund) -> errors.Refused:
    return errors.Refused(Refusal("refund_ended", "This has been decided already.", {"state": row.state}))


async def decline(desk: Desk, refund: str, reason: str, *, by: StaffAccess) -> Refund:
    """Somebody says no, or whoever asked takes it back. Raises `NotFound`, `NotAllowed`, `Refused` (`refund_ended`)."""
    row = await _own(desk, refund, by)
    is_own = row.asked_by == by.staff_id
    if not is_own:
        check_role(by.role, HOUSE)
    now, state = desk.now(), "withdrawn" if is_own else "declined"
    values = {"state": state, "decided_by": by.staff_id, "decided_at": now, "ended_at": now}
    change = Change(Refund, {"id": row.id, "state": "asked"}, values)
    try:
        no = DeclineRefund(row.id, reason)
        await bills.change(desk, row.stream, no, by=by.actor, rows=lambda _bill, _facts: (change,))
    except Missing:
        raise _ended(row) from None
    return await _own(desk, refund, by)


async def _own(desk: Desk, refund: str, by: StaffAccess) -> Refund:
    """A refund of this house. Raises `NotFound`: others' look like none."""
    check_role(by.role, FLOOR)
    row = await refunds.refund(desk.database, refund)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such refund")
    return row


def booked(bill: Bill, row: Refund) -> Booked | None:
    """What the bill knows of it; nothing, as long as it is only asked for."""
    return bill.refunds.get(row.id)
