"""Facts about who pays what."""

from dataclasses import dataclass
from typing import ClassVar, Literal

SplitMode = Literal["items", "even", "percent", "amounts"]


@dataclass(frozen=True, slots=True)
class ClaimsChanged:
    """Guest ``guest`` now holds ``parts`` of the line (0: none), and ``open_parts`` were given back by others."""

    kind: ClassVar[str] = "claims.changed"
    v: ClassVar[int] = 1
    line: str
    guest: str
    parts: int
    open_parts: int


@dataclass(frozen=True, slots=True)
class SplitChanged:
    """A new round of splitting: ``parts`` are shares (even), parts per million (percent) or empty."""

    kind: ClassVar[str] = "split.changed"
    v: ClassVar[int] = 1
    mode: SplitMode
    shares: int
    parts: dict[str, int]


@dataclass(frozen=True, slots=True)
class PartsChanged:
    """Guest ``guest`` now holds ``parts`` of the split (shares, or an own amount), of ``shares`` in all."""

    kind: ClassVar[str] = "parts.changed"
    v: ClassVar[int] = 1
    guest: str
    parts: int
    shares: int
