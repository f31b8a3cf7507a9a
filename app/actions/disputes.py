"""Disputes: what the provider says of them, booked as facts and kept for staff. Guests see nothing of it."""

from collections.abc import Sequence
from typing import Any

import structlog

from app.actions import bills, errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.actions.roles import HOUSE, check_role
from app.domain.commands import SYSTEM, ObserveDispute
from app.payments import gateway
from app.storage import disputes, payments, refunds
from app.storage.log import Put
from app.storage.tables import Dispute, Payment

log = structlog.get_logger()

ENDED: dict[str, Any] = {"won": "won", "lost": "lost", "withdrawn": "withdrawn"}


async def observe_dispute(desk: Desk, payment: Payment, dispute: str) -> None:
    """Fetch a dispute and book what it says now: the order in which its events arrive does not matter.

    Raises `app.payments.gateway.Unknown` where the provider cannot be asked.
    """
    try:
        found = await desk.gateway.retrieve_dispute(dispute, account=payment.account)
    except gateway.Refused as refused:
        facts = {"dispute": dispute, "code": refused.code}
        await raise_finding(desk, "missing_there", dispute, stream=payment.stream, facts=facts)
        return
    await record(desk, payment, found)


async def look(desk: Desk, payment: Payment) -> None:
    """Book all disputes that the provider has of a payment. Raises `Unknown`."""
    for found in await desk.gateway.disputes_of(payment.intent_id or "", account=payment.account):
        await record(desk, payment, found)


async def record(desk: Desk, payment: Payment, found: gateway.Dispute) -> None:
    """Append what `found` says that the log lacks. A status that nobody knows is kept as text and moves no money."""
    row = _row(desk, payment, found, await disputes.dispute(desk.database, found.id))
    if problem := _mismatch(payment, found):
        facts = {"dispute": found.id, "problem": problem, "currency": found.currency, "found": found.amount}
        await raise_finding(desk, "mismatch", found.id, stream=payment.stream, facts=facts)
        return
    if found.status == "other":
        await bills.change(desk, payment.stream, by=SYSTEM, rows=lambda _bill, _facts: (Put(row),))
        facts = {"dispute": found.id, "status": found.provider_status}
        await raise_finding(desk, "unknown_status", found.id, stream=payment.stream, facts=facts)
        return
    said = ObserveDispute(found.id, payment.id, found.amount, found.withdrawn, ENDED.get(found.status))
    await bills.change(desk, payment.stream, said, by=SYSTEM, rows=lambda _bill, _facts: (Put(row),))
    if found.status == "open":
        await _meets_refunds(desk, payment, found)


def _mismatch(payment: Payment, found: gateway.Dispute) -> str | None:
    if found.currency != payment.currency:
        return "currency"
    return "intent" if found.intent_id != payment.intent_id else None


def _row(desk: Desk, payment: Payment, found: gateway.Dispute, known: Dispute | None) -> Dispute:
    is_over = found.status in ENDED
    closed_at = known.closed_at if known and known.closed_at else desk.now()
    return Dispute(
        id=found.id,
        stream=payment.stream,
        restaurant_id=payment.restaurant_id,
        payment_id=payment.id,
        state="unknown" if found.status == "other" else found.status,
        provider_status=found.provider_status[:64],
        reason=found.reason[:64],
        currency=found.currency,
        amount=found.amount,
        withdrawn=found.withdrawn,
        respond_by=found.respond_by,
        opened_at=found.created,
        closed_at=closed_at if is_over else None,
    )


async def _meets_refunds(desk: Desk, payment: Payment, found: gateway.Dispute) -> None:
    """Money that is on its way back and asked for by the bank as well might go twice: somebody has to know."""
    for row in await refunds.of_payment(desk.database, payment.id):
        if row.state in ("planned", "pending"):
            code = "charge_for_pending_refund_disputed"
            facts = {"code": code, "dispute": found.id, "amount": row.amount + row.tip, "currency": row.currency}
            await raise_finding(desk, "dispute_over_refund", row.id, stream=payment.stream, facts=facts)


# For staff


async def listed(
    desk: Desk, *, by: StaffAccess, is_open: bool | None, payment: str | None, before: str | None, limit: int
) -> Sequence[Dispute]:
    """A page of the restaurant's disputes, the newest first."""
    check_role(by.role, HOUSE)
    return await disputes.listed(
        desk.database, by.restaurant_id, is_open=is_open, payment=payment, before=before, limit=limit
    )


async def one(desk: Desk, dispute: str, *, by: StaffAccess) -> tuple[Dispute, Payment]:
    """One of them, with the payment it is about. Raises `NotFound`, also for another restaurant's."""
    check_role(by.role, HOUSE)
    row = await disputes.dispute(desk.database, dispute)
    payment = await payments.payment(desk.database, row.payment_id) if row else None
    if row is None or payment is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such dispute")
    return row, payment
