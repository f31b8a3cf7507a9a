"""Facts about holds: money set aside on a card for what will be ordered."""

from dataclasses import dataclass
from typing import ClassVar


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
