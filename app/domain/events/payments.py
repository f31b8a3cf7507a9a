"""Facts about payments."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from app.domain.events.shapes import Allocations

Method = Literal["card", "cash", "terminal", "giftCard"]


@dataclass(frozen=True, slots=True)
class PaymentStarted:
    """A quoted share, frozen. ``consumes`` are the parts of the split that it uses up (``OPEN``: nobody's)."""

    kind: ClassVar[str] = "payment.started"
    v: ClassVar[int] = 1
    payment: str
    guest: str | None
    method: Method
    amount: int
    tip: int
    rounding: int
    allocations: Allocations
    consumes: dict[str, int]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentAwaiting:
    """The provider knows of it and waits for the payer; ``action``: for a confirmation by the payer's bank."""

    kind: ClassVar[str] = "payment.awaiting"
    v: ClassVar[int] = 1
    payment: str
    action: bool


@dataclass(frozen=True, slots=True)
class PaymentProcessing:
    kind: ClassVar[str] = "payment.processing"
    v: ClassVar[int] = 1
    payment: str


@dataclass(frozen=True, slots=True)
class PaymentAuthorized:
    kind: ClassVar[str] = "payment.authorized"
    v: ClassVar[int] = 1
    payment: str


@dataclass(frozen=True, slots=True)
class PaymentExtended:
    kind: ClassVar[str] = "payment.extended"
    v: ClassVar[int] = 1
    payment: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """A card was refused; the share is still held. ``code`` names the reason, ``attempt`` the try."""

    kind: ClassVar[str] = "payment.declined"
    v: ClassVar[int] = 1
    payment: str
    code: str
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class PaymentExpiring:
    """It is being cancelled at the provider; until that is certain its share stays held."""

    kind: ClassVar[str] = "payment.expiring"
    v: ClassVar[int] = 1
    payment: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentReleased:
    """Staff forced the share free although the provider has not answered; the payment stays watched."""

    kind: ClassVar[str] = "payment.released"
    v: ClassVar[int] = 1
    payment: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentCanceled:
    kind: ClassVar[str] = "payment.canceled"
    v: ClassVar[int] = 1
    payment: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentRefused:
    """The provider would not create it."""

    kind: ClassVar[str] = "payment.refused"
    v: ClassVar[int] = 1
    payment: str
    code: str


@dataclass(frozen=True, slots=True)
class PaymentSucceeded:
    """Money was taken: ``settled`` went into the lines, ``surplus`` did not fit any."""

    kind: ClassVar[str] = "payment.succeeded"
    v: ClassVar[int] = 1
    payment: str
    settled: Allocations
    surplus: int
    given: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class SurplusApplied:
    kind: ClassVar[str] = "surplus.applied"
    v: ClassVar[int] = 1
    payment: str
    settled: Allocations
