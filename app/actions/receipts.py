"""Receipts: what one payment paid for, with the taxes inside it, for its payer to keep."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.actions import bills, errors, giftcards
from app.actions.access import Access, GuestAccess
from app.actions.desk import Desk
from app.actions.shelf import Kept
from app.domain.bill import Line
from app.domain.events import Allocations
from app.domain.money import allocate
from app.domain.view import timestamp
from app.storage import payments, refunds, restaurants
from app.storage.tables import Payment, Restaurant

MOVED = frozenset({"planned", "pending", "succeeded", "failed"})
"""States of a refund in which money moves, or has."""


async def receipt(desk: Desk, receipt_token: str) -> dict[str, Any]:
    """Everything a receipt page shows, by its unguessable token. Raises `NotFound`."""
    row = await payments.by_receipt(desk.database, receipt_token)
    if row is None:
        raise errors.NotFound("there is no such receipt")
    return await _receipt(desk, row, codes_too=True)


async def receipt_of(desk: Desk, payment: str, *, by: Access) -> dict[str, Any]:
    """The same by the payment's id, for its payer and staff."""
    row = await payments.payment(desk.database, payment)
    own = row is not None and (
        (row.stream == by.stream and row.guest_id == by.guest_id)
        if isinstance(by, GuestAccess)
        else row.restaurant_id == by.restaurant_id
    )
    if row is None or not own:
        raise errors.NotFound("there is no such payment")
    return await _receipt(desk, row, codes_too=isinstance(by, GuestAccess) or row.guest_id is None)


async def _receipt(desk: Desk, row: Payment, *, codes_too: bool) -> dict[str, Any]:
    kept = await bills.newest(desk, row.stream)
    house = await restaurants.restaurant(desk.database, row.restaurant_id)
    if house is None:
        raise errors.NotFound("there is no such restaurant")
    payment, bill = kept.bill.payments[row.id], kept.bill
    allocations = payment.settled if payment.status == "succeeded" else payment.allocations
    lines = [_line(kept, bill.lines[line], guests) for line, guests in allocations.items() if line in bill.lines]
    shown: dict[str, Any] = {
        "restaurant": _house(house),
        "table": bill.table_label,
        "tableSession": row.stream,
        "openedAt": timestamp(bill.opened_at) if bill.opened_at else None,
        "currency": bill.currency,
        "taxInclusive": bill.tax_inclusive,
        "payment": _payment(kept, row),
        "refunds": await _refunds(desk, row.id) or None,
        "giftCards": await giftcards.of_receipt(desk, row.id, codes_too=codes_too) or None,
        "lines": lines,
        "service": service(bill.lines, allocations),
        "taxes": taxes(bill.lines, allocations),
        "bill": {
            "total": sum(line.charged for line in bill.lines.values()),
            "settled": sum(line.settled_total for line in bill.lines.values()),
            "unpaid": bill.unpaid,
            "payments": sum(1 for each in bill.payments.values() if each.status == "succeeded"),
        },
    }
    return {name: value for name, value in shown.items() if value is not None}


def _house(house: Restaurant) -> dict[str, str]:
    return {
        "id": house.id,
        "name": house.name,
        "address": house.address,
        "taxNumber": house.tax_number,
        "timezone": house.timezone,
    }


def _payment(kept: Kept, row: Payment) -> dict[str, Any]:
    payment = kept.bill.payments[row.id]
    shown = {
        "id": row.id,
        "guest": kept.names.get(row.guest_id) if row.guest_id else None,
        "method": row.method,
        "status": payment.status,
        "amount": payment.amount,
        "tip": payment.tip,
        "rounding": payment.rounding,
        "total": payment.charge,
        "given": payment.given,
        "change": None if payment.given is None else payment.given - payment.charge,
        "reference": payment.reference or None if row.method == "terminal" else None,
        "surplus": payment.surplus,
        "refunding": payment.on_its_way,
        "refunded": payment.returned,
        "startedAt": timestamp(payment.at),
        "paidAt": timestamp(payment.succeeded_at) if payment.succeeded_at else None,
        "card": f"{row.card_brand} {row.card_last4}" if row.card_last4 else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


async def _refunds(desk: Desk, payment: str) -> list[dict[str, Any]]:
    """What went back of it, or is on its way; what staff still talk about is not the payer's."""
    return [
        {
            "amount": row.amount + row.rounding,
            "tipAmount": row.tip,
            "at": timestamp(row.ended_at or row.decided_at or row.asked_at),
            "state": row.state,
        }
        for row in await refunds.of_payment(desk.database, payment)
        if row.state in MOVED
    ]


def _line(kept: Kept, line: Line, guests: Mapping[str, int]) -> dict[str, Any]:
    return {
        "n": line.n,
        "name": line.name,
        "quantity": line.quantity,
        "modifiers": [modifier.name for modifier in line.modifiers],
        "charged": line.charged,
        "paid": sum(guests.values()),
        "for": [{"name": kept.names.get(guest, ""), "amount": amount} for guest, amount in guests.items()],
    }


def taxes(lines: Mapping[str, Line], allocations: Allocations) -> dict[str, int]:
    """The tax inside what was paid, by rate: of each line in proportion to the part of it that was paid."""
    totals: dict[str, int] = {}
    for line, paid in _paid(lines, allocations):
        for portion in line.charge.taxes:
            totals[str(portion.ppm)] = totals.get(str(portion.ppm), 0) + _part(portion.amount, line, paid)
    return totals


def service(lines: Mapping[str, Line], allocations: Allocations) -> int:
    """The service charge inside what was paid, without its tax, divided as the taxes are."""
    return sum(_part(line.charge.service, line, paid) for line, paid in _paid(lines, allocations))


def _paid(lines: Mapping[str, Line], allocations: Allocations) -> Iterator[tuple[Line, int]]:
    """Each line that costs something, with what was paid of it."""
    for line_id, guests in allocations.items():
        line = lines.get(line_id)
        if line is not None and line.charged:
            yield line, sum(guests.values())


def _part(amount: int, line: Line, paid: int) -> int:
    return allocate(amount, [min(paid, line.charged), max(0, line.charged - paid)])[0][0]
