"""Facts about money on its way back: refunds and disputes."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from app.domain.events.shapes import Allocations


@dataclass(frozen=True, slots=True)
class RefundStarted:
    """``allocations`` leave the lines' settled money; ``surplus`` and ``tip`` leave the payment's."""

    kind: ClassVar[str] = "refund.started"
    v: ClassVar[int] = 1
    refund: str
    payment: str
    allocations: Allocations
    surplus: int
    tip: int
    cause: Literal["staff", "credit", "surplus", "provider", "dispute"]


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
class DisputeClosed:
    kind: ClassVar[str] = "dispute.closed"
    v: ClassVar[int] = 1
    dispute: str
    payment: str
    outcome: Literal["won", "lost", "withdrawn"]
