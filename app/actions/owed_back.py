"""Noticing that somebody has paid more than it costs, in the append that made it so."""

from datetime import datetime

from app.domain.bill import Bill
from app.storage.log import Put, Write
from app.storage.tables import Remedy


def remedy_rows(before: Bill, after: Bill, due_at: datetime) -> tuple[Write, ...]:
    """A note for the job that sends money back, wherever more of it is owed, or the visit it waited for has ended."""
    owed = _owed(after)
    changed = owed != _owed(before) or after.is_over != before.is_over
    return (Put(Remedy(stream=after.session, due_at=due_at)),) if any(owed) and changed else ()


def _owed(bill: Bill) -> tuple[int, int]:
    """Credits of lines, and what fitted no line."""
    return bill.sums.credit, sum(payment.surplus for payment in bill.payments.values())
