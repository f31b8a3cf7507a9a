"""The restaurant in which everything is simulated: made once a process, copied for every seed."""

import asyncio
import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import house, tables
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.domain.commands import Role
from app.domain.menu import Menu
from app.ids import Ulids
from app.storage import menus, staff
from app.storage.codec import Codec
from app.storage.database import SqliteRuntime, make_engine
from app.storage.schema import migrate
from tests.actions.evening import ManualClock, open_desk
from tests.simulation.inline import PRAGMAS, AtOnce, connect

__all__ = ["OPENED", "RUNTIME", "Place", "place"]

OPENED = datetime(2026, 3, 7, 18, 0, tzinfo=UTC)
RUNTIME = SqliteRuntime(PRAGMAS, connect, AtOnce)
ROLES: tuple[Role, ...] = ("manager", "waiter")
MEMORY = Path("/dev/shm")  # a file in memory, where the system has such a place

PLAN: Mapping[str, Any] = {
    "name": "The Weather House",
    "currency": "USD",
    "taxInclusive": False,
    "joinPolicy": "open",
    "tables": [{"label": str(number), "area": "Room", "seats": 4} for number in (1, 2, 3)],
    "menu": [
        {
            "name": "Food",
            "items": [
                {"name": "Burger", "price": 1450, "taxRatePpm": 88_750},
                {"name": "Pasta", "price": 900, "taxRatePpm": 88_750},
                {"name": "Wine", "price": 3333, "taxRatePpm": 200_000},
                {"name": "Oysters", "price": 350, "left": 6},
                {"name": "Mint", "price": 20},
            ],
        }
    ],
}


@dataclass(frozen=True)
class Place:
    """A furnished database, and what people need to know of it."""

    template: bytes
    file: Path
    engine: AsyncEngine
    codes: Mapping[str, str]
    tables: Mapping[str, str]
    menu: Menu
    team: tuple[StaffAccess, ...]
    codec: Codec

    def clean(self) -> None:
        """The file as it was when the restaurant opened. Nobody may be connected."""
        self.file.write_bytes(self.template)


@lru_cache(maxsize=1)
def place() -> Place:
    """The restaurant, the same in every process."""
    folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=MEMORY if MEMORY.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return asyncio.run(_furnished(folder))


async def _furnished(folder: Path) -> Place:
    made, file = folder / "made.sqlite3", folder / "evening.sqlite3"
    await migrate(f"sqlite:///{made}")
    async with AsyncExitStack() as stack:
        desk = await _desk(stack, f"sqlite:///{made}")
        restaurant = await house.create(desk, house.read(PLAN))
        team = tuple([await _hired(desk, restaurant, role) for role in ROLES])
        menu = await menus.menu(desk.database, restaurant)
        codes = await tables.qr_codes(desk, restaurant)
    assert menu is not None
    return Place(
        _template(made),
        file,
        make_engine(f"sqlite:///{file}", sqlite=RUNTIME),
        {each.label: each.code for each in codes},
        {each.label: each.table_id for each in codes},
        menu,
        team,
        Codec(),
    )


async def _desk(stack: AsyncExitStack, url: str) -> Desk:
    """A desk whose ids are the same in every process."""
    clock, chance = ManualClock(), Random(1)
    clock.now = OPENED - timedelta(days=1)
    desk = await open_desk(stack, url, clock=clock)
    return replace(desk, new_id=Ulids(lambda: int(clock.now.timestamp() * 1000), chance.getrandbits))


async def _hired(desk: Desk, restaurant: str, role: Role) -> StaffAccess:
    email = f"{role}@weather.example"
    await house.add_staff(desk, restaurant, house.Person(email, role.title(), role, "a long enough password"))
    account = await staff.by_email(desk.database, email)
    assert account is not None
    return StaffAccess(account.id, restaurant, role, account.name)


def _template(file: Path) -> bytes:
    """The database as one file, with nothing beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")
    return file.read_bytes()
