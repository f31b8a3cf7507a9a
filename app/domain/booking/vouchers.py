"""Booking facts about gift cards and passes that a bill sells."""

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.booking import Bookings
from app.domain.copying import replace


def _vouchers_ordered(bill: Bill, fact: ev.VouchersOrdered, _: ev.Event) -> Bill:
    changed = {line: replace(bill.lines[line], product=grant) for line, grant in fact.lines.items()}
    return replace(bill, lines={**bill.lines, **changed})


def _voucher_granted(bill: Bill, fact: ev.VoucherGranted, _: ev.Event) -> Bill:
    granted = replace(bill.lines[fact.line], granted=fact.payment)
    return replace(bill, lines={**bill.lines, fact.line: granted})


BOOKINGS: Bookings = {
    ev.VouchersOrdered: _vouchers_ordered,
    ev.VoucherGranted: _voucher_granted,
}
