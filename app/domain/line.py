"""One position of a bill as a value, with what is asked of it at every turn."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain import events as ev
from app.domain.menu import Modifier
from app.domain.pricing import Adjustment, Charge
from app.domain.voucher import Grant

__all__ = ["Line"]


@dataclass(frozen=True, slots=True)
class Line:
    """One position. ``settled`` and ``reserved`` are sums of allocations per guest, in minor units.

    ``product`` is what it sells beside food; ``granted`` names the payment that it was given for.
    ``charged`` is what the line costs, tax and service included; ``settled_total`` and ``reserved_total`` are what all
    payments settled and hold of it; ``unpaid`` is neither, and negative where the line costs less than was settled.
    ``voided``: taken off as if it had never been ordered; ``comped``: on the house.
    """

    id: str
    n: int
    order: str
    ordered_by: str | None
    menu_item_id: str | None
    name: str
    quantity: int
    unit_price: int
    modifiers: tuple[Modifier, ...]
    tax_ppm: int | None
    station: str
    note: str
    at: datetime
    status: ev.LineStatus
    adjustments: tuple[Adjustment, ...]
    charge: Charge
    claims: dict[str, int]
    open_parts: int = 0
    settled: dict[str, int] = field(default_factory=dict)
    reserved: dict[str, int] = field(default_factory=dict)
    product: Grant | None = None
    granted: str = ""
    charged: int = field(init=False, compare=False, repr=False)
    settled_total: int = field(init=False, compare=False, repr=False)
    reserved_total: int = field(init=False, compare=False, repr=False)
    unpaid: int = field(init=False, compare=False, repr=False)
    voided: bool = field(init=False, compare=False, repr=False)
    comped: bool = field(init=False, compare=False, repr=False)
    known: dict[str, Any] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Add up once what is asked for at every turn."""
        settled, reserved = sum(self.settled.values()), sum(self.reserved.values())
        charged = self.charge.charged
        object.__setattr__(self, "charged", charged)
        object.__setattr__(self, "settled_total", settled)
        object.__setattr__(self, "reserved_total", reserved)
        object.__setattr__(self, "unpaid", charged - settled - reserved)
        kinds = [each.kind for each in self.adjustments]
        object.__setattr__(self, "voided", "void" in kinds)
        object.__setattr__(self, "comped", "comp" in kinds and "void" not in kinds)

    @property
    def base_price(self) -> int:
        """Quantity times unit price with modifiers, before adjustments."""
        return self.quantity * (self.unit_price + sum(modifier.price for modifier in self.modifiers))

    def held(self, guest: str) -> int:
        """Settled and reserved for one guest."""
        return self.settled.get(guest, 0) + self.reserved.get(guest, 0)
