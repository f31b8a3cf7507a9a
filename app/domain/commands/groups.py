"""Commands about people who pay together, and about reminding those who still owe."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.commands.payments import Pays


@dataclass(frozen=True, slots=True)
class GroupShare:
    """The part of one payer; ``pays`` None: what they and their companions owe."""

    payment: str
    guest: str
    pays: Pays | None = None
    tip: int = 0


@dataclass(frozen=True, slots=True)
class StartGroup:
    """Reserve every share at once. ``guest`` proposes it; None: staff do."""

    group: str
    guest: str | None
    shares: tuple[GroupShare, ...]
    deadline: datetime
    expected_amount: int | None = None
    tip_max: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseGroup:
    """Somebody gives the whole group up."""

    group: str
    reason: str


@dataclass(frozen=True, slots=True)
class RemindGroup:
    """Tell the room who has still to pay their part."""

    group: str


@dataclass(frozen=True, slots=True)
class RemindGuests:
    """Tell the room who still owes; no ``guests``: everybody who does."""

    guests: tuple[str, ...] = ()
