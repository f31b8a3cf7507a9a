"""Gift cards under everybody's hands at once: the row decides, and never goes below zero."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.storage import tenders
from app.storage.database import Database
from app.storage.log import Add, Change, Log, Overdrawn, Put, Spend, Withdraw
from app.storage.tables import GiftCard, GiftCardUse, GroupPayment
from tests.storage.making import HOUSE, NOON, append, opening, payment

HOUR = timedelta(hours=1)


def card(name: str = "card", **values: Any) -> GiftCard:
    """A gift card of 50.00, sold in the first visit."""
    usual: dict[str, Any] = {
        "id": name,
        "restaurant_id": HOUSE,
        "sold_in": "s1",
        "payment_id": "p1",
        "name": "Gift card",
        "kind": "giftCard",
        "currency": "USD",
        "value": 5000,
        "balance": 5000,
        "code_hash": name.encode(),
        "last4": "ABCD",
        "valid_from": NOON,
        "created_at": NOON,
    }
    return GiftCard(**(usual | values))


def lunches(**values: Any) -> GiftCard:
    return card("pass", **{"kind": "pass", "value": 0, "balance": None, "uses": 10, "uses_left": 10, **values})


@pytest.fixture(autouse=True)
async def sold(log: Log) -> None:
    rows = Put(payment("s1", id="p1", receipt_token="r")), Add(card()), Add(lunches())
    await log.append(opening("s1", rows=rows))


async def spend(log: Log, version: int, name: str = "card", amount: int = 0, uses: int = 0) -> None:
    await log.append(append("s1", version, rows=(Spend(name, amount, uses, NOON + HOUR),)))


async def held(database: Database, name: str = "card") -> GiftCard:
    found = await tenders.card(database, name)
    assert found is not None
    return found


async def test_what_is_taken_is_gone_and_comes_back_whole(log: Log, database: Database) -> None:
    await spend(log, 1, amount=1200, uses=2)
    assert (await held(database)).balance == 3800
    await spend(log, 2, amount=-200)
    assert ((await held(database)).balance, (await held(database)).uses_left) == (4000, None)


async def test_a_pass_counts_uses_and_no_money(log: Log, database: Database) -> None:
    await spend(log, 1, "pass", amount=1200, uses=10)
    assert ((await held(database, "pass")).balance, (await held(database, "pass")).uses_left) == (None, 0)
    with pytest.raises(Overdrawn):
        await spend(log, 2, "pass", uses=1)


async def test_of_many_who_spend_the_same_card_at_once_none_takes_it_below_zero(database: Database, log: Log) -> None:
    """Two nodes, thirty visits, one card: what was taken and what is left add up."""
    streams = [f"v{n}" for n in range(30)]
    async with Log(database) as other:
        for number, stream in enumerate(streams):
            await (log, other)[number % 2].append(opening(stream, status="closed"))
        tries = [
            (log, other)[number % 2].append(append(stream, 1, status="closed", rows=(Spend("card", 300, 1, NOON),)))
            for number, stream in enumerate(streams)
        ]
        ends = await asyncio.gather(*tries, return_exceptions=True)
    refused = [end for end in ends if isinstance(end, Overdrawn)]
    assert len(refused) == 30 - 5000 // 300
    assert (await held(database)).balance == 5000 % 300
    assert all(not isinstance(end, BaseException) for end in ends if end not in refused)


@pytest.mark.parametrize(
    "values",
    [{"state": "blocked"}, {"valid_until": NOON + HOUR}, {"valid_from": NOON + 2 * HOUR}],
)
async def test_a_card_that_may_not_be_used_pays_nothing(log: Log, database: Database, values: dict[str, Any]) -> None:
    await log.append(append("s1", 1, rows=(Change(GiftCard, {"id": "card"}, values),)))
    with pytest.raises(Overdrawn):
        await spend(log, 2, amount=100)
    await spend(log, 2, amount=-100)
    assert (await held(database)).balance == 5100


async def test_only_a_card_that_nobody_used_is_taken_back(log: Log, database: Database) -> None:
    await spend(log, 1, amount=1)
    with pytest.raises(Overdrawn):
        await log.append(append("s1", 2, rows=(Withdraw("card"),)))
    await log.append(append("s1", 2, rows=(Withdraw("pass"),)))
    assert (await held(database, "pass")).state == "blocked"


async def test_a_card_is_found_by_its_code_in_its_own_house(database: Database) -> None:
    assert (await tenders.by_code(database, HOUSE, b"card")) is not None
    assert await tenders.by_code(database, "elsewhere", b"card") is None
    assert await tenders.by_code(database, HOUSE, b"guess") is None


async def test_cards_are_listed_the_newest_first_page_by_page(database: Database) -> None:
    first = await tenders.cards(database, HOUSE, limit=1)
    second = await tenders.cards(database, HOUSE, before=first[0].id, limit=1)
    assert [each.id for each in (*first, *second)] == ["pass", "card"]
    assert [each.id for each in await tenders.sold_with(database, "p1")] == ["card", "pass"]
    assert await tenders.cards(database, HOUSE, state="blocked") == []


async def test_a_card_that_somebody_filled_by_hand_is_found(log: Log, database: Database) -> None:
    use = GiftCardUse(payment_id="p1", card_id="card", stream="s1", amount=1200, returned=200, created_at=NOON)
    await log.append(append("s1", 1, rows=(Spend("card", 1000, 0, NOON), Add(use))))
    assert await tenders.overfull(database) == []
    await tenders.change_card(database, "card", {"balance": 4001})
    assert await tenders.overfull(database) == ["card"]


async def test_a_group_is_reminded_once_by_whoever_is_first(log: Log, database: Database) -> None:
    group = GroupPayment(
        id="g1",
        stream="s1",
        restaurant_id=HOUSE,
        state="open",
        deadline=NOON + HOUR,
        remind_at=NOON,
        created_at=NOON,
        updated_at=NOON,
    )
    await log.append(append("s1", 1, rows=(Put(group),)))
    assert [each.id for each in await tenders.claim_reminders(database, NOON)] == ["g1"]
    assert await tenders.claim_reminders(database, NOON) == []
    assert [each.id for each in await tenders.claim_reminders(database, NOON + HOUR)] == ["g1"]
