"""Everything that can happen to a bill, as facts, and the envelope the log keeps each of them in.

A fact is in the past tense, complete and final: it carries every figure that followed from it, so that a bill can
be folded again without knowing today's rules. Names of facts (``kind``) are wire names. A changed shape gets a
higher ``v`` and an upcaster in the log's codec; a kind is never reused. No fact holds a person's name or address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from app.domain.menu import Modifier
from app.domain.pricing import Adjustment, Charge

Allocations = dict[str, dict[str, int]]
"""``{line: {guest: amount}}``: what of each line is paid for whom, in minor units."""

OPEN = ""
"""Stands where a guest's id would stand, for money or parts that are nobody's."""

SplitMode = Literal["items", "even", "percent", "amounts"]
Method = Literal["card", "cash", "terminal", "giftCard"]
LineStatus = Literal["placed", "preparing", "ready", "served"]
RequestKind = Literal["waiter", "bill", "water", "other", "join"]
Scope = Literal["rest", "all"]


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One position as it was ordered, priced and claimed at that moment."""

    id: str
    n: int
    menu_item_id: str | None
    name: str
    quantity: int
    unit_price: int
    modifiers: tuple[Modifier, ...]
    tax_ppm: int | None
    station: str
    note: str
    adjustments: tuple[Adjustment, ...]
    charge: Charge
    claims: dict[str, int]


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A line with everything that travels with it to another bill."""

    line: OrderedLine
    status: LineStatus
    ordered_by: str | None


@dataclass(frozen=True, slots=True)
class Recharged:
    """What a line costs after a change that touched several lines; its full list of active adjustments."""

    line: str
    adjustments: tuple[Adjustment, ...]
    charge: Charge


@dataclass(frozen=True, slots=True)
class Discount:
    """A bill-wide discount: a percent (``ppm``) or an amount in menu prices."""

    id: str
    kind: Literal["percent", "amount"]
    ppm: int
    amount: int
    scope: Scope
    reason: str


# The visit


@dataclass(frozen=True, slots=True)
class SessionOpened:
    kind: ClassVar[str] = "session.opened"
    v: ClassVar[int] = 1
    session: str
    table_id: str
    table_label: str
    restaurant_id: str
    restaurant_name: str
    currency: str
    tax_inclusive: bool
    service_ppm: int
    service_tax_ppm: int | None
    service_from_covers: int
    covers: int | None


@dataclass(frozen=True, slots=True)
class SessionMoved:
    """The party sits at another table now; phones stay attached."""

    kind: ClassVar[str] = "session.moved"
    v: ClassVar[int] = 1
    table_id: str
    table_label: str


@dataclass(frozen=True, slots=True)
class CoversChanged:
    kind: ClassVar[str] = "covers.changed"
    v: ClassVar[int] = 1
    covers: int


@dataclass(frozen=True, slots=True)
class GuestJoined:
    kind: ClassVar[str] = "guest.joined"
    v: ClassVar[int] = 1
    guest: str
    color: str
    companion_of: str | None


@dataclass(frozen=True, slots=True)
class GuestRenamed:
    """The name itself stands beside the log, where it can be erased."""

    kind: ClassVar[str] = "guest.renamed"
    v: ClassVar[int] = 1
    guest: str


@dataclass(frozen=True, slots=True)
class GuestLeft:
    kind: ClassVar[str] = "guest.left"
    v: ClassVar[int] = 1
    guest: str


@dataclass(frozen=True, slots=True)
class GuestRemoved:
    kind: ClassVar[str] = "guest.removed"
    v: ClassVar[int] = 1
    guest: str
    reason: str


# Lines and what they cost


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    kind: ClassVar[str] = "order.placed"
    v: ClassVar[int] = 1
    order: str
    guest: str | None
    lines: tuple[OrderedLine, ...]


@dataclass(frozen=True, slots=True)
class LineStatusChanged:
    kind: ClassVar[str] = "line.status_changed"
    v: ClassVar[int] = 1
    lines: tuple[str, ...]
    status: LineStatus


@dataclass(frozen=True, slots=True)
class LineAdjusted:
    """A void, a comp or a discount of one line, with its new charge."""

    kind: ClassVar[str] = "line.adjusted"
    v: ClassVar[int] = 1
    line: str
    adjustment: Adjustment
    charge: Charge


@dataclass(frozen=True, slots=True)
class DiscountApplied:
    kind: ClassVar[str] = "discount.applied"
    v: ClassVar[int] = 1
    discount: Discount
    lines: tuple[Recharged, ...]


@dataclass(frozen=True, slots=True)
class DiscountRemoved:
    kind: ClassVar[str] = "discount.removed"
    v: ClassVar[int] = 1
    discount: str
    lines: tuple[Recharged, ...]


@dataclass(frozen=True, slots=True)
class ServiceChargeChanged:
    """The rule changed (by staff) or began to apply (enough covers); ``lines`` are those it now meets anew."""

    kind: ClassVar[str] = "service_charge.changed"
    v: ClassVar[int] = 1
    ppm: int
    from_covers: int
    applies: bool
    lines: tuple[Recharged, ...]


@dataclass(frozen=True, slots=True)
class LinesMovedOut:
    kind: ClassVar[str] = "lines.moved_out"
    v: ClassVar[int] = 1
    lines: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class LinesMovedIn:
    kind: ClassVar[str] = "lines.moved_in"
    v: ClassVar[int] = 1
    order: str
    lines: tuple[MovedLine, ...]
    origin: str


# Who pays what


@dataclass(frozen=True, slots=True)
class ClaimsChanged:
    """Guest ``guest`` now holds ``parts`` of the line (0: none), and ``open_parts`` were given back by others."""

    kind: ClassVar[str] = "claims.changed"
    v: ClassVar[int] = 1
    line: str
    guest: str
    parts: int
    open_parts: int


@dataclass(frozen=True, slots=True)
class SplitChanged:
    """A new round of splitting: ``parts`` are shares (even), parts per million (percent) or empty."""

    kind: ClassVar[str] = "split.changed"
    v: ClassVar[int] = 1
    mode: SplitMode
    shares: int
    parts: dict[str, int]


@dataclass(frozen=True, slots=True)
class PartsChanged:
    """Guest ``guest`` now holds ``parts`` of the split (shares, or an own amount), of ``shares`` in all."""

    kind: ClassVar[str] = "parts.changed"
    v: ClassVar[int] = 1
    guest: str
    parts: int
    shares: int


# Payments


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


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    kind: ClassVar[str] = "hold.placed"
    v: ClassVar[int] = 1
    hold: str
    guest: str
    amount: int


@dataclass(frozen=True, slots=True)
class HoldCaptured:
    kind: ClassVar[str] = "hold.captured"
    v: ClassVar[int] = 1
    hold: str
    amount: int


@dataclass(frozen=True, slots=True)
class HoldReleased:
    kind: ClassVar[str] = "hold.released"
    v: ClassVar[int] = 1
    hold: str


# Requests and the end of the visit


@dataclass(frozen=True, slots=True)
class RequestMade:
    kind: ClassVar[str] = "request.made"
    v: ClassVar[int] = 1
    request: str
    what: RequestKind
    guest: str | None


@dataclass(frozen=True, slots=True)
class RequestClaimed:
    kind: ClassVar[str] = "request.claimed"
    v: ClassVar[int] = 1
    request: str
    staff: str


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    kind: ClassVar[str] = "request.answered"
    v: ClassVar[int] = 1
    request: str


@dataclass(frozen=True, slots=True)
class SessionSettled:
    kind: ClassVar[str] = "session.settled"
    v: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class SessionReopened:
    kind: ClassVar[str] = "session.reopened"
    v: ClassVar[int] = 1
    reason: str


@dataclass(frozen=True, slots=True)
class SessionMerged:
    """This visit went on in ``into``; its lines, guests and phones moved there."""

    kind: ClassVar[str] = "session.merged"
    v: ClassVar[int] = 1
    into: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    kind: ClassVar[str] = "session.closed"
    v: ClassVar[int] = 1
    reason: str


@dataclass(frozen=True, slots=True)
class SessionAbandoned:
    """Staff closed a table that still owes ``owed``."""

    kind: ClassVar[str] = "session.abandoned"
    v: ClassVar[int] = 1
    owed: int
    reason: str


Fact = (
    SessionOpened
    | SessionMoved
    | CoversChanged
    | GuestJoined
    | GuestRenamed
    | GuestLeft
    | GuestRemoved
    | OrderPlaced
    | LineStatusChanged
    | LineAdjusted
    | DiscountApplied
    | DiscountRemoved
    | ServiceChargeChanged
    | LinesMovedOut
    | LinesMovedIn
    | ClaimsChanged
    | SplitChanged
    | PartsChanged
    | PaymentStarted
    | PaymentAwaiting
    | PaymentProcessing
    | PaymentAuthorized
    | PaymentExtended
    | PaymentDeclined
    | PaymentExpiring
    | PaymentReleased
    | PaymentCanceled
    | PaymentRefused
    | PaymentSucceeded
    | SurplusApplied
    | RefundStarted
    | RefundSucceeded
    | RefundFailed
    | DisputeOpened
    | DisputeClosed
    | HoldPlaced
    | HoldCaptured
    | HoldReleased
    | RequestMade
    | RequestClaimed
    | RequestAnswered
    | SessionSettled
    | SessionReopened
    | SessionMerged
    | SessionClosed
    | SessionAbandoned
)

FACTS: Mapping[str, type[Fact]] = {fact.kind: fact for fact in Fact.__args__}
"""Every fact by its wire name."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its place in the stream: number, time, who did it and the command that caused it.

    ``cause`` is ``"<cid>:<id>"`` of the sender's command, or None where nobody sent one.
    """

    seq: int
    at: datetime
    by: str
    fact: Fact
    cause: str | None = field(default=None)
