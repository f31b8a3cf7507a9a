"""One payment on a bill: its state, and the one table of what may follow what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.domain.events import Allocations, Method

__all__ = [
    "ALLOWED",
    "OPEN_STATUSES",
    "Dispute",
    "Payment",
    "Refund",
    "Status",
    "merged",
    "total_of",
    "without",
]

Status = Literal["initiated", "awaiting", "processing", "authorized", "succeeded", "canceled", "refused"]

ALLOWED: Mapping[Status, frozenset[Status]] = {
    "initiated": frozenset({"awaiting", "processing", "authorized", "succeeded", "canceled", "refused"}),
    "awaiting": frozenset({"processing", "authorized", "succeeded", "canceled"}),
    "processing": frozenset({"awaiting", "authorized", "succeeded", "canceled"}),
    "authorized": frozenset({"succeeded", "canceled"}),
    "succeeded": frozenset(),
    "canceled": frozenset({"succeeded"}),
    "refused": frozenset({"succeeded"}),
}
"""Which status may follow which. A step down (processing to awaiting), and money that was taken although we had given
the payment up, are only ever decided from a fetched object: a fact is recorded even where it does not fit."""

OPEN_STATUSES: frozenset[Status] = frozenset({"initiated", "awaiting", "processing", "authorized"})


def total_of(allocations: Allocations) -> int:
    """The sum of all amounts, in minor units."""
    return sum(sum(guests.values()) for guests in allocations.values())


def merged(one: Allocations, other: Allocations) -> Allocations:
    """Both together, amount by amount."""
    both = {line: dict(guests) for line, guests in one.items()}
    for line, guests in other.items():
        into = both.setdefault(line, {})
        for guest, amount in guests.items():
            into[guest] = into.get(guest, 0) + amount
    return both


def without(one: Allocations, other: Allocations) -> Allocations:
    """``one`` less ``other``, with nothing left that is zero."""
    left = merged(one, {line: {guest: -amount for guest, amount in guests.items()} for line, guests in other.items()})
    kept = {line: {guest: amount for guest, amount in guests.items() if amount} for line, guests in left.items()}
    return {line: guests for line, guests in kept.items() if guests}


@dataclass(frozen=True, slots=True)
class Payment:
    """One tender on the bill. ``amount`` is the base, ``tip`` and ``rounding`` come on top; all in minor units.

    ``allocations`` is the quoted share as it was frozen; ``settled`` is what it has paid in the lines by now.
    ``released`` marks a share that staff forced free while the provider had not answered: the payment is still
    watched, but holds nothing. ``round`` is the round of splitting whose parts it consumes. ``decline`` is the newest
    reason of a card's refusal, ``declined_at`` says when every one of them was heard of. ``capturing``: the whole
    ``group`` has agreed, and nobody steps back. ``given`` is the cash that was handed over, ``reference`` names the
    terminal's slip or the gift card.
    """

    id: str
    guest: str | None
    method: Method
    amount: int
    tip: int
    rounding: int
    allocations: Allocations
    consumes: dict[str, int]
    round: int
    at: datetime
    status: Status
    expires_at: datetime | None = None
    action: bool = False
    expiring: str = ""
    released: bool = False
    decline: str = ""
    attempt: str = ""
    declined_at: tuple[datetime, ...] = ()
    settled: Allocations = field(default_factory=dict)
    surplus: int = 0
    refunding: int = 0
    refunded: int = 0
    tip_refunding: int = 0
    tip_refunded: int = 0
    rounding_refunded: int = 0
    disputed: bool = False
    succeeded_at: datetime | None = None
    group: str = ""
    capturing: bool = False
    given: int | None = None
    reference: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it may still take money."""
        return self.status in OPEN_STATUSES

    @property
    def holds(self) -> bool:
        """Whether its allocations are reserved."""
        return self.is_open and not self.released

    @property
    def counts(self) -> bool:
        """Whether the parts that it pays for are used up."""
        return self.holds or self.status == "succeeded"

    @property
    def charge(self) -> int:
        """What the payer is asked for: base, tip and the rounding of cash."""
        return self.amount + self.tip + self.rounding

    @property
    def on_its_way(self) -> int:
        """What the payer will get back, and has not yet; with its tip."""
        return self.refunding + self.tip_refunding

    @property
    def returned(self) -> int:
        """What the payer has got back, all told."""
        return self.refunded + self.tip_refunded + self.rounding_refunded

    @property
    def tip_left(self) -> int:
        """What of the tip may still be sent back."""
        return self.tip - self.tip_refunding - self.tip_refunded


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back; ``allocations``, ``surplus`` and ``tip`` are what it takes from its payment."""

    id: str
    payment: str
    allocations: Allocations
    surplus: int
    tip: int
    cause: str
    rounding: int = 0
    status: Literal["started", "succeeded", "failed"] = "started"

    @property
    def base(self) -> int:
        """What it sends back without the tip, in minor units."""
        return total_of(self.allocations) + self.surplus

    @property
    def total(self) -> int:
        """What the payer gets, all told."""
        return self.base + self.tip + self.rounding


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payer's bank wants the money back. ``withdrawn`` is what the provider holds back of ours because of it."""

    id: str
    payment: str
    amount: int
    status: Literal["open", "won", "lost", "withdrawn"] = "open"
    withdrawn: int = 0
