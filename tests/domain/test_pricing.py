"""Tax, service charge and adjustments, read from domain.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.pricing import (
    MILLION,
    NOTHING,
    Adjustment,
    Charge,
    Diffusion,
    Running,
    ServiceRule,
    adjusted_price,
    charge,
    enter,
    leave,
)

EVENING = [1450, 1450, 900, 650, 1195]


@dataclass(frozen=True)
class House:
    """How one restaurant charges."""

    tax_ppm: int | None = None
    service: ServiceRule | None = None
    inclusive: bool = False
    step: int = 1

    def charge(self, price: int, running: Running) -> Charge:
        return charge(
            price,
            tax_ppm=self.tax_ppm,
            service=self.service,
            inclusive=self.inclusive,
            step=self.step,
            running=running,
        )

    def ring_up(self, prices: Sequence[int]) -> tuple[Running, list[Charge]]:
        running, lines = Running(), list[Charge]()
        for price in prices:
            lines.append(self.charge(price, running))
            running = enter(running, lines[-1])
        return running, lines


NEW_YORK = House(tax_ppm=88_750)


def test_the_tax_on_top_is_the_tax_of_the_whole_bill() -> None:
    _, lines = NEW_YORK.ring_up(EVENING)
    assert [line.tax for line in lines] == [129, 128, 80, 58, 106]
    assert sum(line.tax for line in lines) == 501
    assert [line.net for line in lines] == EVENING


def test_eighteen_percent_service() -> None:
    _, lines = House(service=ServiceRule(180_000)).ring_up(EVENING)
    assert [line.service for line in lines] == [261, 261, 162, 117, 215]
    assert sum(line.service for line in lines) == 1016


def test_twenty_percent_inside_the_price() -> None:
    _, lines = House(tax_ppm=200_000, inclusive=True).ring_up(EVENING)
    assert [line.tax for line in lines] == [242, 241, 150, 109, 199]
    assert sum(line.tax for line in lines) == 941
    assert [line.charged for line in lines] == EVENING


def test_after_a_void_later_lines_absorb_the_difference() -> None:
    running, lines = NEW_YORK.ring_up(EVENING)
    running = leave(running, lines[2])
    late = NEW_YORK.charge(333, running)
    assert late.tax == 30
    assert enter(running, late).taxes[88_750] == Diffusion(exact=5078 * 88_750, assigned=451)


def test_a_taxed_service_charge_on_top() -> None:
    line = House(tax_ppm=100_000, service=ServiceRule(180_000, tax_ppm=50_000)).charge(1000, Running())
    assert (line.net, line.service, line.tax, line.charged) == (1000, 180, 100 + 9, 1289)
    assert [(each.ppm, each.amount) for each in line.taxes] == [(100_000, 100), (50_000, 9)]


def test_line_and_service_taxed_at_one_rate_are_rounded_once() -> None:
    line = House(tax_ppm=88_750, service=ServiceRule(180_000, tax_ppm=88_750)).charge(1450, Running())
    assert [(each.ppm, each.exact) for each in line.taxes] == [(88_750, (1450 + 261) * 88_750)]
    assert line.tax == 152  # Apart it would be 1.29 and 0.23; 1.52 is right for 17.11 too.


def test_tax_inside_a_taxed_service_charge_is_inside_it() -> None:
    line = House(tax_ppm=200_000, service=ServiceRule(100_000, tax_ppm=200_000), inclusive=True).charge(1200, Running())
    assert (line.net, line.service, line.tax, line.charged) == (1000, 100, 220, 1320)


def test_an_untaxed_line_may_have_a_taxed_service_charge() -> None:
    line = House(service=ServiceRule(100_000, tax_ppm=200_000), inclusive=True).charge(1200, Running())
    assert (line.net, line.service, line.tax, line.charged) == (1200, 100, 20, 1320)


def test_dinars_are_taxed_in_tens_of_fils() -> None:
    _, lines = House(tax_ppm=50_000, step=10).ring_up([3330, 3330, 3330])
    assert [line.tax for line in lines] == [170, 160, 170]


def test_a_line_without_rates_costs_its_price() -> None:
    assert House().charge(700, Running()) == Charge(price=700, net=700, tax=0, service=0)


def test_nothing_costs_nothing() -> None:
    assert NOTHING.charged == 0
    assert enter(Running(), NOTHING) == Running()


ppms = st.sampled_from([0, 10_000, 50_000, 88_750, 190_000, 200_000, 1_000_000])
houses = st.builds(
    House,
    tax_ppm=st.none() | ppms,
    service=st.none() | st.builds(ServiceRule, ppms, st.none() | ppms),
    inclusive=st.booleans(),
    step=st.sampled_from([1, 10]),
)
price_lists = st.lists(st.integers(0, 5_000), min_size=1, max_size=12)


@given(houses, price_lists)
def test_the_amounts_of_a_line_add_up_and_none_is_negative(house: House, prices: list[int]) -> None:
    for line in house.ring_up([price * house.step for price in prices])[1]:
        gross = line.service_portion.amount if line.service_portion else 0
        assert line.tax == sum(portion.amount for portion in line.taxes)
        assert line.charged == line.price + gross + (0 if house.inclusive else line.tax)
        assert min(line.net, line.tax, line.service) >= 0
        assert all(amount % house.step == 0 for amount in (line.net, line.tax, line.service))


@given(houses, price_lists)
def test_every_portion_is_the_floor_or_the_ceiling_of_its_own_value(house: House, prices: list[int]) -> None:
    for line in house.ring_up([price * house.step for price in prices])[1]:
        for portion in line.taxes:
            value = Fraction(portion.exact, (MILLION + portion.ppm if house.inclusive else MILLION) * house.step)
            assert portion.amount in (floor(value) * house.step, ceil(value) * house.step)
        if line.service_portion:
            value = Fraction(line.price * line.service_portion.ppm, MILLION * house.step)
            assert line.service_portion.amount in (floor(value) * house.step, ceil(value) * house.step)


@given(houses, price_lists)
def test_a_bill_without_voids_is_never_off_by_a_unit(house: House, prices: list[int]) -> None:
    running, lines = house.ring_up([price * house.step for price in prices])
    for ppm, total in running.taxes.items():
        exact = Fraction(total.exact, MILLION + ppm if house.inclusive else MILLION)
        assert total.assigned == floor(exact / house.step + Fraction(1, 2)) * house.step
    for total in running.service.values():
        assert total.assigned == floor(Fraction(total.exact, MILLION * house.step) + Fraction(1, 2)) * house.step
    assert sum(line.tax for line in lines) == sum(total.assigned for total in running.taxes.values())


@given(houses, price_lists, st.data())
def test_in_whatever_order_lines_go_the_running_totals_are_those_that_stay(
    house: House, prices: list[int], data: st.DataObject
) -> None:
    running, lines = house.ring_up([price * house.step for price in prices])
    going = data.draw(st.lists(st.sampled_from(range(len(lines))), unique=True))
    for index in going:
        running = leave(running, lines[index])
    staying = Running()
    for index in sorted(set(range(len(lines))) - set(going)):
        staying = enter(staying, lines[index])
    assert _without_zeros(running) == _without_zeros(staying)


@given(houses, price_lists, price_lists)
def test_after_voids_the_error_only_shrinks(house: House, gone: list[int], later: list[int]) -> None:
    running, lines = house.ring_up([price * house.step for price in gone])
    for line in lines[::2]:
        running = leave(running, line)
    for price in later:
        before = _errors(house, running)
        running = enter(running, house.charge(price * house.step, running))
        after = _errors(house, running)
        assert all(abs(after[ppm]) <= max(abs(before.get(ppm, Fraction())), Fraction(1, 2)) for ppm in after)


def _errors(house: House, running: Running) -> dict[int, Fraction]:
    """How many steps each tax rate has assigned too little."""
    over = {ppm: (MILLION + ppm if house.inclusive else MILLION) * house.step for ppm in running.taxes}
    return {
        ppm: Fraction(total.exact, over[ppm]) - Fraction(total.assigned, house.step)
        for ppm, total in running.taxes.items()
    }


def _without_zeros(running: Running) -> Running:
    return Running(
        {ppm: total for ppm, total in running.taxes.items() if total != Diffusion()},
        {ppm: total for ppm, total in running.service.items() if total != Diffusion()},
    )


TENTH = Adjustment("a1", "percent", ppm=100_000)
TWO_OFF = Adjustment("a2", "amount", amount=200)


@pytest.mark.parametrize(
    ("adjustments", "expected"),
    [
        ((), 1450),
        ((TENTH,), 1305),
        ((TWO_OFF,), 1250),
        ((TENTH, TWO_OFF), 1105),
        ((TWO_OFF, TENTH), 1125),
        ((Adjustment("a3", "amount", amount=5000),), 0),
        ((TENTH, Adjustment("a4", "comp")), 0),
        ((Adjustment("a5", "void"), TWO_OFF), 0),
    ],
)
def test_the_price_follows_from_the_list_of_adjustments(adjustments: tuple[Adjustment, ...], expected: int) -> None:
    assert adjusted_price(1450, adjustments, 1) == expected


def test_a_percent_off_is_rounded_half_up() -> None:
    assert adjusted_price(5, (Adjustment("a", "percent", ppm=500_000),), 1) == 2
    assert adjusted_price(50, (Adjustment("a", "percent", ppm=500_000),), 10) == 20


adjustments = st.builds(
    Adjustment,
    id=st.just("a"),
    kind=st.sampled_from(["percent", "amount", "comp", "void"]),
    ppm=st.integers(0, MILLION),
    amount=st.integers(0, 3_000).map(lambda amount: amount * 10),
)


@given(st.integers(0, 5_000), st.lists(adjustments, max_size=5), st.sampled_from([1, 10]))
def test_no_adjustment_makes_a_price_negative_or_higher(price: int, several: list[Adjustment], step: int) -> None:
    adjusted = adjusted_price(price * step, tuple(several), step)
    assert 0 <= adjusted <= price * step
    assert adjusted % step == 0
