import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
import sqlalchemy as sa

from app.storage.batch import Planner
from app.storage.codec import Codec
from app.storage.committer_postgres import PostgresCommitter
from app.storage.database import Database, execute, make_engine
from app.storage.log import Conflict, Duplicate, Log, Reused, SoldOut, TakePortions, Unavailable
from tests.storage.making import append, command, opening

MakeDatabase = Callable[..., Awaitable[str]]
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def database(make_database: MakeDatabase, templates: Callable[[str], Awaitable[str]]) -> AsyncIterator[Database]:
    database = await Database.open(await make_database("postgresql", template=await templates("postgresql")))
    yield database
    await database.close()


async def test_a_lost_connection_is_made_again(database: Database) -> None:
    async with Log(database) as log:
        await log.append(opening("s1"))
        for version in range(1, 4):
            async with database.write() as session:
                await execute(session, sa.text(TERMINATE))
            await log.append(append("s1", version))
        assert await log.verify("s1") == []


async def test_connections_lost_under_load_lose_no_acknowledged_append(database: Database) -> None:
    async with Log(database) as log:
        for n, table in enumerate(("t1", "t2", "t3")):
            await log.append(opening(f"s{n}", table))

        async def go_on(stream: str) -> int:
            version = number = 1
            while number <= 60:
                try:
                    (committed,) = await log.append(append(stream, version, command=command(number)))
                    version = committed.version
                except Duplicate as written:
                    # The connection broke after the commit and before its answer.
                    version = written.version
                except Unavailable:
                    # It broke twice in a row: nobody knows, so the same command is sent again.
                    continue
                number += 1
            return version

        async with asyncio.TaskGroup() as streams:
            tasks = [streams.create_task(go_on(f"s{n}")) for n in range(3)]
            for _ in range(3):
                async with database.write() as session:
                    await execute(session, sa.text(TERMINATE))
        assert [task.result() for task in tasks] == [61, 61, 61]
        assert [await log.verify(f"s{n}") for n in range(3)] == [[], [], []]


async def test_a_database_that_is_not_there_is_unavailable(free_port: int) -> None:
    database = Database(make_engine(f"postgresql://u:p@127.0.0.1:{free_port}/d"))
    async with Log(database) as log:
        outcomes = await asyncio.gather(*(log.append(opening(f"s{n}")) for n in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
    await database.close()


async def test_a_batch_with_one_hungry_order_serves_the_others(database: Database) -> None:
    async with Log(database) as log:
        for n, table in enumerate(("t1", "t2")):
            await log.append(opening(f"s{n}", table))
        outcomes = await asyncio.gather(
            log.append(append("s0", 1, rows=(TakePortions("cake", 4),))),
            log.append(append("s1", 1, rows=(TakePortions("cake", 3),))),
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [SoldOut, tuple]


async def test_a_deadlock_passes(database: Database) -> None:
    committer = PostgresCommitter(database.url, database.engine.dialect, Planner(Codec(), lambda: "e"))
    assert committer.is_passing(asyncpg.DeadlockDetectedError())
    assert not committer.is_passing(asyncpg.NotNullViolationError())
    assert isinstance(committer.meaning(ConnectionResetError()), Unavailable)
    await committer.close()


async def test_a_lock_that_is_never_given_back_ends_in_unavailable(database: Database) -> None:
    planner = Planner(Codec(), lambda: "e")
    committer = PostgresCommitter(database.url, database.engine.dialect, planner, timeout_s=0.2)
    await committer.commit([(opening("s1"),)])
    async with database.write() as session:
        await execute(session, sa.text("SELECT 1 FROM table_sessions FOR UPDATE"))
        with pytest.raises(asyncpg.LockNotAvailableError) as timeout:
            await committer.commit([(append("s1", 1),)])
    assert isinstance(committer.meaning(timeout.value), Unavailable)
    assert not committer.is_passing(timeout.value)
    assert [type(outcome) for outcome in await committer.commit([(append("s1", 1),)])] == [tuple]
    await committer.close()


async def test_nodes_that_take_turns_on_the_same_streams_never_believe_an_old_head(database: Database) -> None:
    """What a node remembers of a stream is old whenever the other one wrote; both also write at the same moment."""
    async with Log(database) as one, Log(database) as other:
        for n, table in enumerate(("t1", "t2", "t3")):
            await one.append(opening(f"s{n}", table))

        async def go_on(log: Log, cid: str, stream: str) -> int:
            lost = 0
            for number in range(1, 21):
                while True:
                    head = await log.head(stream)
                    assert head is not None
                    try:
                        await log.append(append(stream, head.version, command=command(number, cid=cid)))
                        break
                    except Conflict:
                        lost += 1
            return lost

        tasks = [go_on(log, cid, f"s{n}") for log, cid in ((one, "a"), (other, "b")) for n in range(3)]
        assert sum(await asyncio.gather(*tasks)) > 0
        for n in range(3):
            head = await one.head(f"s{n}")
            assert head is not None
            assert head.version == 41
            assert await one.verify(f"s{n}") == []


async def test_a_command_that_another_node_applied_is_known_here(database: Database) -> None:
    async with Log(database) as one, Log(database) as other:
        await one.append(opening("s1"))
        await one.append(append("s1", 1, command=command(1)))
        await other.append(append("s1", 2, command=command(2)))
        with pytest.raises(Duplicate):
            await one.append(append("s1", 2, command=command(2)))
        with pytest.raises(Reused):
            await one.append(append("s1", 2, command=command(2, "b")))
        assert (await one.append(append("s1", 3, command=command(3))))[0].version == 4


async def test_a_command_that_changed_nothing_is_known_though_the_version_fits(database: Database) -> None:
    async with Log(database) as log:
        await log.append(opening("s1"))
        await log.append(append("s1", 1, facts=(), command=command(1)))
        with pytest.raises(Duplicate):
            await log.append(append("s1", 1, command=command(1)))


async def test_a_stream_that_got_a_new_epoch_elsewhere_answers_with_it(database: Database) -> None:
    async with Log(database) as log:
        (before,) = await log.append(opening("s1"))
        async with database.write() as session:
            await execute(session, sa.text("UPDATE table_sessions SET epoch = 'another'"))
        (after,) = await log.append(append("s1", 1))
        assert before.epoch != after.epoch == "another"


async def test_plain_appends_of_many_streams_are_one_statement(database: Database) -> None:
    async with Log(database) as log:
        for n, table in enumerate(("t1", "t2", "t3")):
            await log.append(opening(f"s{n}", table))
        await asyncio.gather(*(log.append(append(f"s{n}", 1)) for n in range(3)))
        # The last thing that the writer's connection was asked is the batch, and no end of a transaction.
        assert len(await _last_batches(database)) == 1


async def _last_batches(database: Database) -> list[str]:
    query = sa.text(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' AND query LIKE '%locked%grown%'"
    )
    return [str(row[0]) for row in await database.rows(query)]
