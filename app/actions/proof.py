"""What the log says a stream's rows must say: the other half of `app.storage.verify`."""

from collections.abc import Sequence

from app.actions.projections import columns
from app.domain.bill import EMPTY
from app.domain.events import Event
from app.domain.evolve import evolve
from app.domain.view import summary
from app.storage.verify import Replayed

WATCHED = frozenset({"state", "released", "captured", "refunded", "surplus", "decline_code", "expires_at"})


def replay(events: Sequence[Event]) -> Replayed:
    """Fold a stream from its first event, checking the bill's invariants after each."""
    bill, broken = EMPTY, []
    for event in events:
        try:
            bill = evolve(bill, event)
        except (ValueError, KeyError) as error:
            broken.append((event.seq, f"cannot be folded: {error}"))
            break
    payments = {
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
    return Replayed(bill.status, bill.table_id, summary(bill), payments, tuple(broken))
