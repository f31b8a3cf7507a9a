"""Facts about money on its way back: refunds and disputes."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from app.domain.events.shapes import Allocations

Cause = Literal["staff", "credit", "surplus", "provider", "dispute"]
"""Why money goes back: staff chose to, a line costs less than was paid, it fits no line, or the provider did it."""


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """Somebody wants money back, somebody else has to decide; nothing moves. ``payment`` empty: of the whole table."""

    kind: ClassVar[str] = "refund.asked"
    v: ClassVar[int] = 1
    refund: str
    payment: str
    amount: int
    tip: int
    reason: str


@dataclass(frozen=True, slots=True)
class RefundDeclined:
    """Somebody said no to what was asked, or took it back."""

    kind: ClassVar[str] = "refund.declined"
    v: ClassVar[int] = 1
    refund: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundStarted:
    """``allocations`` leave the lines' settled money; ``surplus`` and ``tip`` leave the payment's.

    ``rounding`` is what coins add to it where it is handed back in cash.
    """

    kind: ClassVar[str] = "refund.started"
    v: ClassVar[int] = 2
    refund: str
    payment: str
    allocations: Allocations
    surplus: int
    tip: int
    cause: Cause
    rounding: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    kind: ClassVar[str] = "refund.succeeded"
    v: ClassVar[int] = 1
    refund: str


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """The money stays here: ``settled`` goes back into the lines, what does not fit them is the payment's surplus."""

    kind: ClassVar[str] = "refund.failed"
    v: ClassVar[int] = 1
    refund: str
    settled: Allocations
    surplus: int


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    kind: ClassVar[str] = "dispute.opened"
    v: ClassVar[int] = 1
    dispute: str
    payment: str
    amount: int


@dataclass(frozen=True, slots=True)
class DisputeFundsMoved:
    """The provider took ``amount`` back from us over a dispute, or gave it again (below 0)."""

    kind: ClassVar[str] = "dispute.funds_moved"
    v: ClassVar[int] = 1
    dispute: str
    payment: str
    amount: int


@dataclass(frozen=True, slots=True)
class DisputeClosed:
    kind: ClassVar[str] = "dispute.closed"
    v: ClassVar[int] = 1
    dispute: str
    payment: str
    outcome: Literal["won", "lost", "withdrawn"]
