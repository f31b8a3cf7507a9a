"""Taking an exact sum off a line: what is given back out of goodwill costs the table nothing again.

A discount names a price, and tax and service follow. Here the end is given: the line is to cost so much less, tax and
service included. Between the two whole steps around its exact value each of them may be rounded either way, and some
price with some rounding meets every sum; the error diffusion carries the rest on.
"""

from collections.abc import Iterator
from itertools import product

from app.domain.bill import Bill, Line
from app.domain.events import LineAdjusted
from app.domain.money import allocate
from app.domain.pricing import MILLION, NOTHING, Adjustment, Charge, Portion

__all__ = ["taken_off"]

NEARBY = 4
"""How many steps around the proportional price are tried: rates below 100 % need two."""


def taken_off(bill: Bill, line: Line, amount: int, *, adjustment: str, reason: str) -> LineAdjusted | None:
    """The line for exactly ``amount`` less; on the house where nothing is left. None where no price meets it."""
    target = line.charged - amount
    if target == 0:
        return LineAdjusted(line.id, Adjustment(adjustment, "comp", reason=reason), _nothing(line))
    for price in _prices(bill, line, target):
        for charge in _charges(bill, line, price):
            if charge.charged == target:
                off = Adjustment(adjustment, "amount", amount=line.charge.price - price, reason=reason)
                return LineAdjusted(line.id, off, charge)
    return None


def _nothing(line: Line) -> Charge:
    portion = line.charge.service_portion
    taxes = tuple(Portion(each.ppm, 0, 0) for each in line.charge.taxes)
    return Charge(0, 0, 0, 0, taxes, Portion(portion.ppm, 0, 0) if portion else None) if line.charged else NOTHING


def _prices(bill: Bill, line: Line, target: int) -> Iterator[int]:
    """Whole steps around the price in proportion, the nearest first."""
    step, was = bill.step, line.charge
    near = was.price * target // (was.charged * step) * step
    for distance in sorted(range(-NEARBY, NEARBY + 1), key=abs):
        if 0 <= (price := near + distance * step) <= was.price:
            yield price


def _charges(bill: Bill, line: Line, price: int) -> Iterator[Charge]:
    """Every way in which tax and service of this price may be rounded."""
    for service in _services(line, price, bill.step):
        gross = service.amount if service else 0
        bases = _bases(bill, line, price, gross)
        over = {ppm: MILLION + ppm if bill.tax_inclusive else MILLION for ppm in bases}
        for taxes in product(*(_rounded(ppm, base * ppm, over[ppm], bill.step) for ppm, base in bases.items())):
            yield _charge(bill, line, price, service, taxes)


def _services(line: Line, price: int, step: int) -> tuple[Portion | None, ...]:
    portion = line.charge.service_portion
    return _rounded(portion.ppm, price * portion.ppm, MILLION, step) if portion else (None,)


def _rounded(ppm: int, exact: int, over: int, step: int) -> tuple[Portion, ...]:
    """Down and up, which are one where the value is whole."""
    down, up = exact // (over * step) * step, -(-exact // (over * step)) * step
    return tuple(Portion(ppm, amount, exact) for amount in dict.fromkeys((down, up)))


def _bases(bill: Bill, line: Line, price: int, gross: int) -> dict[int, int]:
    """What each rate taxes, in the order of the line's taxes: the service charge at its own rate, or at the line's."""
    bases: dict[int, int] = {}
    if line.tax_ppm is not None:
        bases[line.tax_ppm] = price
    if line.charge.service_portion and bill.service_tax_ppm is not None:
        bases[bill.service_tax_ppm] = bases.get(bill.service_tax_ppm, 0) + gross
    return bases


def _charge(bill: Bill, line: Line, price: int, service: Portion | None, taxes: tuple[Portion, ...]) -> Charge:
    gross, tax = service.amount if service else 0, sum(each.amount for each in taxes)
    if not bill.tax_inclusive:
        return Charge(price, price, tax, gross, taxes, service)
    inside = _inside_price(bill, line, price, gross, taxes)
    return Charge(price, price - inside, tax, gross - (tax - inside), taxes, service)


def _inside_price(bill: Bill, line: Line, price: int, gross: int, taxes: tuple[Portion, ...]) -> int:
    if line.tax_ppm is None:
        return 0
    amount = taxes[0].amount
    if not gross or line.tax_ppm != bill.service_tax_ppm:
        return amount
    shares, _ = allocate(amount, (price, gross), step=bill.step)
    return shares[0]
