"""Currencies and allocation, read from domain.md."""

import ast
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app.domain
from app.domain.money import CURRENCIES, UnknownCurrency, allocate, cash_rounding, currency

steps = st.sampled_from([1, 10])
totals = st.integers(-1_000_000, 1_000_000)
weights = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (1001, [2, 1], [667, 334]),
        (5, [70, 20, 10], [4, 1, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [3, 1], [0, 0]),
    ],
)
def test_the_examples_of_the_design_come_out_to_the_cent(total: int, parts: list[int], expected: list[int]) -> None:
    assert allocate(total, parts) == (expected, 0)


def test_ten_dinars_for_three_are_whole_steps_of_ten() -> None:
    assert allocate(10_000, [1, 1, 1], step=10) == ([3340, 3330, 3330], 0)


@pytest.mark.parametrize(
    ("rotation", "expected"), [(0, [34, 33, 33]), (1, [33, 34, 33]), (2, [33, 33, 34]), (3, [34, 33, 33])]
)
def test_the_odd_cent_moves_on_with_the_number_of_the_line(rotation: int, expected: list[int]) -> None:
    assert allocate(100, [1, 1, 1], rotation=rotation) == (expected, 0)


def test_only_those_who_take_part_are_counted_in_the_rotation() -> None:
    assert allocate(101, [1, 0, 1], rotation=1) == ([50, 0, 51], 0)


def test_open_comes_last_in_a_tie_whatever_the_rotation() -> None:
    assert allocate(101, [1], rotation=1, open_weight=1) == ([51], 50)
    assert [allocate(100, [1, 1], rotation=turn, open_weight=1) for turn in (0, 1)] == [([34, 33], 33), ([33, 34], 33)]


def test_what_nobody_takes_is_open() -> None:
    assert allocate(70, [0, 0]) == ([0, 0], 70)
    assert allocate(70, []) == ([], 70)


def test_a_total_between_two_steps_cannot_be_divided() -> None:
    with pytest.raises(ValueError, match="in steps of 10"):
        allocate(15, [1], step=10)


@pytest.mark.parametrize(("parts", "open_weight"), [([1, -1], 0), ([1], -1)])
def test_a_negative_weight_is_an_error(parts: list[int], open_weight: int) -> None:
    with pytest.raises(ValueError, match="cannot divide"):
        allocate(10, parts, open_weight=open_weight)


@given(totals, weights, steps, st.integers(0, 50), st.integers(0, 9))
def test_the_parts_always_add_up_to_the_total(
    total: int, parts: list[int], step: int, rotation: int, open_weight: int
) -> None:
    amounts, rest = allocate(total * step, parts, step=step, rotation=rotation, open_weight=open_weight)
    assert sum(amounts) + rest == total * step
    assert all(amount % step == 0 for amount in (*amounts, rest))


@given(totals, weights.filter(any), steps, st.integers(0, 50), st.integers(0, 9))
def test_every_part_is_within_one_step_of_its_exact_share(
    total: int, parts: list[int], step: int, rotation: int, open_weight: int
) -> None:
    amounts, rest = allocate(total * step, parts, step=step, rotation=rotation, open_weight=open_weight)
    whole = sum(parts) + open_weight
    for amount, weight in zip((*amounts, rest), (*parts, open_weight), strict=True):
        assert abs(amount - Fraction(total * step * weight, whole)) < step


@given(st.integers(0, 1_000_000), weights.filter(any), st.integers(0, 50))
def test_a_larger_weight_never_gets_less(total: int, parts: list[int], rotation: int) -> None:
    amounts, _ = allocate(total, parts, rotation=rotation)
    ranked = sorted(zip(parts, amounts, strict=True))
    for (small, less), (large, more) in pairwise(ranked):
        assert small == large or less <= more


@given(totals, weights, steps, st.integers(0, 50), st.integers(0, 9))
def test_a_negative_total_mirrors_the_positive(
    total: int, parts: list[int], step: int, rotation: int, open_weight: int
) -> None:
    amounts, rest = allocate(total * step, parts, step=step, rotation=rotation, open_weight=open_weight)
    mirrored, mirrored_rest = allocate(-total * step, parts, step=step, rotation=rotation, open_weight=open_weight)
    assert (mirrored, mirrored_rest) == ([-amount for amount in amounts], -rest)


@given(st.integers(0, 10_000), st.integers(1, 8))
def test_over_as_many_lines_as_guests_nobody_meets_more_odd_cents_than_another(total: int, count: int) -> None:
    shares = [allocate(total, [1] * count, rotation=line)[0] for line in range(count)]
    assert [sum(line[guest] for line in shares) for guest in range(count)] == [total] * count


@given(totals, st.integers(1, 6), st.lists(st.integers(0, 5), max_size=6))
def test_somebody_without_a_part_changes_nothing(total: int, scale: int, parts: list[int]) -> None:
    amounts, rest = allocate(total, parts, open_weight=1, rotation=scale)
    with_bystander, same_rest = allocate(total, [0, *parts], open_weight=1, rotation=scale)
    assert (with_bystander, same_rest) == ([0, *amounts], rest)


@pytest.mark.parametrize(
    ("code", "exponent", "step", "cash_step"),
    [("USD", 2, 1, 1), ("EUR", 2, 1, 1), ("JPY", 0, 1, 1), ("KWD", 3, 10, 10), ("CHF", 2, 1, 5), ("SEK", 2, 1, 100)],
)
def test_a_currency_knows_its_steps(code: str, exponent: int, step: int, cash_step: int) -> None:
    found = currency(code)
    assert (found.code, found.exponent, found.step, found.cash_step) == (code, exponent, step, cash_step)


def test_a_card_payment_has_a_minimum() -> None:
    assert (currency("USD").card_minimum, currency("GBP").card_minimum, currency("JPY").card_minimum) == (50, 30, 50)


@pytest.mark.parametrize("code", sorted(CURRENCIES))
def test_every_currency_counts_cash_and_minimum_in_its_own_steps(code: str) -> None:
    found = CURRENCIES[code]
    assert found.exponent in (0, 2, 3)
    assert found.cash_step % found.step == 0
    assert found.card_minimum % found.step == 0


@pytest.mark.parametrize("code", ["usd", "XXX", ""])
def test_an_unknown_currency_is_an_error(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        currency(code)


@pytest.mark.parametrize("source", sorted(Path(app.domain.__path__[0]).glob("*.py")), ids=lambda source: source.stem)
def test_no_float_touches_money(source: Path) -> None:
    nodes = list(ast.walk(ast.parse(source.read_text())))
    assert not [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [node for node in nodes if isinstance(node, ast.Div)]
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"float", "round", "Decimal", "Fraction"}


@pytest.mark.parametrize(("amount", "expected"), [(1000, 0), (1001, -1), (1002, -2), (1003, 2), (1004, 1), (1005, 0)])
def test_swiss_coins_round_to_five(amount: int, expected: int) -> None:
    assert cash_rounding(amount, 5) == expected


@given(st.integers(0, 100_000), st.sampled_from([1, 5, 10, 50, 100]))
def test_cash_is_rounded_to_what_coins_can_pay_and_by_half_a_step_at_most(amount: int, cash_step: int) -> None:
    rounding = cash_rounding(amount, cash_step)
    assert (amount + rounding) % cash_step == 0
    assert 2 * abs(rounding) <= cash_step
