"""What a line costs: adjustments, tax and service charge, each rounded once.

Rates are parts per million. The rounding error of one line is carried to the next (error diffusion), so that the tax
of a bill is the tax of its total although every line keeps the amount that it was first given.
"""

from dataclasses import dataclass, field
from typing import Literal

from app.domain.copying import replace
from app.domain.money import allocate

__all__ = [
    "MILLION",
    "NOTHING",
    "Adjustment",
    "Charge",
    "Diffusion",
    "Portion",
    "Running",
    "ServiceRule",
    "adjusted_price",
    "charge",
    "enter",
    "leave",
]

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Portion:
    """What one rate takes from one line: 88 750 ppm of 14.50 is amount 129, exact 128 687 500 (over a million).

    `exact` is a numerator over 1 000 000; for a tax inside the price it is one over 1 000 000 + `ppm`.
    """

    ppm: int
    amount: int
    exact: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A line's amounts in minor units. `price` is after adjustments; `taxes` has one portion per rate.

    Tax inside the price: `net` is the price less its tax, `service` the service charge less its tax. Tax on top: `net`
    is the price. `charged` is the same sum in both cases.
    """

    price: int
    net: int
    tax: int
    service: int
    taxes: tuple[Portion, ...] = ()
    service_portion: Portion | None = None

    @property
    def charged(self) -> int:
        """What the line costs, all told."""
        return self.net + self.tax + self.service


NOTHING = Charge(price=0, net=0, tax=0, service=0)


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """A service charge of `ppm` of the price; `tax_ppm` is the one rate at which the charge itself is taxed, if any."""

    ppm: int
    tax_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class Diffusion:
    """The exact total of one rate so far (a numerator, see `Portion`) and the total assigned to lines so far."""

    exact: int = 0
    assigned: int = 0


@dataclass(frozen=True, slots=True)
class Running:
    """The running totals of a bill, by rate: always the sum over the lines that it has now."""

    taxes: dict[int, Diffusion] = field(default_factory=dict)
    service: dict[int, Diffusion] = field(default_factory=dict)


def charge(
    price: int, *, tax_ppm: int | None, service: ServiceRule | None, inclusive: bool, step: int, running: Running
) -> Charge:
    """Charge one line of `price`, carrying on the rounding of the lines in `running` (which it does not enter)."""
    portion = _service_portion(price, service, step, running)
    gross = portion.amount if portion else 0
    service_ppm = service.tax_ppm if service else None
    taxes = tuple(
        _diffuse(ppm, base * ppm, MILLION + ppm if inclusive else MILLION, step, running.taxes.get(ppm, Diffusion()))
        for ppm, base in _tax_bases(price, tax_ppm, gross, service_ppm).items()
    )
    tax = sum(each.amount for each in taxes)
    if not inclusive:
        return Charge(price, price, tax, gross, taxes, portion)
    inside = _tax_of_price(price, tax_ppm, gross, service_ppm, taxes, step)
    return Charge(price, price - inside, tax, gross - (tax - inside), taxes, portion)


def enter(running: Running, line: Charge) -> Running:
    """Add a line to the running totals."""
    return _moved(running, line, 1)


def leave(running: Running, line: Charge) -> Running:
    """Take a line out of the running totals again: exactly what it entered with."""
    return _moved(running, line, -1)


def _service_portion(price: int, service: ServiceRule | None, step: int, running: Running) -> Portion | None:
    if service is None:
        return None
    so_far = running.service.get(service.ppm, Diffusion())
    return _diffuse(service.ppm, price * service.ppm, MILLION, step, so_far)


def _tax_bases(price: int, tax_ppm: int | None, gross: int, service_ppm: int | None) -> dict[int, int]:
    """What each rate taxes: where line and service charge share a rate, their sum is taxed and rounded once."""
    bases: dict[int, int] = {}
    for ppm, base in ((tax_ppm, price), (service_ppm, gross)):
        if ppm is not None:
            bases[ppm] = bases.get(ppm, 0) + base
    return bases


def _diffuse(ppm: int, exact: int, over: int, step: int, so_far: Diffusion) -> Portion:
    """Round the total half up, not the line; but a line never strays beyond the two steps around its own value."""
    over *= step
    wanted = (2 * (so_far.exact + exact) + over) // (2 * over) * step - so_far.assigned
    floor, ceiling = exact // over * step, -(-exact // over) * step
    return Portion(ppm, min(max(wanted, floor), ceiling), exact)


def _tax_of_price(
    price: int, tax_ppm: int | None, gross: int, service_ppm: int | None, taxes: tuple[Portion, ...], step: int
) -> int:
    """The part of the line's tax that is inside its price; the rest is inside its service charge."""
    if tax_ppm is None:
        return 0
    amount = taxes[0].amount
    if tax_ppm != service_ppm:
        return amount
    shares, _ = allocate(amount, (price, gross), step=step)
    return shares[0]


def _moved(running: Running, line: Charge, sign: int) -> Running:
    taxes = dict(running.taxes)
    for portion in line.taxes:
        taxes[portion.ppm] = _shifted(taxes, portion, sign)
    if line.service_portion is None:
        return replace(running, taxes=taxes)
    ppm = line.service_portion.ppm
    return Running(taxes, {**running.service, ppm: _shifted(running.service, line.service_portion, sign)})


def _shifted(totals: dict[int, Diffusion], portion: Portion, sign: int) -> Diffusion:
    so_far = totals.get(portion.ppm, Diffusion())
    return Diffusion(so_far.exact + sign * portion.exact, so_far.assigned + sign * portion.amount)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One active change of a line's price: a void, a comp, or a discount by percent (`ppm`) or by `amount` off.

    `scope` says whether staff made it for this line or for the whole bill; `id` is then the discount's.
    """

    id: str
    kind: Literal["percent", "amount", "comp", "void"]
    ppm: int = 0
    amount: int = 0
    reason: str = ""
    scope: Literal["line", "bill"] = "line"


def adjusted_price(price: int, adjustments: tuple[Adjustment, ...], step: int) -> int:
    """Apply the active adjustments in their order; never below 0, and 0 as soon as one is a void or a comp."""
    if any(each.kind in ("void", "comp") for each in adjustments):
        return 0
    for each in adjustments:
        off = _percent_of(price, each.ppm, step) if each.kind == "percent" else each.amount
        price -= min(off, price)
    return price


def _percent_of(price: int, ppm: int, step: int) -> int:
    over = MILLION * step
    return (2 * price * ppm + over) // (2 * over) * step
