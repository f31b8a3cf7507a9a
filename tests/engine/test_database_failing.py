"""PostgreSQL crashes under load, has no connection to spare, or comes back with yesterday's data."""

import asyncio
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice

import asyncpg
import httpx

from tests.engine.form import IS_THOROUGH
from tests.engine.phones import Phone, Seat
from tests.engine.town import POOL_SIZE, Node, Town, worked
from tests.journeys.processes import ROOT
from tests.nodes import eventually
from tests.services import PostgresServer

ROUNDS = 4 if IS_THOROUGH else 1
COMMANDS = 10 if IS_THOROUGH else 3
PLACES = 2 * POOL_SIZE
"""Connections of a node in a rush: as many again as in its pool."""
READERS = 2 * PLACES


async def test_a_database_that_crashes_under_load_keeps_what_it_said_and_everything_goes_on(built: Town) -> None:
    async with asyncio.timeout(120):
        phones = await built.party(3, 3)
        for _ in range(ROUNDS):
            for phone in phones:
                phone.busy()
            await worked(phones, COMMANDS)
            await asyncio.to_thread(built.postgres.crash)
            await eventually(partial(_has_more_errors, phones, sum(phone.errors.total() for phone in phones)))
            await asyncio.to_thread(built.postgres.start)
            await worked(phones, COMMANDS)
            await built.sound(phones)
        assert {why for phone in phones for why in phone.errors} <= {"unavailable", "internal", "unanswered"}
        assert [node.process.process.poll() for node in built.nodes if node.process.process] == [None, None]


async def test_who_finds_no_connection_free_is_told_so_and_the_others_go_on(built: Town) -> None:
    async with asyncio.timeout(120):
        phones = await built.party(2, 2)
        node = built.nodes[0]
        for phone in phones:
            phone.busy()
        await worked(phones, COMMANDS)
        async with _nobody_may_read(built):
            readers = [asyncio.create_task(_read(node, phones[0].seat)) for _ in range(READERS)]
            turned_away = [await each for each in islice(asyncio.as_completed(readers), PLACES)]
            assert {(answer.status_code, answer.json()["code"]) for answer in turned_away} == {(503, "unavailable")}
            async with httpx.AsyncClient(base_url=node.at, timeout=10) as http:
                assert (await http.get("/health/live")).is_success
        answers = Counter(answer.status_code for answer in await asyncio.gather(*readers))
        assert set(answers) == {200, 503}
        await worked(phones, COMMANDS)
        await built.sound(phones)


async def test_phones_of_before_a_restored_backup_take_a_snapshot_and_go_on(built: Town) -> None:
    async with asyncio.timeout(150):
        phones = await built.party(3, 3)
        for phone in phones:
            phone.busy()
        await worked(phones, COMMANDS)
        await asyncio.to_thread(_back_up, built.postgres)
        await worked(phones, COMMANDS)
        for node in built.nodes:
            node.process.kill()
        await asyncio.to_thread(_restore, built.postgres)
        await _say_restored(built)
        assert {phone.joins["epoch"] for phone in phones} == {0}
        await built.up()
        await worked(phones, COMMANDS)
        await built.sound(phones)
        assert {phone.joins["epoch"] for phone in phones} == {1}


def _back_up(postgres: PostgresServer) -> None:
    """Keep a copy of everything, as it is on disk while the server does not run."""
    postgres.stop()
    subprocess.run(["cp", "-a", postgres.data, postgres.home / "backup"], check=True)
    postgres.start()


def _restore(postgres: PostgresServer) -> None:
    """Put the copy in the place of what there is."""
    postgres.stop()
    shutil.rmtree(postgres.data)
    (postgres.home / "backup").rename(postgres.data)
    postgres.start()


async def _say_restored(built: Town) -> None:
    given = {**built.nodes[0].process.environment, "SPLITTABLE_DATABASE_URL": built.url, "PATH": "/usr/bin:/bin"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "app", "restored", cwd=ROOT, env=given)
    assert await process.wait() == 0


@asynccontextmanager
async def _nobody_may_read(built: Town) -> AsyncIterator[None]:
    """A lock that everybody must wait for, as a migration that nobody thought through would take it."""
    connection = await asyncpg.connect(built.url.replace("+asyncpg", ""))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE guest_sessions, table_sessions, events IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def _read(node: Node, seat: Seat) -> httpx.Response:
    async with httpx.AsyncClient(base_url=node.at, timeout=30) as http:
        headers = {"authorization": f"Bearer {seat.token}"}
        return await http.get(f"/api/v1/table-sessions/{seat.stream}", headers=headers)


async def _has_more_errors(phones: Sequence[Phone], before: int) -> bool:
    return sum(phone.errors.total() for phone in phones) > before
