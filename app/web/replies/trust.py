"""What the audit log, the review queue and people's own data look like in answers."""

from datetime import datetime
from typing import Any, Literal

from app.web.shown import Amount, Reply

Verdict = Literal["allow", "challenge", "block"]


class AuditEntry(Reply):
    """What somebody did, who, when and where."""

    seq: int
    at: datetime
    by: str
    role: str | None = None
    what: str
    subject: str | None = None
    where: str | None = None
    detail: dict[str, Any]


class Audit(Reply):
    """The restaurant's audit log, the newest first; ``next`` is the cursor of what follows."""

    entries: list[AuditEntry]
    next: str | None = None


class Signal(Reply):
    """One thing that was noticed: how much of it, how much is usual, and what it added to the score."""

    name: str
    value: int
    usual: int
    points: int
    text: str


class Review(Reply):
    """A payment that somebody wanted to start, how it was judged, and what was said."""

    id: str
    state: Literal["open", "allowed", "blocked", "expired"]
    verdict: Verdict
    score: int
    table_session_id: str
    table_id: str
    table: str
    guest_id: str
    guest: str
    payment_id: str
    amount: Amount
    tip_amount: Amount
    currency: str
    signals: list[Signal]
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None


class Reviews(Reply):
    """The review queue."""

    reviews: list[Review]
    next: str | None = None


class OwnContact(Reply):
    """Who a person said they are when they booked."""

    name: str
    contact: str


class OwnSession(Reply):
    """A phone at the table."""

    created_at: datetime
    revoked_at: datetime | None = None


class OwnPayment(Reply):
    """A payment of a person."""

    id: str
    method: str
    currency: str
    amount: Amount
    tip: Amount
    captured: Amount
    refunded: Amount
    state: str
    card: str | None = None
    created_at: datetime


class OwnEvent(Reply):
    """Something that a person did at the table."""

    at: datetime
    kind: str


class OwnReview(Reply):
    """How a payment that a person wanted to start was judged."""

    at: datetime
    verdict: Verdict
    state: str


class OwnGuest(Reply):
    """What a person is called."""

    id: str
    name: str | None = None
    color: str


class OwnVisit(Reply):
    """The visit that a person was at."""

    id: str
    opened_at: datetime
    status: str


class PersonalData(Reply):
    """Everything that is kept of one person at one visit."""

    guest: OwnGuest
    table_session: OwnVisit
    contacts: list[OwnContact]
    sessions: list[OwnSession]
    payments: list[OwnPayment]
    events: list[OwnEvent]
    reviews: list[OwnReview]


class Erased(Reply):
    """How much was erased, by what it was."""

    erased: dict[str, int]
