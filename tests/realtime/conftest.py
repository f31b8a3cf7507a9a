"""What the tests of the engine share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import structlog
import uvloop

from realtime.broker import Broker
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.channel import Limits
from realtime.frames import Published, encode_event
from realtime.hub import Hub
from realtime.testing import ManualClock, MemoryHost, MemoryLog


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Any]:
    """Prove our wires on the loop that they are served by, and everything else on the one that every Python has."""
    if item.path.name in {"test_wires.py", "test_bad_input.py"}:
        return {"uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}


ROOM = "room:1"
WAIT_S = 10.0


async def until(is_so: Callable[[], object], timeout_s: float = WAIT_S) -> None:
    """Wait for something that a real server does, for as long as it may take."""
    async with asyncio.timeout(timeout_s):
        while not is_so():  # noqa: ASYNC110 (a predicate over somebody else's state has no event)
            await asyncio.sleep(0.005)


def events(frames: list[dict[str, Any]]) -> list[int]:
    """The numbers of the events among the frames."""
    return [frame["n"] for frame in frames if frame["t"] == "ev"]


def tile(number: int) -> Published:
    """An event of a room without a log."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return Published(
        "floor:1", "", 0, encode_event("floor:1", 0, "tile.changed", at=at, by="s", patch={"tile": number})
    )


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What was logged. Rendering the tracebacks of failures on purpose would take most of the time."""
    with structlog.testing.capture_logs() as entries:
        yield entries


MakeHub = Callable[..., Awaitable[tuple[Hub, MemoryHost]]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def make_hub(clock: ManualClock, log: MemoryLog) -> AsyncIterator[MakeHub]:
    """`await make_hub()` gives a running hub on the manual clock and its host; all share one log and one bus."""
    bus = MemoryBus()
    hubs: list[Hub] = []

    async def make(broker: Broker | None = None, limits: Limits | None = None) -> tuple[Hub, MemoryHost]:
        host = MemoryHost(log)
        hub = Hub(host, broker or MemoryBroker(bus), limits=limits, clock=clock, random=Random(len(hubs)))
        host.publish = hub.publish
        await hub.start()
        hubs.append(hub)
        return hub, host

    yield make
    for hub in hubs:
        draining = asyncio.ensure_future(hub.drain())
        await clock.advance(60.0)
        await draining
