"""Facts about the visit: who came and went, what was asked for, how it ended."""

from dataclasses import dataclass
from typing import ClassVar, Literal

RequestKind = Literal["waiter", "bill", "water", "other", "join", "review"]


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
