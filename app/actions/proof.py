"""What the log says a stream's rows must say: the other half of `app.storage.verify`."""

from collections.abc import Sequence
from typing import Any

from app.actions.hold_rows import columns as hold_columns
from app.actions.projections import columns
from app.domain.bill import EMPTY, Bill
from app.domain.events import Event
from app.domain.evolve import evolve
from app.domain.invariants import broken, broken_by
from app.domain.ledger import Amounts, booked
from app.domain.tile import summary
from app.storage.verify import Replayed

WATCHED = frozenset({"state", "released", "captured", "refunded", "surplus", "decline_code", "expires_at"})

Broken = list[tuple[int, str]]


def replay(events: Sequence[Event]) -> Replayed:
    """Fold a stream from its first event, checking the bill's invariants after each."""
    bill, found, books = _proved(events)
    holds = {hold.id: hold_columns(hold) for hold in bill.holds.values()}
    said, back = repeated(bill), returned(bill)
    return Replayed(bill.status, bill.table_id, summary(bill), said, tuple(found), books, holds, back)


def returned(bill: Bill) -> dict[str, dict[str, Any]]:
    """By refund, the columns of its row that repeat what the log says."""
    return {
        refund.id: {
            "payment_id": refund.payment,
            "cause": refund.cause,
            "state": refund.status,
            "amount": refund.base,
            "tip": refund.tip,
            "rounding": refund.rounding,
        }
        for refund in bill.refunds.values()
    }


def repeated(bill: Bill) -> dict[str, dict[str, Any]]:
    """By payment, the columns of its row that repeat what the log says."""
    return {
        payment.id: {
            "guest_id": payment.guest,
            "method": payment.method,
            "amount": payment.amount,
            "tip": payment.tip,
            "rounding": payment.rounding,
            **{name: value for name, value in columns(payment).items() if name in WATCHED},
        }
        for payment in bill.payments.values()
    }


def _proved(events: Sequence[Event]) -> tuple[Bill, Broken, dict[int, Amounts]]:
    """The bill, what was wrong after which event, and what each books.

    Something wrong is named once, not again after every event.
    """
    bill, found, known, books = EMPTY, Broken(), set[str](), dict[int, Amounts]()
    for event in events:
        try:
            after = evolve(bill, event)
        except (ValueError, KeyError) as error:
            return bill, [*found, (event.seq, f"cannot be folded: {error}")], books
        wrong = [*broken(after, bill), *broken_by(event, bill, after)]
        found += [(event.seq, what) for what in wrong if what not in known]
        known.update(wrong)
        if amounts := booked(bill, after):
            books[event.seq] = amounts
        bill = after
    return bill, found, books
