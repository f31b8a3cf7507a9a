"""Commands about lines and what they cost."""

from dataclasses import dataclass

from app.domain.events import LineStatus, Scope
from app.domain.menu import Modifier
from app.domain.voucher import Grant


@dataclass(frozen=True, slots=True)
class SetCovers:
    covers: int


@dataclass(frozen=True, slots=True)
class WantedLine:
    """One position of an order, already looked up in the menu."""

    id: str
    menu_item_id: str | None
    name: str
    quantity: int
    unit_price: int
    modifiers: tuple[Modifier, ...]
    tax_ppm: int | None
    station: str = ""
    note: str = ""
    grants: Grant | None = None


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """``guest`` ordered on a phone, or staff entered it (None)."""

    order: str
    guest: str | None
    lines: tuple[WantedLine, ...]


@dataclass(frozen=True, slots=True)
class SetLineStatus:
    lines: tuple[str, ...]
    status: LineStatus


@dataclass(frozen=True, slots=True)
class VoidLine:
    line: str
    reason: str
    adjustment: str


@dataclass(frozen=True, slots=True)
class CompLine:
    line: str
    reason: str
    adjustment: str


@dataclass(frozen=True, slots=True)
class DiscountLine:
    line: str
    reason: str
    adjustment: str
    ppm: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class SetDiscount:
    """A bill-wide discount, off what is unpaid (``rest``) or off every line (``all``)."""

    discount: str
    reason: str
    scope: Scope
    ppm: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class RemoveDiscount:
    discount: str


@dataclass(frozen=True, slots=True)
class SetServiceCharge:
    ppm: int
    from_covers: int
