"""What the lines of a bill come to together: asked for many times after every event, and added up once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.line import Line

__all__ = ["Sums", "add_up", "come_to_the_same"]


@dataclass(slots=True)
class Sums:
    """Sums over lines, in minor units; nobody changes them once they are made.

    `discount` is what was taken off lines that are not voided, `taxes` is by rate, `settled_by` and `reserved_by` by
    guest. `unpaid` counts what lines still need, `credit` what they were paid too much. `sells` says whether a line
    sells something beside food.
    """

    charged: int = 0
    net: int = 0
    tax: int = 0
    service: int = 0
    discount: int = 0
    settled: int = 0
    reserved: int = 0
    unpaid: int = 0
    credit: int = 0
    taxes: dict[int, int] = field(default_factory=dict)
    settled_by: dict[str, int] = field(default_factory=dict)
    reserved_by: dict[str, int] = field(default_factory=dict)
    has_comps: bool = False
    sells: bool = False


def add_up(lines: Iterable[Line]) -> Sums:
    """Add up all there is to these lines."""
    sums = Sums()
    for line in lines:
        charge = line.charge
        sums.charged += line.charged
        sums.net += charge.net
        sums.tax += charge.tax
        sums.service += charge.service
        if not line.voided:
            sums.discount += line.base_price - charge.price
        for portion in charge.taxes:
            sums.taxes[portion.ppm] = sums.taxes.get(portion.ppm, 0) + portion.amount
        if line.unpaid > 0:
            sums.unpaid += line.unpaid
        else:
            sums.credit -= line.unpaid
        if line.settled:
            sums.settled += line.settled_total
            _add(sums.settled_by, line.settled)
        if line.reserved:
            sums.reserved += line.reserved_total
            _add(sums.reserved_by, line.reserved)
        sums.has_comps = sums.has_comps or line.comped
        sums.sells = sums.sells or line.product is not None
    return sums


def _add(total: dict[str, int], amounts: Mapping[str, int]) -> None:
    for guest, amount in amounts.items():
        total[guest] = total.get(guest, 0) + amount


def come_to_the_same(lines: Mapping[str, Line], others: Mapping[str, Line]) -> bool:
    """Whether ``lines`` are the ``others``, but for what is not added up here: who takes them, and their way here."""
    if lines is others:
        return True
    if len(lines) != len(others):
        return False
    for name, line in lines.items():
        other = others.get(name)
        if other is not line and (other is None or not _is_alike(line, other)):
            return False
    return True


def _is_alike(line: Line, other: Line) -> bool:
    return (
        line.charge is other.charge
        and line.settled is other.settled
        and line.reserved is other.reserved
        and line.adjustments is other.adjustments
        and line.base_price == other.base_price
        and line.product is other.product
    )
