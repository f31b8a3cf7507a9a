import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.storage.database import Database, make_engine
from app.storage.log import Log, Unavailable
from tests.storage.making import append, opening

MakeDatabase = Callable[..., Awaitable[str]]


async def test_what_was_answered_is_in_the_file(
    make_database: MakeDatabase, templates: Callable[[str], Awaitable[str]]
) -> None:
    url = await make_database("sqlite", template=await templates("sqlite"))
    database = await Database.open(url)
    async with Log(database) as log:
        await log.append(opening("s1"))
        with sqlite3.connect(str(database.url.database)) as beside:
            assert beside.execute("SELECT count(*) FROM events").fetchone() == (1,)
        beside.close()
    await database.close()


async def test_a_file_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    database = Database(make_engine(f"sqlite:///{tmp_path}/not/here.sqlite3"))
    async with Log(database) as log:
        with pytest.raises(Unavailable):
            await log.append(opening("s1"))
    await database.close()


async def test_two_logs_on_one_file_take_turns(
    make_database: MakeDatabase, templates: Callable[[str], Awaitable[str]]
) -> None:
    url = await make_database("sqlite", template=await templates("sqlite"))
    one, other = await Database.open(url), await Database.open(url)
    async with Log(one) as first, Log(other) as second:
        await first.append(opening("s1"))
        for version in range(1, 10):
            await (first if version % 2 else second).append(append("s1", version))
        assert await second.verify("s1") == []
    await one.close()
    await other.close()
