"""Facts about holds: money set aside on a card for what will be ordered."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """A guest opens a tab; the card is still to be asked. ``expires_at`` is when the wait for it is over."""

    kind: ClassVar[str] = "hold.placed"
    v: ClassVar[int] = 1
    hold: str
    guest: str
    amount: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HoldAuthorized:
    """The card agreed: ``amount`` is set aside until ``capture_before``; ``can_raise``: its bank may be asked again."""

    kind: ClassVar[str] = "hold.authorized"
    v: ClassVar[int] = 1
    hold: str
    amount: int
    capture_before: datetime | None
    can_raise: bool


@dataclass(frozen=True, slots=True)
class HoldDeclined:
    """A card was refused. While a raise is under way this ends it, and the old authorization stands."""

    kind: ClassVar[str] = "hold.declined"
    v: ClassVar[int] = 1
    hold: str
    code: str
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class HoldRaising:
    """The bank is being asked to set ``amount`` aside instead; ``n`` counts such decisions of people, from 1."""

    kind: ClassVar[str] = "hold.raising"
    v: ClassVar[int] = 1
    hold: str
    amount: int
    n: int


@dataclass(frozen=True, slots=True)
class HoldRaised:
    kind: ClassVar[str] = "hold.raised"
    v: ClassVar[int] = 1
    hold: str
    amount: int


@dataclass(frozen=True, slots=True)
class HoldClosing:
    """It is captured, with ``tip``, as soon as the raise under way has ended."""

    kind: ClassVar[str] = "hold.closing"
    v: ClassVar[int] = 1
    hold: str
    tip: int


@dataclass(frozen=True, slots=True)
class HoldCapturing:
    """``amount`` of it is being taken, for the payment that has the hold's id; the rest goes back to the card."""

    kind: ClassVar[str] = "hold.capturing"
    v: ClassVar[int] = 1
    hold: str
    amount: int


@dataclass(frozen=True, slots=True)
class HoldCaptured:
    """The provider took ``amount`` and gave the rest back."""

    kind: ClassVar[str] = "hold.captured"
    v: ClassVar[int] = 1
    hold: str
    amount: int


@dataclass(frozen=True, slots=True)
class HoldReleasing:
    """It is being cancelled at the provider; until that is certain it may still be captured there."""

    kind: ClassVar[str] = "hold.releasing"
    v: ClassVar[int] = 1
    hold: str
    reason: str


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """All of it went back to the card."""

    kind: ClassVar[str] = "hold.released"
    v: ClassVar[int] = 1
    hold: str


@dataclass(frozen=True, slots=True)
class HoldExpired:
    """The bank let it lapse, or somebody cancelled it at the provider: nothing is set aside any more."""

    kind: ClassVar[str] = "hold.expired"
    v: ClassVar[int] = 1
    hold: str


@dataclass(frozen=True, slots=True)
class HoldRefused:
    """The provider would not create it."""

    kind: ClassVar[str] = "hold.refused"
    v: ClassVar[int] = 1
    hold: str
    code: str


@dataclass(frozen=True, slots=True)
class HoldAlerted:
    """Staff are told that it ends soon."""

    kind: ClassVar[str] = "hold.alerted"
    v: ClassVar[int] = 1
    hold: str


@dataclass(frozen=True, slots=True)
class SessionEnding:
    """Staff ended the visit; what is being captured keeps it open. ``walk_out``: it ends whatever is still owed."""

    kind: ClassVar[str] = "session.ending"
    v: ClassVar[int] = 1
    reason: str
    walk_out: bool
