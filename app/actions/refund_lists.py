"""Refunds and disputes as staff read them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.actions import bills, disputes, errors, refund_looks
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import FLOOR, check_role
from app.domain.bill import Bill
from app.domain.payment import Payment as Booked
from app.domain.payment import total_of
from app.domain.refunding import credits_of
from app.domain.view import NOBODY, timestamp
from app.payments.gateway import GatewayError
from app.storage import refunds, staff
from app.storage.refunds import Wanted
from app.storage.tables import Dispute, Payment, Refund

__all__ = ["dispute", "disputes_page", "page", "refundable", "told", "told_one"]

UNDER_WAY = ("planned", "pending")


async def page(desk: Desk, wanted: Wanted, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /refunds`: the newest first; `next` is the cursor of the page after."""
    check_role(by.role, FLOOR)
    rows = await refunds.listed(desk.database, wanted)
    shown: dict[str, Any] = {"refunds": await told(desk, rows)}
    return {**shown, "next": rows[-1].id} if len(rows) == wanted.limit else shown


async def told_one(desk: Desk, refund: str, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /refunds/{refund}`, looked at first where it is under way; with the lines that it is taken from."""
    check_role(by.role, FLOOR)
    row = await refunds.refund(desk.database, refund)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such refund")
    if row.state in UNDER_WAY and row.stripe_id:
        try:
            await refund_looks.observe_refund(desk, refund)
        except GatewayError:
            # What is written is what can be said now; the jobs go on asking.
            return await _with_lines(desk, row)
        row = await refunds.refund(desk.database, refund) or row
    return await _with_lines(desk, row)


async def _with_lines(desk: Desk, row: Refund) -> dict[str, Any]:
    shown = (await told(desk, [row]))[0]
    booked = (await bills.newest(desk, row.stream)).bill.refunds.get(row.id)
    if booked is None:
        return shown
    places = {
        line: {guest or NOBODY: part for guest, part in each.items()} for line, each in booked.allocations.items()
    }
    return {**shown, "allocations": places, "surplus": booked.surplus}


async def told(desk: Desk, rows: Sequence[Refund]) -> list[dict[str, Any]]:
    """Refunds with the names of staff and tables, and the payments they are of."""
    names = await _names(desk, (who for row in rows for who in (row.asked_by, row.decided_by) if who))
    paid = await refunds.payments_of(desk.database, [row.payment_id for row in rows if row.payment_id])
    tables = await refunds.tables_of(desk.database, sorted({row.stream for row in rows}))
    return [_told(row, paid.get(row.payment_id or ""), names, tables) for row in rows]


async def _names(desk: Desk, ids: Iterable[str]) -> dict[str, str]:
    found = [await staff.by_id(desk.database, each) for each in sorted(set(ids))]
    return {account.id: account.name for account in found if account}


def _told(row: Refund, payment: Payment | None, names: Mapping[str, str], tables: Mapping[str, str]) -> dict[str, Any]:
    shown = {
        "id": row.id,
        "paymentId": row.payment_id,
        "tableSessionId": row.stream,
        "table": tables.get(row.stream),
        "paymentMethod": payment.method if payment else None,
        "card": f"{payment.card_brand} {payment.card_last4}" if payment and payment.card_last4 else None,
        "guest": payment.guest_id if payment else None,
        "currency": row.currency,
        "amount": row.amount,
        "tipAmount": row.tip,
        "rounding": row.rounding or None,
        "state": row.state,
        "cause": row.cause,
        "reason": row.reason,
        "owedAgain": row.owed_again,
        "what": row.what,
        "askedBy": _person(row.asked_by, names),
        "askedAt": timestamp(row.asked_at),
        "decidedBy": _person(row.decided_by, names),
        "decidedAt": timestamp(row.decided_at) if row.decided_at else None,
        "endedAt": timestamp(row.ended_at) if row.ended_at else None,
        "providerStatus": row.provider_status,
        "failureReason": row.failure_reason,
        "checking": True if row.state == "planned" else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _person(staff_id: str | None, names: Mapping[str, str]) -> dict[str, str] | None:
    return {"id": staff_id, "name": names.get(staff_id, "Somebody")} if staff_id else None


# What could be sent back


def refundable(bill: Bill, payment: Booked) -> dict[str, Any]:
    """What of one payment staff could send back now, for `GET /payments/{payment}`."""
    credit = sum(total_of(share.allocations) for share in credits_of(bill) if share.payment == payment.id)
    return {
        "amount": total_of(payment.settled) + payment.surplus,
        "tipAmount": payment.tip_left if payment.status == "succeeded" else 0,
        "credit": credit,
        "surplus": payment.surplus,
        "lines": {line: sum(guests.values()) for line, guests in payment.settled.items()},
    }


# Disputes


async def disputes_page(
    desk: Desk, *, by: StaffAccess, is_open: bool | None, payment: str | None, before: str | None, limit: int
) -> dict[str, Any]:
    """`GET /disputes`: the newest first; `next` is the cursor of the page after."""
    rows = await disputes.listed(desk, by=by, is_open=is_open, payment=payment, before=before, limit=limit)
    tables = await refunds.tables_of(desk.database, sorted({row.stream for row in rows}))
    shown: dict[str, Any] = {"disputes": [_dispute(row, tables) for row in rows]}
    return {**shown, "next": rows[-1].id} if len(rows) == limit else shown


async def dispute(desk: Desk, dispute_id: str, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /disputes/{dispute}`."""
    row, _ = await disputes.one(desk, dispute_id, by=by)
    return _dispute(row, await refunds.tables_of(desk.database, [row.stream]))


def _dispute(row: Dispute, tables: Mapping[str, str]) -> dict[str, Any]:
    shown = {
        "id": row.id,
        "paymentId": row.payment_id,
        "tableSessionId": row.stream,
        "table": tables.get(row.stream),
        "currency": row.currency,
        "amount": row.amount,
        "withdrawn": row.withdrawn,
        "reason": row.reason,
        "state": row.state,
        "providerStatus": row.provider_status,
        "respondBy": timestamp(row.respond_by) if row.respond_by else None,
        "openedAt": timestamp(row.opened_at),
        "closedAt": timestamp(row.closed_at) if row.closed_at else None,
        "evidenceUrl": f"/api/v1/disputes/{row.id}/evidence",
    }
    return {name: value for name, value in shown.items() if value is not None}
