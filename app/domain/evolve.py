"""Folding a bill from its events.

``evolve`` only books what a fact says; every rule has been applied before, by ``decide``.
"""

from collections.abc import Iterable
from datetime import datetime

from app.domain import events as ev
from app.domain.bill import EMPTY, Bill, SessionStatus, is_paid_in_full
from app.domain.booking import Bookings, groups, holds, lines, payments, refunds, split, visit, vouchers
from app.domain.copying import replace

__all__ = ["evolve", "fold", "foresee"]

_BOOKINGS: Bookings = {
    **visit.BOOKINGS,
    **lines.BOOKINGS,
    **split.BOOKINGS,
    **payments.BOOKINGS,
    **refunds.BOOKINGS,
    **holds.BOOKINGS,
    **groups.BOOKINGS,
    **vouchers.BOOKINGS,
}


def fold(events: Iterable[ev.Event], bill: Bill = EMPTY) -> Bill:
    """All events onto a bill, in their order."""
    for event in events:
        bill = evolve(bill, event)
    return bill


def evolve(bill: Bill, event: ev.Event) -> Bill:
    """The bill after one more event. Raises ValueError where the event is not the next one of its stream."""
    if event.seq != bill.version + 1:
        message = f"event {event.seq} does not follow version {bill.version}"
        raise ValueError(message)
    foreseen: tuple[ev.Fact, datetime, Bill] | None = bill.known.get("next")
    if foreseen is not None and foreseen[0] is event.fact and foreseen[1] is event.at:
        return foreseen[2]
    after = _BOOKINGS[type(event.fact)](bill, event.fact, event)
    return replace(after, version=event.seq, last_at=event.at, status=_status(after))


def foresee(bill: Bill, fact: ev.Fact, now: datetime) -> Bill:
    """The bill once ``fact`` is in its log. When it comes to that it is the same bill, and nothing is booked again.

    So a booking asks an event for its number and its time alone: whose command it was is no part of a bill.
    """
    newer = evolve(bill, ev.Event(bill.version + 1, now, "", fact))
    if bill.version:  # All bills begin with the same empty one.
        bill.known["next"] = (fact, now, newer)
    return newer


def _status(bill: Bill) -> SessionStatus:
    """Open until a payment is open or has settled, settling until paid in full; the rest is said by facts."""
    if bill.status == "settled" and is_paid_in_full(bill):
        return "settled"
    if bill.status not in ("open", "settling", "settled"):
        return bill.status
    touched = any(payment.is_open or payment.settled for payment in bill.payments.values())
    return "settling" if touched else "open"
