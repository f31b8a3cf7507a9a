"""Bills to give commands on: a restaurant with as many tables as are asked for, its guests, and what they ordered."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.actions import bills, guests, house, perform, tables
from app.actions.desk import Desk
from app.domain.commands import Actor, PlaceOrder, SetClaim, WantedLine
from app.main import open_desk
from app.settings import load
from app.storage import menus, schema

SECRET = "a secret of the benchmark, 32 characters and more"  # noqa: S105 (guards a database that lives for a minute)
AT_ONCE = 32
EVENTS_AT_ONCE = 50
WIDE_OPEN = {
    "socket_burst": 1000,
    "socket_frames_per_s": 1000,
    "room_frames_per_s": 10_000,
    "inbox_frames_max": 1000,
}
PATIENT = {"ping_interval_s": 300, "silence_timeout_s": 600, "sockets_per_guest_max": 100, "joins_at_once_max": 600}


@dataclass(frozen=True)
class Seat:
    """A guest with what the socket's hello and a claim name."""

    token: str
    guest: str
    stream: str
    lines: Sequence[str]


def settings(database: str) -> dict[str, str]:
    """The product's settings: those of a server whose limits are out of the way."""
    given = {
        "database_url": database,
        "secret_key": SECRET,
        "payments_mode": "sandbox",
        "stripe_secret_key": "sk_test_bench",
        "stripe_publishable_key": "pk_test_bench",
        "stripe_webhook_secrets": "whsec_bench",
        "stripe_api_base": "http://127.0.0.1:9",
        "stripe_js_url": "http://127.0.0.1:9/stripe.js",
        "log_level": "ERROR",
    }
    return given | {name: str(value) for name, value in (WIDE_OPEN | PATIENT).items()}


def environment(database: str) -> dict[str, str]:
    """The same as environment variables."""
    return {f"SPLITTABLE_{name.upper()}": value for name, value in settings(database).items()}


@dataclass(frozen=True)
class Size:
    """How big a bill of one guest is: its lines, and at least so many events."""

    lines: int
    events: int = 0


@dataclass(frozen=True)
class Grown:
    """A bill of a size, with the newest position of its stream."""

    seat: Seat
    epoch: str
    version: int


@asynccontextmanager
async def _house(database: str, count: int) -> AsyncIterator[tuple[Desk, str, list[str]]]:
    """Open the database in its newest shape with one more restaurant in it: the desk, a dish, the tables' codes."""
    await schema.migrate(database)
    async with AsyncExitStack() as stack:
        desk = await open_desk(load(None, **settings(database)), stack)
        restaurant = await house.create(desk, house.read(_plan(count)))
        menu = await menus.menu(desk.database, restaurant)
        assert menu is not None
        codes = [table.code for table in await tables.qr_codes(desk, restaurant)]
        yield desk, menu.categories[0].items[0].id, codes


async def seed(database: str, parties: Sequence[int], dishes: int) -> list[list[Seat]]:
    """Bring the database to its shape and seat a party of each size; everybody orders so many dishes."""
    async with _house(database, len(parties)) as (desk, dish, codes):
        turns = asyncio.Semaphore(AT_ONCE)

        async def party(code: str, size: int) -> list[Seat]:
            async with turns:
                return [await _seat(desk, code, dish, dishes) for _ in range(size)]

        return await asyncio.gather(*map(party, codes, parties))


async def grow(database: str, sizes: Sequence[Size]) -> list[Grown]:
    """Bring the database to its shape and open a bill of each size."""
    async with _house(database, len(sizes)) as (desk, dish, codes):
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(code: str, size: Size) -> Grown:
            async with turns:
                return await _grown(desk, code, dish, size)

        return await asyncio.gather(*map(one, codes, sizes))


async def _grown(desk: Desk, code: str, dish: str, size: Size) -> Grown:
    seat = await _seat(desk, code, dish, 1)
    by, kept = Actor("guest", seat.guest), desk.shelf.take(seat.stream)
    # Straight to the bill: what a phone may order ends at fewer lines than the domain allows.
    soups = tuple(WantedLine(desk.new_id(), None, "Soup", 1, 650, (), 70_000) for _ in range(size.lines - 1))
    if soups:
        await bills.change(desk, seat.stream, PlaceOrder(desk.new_id(), seat.guest, soups), by=by)
    while (missing := size.events - kept.bill.version) > 0:
        # One dish given back and taken again; many at a time, for only the number of events matters.
        claims = [SetClaim(seat.lines[0], seat.guest, turn % 2) for turn in range(min(missing, EVENTS_AT_ONCE))]
        await bills.change(desk, seat.stream, *claims, by=by)
    return Grown(seat, kept.epoch, kept.bill.version)


async def _seat(desk: Desk, code: str, dish: str, dishes: int) -> Seat:
    joined = await guests.join(desk, code, visit="join")
    by, order = Actor("guest", joined.guest_id), {"items": [{"menuItemId": dish, "quantity": 1}]}
    for _ in range(dishes):
        await perform.perform(desk, joined.stream, "order.place", order, by=by)
    bill = desk.shelf.take(joined.stream).bill
    mine = [line for line, each in bill.lines.items() if each.ordered_by == joined.guest_id]
    return Seat(joined.token, joined.guest_id, joined.stream, mine)


def _plan(count: int) -> dict[str, Any]:
    return {
        "name": "Bench",
        "currency": "EUR",
        "taxInclusive": True,
        "tables": [{"label": str(number), "seats": 6} for number in range(count)],
        "menu": [{"name": "Food", "items": [{"name": "Soup", "price": 650, "taxRatePpm": 70_000}]}],
    }
