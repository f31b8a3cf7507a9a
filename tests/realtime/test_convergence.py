"""Seeded chaos: nodes, a bus that errs, phones that come and go. Whenever it is quiet again, all see the same.

A phone here follows the rules that the protocol gives to clients, and asserts on the way what it may rely on. A seed
that ever failed is kept in `KEPT`, under a name that says what it found.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import settings

from realtime.broker_memory import MemoryBus
from realtime.channel import Limits
from realtime.frames import Published, encode_event, text_bodies
from realtime.hub import Hub
from realtime.testing import FaultyBroker, ManualClock, MemoryHost, MemoryLog, Peer, settle

ROOM, FLOOR = "room:1", "floor:1"
IS_THOROUGH = settings.get_current_profile_name() == "thorough"
SEEDS = range(500 if IS_THOROUGH else 15)
STEPS, HEALINGS = 60, 3
KEPT: dict[str, int] = {}
LIMITS = Limits(ring_events=40, resume_events=30, snapshot_reuse_events=5)


@dataclass
class Node:
    """One process: a hub, its host and its end of the bus."""

    hub: Hub
    host: MemoryHost
    broker: FaultyBroker


@dataclass
class Phone:
    """A client by the book."""

    name: str
    clock: ManualClock
    random: Random
    room: str = ROOM
    view: dict[str, Any] = field(default_factory=dict)
    epoch: str = ""
    n: int = 0
    pending: dict[int, dict[str, Any]] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    last_id: int = 0
    peer: Peer | None = None
    read: int = 0
    is_joined: bool = False
    is_asking: bool = False

    def connect(self, node: Node) -> None:
        token = self.name if self.room == ROOM else "watcher"
        self.peer = Peer(node.hub, token=token, cid=self.name, pause_above_bytes=500)
        self.read, self.is_joined = 0, False
        self.peer.hello((self.room, self.epoch, self.n) if self.epoch else self.room)

    def lose(self) -> None:
        if self.peer is not None:
            self.peer.lose()
            self.peer = None

    def do(self, data: dict[str, Any]) -> None:
        self.last_id += 1
        self.pending[self.last_id] = data
        self._send(self.last_id)

    def listen(self) -> None:
        """Read what came, and see whether the connection is still there."""
        while self.peer is not None and self.read < len(self.peer.wire.writes):
            self.read += 1
            for body in text_bodies(self.peer.wire.writes[self.read - 1]):
                self._take(orjson.loads(body))
        if self.peer is not None and (self.peer.wire.close_code or self.peer.wire.is_aborted):
            self.lose()

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "snap":
                self.view, self.epoch, self.n = frame["d"], frame["e"], frame["n"]
                self._joined()
            case "resumed":
                assert (frame["e"], frame["from"]) == (self.epoch, self.n)
                self._joined()
            case "ev":
                self._apply(frame)
            case "ping" | "head" if frame["n"] > self.n:
                self._ask_soon()
            case "ack":
                self.acknowledged.add(frame["id"])
                if frame["n"] <= self.n:
                    self.pending.pop(frame["id"], None)
            case "err" if "id" in frame:
                assert frame["retry"], frame
        if frame["t"] == "ping" and self.peer is not None:
            self.peer.say(t="pong")

    def _joined(self) -> None:
        self.is_joined = True
        self.send_again()

    def send_again(self) -> None:
        """Send what has no answer yet, as many as a second allows."""
        for number in sorted(self.pending)[:4]:
            self._send(number)

    def _apply(self, event: dict[str, Any]) -> None:
        if event["n"] > self.n + 1:
            assert self.room == FLOOR, "a connection never skips an event of a room with a log"
            self._ask_soon()
        if event["n"] == self.n + 1:
            self.n = event["n"]
            if self.room == ROOM or event["d"]["tile"] > self.view.get("tile", 0):
                # On the floor an older tile never overwrites a newer one.
                self.view = self.view | event["d"]
            name, _, number = event.get("m", ":").partition(":")
            if name == self.name:
                self.pending.pop(int(number), None)

    def _ask_soon(self) -> None:
        if not self.is_asking:
            self.is_asking = True
            self.clock.call_later(self.random.uniform(0.15, 0.4), self._ask)

    def _ask(self) -> None:
        self.is_asking = False
        if self.peer is not None and self.is_joined:
            self.peer.say(t="sync", r=self.room, n=self.n)

    def _send(self, id: int) -> None:
        if self.peer is not None and self.is_joined:
            self.peer.say(t="do", id=id, r=self.room, k="put", d=self.pending[id])


class World:
    """Everything, and chance."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.clock = ManualClock()
        self.log = MemoryLog()
        self.bus = MemoryBus()
        self.nodes: list[Node] = []
        self.phones = [Phone(f"g_{i}", self.clock, self.random) for i in range(5)]
        self.phones += [Phone(f"w_{i}", self.clock, self.random, FLOOR) for i in range(2)]
        self.value = 0
        self.undone: set[str] = set()

    async def add_node(self) -> None:
        host = MemoryHost(self.log, is_prompt=len(self.nodes) % 2 == 1)
        broker = FaultyBroker(self.bus, self.random)
        hub = Hub(host, broker, limits=LIMITS, clock=self.clock, random=self.random)
        host.publish = hub.publish
        await hub.start()
        self.nodes.append(Node(hub, host, broker))

    async def step(self) -> None:  # noqa: C901, PLR0912 (one line for everything that may happen)
        phone, node = self.random.choice(self.phones), self.random.choice(self.nodes)
        match self.random.choices(
            [
                "do",
                "burst",
                "lose",
                "connect",
                "stall",
                "release",
                "err",
                "fail",
                "recover",
                "wait",
                "crash",
                "down",
                "restore",
                "stop",
                "stand still",
            ],
            [30, 6, 6, 15, 4, 8, 6, 2, 6, 15, 1, 2, 0.5, 0.7, 1],
        )[0]:
            case "do":
                self.put(phone)
            case "burst":
                for _ in range(self.random.randrange(60)):
                    self.publish(node)
            case "lose":
                phone.lose()
            case "connect":
                self.connect(phone, node)
            case "stall" if phone.peer is not None:
                phone.peer.wire.stall()
            case "release" if phone.peer is not None:
                phone.peer.wire.release()
            case "err":
                node.broker.drop, node.broker.repeat, node.broker.delay = (self.random.random() / 2 for _ in range(3))
            case "fail":
                node.broker.fail()
            case "recover":
                node.broker.recover()
            case "down":
                node.host.is_down = not node.host.is_down
            case "restore":
                self.restore()
            case "crash":
                await self.crash(node)
            case "stop":
                await self.stop(node)
            case "stand still":
                # A machine that was asleep: all that was due meanwhile is due at once.
                await self.clock.advance(self.random.uniform(20, 120))
            case _:
                await self.clock.advance(self.random.expovariate(1.0))
        await settle(self.random.choice([0, 1, 5, 40]))
        for one in self.phones:
            one.listen()

    def put(self, phone: Phone) -> None:
        self.value += 1
        if phone.room == ROOM:
            phone.do({f"k{self.random.randrange(6)}": self.value})
        else:
            self.change_tile(self.random.choice(self.nodes))

    def change_tile(self, node: Node) -> None:
        """Change something on the floor, whose room has no log of its own."""
        tile = {"tile": self.value}
        self.log.append(FLOOR, tile)
        body = encode_event(FLOOR, 0, "tile.changed", at=self.clock.utc(), by="system", patch=tile)
        node.hub.publish(Published(FLOOR, "", 0, body))

    def restore(self) -> None:
        """Put an older backup in the place of the history."""
        self.value += 1
        before = self.log.room(ROOM)
        self.log.restore(ROOM, self.random.randint(len(before.events) // 2, len(before.events)), f"e{self.value}")
        self.undone |= before.commands.keys() - self.log.room(ROOM).commands.keys()

    def publish(self, node: Node) -> None:
        """Commit something that no phone asked for."""
        self.value += 1
        node.hub.publish(self.log.append(ROOM, {f"k{self.random.randrange(6)}": self.value}))

    def connect(self, phone: Phone, node: Node) -> None:
        phone.listen()
        phone.lose()
        phone.connect(node)

    async def crash(self, node: Node) -> None:
        """A process dies without a word, and another one starts."""
        for phone in self.phones:
            if phone.peer is not None and phone.peer.connection in node.hub.crowd._clients:  # noqa: SLF001
                phone.peer = None
        await node.broker.close()
        node.hub._repair.stop()  # noqa: SLF001
        self.nodes.remove(node)
        await self.add_node()

    async def stop(self, node: Node) -> None:
        """A process is asked to end, hands its clients over, and another one starts."""
        self.nodes.remove(node)
        await self.add_node()
        node.hub.crowd.begin_drain()
        ending = asyncio.create_task(node.hub.drain())
        while not ending.done():
            await self.clock.advance(0.5)
            for phone in self.phones:
                phone.listen()
        await ending

    async def heal(self) -> None:
        """Everything works again, and half a minute passes."""
        for node in self.nodes:
            node.host.is_down = False
            node.broker.heal()
        for phone in self.phones:
            if phone.peer is not None:
                phone.peer.wire.release()
        for _ in range(60):
            for phone in self.phones:
                phone.listen()
                if phone.peer is None:
                    phone.connect(self.random.choice(self.nodes))
                else:
                    phone.send_again()
            await self.clock.advance(1.0)

    async def end(self) -> None:
        for phone in self.phones:
            phone.lose()
        for node in self.nodes:
            node.hub.crowd.begin_drain()
            await node.hub.drain()

    def check(self) -> None:
        history = self.log.room(ROOM)
        for phone in self.phones:
            phone.listen()
            assert phone.view == self.log.room(phone.room).view
            if phone.room == ROOM:
                assert (phone.epoch, phone.n) == (history.epoch, len(history.events))
            assert phone.pending == {}
            assert {f"{phone.name}:{number}" for number in phone.acknowledged} <= history.commands.keys() | self.undone
        causes = [cause for event in history.events if (cause := orjson.loads(event.body).get("m"))]
        assert len(causes) == len(set(causes))


@pytest.mark.parametrize("seed", [pytest.param(seed, id=name) for name, seed in KEPT.items()] + list(SEEDS))
async def test_all_see_the_same_whenever_it_is_quiet_again(seed: int) -> None:
    world = World(seed)
    for _ in range(world.random.randint(1, 3)):
        await world.add_node()
    for _ in range(HEALINGS):
        for _ in range(STEPS):
            await world.step()
        await world.heal()
        world.check()
    await world.end()
    for node in world.nodes:
        stats = node.hub.stats()
        assert (stats["sockets"], stats["members"], stats["long_polls"]) == (0, 0, 0)
