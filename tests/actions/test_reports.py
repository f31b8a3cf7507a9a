"""The close of a day, from the ledger alone, and beside the provider's list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.actions import drawer, errors, reports
from app.actions.reports import read_days
from app.domain.days import Calendar
from tests.actions.evening import Evening, Provider
from tests.actions.returning import give_back, paid
from tests.actions.test_connect import settle
from tests.actions.test_drawer import cash, opening


async def today(evening: Evening) -> dict[str, Any]:
    return await reports.day(evening.desk, None, by=evening.team["manager"])


async def test_a_day_says_what_was_sold_taxed_and_taken(evening: Evening) -> None:
    await drawer.open_drawer(evening.desk, opening(5000), by=evening.team["waiter"])
    await cash(evening, "Ana", "Burger", given=2000)
    bob = await evening.seat("Bob", "2")
    burger, pasta, mint = await evening.order(bob, "Burger", "Pasta", "Mint")
    waiter = evening.team["waiter"]
    await evening.do(waiter, bob.stream, "line.void", line=mint, reason="dropped")
    await evening.do(waiter, bob.stream, "line.comp", line=pasta, reason="slow")
    await evening.do(waiter, bob.stream, "line.discount", line=burger, reason="friend", amount=450)
    started = await evening.pay(bob, bob.stream, paymentMethod="terminal", tipAmount=100)
    await evening.do(waiter, bob.stream, "payment.confirm", payment=started.id, reference="slip 7")
    told = await today(evening)
    assert told["sales"] == {
        "gross": 1450 + 1450 + 900 + 20,
        "discounts": 450,
        "comps": 900,
        "voids": 20,
        "net": 2450,
        "service": 0,
        "tax": 218,
        "total": 2668,
    }
    assert told["taxes"] == [{"ratePpm": 88_750, "net": 2450, "tax": 218}]
    assert told["tips"] == {"collected": 100, "refunded": 0}
    assert told["payments"] == {"count": 2, "base": 2668, "tips": 100, "rounding": 0, "total": 2768}
    methods = {each["method"]: (each["payments"], each["amount"]) for each in told["methods"]}
    assert methods == {"card": (0, 0), "cash": (1, 1579), "terminal": (1, 1189), "giftCard": (0, 0)}
    assert (told["visits"], told["balanced"], told["isOver"], told["stripe"]) == (2, True, False, {"reachable": False})
    (one,) = told["drawers"]
    assert (one["opening"], one["cashIn"], one["change"], one["expected"]) == (5000, 2000, 421, 6579)
    assert told["open"] == {
        "receivable": 0, "credits": 0, "refundsOnTheirWay": 0, "disputed": 0, "tipsPayable": 100, "giftCards": 0,
    }  # fmt: skip


async def test_what_a_table_owes_is_open_and_what_it_will_never_pay_is_written_off(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    assert (await today(evening))["open"]["receivable"] == 1579
    await evening.do(evening.team["manager"], ana.stream, "session.abandon", reason="walked out")
    told = await today(evening)
    assert (told["open"]["receivable"], told["writtenOff"]) == (0, 1579)


async def test_a_day_is_told_by_its_date_and_nothing_of_another_is_in_it(evening: Evening) -> None:
    await cash(evening, "Ana", "Burger")
    yesterday = (evening.clock() - timedelta(days=2)).date().isoformat()
    told = await reports.day(evening.desk, yesterday, by=evening.team["owner"])
    assert (told["date"], told["sales"]["gross"], told["isOver"]) == (yesterday, 0, True)


async def test_our_card_money_is_the_providers(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream, tipAmount=200)
    await provider.confirm(started)
    paying.clock.pass_(seconds=31)
    await paying.work()
    await settle(paying, provider, started.id)
    told = (await today(paying))["stripe"]
    assert told == {
        "reachable": True,
        "captured": 1779,
        "refunded": 0,
        "ours": {"captured": 1779, "refunded": 0},
        "differences": [],
    }


async def test_what_went_back_is_the_same_on_both_sides(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider, tipAmount=200)
    await settle(paying, provider, payment.id)
    await give_back(paying, payment.id)
    told = await today(paying)
    assert (told["refunds"], told["tips"]) == (
        {"count": 1, "amount": 1779, "onTheirWay": 0},
        {"collected": 200, "refunded": 200},
    )
    assert (told["stripe"]["refunded"], told["stripe"]["ours"]["refunded"]) == (1779, 1779)
    assert told["stripe"]["differences"] == []


async def test_money_that_only_one_side_knows_is_named(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    intent = (await provider.intents())[0]
    await provider.http.post(f"/_sandbox/objects/{intent['latest_charge']}/finish")
    told = (await today(paying))["stripe"]
    assert told["differences"] == [{"kind": "missing_here", "stripeId": intent["latest_charge"], "theirs": 1579}]
    paying.clock.pass_(seconds=31)
    await paying.work()
    key = {"authorization": "Bearer sk_test_sandbox"}
    refund = await provider.http.post(
        "/v1/refunds", data={"payment_intent": intent["id"], "amount": "500"}, headers=key
    )
    told = (await today(paying))["stripe"]
    assert told["differences"] == [{"kind": "missing_here", "stripeId": refund.json()["id"], "theirs": -500}]
    assert (told["refunded"], told["ours"]["refunded"]) == (500, 0)


async def test_only_the_house_reads_reports_and_dates_are_dates(evening: Evening) -> None:
    with pytest.raises(errors.NotAllowed):
        await reports.day(evening.desk, None, by=evening.team["waiter"])
    with pytest.raises(errors.Invalid):
        await reports.day(evening.desk, "yesterday", by=evening.team["owner"])


@pytest.mark.parametrize(("first", "last"), [("2026-11-21", "2026-11-20"), ("2024-01-01", "2026-01-01"), ("x", None)])
def test_a_span_of_days_has_an_end_and_a_bound(first: str, last: str | None) -> None:
    with pytest.raises(errors.Invalid):
        read_days(Calendar("UTC", 240), datetime(2026, 11, 21, tzinfo=UTC), first, last)
