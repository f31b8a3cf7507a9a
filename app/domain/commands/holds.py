"""Commands about holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Open a tab for ``guest``: set ``amount`` aside on the card that their page is about to give."""

    hold: str
    guest: str
    amount: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class RaiseHold:
    """Ask the bank to set ``amount`` aside instead."""

    hold: str
    amount: int


@dataclass(frozen=True, slots=True)
class CaptureHold:
    """Take what its guest owes, with ``tip``, and give the rest back."""

    hold: str
    tip: int = 0
    expected_amount: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Give it back."""

    hold: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlertHold:
    """Tell staff that it ends soon."""

    hold: str


@dataclass(frozen=True, slots=True)
class RefuseHold:
    """The provider would not create it, or would not do with it what was asked for good."""

    hold: str
    code: str


@dataclass(frozen=True, slots=True)
class ObserveHold:
    """What a freshly fetched intent of the provider says of a hold, in absolute facts.

    ``amount`` is what is authorized, ``captured`` what was taken. ``decline`` is the reason of the newest failed
    attempt to place it, ``attempt`` names it so that it counts once. ``raise_declined``: a raise was declined.
    """

    hold: str
    status: Literal["awaiting", "processing", "authorized", "succeeded", "canceled"]
    amount: int
    captured: int = 0
    capture_before: datetime | None = None
    can_raise: bool = False
    decline: str | None = None
    attempt: str = ""
    raise_declined: bool = False
