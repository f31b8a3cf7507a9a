"""Single looks at SQLite go over connections and threads of their own."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from app.storage.appends import Unavailable
from app.storage.database import Database, execute
from tests.services import Databases

COUNT = sa.text("SELECT count(*) FROM rooms")


@pytest.fixture
async def database(make_database: Databases) -> AsyncIterator[Database]:
    opened = await Database.open(await make_database("sqlite"), pool_size=1)
    async with opened.write() as session:
        await execute(session, sa.text("CREATE TABLE rooms (id INTEGER)"))
    yield opened
    await opened.close()


async def test_a_look_sees_everything_that_was_committed_before_it(database: Database) -> None:
    for seen in range(1, 4):
        async with database.write() as session:
            await execute(session, sa.text("INSERT INTO rooms VALUES (1)"))
            assert (await database.rows(COUNT))[0][0] == seen - 1
        assert (await database.rows(COUNT))[0][0] == seen


async def test_a_look_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable):
        await database.rows(sa.text("INSERT INTO rooms VALUES (1) RETURNING id"))
    assert (await database.rows(COUNT))[0][0] == 0


async def test_many_looks_share_a_few_threads_which_end_with_the_database(database: Database) -> None:
    assert all(rows[0][0] == 0 for rows in await asyncio.gather(*(database.rows(COUNT) for _ in range(50))))
    await database.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("looks")]
