"""Reserving and settling amounts of lines, as every booking of money does."""

from collections.abc import Mapping

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.copying import replace
from app.domain.payment import Payment


def with_payment(bill: Bill, payment: Payment) -> Bill:
    """The bill with this state of the payment."""
    return replace(bill, payments={**bill.payments, payment.id: payment})


def _book(amounts: Mapping[str, int], more: Mapping[str, int], sign: int) -> dict[str, int]:
    booked = dict(amounts)
    for guest, amount in more.items():
        booked[guest] = booked.get(guest, 0) + sign * amount
    return {guest: amount for guest, amount in booked.items() if amount}


def reserve(bill: Bill, allocations: ev.Allocations, sign: int) -> Bill:
    """Hold the allocations in their lines (``sign`` 1), or let go of them (-1)."""
    changed = {
        line: replace(bill.lines[line], reserved=_book(bill.lines[line].reserved, guests, sign))
        for line, guests in allocations.items()
    }
    return replace(bill, lines={**bill.lines, **changed})


def settle(bill: Bill, allocations: ev.Allocations, sign: int) -> Bill:
    """Settle the allocations in their lines (``sign`` 1), or take them out again (-1)."""
    changed = {
        line: replace(bill.lines[line], settled=_book(bill.lines[line].settled, guests, sign))
        for line, guests in allocations.items()
    }
    return replace(bill, lines={**bill.lines, **changed})


def freed(bill: Bill, payment: Payment) -> Bill:
    """Give back what the payment holds, if it still holds it."""
    return reserve(bill, payment.allocations, -1) if payment.holds else bill
