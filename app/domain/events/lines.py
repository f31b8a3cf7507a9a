"""Facts about lines and what they cost."""

from dataclasses import dataclass
from typing import ClassVar

from app.domain.events.shapes import Discount, LineStatus, MovedLine, OrderedLine, Recharged
from app.domain.pricing import Adjustment, Charge


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    kind: ClassVar[str] = "order.placed"
    v: ClassVar[int] = 1
    order: str
    guest: str | None
    lines: tuple[OrderedLine, ...]


@dataclass(frozen=True, slots=True)
class LineStatusChanged:
    kind: ClassVar[str] = "line.status_changed"
    v: ClassVar[int] = 1
    lines: tuple[str, ...]
    status: LineStatus


@dataclass(frozen=True, slots=True)
class LineAdjusted:
    """A void, a comp or a discount of one line, with its new charge."""

    kind: ClassVar[str] = "line.adjusted"
    v: ClassVar[int] = 1
    line: str
    adjustment: Adjustment
    charge: Charge


@dataclass(frozen=True, slots=True)
class DiscountApplied:
    kind: ClassVar[str] = "discount.applied"
    v: ClassVar[int] = 1
    discount: Discount
    lines: tuple[Recharged, ...]


@dataclass(frozen=True, slots=True)
class DiscountRemoved:
    kind: ClassVar[str] = "discount.removed"
    v: ClassVar[int] = 1
    discount: str
    lines: tuple[Recharged, ...]


@dataclass(frozen=True, slots=True)
class ServiceChargeChanged:
    """The rule changed (by staff) or began to apply (enough covers); ``lines`` are those it now meets anew."""

    kind: ClassVar[str] = "service_charge.changed"
    v: ClassVar[int] = 1
    ppm: int
    from_covers: int
    applies: bool
    lines: tuple[Recharged, ...]


@dataclass(frozen=True, slots=True)
class LinesMovedOut:
    kind: ClassVar[str] = "lines.moved_out"
    v: ClassVar[int] = 1
    lines: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class LinesMovedIn:
    kind: ClassVar[str] = "lines.moved_in"
    v: ClassVar[int] = 1
    order: str
    lines: tuple[MovedLine, ...]
    origin: str
