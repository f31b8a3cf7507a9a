"""Values for the storage tests: one small restaurant, and appends that need few words."""

from datetime import UTC, datetime
from typing import Any

from app.domain.events import CoversChanged, Fact
from app.ids import new_id
from app.storage import restaurants
from app.storage.database import Database
from app.storage.log import Append, CommandKey, Opening
from app.storage.tables import DiningTable, GuestSession, MenuCategory, MenuItem, Payment, Restaurant

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
HOUSE = "r1"
TABLES = ("t1", "t2", "t3")


async def furnish(database: Database) -> None:
    """One restaurant, three tables, one dish without a count and one with three portions."""
    house = Restaurant(id=HOUSE, name="Casa", currency="USD", tax_inclusive=False, created_at=NOON)
    tables = [DiningTable(id=name, restaurant_id=HOUSE, label=name, position=n) for n, name in enumerate(TABLES)]
    starters = MenuCategory(id="c1", restaurant_id=HOUSE, name="Starters")
    soup = MenuItem(id="soup", restaurant_id=HOUSE, category_id="c1", name="Soup", price=650)
    cake = MenuItem(id="cake", restaurant_id=HOUSE, category_id="c1", name="Cake", price=500, portions=3)
    await restaurants.save(database, house, *tables, starters, soup, cake)


def facts(*covers: int) -> tuple[Fact, ...]:
    """Small facts that can be told apart."""
    return tuple(CoversChanged(number) for number in covers)


def opening(stream: str, table: str = "t1", **more: Any) -> Append:
    """The first append of a stream."""
    return append(stream, 0, opening=Opening(HOUSE, table), **more)


def append(stream: str, expected: int, **more: Any) -> Append:
    """An append of one fact, unless told otherwise."""
    usual: dict[str, Any] = {"facts": facts(expected + 1), "by": "g1", "at": NOON, "status": "open", "summary": {}}
    return Append(stream=stream, expected=expected, **(usual | more))


def command(id: int, body: str = "a", cid: str = "phone") -> CommandKey:
    """A command whose body is one letter."""
    return CommandKey(cid, id, body.encode())


def payment(stream: str, **more: Any) -> Payment:
    """A card payment of 10.00 that has just started."""
    usual: dict[str, Any] = {
        "id": new_id(),
        "stream": stream,
        "restaurant_id": HOUSE,
        "guest_id": "g1",
        "method": "card",
        "currency": "USD",
        "amount": 1000,
        "state": "initiated",
        "receipt_token": new_id(),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Payment(**(usual | more))


def seat(stream: str, guest: str = "g1", device: bytes = b"phone") -> GuestSession:
    """A device at a table."""
    name = new_id()
    return GuestSession(
        id=name, stream=stream, guest_id=guest, token_hash=name.encode(), device_hash=device, created_at=NOON
    )
