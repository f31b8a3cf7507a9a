"""A town for the engine: PostgreSQL, Redis and two nodes as processes, proxies between them, phones, and the proof.

Everything here may die and come back. `sound` says what must be true when it is quiet again.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import orjson

from app.actions import house as houses
from app.actions import sessions, tables
from app.actions.desk import Desk
from app.domain.bill import EMPTY
from app.domain.evolve import fold
from app.domain.view import view
from app.storage import guests, menus
from app.storage.schema import migrate
from tests.actions.evening import MENU, Ear, Evening, ManualClock, open_desk
from tests.engine.phones import Phone, Seat
from tests.engine.proxies import Bus, Wires, running
from tests.journeys.processes import Process
from tests.nodes import environment, eventually
from tests.services import PostgresServer, RedisServer, free_port

NAME = "town"
HOUSE = "The Long Table"
TABLES = [{"label": str(number), "area": "Room", "seats": 8} for number in range(1, 61)]
HEADS_CHECK_S = 0.5
POOL_SIZE = 4
KIB_MORE_MAX = 48 * 1024
KIB_MORE_PER_PHONE = 32  # What a storm leaves in the allocator's hands for the next one.
LIMITS = {
    "heads_check_s": HEADS_CHECK_S,
    "socket_burst": 1000,
    "socket_frames_per_s": 1000,
    "room_frames_per_s": 10000,
    "sockets_per_guest_max": 100,
    "joins_at_once_max": 64,
    "send_buffer_bytes": 8192,
    "slow_socket_s": 2,
    "database_pool_size": POOL_SIZE,
    "shutdown_timeout_s": 2,
    "ping_interval_s": 2,
}


@dataclass
class Node:
    """One server process, and what stands between it and the servers."""

    process: Process
    at: str
    bus: Bus
    wires: Wires
    started_kib: int = 0

    async def figures(self) -> dict[str, float]:
        """What it says on /metrics."""
        async with httpx.AsyncClient(timeout=20) as http:
            text = (await http.get(f"{self.at}/metrics")).text
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def memory_kib(self) -> int:
        """What it holds in memory."""
        assert self.process.process is not None
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.process.process.pid)], check=True, capture_output=True, text=True
        )
        return int(told.stdout)

    @property
    def pid(self) -> int:
        """Its process, for signals."""
        assert self.process.process is not None
        return self.process.process.pid


@dataclass
class Town:
    """Two nodes of one database and one Redis. Each test takes tables that nobody has used."""

    postgres: PostgresServer
    redis: RedisServer
    nodes: list[Node]
    random: Random
    url: str
    desk: Desk
    evening: Evening
    tables: list[str]
    ahead: Path | None
    parties: list[Phone] = field(default_factory=list)
    crowd: int = 0

    async def up(self) -> None:
        """Start what was killed."""
        gone = [node for node in self.nodes if node.process.process is None]
        await asyncio.gather(*(node.process.start() for node in gone))
        for node in gone:
            node.started_kib = node.memory_kib()

    # --- people ------------------------------------------------------------------------------------------------------

    async def seats(self, people: int) -> list[Seat]:
        """So many guests at a table of their own, with a dish that all of them claim parts of."""
        table = self.tables.pop()
        joined = [await self.evening.seat(f"G{i}", table) for i in range(people)]
        (line,) = await self.evening.order(joined[0], "Burger")
        return [Seat(one.stream, one.guest_id, one.token, line) for one in joined]

    def phones(self, seats: Sequence[Seat], *homes: int) -> list[Phone]:
        """A phone for each seat, at home on the nodes `homes` in turn (both, if not said), and connected soon."""
        homes = homes or (0, 1)
        made = [self.phone(seat, homes[i % len(homes)]) for i, seat in enumerate(seats)]
        for phone in made:
            phone.begin()
        return made

    def phone(self, seat: Seat, home: int) -> Phone:
        """A phone that is not connected yet."""
        name = f"c{self.random.getrandbits(40):x}"
        made = Phone(name, seat, [node.at for node in self.nodes], Random(self.random.random()), home)
        self.parties.append(made)
        return made

    async def party(self, *sizes: int) -> list[Phone]:
        """Tables with so many guests, whose phones are spread over the nodes and have come in."""
        phones = [phone for size in sizes for phone in self.phones(await self.seats(size))]
        await joined(phones)
        return phones

    def jump(self, ahead_s: int) -> None:
        """Move the time of day of the second node: it is so far ahead from now on, or behind."""
        assert self.ahead is not None
        with self.ahead.open("r+b") as file:
            file.write(ahead_s.to_bytes(8, "little", signed=True))

    async def leave(self) -> None:
        """Everybody hangs up."""
        self.crowd = max(self.crowd, len(self.parties))
        parties, self.parties = self.parties, []
        await asyncio.gather(*(phone.end() for phone in parties))

    # --- what must be true -------------------------------------------------------------------------------------------

    async def sound(self, phones: Sequence[Phone], *, within_s: float = 60) -> None:
        """When it is quiet: nobody saw what they should not, all agree with the log, and nothing is lost or twice."""
        await quiet(phones, within_s=within_s)
        tables = {
            phone.seat.stream: [one for one in phones if one.seat.stream == phone.seat.stream] for phone in phones
        }
        for stream, party in tables.items():
            await self._all_there(stream, party, within_s)
        wrong = [each for phone in phones for each in phone.wrong]
        assert wrong == [], wrong
        for stream, party in tables.items():
            await self._agree(stream, party)

    async def _all_there(self, stream: str, party: Sequence[Phone], within_s: float) -> None:
        async def are_there() -> bool:
            head = await self.desk.log.head(stream)
            assert head is not None
            return all(phone.is_joined and (phone.epoch, phone.n) == (head.epoch, head.version) for phone in party)

        await eventually(are_there, within_s=within_s)

    async def _agree(self, stream: str, party: Sequence[Phone]) -> None:
        """View = fold = snapshot; what was acknowledged is there; nothing is there twice."""
        events = await self.desk.log.since(stream)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert await self.desk.log.verify(stream) == []
        names = await guests.names(self.desk.database, stream)
        folded = orjson.loads(orjson.dumps(view(fold(events, EMPTY), names, idle=self.desk.policies.session_idle)))
        for seen in (
            await self._snapshot(stream),
            *await self._seen_afresh(party[0].seat),
            *(one.view for one in party),
        ):
            assert seen == folded
        causes = Counter(event.cause for event in events if event.cause)
        assert {cause: count for cause, count in causes.items() if count > 1} == {}
        for phone in party:
            assert [n for n in phone.acknowledged if f"{phone.name}:{n}" not in causes] == [], phone.name

    async def _snapshot(self, stream: str) -> Any:
        return orjson.loads(sessions.as_json((await sessions.snapshot(self.desk, stream)).view))

    async def _seen_afresh(self, seat: Seat) -> list[dict[str, Any]]:
        """What somebody sees who comes to each node that runs with empty hands."""
        running_ = [place for place, node in enumerate(self.nodes) if node.process.process is not None]
        fresh = [phone for place in running_ for phone in self.phones([seat], place)]
        await joined(fresh)
        return [phone.view for phone in fresh]

    async def empty(self) -> None:
        """A minute after the last one left no room is open any more."""
        for node in self.nodes:
            await eventually(partial(_has_no_rooms, node), within_s=120)

    async def idle(self) -> None:
        """Nobody is there: the gauges say so too, and no node has grown."""
        for node in self.nodes:
            if node.process.process is not None:
                await eventually(partial(_is_empty, node), within_s=30)
                assert node.memory_kib() - node.started_kib < KIB_MORE_MAX + KIB_MORE_PER_PHONE * self.crowd


async def _is_empty(node: Node) -> bool:
    figures = await node.figures()
    names = ("sockets", "members", "sockets_watched", "long_polls")
    return all(figures[f"splittable_realtime_{name}"] == 0 for name in names)


async def _has_no_rooms(node: Node) -> bool:
    return (await node.figures())["splittable_realtime_rooms"] == 0


async def joined(phones: Sequence[Phone], *, within_s: float = 60) -> None:
    """Until all of them are in."""

    async def are_in() -> bool:
        return all(phone.is_joined for phone in phones)

    await eventually(are_in, within_s=within_s)


async def quiet(phones: Sequence[Phone], *, within_s: float = 60) -> None:
    """Nobody begins anything any more; what was begun gets its answer."""
    for phone in phones:
        phone.is_busy = False

    async def is_quiet() -> bool:
        return all(phone.is_joined and not phone.pending for phone in phones)

    await eventually(is_quiet, within_s=within_s)


async def worked(phones: Sequence[Phone], commands: int, *, within_s: float = 60) -> None:
    """Until each of them has had so many more answers."""
    wanted = {phone.name: len(phone.acknowledged) + commands for phone in phones}

    async def have() -> bool:
        return all(len(phone.acknowledged) >= wanted[phone.name] for phone in phones)

    await eventually(have, within_s=within_s)


@asynccontextmanager
async def town(folder: Path, postgres: PostgresServer, redis: RedisServer) -> AsyncIterator[Town]:
    """Build it, with both nodes running."""
    url = urlunsplit(urlsplit(postgres.url)._replace(path=f"/{NAME}"))
    await _create(postgres)
    await migrate(url)
    async with AsyncExitStack() as stack:
        desk = await open_desk(stack, url)
        plan = {"name": HOUSE, "currency": "USD", "taxInclusive": False, "joinPolicy": "open", "tables": TABLES}
        restaurant = await houses.create(desk, houses.read({**plan, "menu": MENU}))
        random = Random(1)
        ahead = clock(folder)
        nodes = [await _node(stack, folder, url, redis, random) for _ in range(2)]
        if ahead is not None:
            nodes[1].process.environment = {**nodes[1].process.environment, **_jumping(ahead)}
        evening = await _evening(desk, restaurant)
        built = Town(postgres, redis, nodes, random, url, desk, evening, list(evening.codes), ahead)
        try:
            await built.up()
            yield built
        finally:
            await built.leave()
            for node in nodes:
                node.process.kill()


def clock(folder: Path) -> Path | None:
    """A file that moves the time of day of a process, beside the library that reads it; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform != "linux":
        return None
    source = Path(__file__).with_name("clock.c")
    command: list[str | Path] = [compiler, "-O2", "-shared", "-fPIC", "-o", folder / "clock.so", source, "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    ahead = folder / "ahead"
    ahead.write_bytes(bytes(8))
    return ahead


def _jumping(ahead: Path) -> dict[str, str]:
    return {"LD_PRELOAD": str(ahead.with_name("clock.so")), "TEST_CLOCK": str(ahead)}


async def _evening(desk: Desk, restaurant: str) -> Evening:
    codes = await tables.qr_codes(desk, restaurant)
    menu = await menus.menu(desk.database, restaurant)
    assert menu is not None
    assert isinstance(desk.announce, Ear)
    assert isinstance(desk.clock, ManualClock)
    known = {each.label: each.code for each in codes}
    places = {each.label: each.table_id for each in codes}
    return Evening(desk, desk.clock, desk.announce, restaurant, known, places, menu, {})


async def _create(postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    await connection.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
    await connection.close()


async def _node(stack: AsyncExitStack, folder: Path, url: str, redis: RedisServer, random: Random) -> Node:
    bus, wires = Bus(redis.port, random), Wires(urlsplit(url).port or 0)
    await stack.enter_async_context(running(bus, wires))
    parts = urlsplit(url)
    near = urlunsplit(parts._replace(netloc=parts.netloc.replace(str(parts.port), str(wires.port))))
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    given = environment(
        database_url=near,
        port=port,
        sandbox="http://127.0.0.1:9",
        redis_url=f"redis://127.0.0.1:{bus.port}/0",
        **LIMITS,
    )
    log = folder / f"node-{port}.log"
    return Node(Process(["app", "serve", "--env-file", ""], f"{at}/health/ready", log, given), at, bus, wires)
