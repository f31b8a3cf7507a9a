"""The bill as a value.

Mappings inside a bill are never changed in place: each event makes a new bill that shares what it did not touch. What
is asked of a value again and again is therefore worked out once: a line's sums when it is made, and what others derive
from a value in its `known`, which is no part of it. What was worked out of a part of a bill still holds for a newer
version that has the very same part: all versions share one `recalled`, where it stands with the part it was made from.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.domain import events as ev
from app.domain.group import Group
from app.domain.hold import Hold
from app.domain.line import Line
from app.domain.money import Currency, currency
from app.domain.payment import Dispute, Payment, Refund
from app.domain.pricing import Running, ServiceRule
from app.domain.sums import Sums, add_up, come_to_the_same

__all__ = ["EMPTY", "Bill", "Guest", "Hold", "Line", "Order", "Request", "SessionStatus", "Split", "is_paid_in_full"]

SessionStatus = Literal["new", "open", "settling", "settled", "closed", "abandoned"]


@dataclass(frozen=True, slots=True)
class Guest:
    """One phone, or a companion without one. Guests stand in the bill in joining order."""

    id: str
    color: str
    companion_of: str | None = None
    left: bool = False
    removed: bool = False
    reminded_at: datetime | None = None

    @property
    def present(self) -> bool:
        """Whether they still sit here."""
        return not (self.left or self.removed)


@dataclass(frozen=True, slots=True)
class Order:
    """Lines that were ordered together; ``by`` None: staff entered them."""

    id: str
    by: str | None
    at: datetime
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """How unpaid money is divided. ``parts`` are shares, parts per million or named amounts, by mode.

    ``round`` counts the changes of the split: a payment uses up parts of the round in which it started.
    """

    mode: ev.SplitMode = "items"
    shares: int = 0
    parts: dict[str, int] = field(default_factory=dict)
    round: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks for the staff; gone once answered."""

    id: str
    what: ev.RequestKind
    guest: str | None
    at: datetime
    claimed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """Everything that one visit owes, who takes what and who paid.

    `recalled`, by subject: what was worked out last for any version of this bill, behind what it was worked out from.
    """

    version: int = 0
    status: SessionStatus = "new"
    session: str = ""
    table_id: str = ""
    table_label: str = ""
    restaurant_id: str = ""
    restaurant_name: str = ""
    currency: str = "EUR"
    tax_inclusive: bool = False
    service_ppm: int = 0
    service_tax_ppm: int | None = None
    service_from_covers: int = 0
    service_applies: bool = False
    covers_set: int | None = None
    opened_at: datetime | None = None
    last_at: datetime | None = None
    settled_at: datetime | None = None
    merged_into: str = ""
    ending: Literal["", "close", "abandon"] = ""
    ending_reason: str = ""
    booked_for: datetime | None = None
    lines_placed: int = 0
    guests: dict[str, Guest] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    split: Split = field(default_factory=Split)
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    discounts: dict[str, ev.Discount] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    running: Running = field(default_factory=Running)
    recalled: dict[str, tuple[Any, Any]] = field(compare=False, repr=False, default_factory=dict)
    known: dict[str, Any] = field(init=False, compare=False, repr=False, default_factory=dict)

    @property
    def money(self) -> Currency:
        """The currency's rules."""
        return currency(self.currency)

    @property
    def step(self) -> int:
        """Every amount is a multiple of this many minor units."""
        return self.money.step

    @property
    def present(self) -> tuple[Guest, ...]:
        """Guests at the table now, in joining order."""
        seen: tuple[Any, tuple[Guest, ...]] = self.recalled.get("present", (None, ()))
        if seen[0] is not self.guests:
            seen = (self.guests, tuple(guest for guest in self.guests.values() if guest.present))
            self.recalled["present"] = seen
        return seen[1]

    @property
    def covers(self) -> int:
        """Head count: what staff set, else the guests at the table."""
        return self.covers_set if self.covers_set is not None else len(self.present)

    @property
    def service_rule(self) -> ServiceRule | None:
        """What a new line is charged for service, if anything."""
        return (
            ServiceRule(self.service_ppm, self.service_tax_ppm) if self.service_applies and self.service_ppm else None
        )

    @property
    def is_over(self) -> bool:
        """Closed or abandoned: only facts about money are still booked."""
        return self.status in ("closed", "abandoned")

    @property
    def sums(self) -> Sums:
        """What the lines come to together."""
        sums: Sums | None = self.known.get("sums")
        if sums is None:
            lines, sums = self.recalled.get("sums", ({}, Sums()))
            if not come_to_the_same(self.lines, lines):
                sums = add_up(self.lines.values())
            self.recalled["sums"] = (self.lines, sums)
            self.known["sums"] = sums
        return sums

    @property
    def unpaid(self) -> int:
        """Sum of what the lines still need, credits of other lines not counted."""
        return self.sums.unpaid

    @property
    def reserved(self) -> int:
        """What payments in flight hold, over all lines."""
        return self.sums.reserved

    @property
    def open_payments(self) -> list[Payment]:
        """Payments that may still take money."""
        return [payment for payment in self.payments.values() if payment.is_open]


EMPTY = Bill()


def is_paid_in_full(bill: Bill) -> bool:
    """Invariant 10 of the domain: derived from the bill, never stored."""
    sums = bill.sums
    if sums.unpaid or sums.reserved or bill.open_payments:
        return False
    return sums.has_comps or any(payment.status == "succeeded" for payment in bill.payments.values())
