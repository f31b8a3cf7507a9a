"""What an operator watches of payments: counted as it is committed, by the node that committed it.

Nothing here knows who pays or how much: outcomes, reasons, times and percentages only.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.payment import Payment

Labels = tuple[str, ...]

SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 1200.0)
PERCENTS = (0.0, 5.0, 10.0, 12.5, 15.0, 18.0, 20.0, 22.0, 25.0, 30.0, 50.0)
REASONS_MAX = 64

COUNTERS: Mapping[str, tuple[str, Labels]] = {
    "payments": ("Payments that ended, by what they ended as", ("method", "outcome")),
    "payment_declines": ("Cards that were declined, by reason", ("reason",)),
    "visits": ("Visits that began and ended", ("event",)),
    "visits_paid": ("Visits that were paid in full, by whether several payments did it", ("split",)),
    "splits": ("Ways to split that tables chose", ("mode",)),
    "refunds": ("Refunds, by what became of them", ("event",)),
    "disputes": ("Disputes, by what became of them", ("event",)),
    "bill_conflicts": ("Changes that were decided again because somebody was faster", ()),
}
"""Name, what it counts, and its labels; every value of a label is one of a few words."""

SPREADS: Mapping[str, tuple[str, Labels, tuple[float, ...]]] = {
    "payment_seconds": ("From the start of a payment to the money", ("method",), SECONDS),
    "tip_percent": ("Tips, in percent of what they were given for", (), PERCENTS),
    "webhook_lag_seconds": ("From an event at the provider until it was worked on", (), SECONDS),
}

VISITS: Mapping[type[ev.Fact], str] = {
    ev.SessionOpened: "opened",
    ev.SessionSettled: "settled",
    ev.SessionClosed: "closed",
    ev.SessionAbandoned: "abandoned",
}
OUTCOMES: Mapping[type[ev.Fact], str] = {
    ev.PaymentSucceeded: "succeeded",
    ev.PaymentCanceled: "canceled",
    ev.PaymentRefused: "refused",
}
OTHERS: Mapping[type[ev.Fact], tuple[str, str]] = {
    ev.RefundStarted: ("refunds", "started"),
    ev.RefundSucceeded: ("refunds", "succeeded"),
    ev.RefundFailed: ("refunds", "failed"),
    ev.DisputeOpened: ("disputes", "opened"),
}


class Happened(Protocol):
    """One committed event with the bill after it."""

    @property
    def event(self) -> ev.Event:
        """What happened."""

    @property
    def after(self) -> Bill:
        """The bill as it is then."""


@dataclass(slots=True)
class Spread:
    """How values lie: how many in each bucket (the last is for everything above), and their sum."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float = 0.0

    @classmethod
    def over(cls, bounds: tuple[float, ...]) -> "Spread":
        """Nothing yet."""
        return cls(bounds, [0] * (len(bounds) + 1))

    def add(self, value: float) -> None:
        """One more value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Measures:
    """The figures of one process since its start."""

    counts: Counter[tuple[str, Labels]] = field(default_factory=Counter)
    spreads: dict[tuple[str, Labels], Spread] = field(default_factory=dict)

    def committed(self, steps: Iterable[Happened]) -> None:
        """Count what just happened to a bill."""
        for step in steps:
            self._count(step)

    def conflicted(self) -> None:
        """Somebody was faster."""
        self.counts["bill_conflicts", ()] += 1

    def worked_on(self, created: datetime | None, now: datetime) -> None:
        """An event that the provider made at `created` was worked on."""
        if created is not None:
            self._spread("webhook_lag_seconds", (), max(0.0, (now - created).total_seconds()))

    def _count(self, step: Happened) -> None:
        fact = step.event.fact
        if word := VISITS.get(type(fact)):
            self.counts["visits", (word,)] += 1
        if isinstance(fact, ev.SessionSettled):
            self.counts["visits_paid", ("yes" if _is_split(step.after) else "no",)] += 1
        elif isinstance(fact, ev.SplitChanged):
            self.counts["splits", (fact.mode,)] += 1
        elif isinstance(fact, ev.PaymentDeclined):
            self.counts["payment_declines", (self._reason(fact.code),)] += 1
        elif isinstance(fact, ev.PaymentSucceeded | ev.PaymentCanceled | ev.PaymentRefused):
            self._ended(step, step.after.payments[fact.payment], OUTCOMES[type(fact)])
        elif type(fact) in OTHERS:
            name, word = OTHERS[type(fact)]
            self.counts[name, (word,)] += 1

    def _ended(self, step: Happened, payment: Payment, outcome: str) -> None:
        self.counts["payments", (payment.method, outcome)] += 1
        if outcome != "succeeded":
            return
        took_s = (step.event.at - payment.at).total_seconds()
        self._spread("payment_seconds", (payment.method,), max(0.0, took_s))
        if payment.amount:
            self._spread("tip_percent", (), 100 * payment.tip / payment.amount)

    def _reason(self, code: str) -> str:
        """The provider's word, unless there are suspiciously many."""
        known = {labels[0] for name, labels in self.counts if name == "payment_declines"}
        return code if code in known or len(known) < REASONS_MAX else "other"

    def _spread(self, name: str, labels: Labels, value: float) -> None:
        spread = self.spreads.get((name, labels))
        if spread is None:
            spread = self.spreads[name, labels] = Spread.over(SPREADS[name][2])
        spread.add(value)


def _is_split(bill: Bill) -> bool:
    return sum(payment.status == "succeeded" for payment in bill.payments.values()) > 1
