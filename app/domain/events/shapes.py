"""What facts are made of: amounts by line and guest, priced lines, discounts."""

from dataclasses import dataclass
from typing import Literal

from app.domain.menu import Modifier
from app.domain.pricing import Adjustment, Charge

Allocations = dict[str, dict[str, int]]
"""``{line: {guest: amount}}``: what of each line is paid for whom, in minor units."""

OPEN = ""
"""Stands where a guest's id would stand, for money or parts that are nobody's."""

LineStatus = Literal["placed", "preparing", "ready", "served"]
Scope = Literal["rest", "all"]


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One position as it was ordered, priced and claimed at that moment."""

    id: str
    n: int
    menu_item_id: str | None
    name: str
    quantity: int
    unit_price: int
    modifiers: tuple[Modifier, ...]
    tax_ppm: int | None
    station: str
    note: str
    adjustments: tuple[Adjustment, ...]
    charge: Charge
    claims: dict[str, int]


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A line with everything that travels with it to another bill."""

    line: OrderedLine
    status: LineStatus
    ordered_by: str | None


@dataclass(frozen=True, slots=True)
class Recharged:
    """What a line costs after a change that touched several lines; its full list of active adjustments."""

    line: str
    adjustments: tuple[Adjustment, ...]
    charge: Charge


@dataclass(frozen=True, slots=True)
class Discount:
    """A bill-wide discount: a percent (``ppm``) or an amount in menu prices."""

    id: str
    kind: Literal["percent", "amount"]
    ppm: int
    amount: int
    scope: Scope
    reason: str
