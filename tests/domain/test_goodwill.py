"""Making a line cheaper by an exact sum, whatever its taxes and service."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.bill import Line
from app.domain.decide import followed
from app.domain.goodwill import taken_off
from app.domain.invariants import broken
from tests.domain.visit import SYSTEM, Visit, sharing

RATES = st.sampled_from([None, 25_000, 70_000, 88_750, 190_000, 255_000])


def off(visit: Visit, line: Line, amount: int) -> Line:
    fact = taken_off(visit.bill, line, amount, adjustment="a", reason="sorry")
    assert fact is not None, f"no price meets {line.charged} less {amount}"
    visit.record(*followed(visit.bill, (fact,), visit.now), by=SYSTEM)
    return visit.line(line.id)


@given(
    price=st.integers(1, 20_000),
    others=st.lists(st.integers(1, 5_000), max_size=3),
    tax=RATES,
    service=st.sampled_from([0, 100_000, 125_000, 180_000]),
    service_tax=RATES,
    inclusive=st.booleans(),
    data=st.data(),
)
def test_a_line_can_be_made_cheaper_by_every_sum(  # noqa: PLR0917 - one argument a strategy
    price: int,
    others: list[int],
    tax: int | None,
    service: int,
    service_tax: int | None,
    inclusive: bool,
    data: st.DataObject,
) -> None:
    visit = Visit(tax_ppm=tax, service_ppm=service, service_tax_ppm=service_tax, inclusive=inclusive)
    visit.join("ana")
    visit.order("ana", dish=price, **{f"other{n}": each for n, each in enumerate(others)})
    line = visit.line("dish")
    amount = data.draw(st.integers(1, line.charged))
    cheaper = off(visit, line, amount)
    assert cheaper.charged == line.charged - amount
    assert broken(visit.bill) == []
    assert cheaper.comped == (cheaper.charged == 0)


@given(price=st.integers(1, 2_000), data=st.data())
def test_steps_of_ten_stay_steps_of_ten(price: int, data: st.DataObject) -> None:
    visit = Visit("KWD", tax_ppm=150_000, service_ppm=125_000)
    visit.join("ana")
    visit.order("ana", dish=price * 10)
    line = visit.line("dish")
    amount = data.draw(st.integers(1, line.charged // 10)) * 10
    assert off(visit, line, amount).charged == line.charged - amount


def test_the_reason_stands_on_the_line() -> None:
    visit = sharing(3000, "ana")
    off(visit, visit.line("wine"), 1001)
    assert (visit.view["lines"]["wine"]["reason"], visit.view["lines"]["wine"]["discount"]) == ("sorry", 1001)
