from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.actions import visits
from app.actions.desk import Policies
from app.domain.bill import EMPTY, Bill
from tests.actions.evening import Evening

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
OPEN = replace(EMPTY, version=1, status="open", last_at=NOW)
SETTLED = replace(OPEN, status="settled", settled_at=NOW)


@pytest.mark.parametrize(
    ("bill", "minutes", "expected"),
    [
        (OPEN, 0, "open"),
        (OPEN, 180, "open"),
        (OPEN, 181, "stale"),
        (SETTLED, 0, "grace"),
        (SETTLED, 30, "grace"),
        (SETTLED, 31, "stale"),
        (replace(SETTLED, last_at=NOW + timedelta(minutes=29)), 31, "stale"),
        (replace(SETTLED, status="settling"), 31, "open"),
        (replace(OPEN, status="closed"), 0, "over"),
        (replace(OPEN, status="abandoned"), 0, "over"),
    ],
)
def test_where_a_visit_is_in_its_life_follows_from_the_clock(bill: Bill, minutes: int, expected: str) -> None:
    assert visits.standing(bill, NOW + timedelta(minutes=minutes), Policies()) == expected


async def test_a_visit_in_which_money_is_in_doubt_does_not_end(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    await evening.pay(ana, ana.stream, paymentMethod="cash")
    assert not await visits.end(evening.desk, ana.stream, "time is over")
    assert (await evening.bill(ana.stream)).status == "settling"


async def test_a_visit_takes_over_the_house_as_it_is_when_it_opens(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    bill = await evening.bill(ana.stream)
    assert (bill.currency, bill.tax_inclusive, bill.restaurant_name) == ("USD", False, "The Open Door")
