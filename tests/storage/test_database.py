import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.storage.appends import Unavailable
from app.storage.database import Database, execute, insert_once, with_driver
from app.storage.tables import GuestName, Restaurant
from tests.storage.making import HOUSE, NOON


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg"),
        ("postgres://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg"),
    ],
)
def test_an_address_gets_the_driver_we_use(given: str, driver: str) -> None:
    assert with_driver(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_cannot_serve_us_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="SQLite"):
        with_driver(given)


async def test_a_database_that_is_not_there_does_not_open(free_port: int) -> None:
    with pytest.raises(Unavailable):
        await Database.open(f"postgresql://u:p@127.0.0.1:{free_port}/d")


async def test_a_file_that_is_not_there_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await Database.open(f"sqlite:///{tmp_path}/not/here.sqlite3")


async def test_a_wrong_statement_is_our_error_and_not_the_database_s(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        await database.rows(sa.text("SELECT nothing FROM nowhere"))


async def test_a_connection_that_broke_is_told_once_and_made_again(
    make_database: Callable[[str], Awaitable[str]],
) -> None:
    database = await Database.open(await make_database("postgresql"))
    with pytest.raises(Unavailable):
        await database.rows(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
    await database.ping()
    await database.close()


async def test_a_server_that_lets_nobody_in_does_not_answer(
    make_database: Callable[[str], Awaitable[str]], postgres_url: str
) -> None:
    """F51: as in a failover, when the server is there and says no."""
    database = await Database.open(await make_database("postgresql"))
    name, other = database.url.database, await Database.open(postgres_url)
    async with other.engine.connect() as alone:
        await alone.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        await alone.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        for _ in range(2):
            with pytest.raises(Unavailable):
                await database.ping()
        await alone.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    await database.ping()
    await database.close()
    await other.close()


async def test_a_server_that_has_become_the_one_to_read_does_not_answer(
    make_database: Callable[[str], Awaitable[str]],
) -> None:
    """F51: after a failover the old primary takes no writes."""
    database = await Database.open(await make_database("postgresql"))
    with pytest.raises(Unavailable):
        await _write_where_one_may_only_read(database)
    await database.close()


async def _write_where_one_may_only_read(database: Database) -> None:
    async with database.write() as session:
        await execute(session, sa.text("SET TRANSACTION READ ONLY"))
        await execute(session, sa.text("CREATE TABLE t (id int)"))


async def test_a_database_answers_a_ping(database: Database) -> None:
    await database.ping()


async def test_concurrent_changes_of_a_row_do_not_lose_each_other(database: Database) -> None:
    async def rename() -> None:
        for _ in range(10):
            async with database.write() as session:
                query = select(Restaurant).where(Restaurant.id == HOUSE).with_for_update()
                house = (await session.exec(query)).one()
                house.service_ppm += 1

    await asyncio.gather(*(rename() for _ in range(4)))
    async with database.read() as session:
        assert (await session.get_one(Restaurant, HOUSE)).service_ppm == 40


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    async def fail_late() -> None:
        async with database.write() as session:
            session.add(GuestName(guest_id="g1", stream="s1", name="Ana"))
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await fail_late()
    async with database.read() as session:
        assert await session.get(GuestName, "g1") is None


async def test_a_reader_sees_one_moment(database: Database) -> None:
    query = sa.text("SELECT service_ppm FROM restaurants")
    async with database.read() as reader:
        before = (await execute(reader, query)).scalar_one()
        async with database.write() as session:
            await execute(session, sa.text("UPDATE restaurants SET service_ppm = 7"))
        assert (await execute(reader, query)).scalar_one() == before
    async with database.read() as reader:
        assert (await execute(reader, query)).scalar_one() == 7


async def test_times_come_back_aware_and_exact(database: Database) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-5)))
    async with database.write() as session:
        house = await session.get_one(Restaurant, HOUSE)
        house.created_at = there
    async with database.read() as session:
        at = (await session.get_one(Restaurant, HOUSE)).created_at
    assert (at, at.utcoffset(), at.tzinfo) == (NOON, timedelta(0), UTC)


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        async with database.write() as session:
            (await session.get_one(Restaurant, HOUSE)).created_at = datetime(2026, 1, 1)  # noqa: DTZ001  # the point


async def test_a_row_is_inserted_once(database: Database) -> None:
    async with database.write() as session:
        assert await insert_once(session, GuestName(guest_id="g1", stream="s1", name="Ana"))
        assert not await insert_once(session, GuestName(guest_id="g1", stream="s1", name="Ben"))
    async with database.read() as session:
        assert (await session.get_one(GuestName, "g1")).name == "Ana"


async def test_a_word_that_is_not_admitted_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.write() as session:
            (await session.get_one(Restaurant, HOUSE)).join_policy = "everybody"


async def test_sqlite_survives_a_power_cut(make_database: Callable[[str], Awaitable[str]]) -> None:
    database = await Database.open(await make_database("sqlite"))
    async with database.read() as session:
        settings = [(await execute(session, sa.text(f"PRAGMA {name}"))).scalar_one() for name in PRAGMAS]
    assert settings == ["wal", 2, 1]
    await database.close()


PRAGMAS = ("journal_mode", "synchronous", "foreign_keys")
