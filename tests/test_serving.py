"""Several workers on one port, and how they are replaced: nobody's request fails, nobody misses an event."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from app.serving import YOUNG_OBJECTS, settle
from tests.actions.conftest import desk, evening, furnished, make_desk, pytest_generate_tests, url
from tests.actions.evening import Evening
from tests.journeys.processes import Process
from tests.nodes import Phone, environment, eventually, phones
from tests.services import free_port

__all__ = ["desk", "evening", "furnished", "make_desk", "pytest_generate_tests", "url"]

ON_POSTGRES = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
async def workers(tmp_path: Path, url: str, redis_url: str) -> AsyncIterator[Process]:
    port = free_port()
    given = environment(database_url=url, port=port, sandbox="http://127.0.0.1:9", redis_url=redis_url, drain_s=0.3)
    at = f"http://127.0.0.1:{port}/health/ready"
    server = Process(["app", "serve", "--env-file", "", "--workers", "2"], at, tmp_path / "log", given)
    await server.start()
    await eventually(lambda: says(server, "Application startup complete", 2))
    yield server
    server.stop()


async def says(server: Process, words: str, times: int = 1) -> bool:
    return server.log.read_text().count(words) >= times


@ON_POSTGRES
async def test_all_workers_are_replaced_and_nobody_notices(workers: Process, evening: Evening) -> None:
    base = workers.ready.removesuffix("/health/ready")
    async with phones(base, evening.codes["1"], "Ana", "Ben") as (ana, ben):
        enough = asyncio.Event()
        asking = asyncio.create_task(ask_on_and_on(ana, enough))
        following = [asyncio.create_task(follow(phone)) for phone in (ana, ben)]
        assert workers.process is not None
        os.kill(workers.process.pid, signal.SIGHUP)
        await eventually(lambda: says(workers, "all workers are new"))
        enough.set()
        versions = await asking
        last = versions[-1]
        for phone in (ana, ben):
            await phone.until(lambda frame: frame["t"] in ("ev", "resumed") and frame.get("n", frame.get("to")) == last)
        for task in following:
            task.cancel()
        assert versions == list(range(versions[0], last + 1))
        for phone in (ana, ben):
            seen = [frame["n"] for frame in phone.frames if frame["t"] == "ev"]
            assert seen == list(range(seen[0], last + 1))
            assert any(frame["t"] == "bye" for frame in phone.frames)
    workers.stop()
    said = workers.log.read_text()
    assert said.count("Application shutdown complete") == said.count("Application startup complete") == 4


def test_what_stays_is_not_looked_at_by_the_collector_again() -> None:
    before = gc.get_threshold()
    try:
        settle()
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold() == (YOUNG_OBJECTS, *before[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


async def ask_on_and_on(phone: Phone, enough: asyncio.Event) -> list[int]:
    """Change something by one request after another, each over a connection of its own; none may fail."""
    versions: list[int] = []
    while not enough.is_set():
        number = len(versions) + 1
        command = {"cid": "c_asker", "id": number, "k": "guest.rename", "d": {"name": f"Ana {number}"}}
        answered = await phone.call("POST", f"/table-sessions/{phone.stream}/commands", command)
        versions.append(answered["n"])
    return versions


async def follow(phone: Phone) -> None:
    """Come back whenever the server sends us away, as a page does."""
    while True:
        assert phone.socket is not None
        await phone.socket.wait_closed()
        while True:
            try:
                await phone.connect()
                break
            except (OSError, ConnectionClosed, httpx.HTTPError):
                await asyncio.sleep(0)
