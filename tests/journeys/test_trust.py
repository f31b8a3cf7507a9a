"""Somebody tries out stolen cards at one table; the restaurant goes on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.storage import findings, reviews, risk
from tests.actions.evening import Evening
from tests.journeys.city import BROWSER, City, city
from tests.nodes import Phone, Problem, eventually

TRIES = 50
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CARD = "pm_card_visa_chargeDeclined"


async def _tries(built: City, eve: Phone, started: dict[str, Any], most: int) -> int:
    """Cards tried one after another straight at the provider, with the client secret; how many were declined.

    Somebody who types card numbers is slower than a webhook: each decline is heard of before the next try.
    """
    intent = started["clientSecret"].partition("_secret_")[0]
    asked = {"client_secret": started["clientSecret"], "payment_method": CARD, "return_url": "http://x.example"}
    for count in range(most):
        answer = await built.http.post(f"/v1/payment_intents/{intent}/confirm", data=asked, headers=BROWSER)
        if answer.status_code != 402:
            return count
        await _is_heard_of(built, eve, count + 1)
    return most


async def _is_heard_of(built: City, eve: Phone, count: int) -> None:
    async def heard() -> bool:
        known = await risk.declines(built.house.desk.database, LONG_AGO, guest=eve.guest)
        return len(known) >= count

    await eventually(heard)


async def _attack(built: City, table: str) -> tuple[int, int, list[Problem]]:
    """Phone after phone with the code of one table: cards declined, payments started, and what the house said."""
    declined, started, refused = 0, 0, list[Problem]()
    while declined < TRIES and len(refused) < 2:
        eve = await Phone.join(built.at, built.house.codes[table], f"Eve {started}")
        await eve.order(built.house.wanted("Burger"))
        try:
            payment = await eve.pay()
        except Problem as problem:
            refused.append(problem)
            continue
        started += 1
        declined += await _tries(built, eve, payment, TRIES - declined)
        await _is_let_go(eve, payment["id"])
    return declined, started, refused


async def _is_let_go(eve: Phone, payment: str) -> None:
    async def ended() -> bool:
        state = await eve.call("GET", f"/payments/{payment}")
        return bool(state["status"] == "canceled")

    await eventually(ended)


async def test_f57_card_testing_from_one_table_is_stopped_there_and_nowhere_else(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object]
) -> None:
    async with city(tmp_path, url, house, **redis_of) as built:
        await built.start()
        ben = await built.diner("Ben", "2")
        declined, started, refused = await _attack(built, "1")

        # One intent for each phone, however many cards it tried, and each is cancelled where the cards are tried.
        intents = await built.intents()
        assert (len(intents), {intent["status"] for intent in intents}) == (started, {"canceled"})
        # Five for each phone, and what was on its way when the fifth was heard of.
        assert started <= 2
        assert 5 <= declined < TRIES // 2
        # The next phone waits for staff, who see why.
        assert {problem.code for problem in refused} == {"needs_approval"}
        waiting = await reviews.listed(house.desk.database, house.restaurant, "open")
        assert {signal["name"] for review in waiting for signal in review.signals} >= {"table_declines"}
        assert await findings.counts(house.desk.database) == {}

        paid = await ben.pay()
        await built.confirm(paid)
        await ben.until_view(lambda view: view["payments"][paid["id"]]["status"] == "succeeded")
        await built.sound()
