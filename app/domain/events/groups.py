"""Facts about people who pay together, and about reminding those who still owe."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class GroupStarted:
    """``payments`` (id to payer) belong together: all of them are captured, or none. ``guest`` None: staff asked."""

    kind: ClassVar[str] = "group.started"
    v: ClassVar[int] = 1
    group: str
    guest: str | None
    payments: dict[str, str]
    deadline: datetime


@dataclass(frozen=True, slots=True)
class GroupReminded:
    """The room was told that these ``guests`` have still to pay their part."""

    kind: ClassVar[str] = "group.reminded"
    v: ClassVar[int] = 1
    group: str
    guests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupCapturing:
    """Everybody's card said yes: from here on the money of all is taken, and nobody can step back."""

    kind: ClassVar[str] = "group.capturing"
    v: ClassVar[int] = 1
    group: str


@dataclass(frozen=True, slots=True)
class GroupReleased:
    """The group is given up, and every share of it is let go."""

    kind: ClassVar[str] = "group.released"
    v: ClassVar[int] = 1
    group: str
    reason: str


@dataclass(frozen=True, slots=True)
class GroupSucceeded:
    """The money of everybody was taken."""

    kind: ClassVar[str] = "group.succeeded"
    v: ClassVar[int] = 1
    group: str


@dataclass(frozen=True, slots=True)
class GuestsReminded:
    """The room was told that these ``guests`` still owe."""

    kind: ClassVar[str] = "guests.reminded"
    v: ClassVar[int] = 1
    guests: tuple[str, ...]
