"""Payment analytics of a restaurant."""

from datetime import UTC, datetime

import pytest

from app.actions import analytics, errors
from app.storage.analytics import Paid
from tests.actions.evening import Evening, Provider
from tests.actions.test_drawer import cash
from tests.actions.test_tips import today

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_nothing_is_no_error() -> None:
    assert analytics.totals([]) == {
        "totalTransactions": 0,
        "totalAmount": 0,
        "paymentMethods": {},
        "avgTipPercentage": 0.0,
        "splitPaymentRate": 0.0,
        "totalTips": 0,
        "refundedAmount": 0,
        "refundRate": 0.0,
        "averageAmount": 0,
    }


def test_tips_are_percent_of_what_they_were_given_for_and_a_split_has_two_payments() -> None:
    paid = [
        Paid("one", "card", NOON, 1000, 150, 1150, 0),
        Paid("one", "cash", NOON, 1000, 0, 1000, 100),
        Paid("two", "card", NOON, 2000, 250, 2250, 0),
    ]
    told = analytics.totals(paid)
    assert (told["avgTipPercentage"], told["splitPaymentRate"], told["refundRate"]) == (10.0, 0.5, 0.0227)
    assert told["paymentMethods"] == {"card": {"count": 2, "amount": 3400}, "cash": {"count": 1, "amount": 1000}}
    assert (told["totalAmount"], told["averageAmount"], told["totalTips"]) == (4400, 1467, 400)


async def test_the_day_is_told_by_method_day_and_hour(paying: Evening, provider: Provider) -> None:
    await cash(paying, "Ana", "Burger")
    bob = await paying.seat("Bob", "2")
    await paying.order(bob, "Burger")
    started = await paying.pay(bob, bob.stream, tipAmount=145)
    await provider.confirm(started, "pm_card_visa_chargeDeclined")
    paying.clock.pass_(seconds=31)
    await paying.work()
    told = await analytics.payments(paying.desk, paying.restaurant, None, None, by=paying.team["manager"])
    assert (told["totalTransactions"], told["totalAmount"], told["splitPaymentRate"]) == (1, 1579, 0.0)
    assert (told["declines"], told["successRate"]) == ({"generic_decline": 1}, 0.0)
    assert told["byDay"] == [{"date": today(paying).isoformat(), "count": 1, "amount": 1579, "tips": 0}]
    assert [one["count"] for one in told["byHour"]] == [1]


async def test_another_restaurants_figures_are_nobodys_business(evening: Evening) -> None:
    with pytest.raises(errors.NotFound):
        await analytics.payments(evening.desk, "another", None, None, by=evening.team["owner"])
    with pytest.raises(errors.NotAllowed):
        await analytics.payments(evening.desk, None, None, None, by=evening.team["waiter"])
