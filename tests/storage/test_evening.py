"""The golden evening of the domain, replayed on both databases: the same bytes, the same chains, the same bills."""

from app.domain.bill import Bill
from app.domain.evolve import fold
from app.domain.tile import summary
from app.domain.view import view
from app.storage import restaurants
from app.storage.database import Database
from app.storage.log import Append, Log, Opening
from app.storage.tables import DiningTable, Restaurant
from tests.domain.evening import Turn, load, replay
from tests.storage.making import NOON

HOUSE = "restaurant"


def as_append(turn: Turn) -> Append:
    opening = None if turn.expected else Opening(HOUSE, turn.bill.table_id)
    return Append(
        stream=turn.stream,
        expected=turn.expected,
        facts=turn.facts,
        by=turn.by,
        at=turn.at,
        status=turn.bill.status,
        summary=summary(turn.bill),
        opening=opening,
        table_id=turn.bill.table_id,
    )


async def furnish(database: Database, tables: set[str]) -> None:
    house = Restaurant(id=HOUSE, name="Evening", currency="EUR", tax_inclusive=True, created_at=NOON)
    await restaurants.save(database, house)
    await restaurants.save(database, *(DiningTable(id=name, restaurant_id=HOUSE, label=name) for name in tables))


async def test_one_long_evening_is_the_same_on_every_database(database: Database, log: Log) -> None:
    golden, bills = load(), dict[str, Bill]()
    turns = list(replay(golden["steps"]))
    await furnish(database, {turn.bill.table_id for together in turns for turn in together})
    for together in turns:
        await log.append(*(as_append(turn) for turn in together if turn.facts))
        bills.update({turn.stream: turn.bill for turn in together})
    for stream, bill in bills.items():
        head = await log.head(stream)
        assert head is not None
        assert head.hash.hex() == golden["heads"][stream]
        assert (head.version, head.status) == (bill.version, bill.status)
        assert await log.verify(stream) == []
        assert view(fold(await log.since(stream)), {}) == view(bill, {})
