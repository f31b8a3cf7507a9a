"""Waits for a database connection are counted."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from app.storage.database import Database, execute
from app.storage.pool import figures
from tests.services import Databases


@pytest.fixture
async def database(make_database: Databases) -> AsyncIterator[Database]:
    opened = await Database.open(await make_database("sqlite"), pool_size=1)
    yield opened
    await opened.close()


async def one(database: Database) -> int:
    async with database.read() as session:
        return int((await execute(session, sa.text("SELECT 1"))).scalar_one())


async def test_who_finds_every_connection_in_use_waits_and_is_counted(database: Database) -> None:
    async with database.engine.connect(), database.engine.connect():
        assert database.pool() == {
            "pool_in_use": 2,
            "pool_max": 2,
            "pool_waits_total": 0,
            "pool_waited_seconds_total": 0,
        }
        waiting = asyncio.create_task(one(database))
        for _ in range(10):  # Turns of the loop until it stands in line.
            await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting
    assert database.pool()["pool_waits_total"] == 1
    assert database.pool()["pool_waited_seconds_total"] > 0
    assert database.pool()["pool_in_use"] == 0


def test_another_kind_of_pool_says_nothing() -> None:
    assert figures(object()) == {}
