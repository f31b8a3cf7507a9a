import asyncio
import threading
from pathlib import Path

from app.storage import schema
from app.storage.database import Database, make_engine
from app.storage.log import Log
from tests.simulation.loop import VirtualLoop
from tests.simulation.place import RUNTIME
from tests.storage.making import furnish, opening


def test_the_log_is_written_and_read_without_another_thread(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/inline.sqlite3"
    asyncio.run(schema.migrate(url))
    before, loop = threading.active_count(), VirtualLoop()

    async def write_and_read() -> int:
        database = Database(make_engine(url, sqlite=RUNTIME), sqlite=RUNTIME)
        await furnish(database)
        async with Log(database) as log:
            await log.append(opening("s1"))
            assert threading.active_count() == before
            found = len(await log.since("s1"))
        await database.close()
        return found

    assert loop.run_until_complete(write_and_read()) == 1
    loop.close()
