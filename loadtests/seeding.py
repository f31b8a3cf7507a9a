"""Bills to give commands on: a restaurant with as many tables as are asked for, its guests, and what they ordered."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from app.actions import guests, house, perform, tables
from app.domain.commands import Actor
from app.main import open_desk
from app.settings import load
from app.storage import menus, schema

SECRET = "a secret of the benchmark, 32 characters and more"  # noqa: S105 (guards a database that lives for a minute)
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


async def seed(database: str, parties: Sequence[int], dishes: int) -> list[list[Seat]]:
    """Bring the database to its shape and seat a party of each size; everybody orders so many dishes."""
    chosen = load(None, **settings(database))
    await schema.migrate(database)
    async with AsyncExitStack() as stack:
        desk = await open_desk(chosen, stack)
        restaurant = await house.create(desk, house.read(_plan(len(parties))))
        menu = await menus.menu(desk.database, restaurant)
        assert menu is not None
        dish = menu.categories[0].items[0].id
        codes = [table.code for table in await tables.qr_codes(desk, restaurant)]
        return [
            [await _seat(desk, code, dish, dishes) for _ in range(size)]
            for code, size in zip(codes, parties, strict=True)
        ]


async def _seat(desk: Any, code: str, dish: str, dishes: int) -> Seat:
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
