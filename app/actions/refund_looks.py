"""What the provider says about refunds, compared with what the log says: ours, and those made in its dashboard.

Nothing but a fetched object ends a refund. One that waits (`pending`, `requires_action`) is on its way and not back;
one that had arrived may still fail, and then the money is owed to its payer again. Doing it twice is doing it once.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from app.actions import bills
from app.actions.desk import Desk
from app.actions.errors import Refused as NotDecided
from app.actions.findings import raise_finding, settle_finding
from app.actions.observing import ended, observe
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, BackTotal, Command, EndRefund, GiveBack
from app.payments import gateway
from app.payments.gateway import Unknown
from app.storage import payments, refunds
from app.storage.log import Add, Change, Put, Taken, Write
from app.storage.tables import Payment, Refund, StripeRef

log = structlog.get_logger()

SUCCEEDED: dict[str, bool] = {"succeeded": True, "failed": False, "canceled": False}
"""What an end at the provider means to the log; everything else is no end."""

DASHBOARD = "made in the provider's dashboard"


async def observe_refund(desk: Desk, refund: str) -> None:
    """Fetch one refund and append what the log does not know yet. Raises `Unknown`."""
    row = await refunds.refund(desk.database, refund)
    if row is None or row.stripe_id is None:
        return
    payment = await payments.payment(desk.database, row.payment_id or "")
    account = payment.account if payment else None
    await record(desk, row, await desk.gateway.retrieve_refund(row.stripe_id, account=account))


async def look(desk: Desk, payment: str) -> None:
    """Compare all refunds that the provider has of a payment with ours; what we do not have is booked, once each.

    Raises `Unknown` where the provider cannot be asked, or where something is in the way of booking what it says.
    """
    row = await _captured(desk, payment)
    if row is None or row.intent_id is None:
        return
    found = await desk.gateway.refunds_of(row.intent_id, account=row.account)
    known = {each.stripe_id: each for each in await refunds.of_payment(desk.database, payment) if each.stripe_id}
    strange: list[gateway.Refund] = []
    for each in found:
        ours = known.get(each.id) or await _made_by_us(desk, row, each)
        if ours is not None:
            await record(desk, ours, each)
        elif SUCCEEDED.get(each.status, True):
            strange.append(each)
    if strange:
        await _import(desk, row, strange)


async def _captured(desk: Desk, payment: str) -> Payment | None:
    """The row of a card payment that has taken money; what we do not know of yet is looked at first."""
    row = await payments.payment(desk.database, payment)
    if row is not None and row.method == "card" and row.state != "succeeded":
        await observe(desk, payment)
        row = await payments.payment(desk.database, payment)
    return row if row is not None and row.state == "succeeded" else None


async def _made_by_us(desk: Desk, payment: Payment, found: gateway.Refund) -> Refund | None:
    """The row that this refund was made for, by its metadata: its answer was lost, and a look was faster."""
    row = await refunds.refund(desk.database, found.refund_id) if found.refund_id else None
    return row if row is not None and row.payment_id == payment.id and row.stripe_id is None else None


# One of ours


async def record(desk: Desk, row: Refund, found: gateway.Refund, *, answered: str | None = None) -> None:
    """Append what `found` says that the log lacks; `answered` is the call that this is the answer to."""
    if problem := _mismatch(row, found):
        await _mismatched(desk, row, found, problem, answered)
        return
    succeeded = SUCCEEDED.get(found.status)
    commands: tuple[Command, ...] = () if succeeded is None else (EndRefund(row.id, succeeded),)
    # Another node may have started this refund since we last looked at the bill.
    await bills.newest(desk, row.stream)

    def rows(after: Bill, _facts: object) -> tuple[Write, ...]:
        return _seen(desk, row, found, after.refunds[row.id].status, answered)

    changed = await bills.change(desk, row.stream, *commands, by=SYSTEM, rows=rows)
    await _tell(desk, row, found, changed.bill.refunds[row.id].status)


def _mismatch(row: Refund, found: gateway.Refund) -> str | None:
    """Why this object cannot be that refund."""
    if found.currency != row.currency:
        return "currency"
    if found.amount != row.amount + row.tip:
        return "amount"
    if row.stripe_id is not None and row.stripe_id != found.id:
        return "a second refund"
    return None


async def _mismatched(desk: Desk, row: Refund, found: gateway.Refund, problem: str, answered: str | None) -> None:
    facts = {
        "refund": found.id,
        "problem": problem,
        "expected": row.amount + row.tip,
        "found": found.amount,
        "currency": found.currency,
    }
    if answered is not None:
        await payments.mark_ended(desk.database, answered, "answered", desk.now(), error=f"mismatch: {problem}")
    await raise_finding(desk, "mismatch", row.id, stream=row.stream, facts=facts)


def _seen(desk: Desk, row: Refund, found: gateway.Refund, status: str, answered: str | None) -> tuple[Write, ...]:
    """The row as it is to be, and everything that is written with it; nothing, if all of it is known."""
    now = desk.now()
    waits = status == "started"
    values: dict[str, Any] = {
        "state": "pending" if waits else status,
        "stripe_id": found.id,
        "provider_status": found.provider_status[:64],
        "failure_reason": (found.failure_reason or row.failure_reason or "")[:64] or None,
    }
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if "state" in changed:
        changed["ended_at"] = None if waits else now
        changed["next_look_at"] = refunds.next_look(row.decided_at or row.asked_at, now) if waits else None
    writes: tuple[Write, ...] = (Change(Refund, {"id": row.id}, changed),) if changed else ()
    if row.stripe_id is None:
        writes += (Put(StripeRef(stripe_id=found.id, kind="refund", our_id=row.id, stream=row.stream)),)
    if answered is not None:
        answer = {"refund": found.id, "status": found.provider_status}
        writes += (ended(answered, "answered", now, answer=answer),)
    return writes


async def _tell(desk: Desk, row: Refund, found: gateway.Refund, status: str) -> None:
    """Let people know of what only they can put right, and that it is right again."""
    facts = {"refund": found.id, "amount": found.amount, "currency": found.currency}
    if found.status == "other":
        facts = {"refund": found.id, "status": found.provider_status}
        await raise_finding(desk, "unknown_status", row.id, stream=row.stream, facts=facts)
    elif found.failure_reason == "charge_for_pending_refund_disputed":
        facts |= {"code": found.failure_reason}
        await raise_finding(desk, "dispute_over_refund", row.id, stream=row.stream, facts=facts)
    if status == "failed" and SUCCEEDED.get(found.status) is False:
        facts = {"amount": found.amount, "currency": found.currency, "code": found.failure_reason or found.status}
        await raise_finding(desk, "refund_failed", row.id, stream=row.stream, facts=facts)
    elif status == "failed" and found.status != "other" and await _still_stands(desk, row, found):
        # We gave it up, and the provider did it after all.
        await raise_finding(desk, "missing_here", row.id, stream=row.stream, facts=facts)


async def _still_stands(desk: Desk, row: Refund, found: gateway.Refund) -> bool:
    """Whether the provider still says that it is done: what was fetched a moment ago may have failed since."""
    payment = await payments.payment(desk.database, row.payment_id or "")
    now = await desk.gateway.retrieve_refund(found.id, account=payment.account if payment else None)
    return SUCCEEDED.get(now.status) is not False


# Somebody else's


async def _import(desk: Desk, payment: Payment, strange: Sequence[gateway.Refund]) -> None:
    """Book refunds that nobody asked us for. What a capture released looks like one, and was never captured."""
    intent = await desk.gateway.retrieve_intent(payment.intent_id or "", account=payment.account)
    rows = await refunds.of_payment(desk.database, payment.id)
    counted = sum(row.amount + row.tip for row in rows if row.stripe_id and row.state != "failed")
    room = intent.amount_refunded - counted
    for found in _without_release(strange, room, intent.amount - intent.amount_received):
        if found.amount > room:
            log.info("a release is no refund", payment=payment.id, refund=found.id)
            continue
        room -= found.amount
        await _import_one(desk, payment, found)


def _without_release(strange: Sequence[gateway.Refund], room: int, released: int) -> list[gateway.Refund]:
    """Oldest first, less the entry that a capture of less than the hold leaves, if more is there than can be."""
    oldest_first = sorted(strange, key=lambda each: (each.created, each.id))
    if released > 0 and sum(each.amount for each in strange) > room:
        left = next((each for each in oldest_first if each.amount == released), None)
        return [each for each in oldest_first if each is not left]
    return oldest_first


async def _import_one(desk: Desk, payment: Payment, found: gateway.Refund) -> None:
    refund = desk.new_id()
    give = GiveBack((refund,), payment.id, BackTotal(found.amount), "provider", DASHBOARD)
    succeeded = SUCCEEDED.get(found.status)
    commands: tuple[Command, ...] = (give,) if succeeded is None else (give, EndRefund(refund, succeeded))

    def rows(after: Bill, _facts: object) -> tuple[Write, ...]:
        ref = StripeRef(stripe_id=found.id, kind="refund", our_id=refund, stream=payment.stream)
        return (Add(_imported(desk, payment, found, after, refund)), Put(ref))

    try:
        await bills.change(desk, payment.stream, *commands, by=SYSTEM, rows=rows)
    except Taken:
        return  # Somebody else booked it a moment ago.
    except NotDecided as refused:
        # A refund of ours that has not ended is in the way: the provider will refuse that one, and this one fits then.
        facts = {"refund": found.id, "amount": found.amount, "currency": found.currency, "code": refused.code}
        await raise_finding(desk, "missing_here", found.id, stream=payment.stream, facts=facts)
        raise Unknown("a refund does not fit yet") from refused
    await settle_finding(desk, "missing_here", found.id)
    log.info("a refund of the provider's dashboard is booked", payment=payment.id, refund=found.id)


def _imported(desk: Desk, payment: Payment, found: gateway.Refund, after: Bill, refund: str) -> Refund:
    booked, now = after.refunds[refund], desk.now()
    waits = booked.status == "started"
    return Refund(
        id=refund,
        batch=refund,
        stream=payment.stream,
        restaurant_id=payment.restaurant_id,
        payment_id=payment.id,
        cause="provider",
        cause_reference=found.id,
        state="pending" if waits else booked.status,
        reason=DASHBOARD,
        what={"total": found.amount},
        currency=payment.currency,
        amount=booked.base,
        tip=booked.tip,
        stripe_id=found.id,
        provider_status=found.provider_status[:64],
        asked_at=found.created,
        decided_at=found.created,
        ended_at=None if waits else now,
        next_look_at=refunds.next_look(found.created, now) if waits else None,
    )
