"""Commands about who pays what."""

from dataclasses import dataclass

from app.domain.events import SplitMode


@dataclass(frozen=True, slots=True)
class SetClaim:
    line: str
    guest: str
    parts: int


@dataclass(frozen=True, slots=True)
class SetSplit:
    mode: SplitMode
    shares: int | None = None
    percents: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class SetParts:
    guest: str
    shares: int | None = None
    amount: int | None = None
