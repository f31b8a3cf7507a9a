"""Commands about the visit."""

from dataclasses import dataclass

from app.domain.events import RequestKind


@dataclass(frozen=True, slots=True)
class OpenSession:
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
class JoinGuest:
    """A phone, or (``companion_of``) a person without one, takes a seat."""

    guest: str
    color: str
    companion_of: str | None = None


@dataclass(frozen=True, slots=True)
class RenameGuest:
    guest: str


@dataclass(frozen=True, slots=True)
class LeaveGuest:
    guest: str


@dataclass(frozen=True, slots=True)
class RemoveGuest:
    guest: str
    reason: str


@dataclass(frozen=True, slots=True)
class MakeRequest:
    request: str
    what: RequestKind
    guest: str | None


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    request: str


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    request: str


@dataclass(frozen=True, slots=True)
class MoveSession:
    table_id: str
    table_label: str


@dataclass(frozen=True, slots=True)
class CloseSession:
    """Ends a visit that owes nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class AbandonSession:
    """Ends a visit that still owes: a walk-out."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReopenSession:
    reason: str
