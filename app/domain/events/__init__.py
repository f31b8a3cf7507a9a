"""Everything that can happen to a bill, as facts, and the envelope the log keeps each of them in.

A fact is in the past tense, complete and final: it carries every figure that followed from it, so that a bill can
be folded again without knowing today's rules. Names of facts (``kind``) are wire names. A changed shape gets a
higher ``v`` and an upcaster in the log's codec; a kind is never reused. No fact holds a person's name or address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.events.groups import (
    GroupCapturing,
    GroupReleased,
    GroupReminded,
    GroupStarted,
    GroupSucceeded,
    GuestsReminded,
)
from app.domain.events.holds import (
    HoldAlerted,
    HoldAuthorized,
    HoldCaptured,
    HoldCapturing,
    HoldClosing,
    HoldDeclined,
    HoldExpired,
    HoldPlaced,
    HoldRaised,
    HoldRaising,
    HoldRefused,
    HoldReleased,
    HoldReleasing,
    SessionEnding,
)
from app.domain.events.lines import (
    DiscountApplied,
    DiscountRemoved,
    LineAdjusted,
    LinesMovedIn,
    LinesMovedOut,
    LineStatusChanged,
    OrderPlaced,
    ServiceChargeChanged,
)
from app.domain.events.payments import (
    Method,
    PaymentAuthorized,
    PaymentAwaiting,
    PaymentCanceled,
    PaymentDeclined,
    PaymentExpiring,
    PaymentExtended,
    PaymentProcessing,
    PaymentRefused,
    PaymentReleased,
    PaymentStarted,
    PaymentSucceeded,
    SurplusApplied,
)
from app.domain.events.refunds import (
    Cause,
    DisputeClosed,
    DisputeFundsMoved,
    DisputeOpened,
    RefundAsked,
    RefundDeclined,
    RefundFailed,
    RefundStarted,
    RefundSucceeded,
)
from app.domain.events.reservations import SessionBooked
from app.domain.events.shapes import (
    OPEN,
    Allocations,
    Discount,
    LineStatus,
    MovedLine,
    OrderedLine,
    Recharged,
    Scope,
)
from app.domain.events.split import (
    ClaimsChanged,
    PartsChanged,
    SplitChanged,
    SplitMode,
)
from app.domain.events.visit import (
    CoversChanged,
    GuestJoined,
    GuestLeft,
    GuestRemoved,
    GuestRenamed,
    RequestAnswered,
    RequestClaimed,
    RequestKind,
    RequestMade,
    SessionAbandoned,
    SessionClosed,
    SessionMerged,
    SessionMoved,
    SessionOpened,
    SessionReopened,
    SessionSettled,
)
from app.domain.events.vouchers import (
    VoucherGranted,
    VouchersOrdered,
)

__all__ = [
    "FACTS",
    "OPEN",
    "Allocations",
    "Cause",
    "ClaimsChanged",
    "CoversChanged",
    "Discount",
    "DiscountApplied",
    "DiscountRemoved",
    "DisputeClosed",
    "DisputeFundsMoved",
    "DisputeOpened",
    "Event",
    "Fact",
    "GroupCapturing",
    "GroupReleased",
    "GroupReminded",
    "GroupStarted",
    "GroupSucceeded",
    "GuestJoined",
    "GuestLeft",
    "GuestRemoved",
    "GuestRenamed",
    "GuestsReminded",
    "HoldAlerted",
    "HoldAuthorized",
    "HoldCaptured",
    "HoldCapturing",
    "HoldClosing",
    "HoldDeclined",
    "HoldExpired",
    "HoldPlaced",
    "HoldRaised",
    "HoldRaising",
    "HoldRefused",
    "HoldReleased",
    "HoldReleasing",
    "LineAdjusted",
    "LineStatus",
    "LineStatusChanged",
    "LinesMovedIn",
    "LinesMovedOut",
    "Method",
    "MovedLine",
    "OrderPlaced",
    "OrderedLine",
    "PartsChanged",
    "PaymentAuthorized",
    "PaymentAwaiting",
    "PaymentCanceled",
    "PaymentDeclined",
    "PaymentExpiring",
    "PaymentExtended",
    "PaymentProcessing",
    "PaymentRefused",
    "PaymentReleased",
    "PaymentStarted",
    "PaymentSucceeded",
    "Recharged",
    "RefundAsked",
    "RefundDeclined",
    "RefundFailed",
    "RefundStarted",
    "RefundSucceeded",
    "RequestAnswered",
    "RequestClaimed",
    "RequestKind",
    "RequestMade",
    "Scope",
    "ServiceChargeChanged",
    "SessionAbandoned",
    "SessionBooked",
    "SessionClosed",
    "SessionEnding",
    "SessionMerged",
    "SessionMoved",
    "SessionOpened",
    "SessionReopened",
    "SessionSettled",
    "SplitChanged",
    "SplitMode",
    "SurplusApplied",
    "VoucherGranted",
    "VouchersOrdered",
]

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
    | RefundAsked
    | RefundDeclined
    | RefundStarted
    | RefundSucceeded
    | RefundFailed
    | DisputeOpened
    | DisputeFundsMoved
    | DisputeClosed
    | HoldPlaced
    | HoldAuthorized
    | HoldDeclined
    | HoldRaising
    | HoldRaised
    | HoldClosing
    | HoldCapturing
    | HoldCaptured
    | HoldReleasing
    | HoldReleased
    | HoldExpired
    | HoldRefused
    | HoldAlerted
    | SessionEnding
    | SessionBooked
    | GroupStarted
    | GroupReminded
    | GroupCapturing
    | GroupReleased
    | GroupSucceeded
    | GuestsReminded
    | VouchersOrdered
    | VoucherGranted
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
