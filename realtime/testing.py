"""Doubles for tests of the engine and of its hosts.

A clock in the test's hand, a socket without a network, a host with its log in memory, a bus that misbehaves on request.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import orjson

from realtime.broker import Kind, Message, Receiver
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.channel import Answer, Handshake, Identity, Snapshot
from realtime.connection import Connection
from realtime.errors import NotAdmitted, NotSignedIn, Rejected
from realtime.frames import Ack, Do, Err, Position, Published, encode_event, text_bodies
from realtime.hub import Hub

TURNS = 30


async def settle(turns: int = TURNS) -> None:
    """Let everything happen that needs no time."""
    for _ in range(turns):
        await asyncio.sleep(0)


@dataclass(order=True)
class ManualTimer:
    """A timer of a `ManualClock`."""

    at: float
    order: int
    callback: Callable[[], None] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Make it not happen."""
        self.is_cancelled = True


class ManualClock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._order = count()
        self._timers: list[ManualTimer] = []

    def now(self) -> float:
        """Seconds since some start."""
        return self._now

    def utc(self) -> datetime:
        """The same time as a date."""
        return datetime(2026, 11, 21, 18, 4, 5, 123456, UTC) + timedelta(seconds=self._now - 1000.0)

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back after this turn of the running loop."""
        asyncio.get_running_loop().call_soon(callback)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> ManualTimer:
        """Call back when the test has let the time pass."""
        timer = ManualTimer(self._now + delay_s, next(self._order), callback)
        heapq.heappush(self._timers, timer)
        return timer

    async def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen that it makes happen, in order."""
        end = self._now + seconds
        await settle()
        while self._timers and self._timers[0].at <= end:
            timer = heapq.heappop(self._timers)
            if not timer.is_cancelled:
                self._now = max(self._now, timer.at)
                timer.callback()
                await settle()
        self._now = end


class PairWire:
    """The server's end of a socket whose other end is a `Peer`."""

    def __init__(self, pause_above_bytes: int = 64 * 1024) -> None:
        self.writes: list[bytes] = []
        self.close_code: int | None = None
        self.is_aborted = False
        self._pause_above_bytes = pause_above_bytes
        self._is_stalled = False
        self._unsent: list[bytes] = []
        self._connection: Connection | None = None

    def attach(self, connection: Connection) -> None:
        """Tell `connection` when the peer stops and starts reading."""
        self._connection = connection

    def write(self, framed: bytes, /) -> None:
        """Deliver at once, or keep while the peer does not read."""
        if not self._is_stalled:
            self.writes.append(framed)
            return
        self._unsent.append(framed)
        if self.unsent_bytes > self._pause_above_bytes and self._connection is not None:
            self._connection.paused()

    def close(self, code: int) -> None:
        """Take note of the close frame."""
        self.close_code = code

    def abort(self) -> None:
        """End the connection."""
        self.is_aborted = True
        self._unsent.clear()
        if self._connection is not None:
            self._connection.lost()

    @property
    def unsent_bytes(self) -> int:
        """How much waits for the peer to read."""
        return sum(map(len, self._unsent))

    def stall(self) -> None:
        """The peer stops reading."""
        self._is_stalled = True

    def release(self) -> None:
        """The peer reads again, first what was waiting."""
        self._is_stalled = False
        self.writes += self._unsent
        self._unsent.clear()
        if self._connection is not None and self._connection.is_paused:
            self._connection.resumed()


class Peer:
    """The client's end of a socket without a network."""

    def __init__(
        self,
        hub: Hub,
        *,
        token: str | None = "ana",  # noqa: S107 (a name, see MemoryHost)
        cid: str = "c_1",
        pause_above_bytes: int = 65536,
    ) -> None:
        self.wire = PairWire(pause_above_bytes)
        self.connection = Connection(hub, self.wire, Handshake({}, {}))
        self.wire.attach(self.connection)
        self._token = token
        self._cid = cid
        self._read = 0

    def say(self, **frame: Any) -> None:
        """Send one frame."""
        self.connection.received(orjson.dumps(frame).decode())

    def hello(self, *rooms: str | tuple[str, str, int], **more: Any) -> None:
        """Say hello, with rooms given as a name, or as a name and a position."""
        wishes = [{"r": r} if isinstance(r, str) else {"r": r[0], "since": {"e": r[1], "n": r[2]}} for r in rooms]
        token = {"token": self._token} if self._token else {}
        self.say(t="hello", v=1, cid=self._cid, rooms=wishes, **token, **more)

    def take(self) -> list[dict[str, Any]]:
        """Return the frames that came since the last call."""
        frames = self.heard(self._read)
        self._read = len(self.wire.writes)
        return frames

    def heard(self, writes_before: int = 0) -> list[dict[str, Any]]:
        """Return all frames, or those after the first writes."""
        return [orjson.loads(body) for write in self.wire.writes[writes_before:] for body in text_bodies(write)]

    async def answers(self) -> list[dict[str, Any]]:
        """Wait for what needs no time, and return the frames that came, without presence."""
        await settle()
        return [frame for frame in self.take() if frame["t"] != "pres"]

    def lose(self) -> None:
        """Lose the connection."""
        self.connection.lost()


@dataclass
class History:
    """What a `MemoryLog` knows of one room."""

    epoch: str
    view: dict[str, Any] = field(default_factory=dict)
    events: list[Published] = field(default_factory=list)
    commands: dict[str, int] = field(default_factory=dict)


class MemoryLog:
    """The truth that several hosts share."""

    def __init__(self, epoch: str = "x7f2") -> None:
        self._epoch = epoch
        self._rooms: dict[str, History] = {}

    def room(self, room: str) -> History:
        """The history of a room, which begins when somebody asks."""
        return self._rooms.setdefault(room, History(self._epoch))

    def append(self, room: str, patch: dict[str, Any], cause: str | None = None) -> Published:
        """Commit one event that sets members of the view."""
        history = self.room(room)
        n = len(history.events) + 1
        history.view |= patch
        at = datetime(2026, 11, 21, 18, 4, 5, 123456, UTC)
        body = encode_event(room, n, "changed", at=at, by="g_1", patch=patch, cause=cause)
        history.events.append(Published(room, history.epoch, n, body))
        if cause is not None:
            history.commands[cause] = n
        return history.events[-1]

    def restore(self, room: str, n: int, epoch: str) -> None:
        """Go back to event `n`, as a restored backup does."""
        before = self.room(room)
        self._rooms[room] = History(epoch)
        for event in before.events[:n]:
            said = orjson.loads(event.body)
            self.append(room, said["d"], said.get("m"))


class MemoryHost:
    """A channel over a `MemoryLog`. Rooms whose name begins with "floor:" have no log.

    Tokens are names: anybody with one is signed in, "watcher" unseen; nobody gets into a room whose name has "secret"
    in it. The command "put" merges its data into the view, "refuse" is refused, "crash" fails. A prompt host answers
    commands at once, another one as if there were something to wait for.
    """

    def __init__(self, log: MemoryLog | None = None, *, is_prompt: bool = False) -> None:
        self.log = log or MemoryLog()
        self.is_prompt = is_prompt
        self.publish: Callable[[Published], None] = lambda _: None
        self.calls: list[str] = []
        self.gate: asyncio.Event | None = None
        self.is_down = False
        self.rejection: Rejected | None = None

    async def identify(self, handshake: Handshake, token: str | None) -> Identity:
        """Take the token, or the cookie "session", for the name."""
        if self.rejection is not None:
            raise self.rejection
        name = token or handshake.cookies.get("session")
        if not name:
            raise NotSignedIn
        return Identity(name, "person", None if name == "watcher" else name)

    async def admit(self, room: str, who: Identity) -> None:
        """Keep secrets, and the unwelcome out."""
        if "secret" in room or who.id == "unwelcome":
            raise NotAdmitted

    async def snapshot(self, room: str) -> Snapshot:
        """Read the whole view."""
        await self._called("snapshot")
        history = self.log.room(room)
        if room.startswith("floor:"):
            return Snapshot("", 0, orjson.dumps(history.view))
        return Snapshot(history.epoch, len(history.events), orjson.dumps(history.view))

    async def events_since(self, room: str, epoch: str, n: int) -> list[Published] | None:
        """Read events."""
        await self._called("events_since")
        history = self.log.room(room)
        return history.events[n:] if epoch == history.epoch and n <= len(history.events) else None

    async def heads(self, rooms: Collection[str]) -> Mapping[str, Position]:
        """Read positions."""
        await self._called("heads")
        histories = {room: self.log.room(room) for room in rooms}
        return {
            room: Position("" if room.startswith("floor:") else history.epoch, len(history.events))
            for room, history in histories.items()
        }

    async def highest_command(self, room: str, cid: str) -> int:
        """Read the highest number of this client."""
        causes = [cause.split(":") for cause in self.log.room(room).commands]
        return max((int(number) for name, number in causes if name == cid), default=0)

    def handle(self, room: str, who: Identity, command: Do, cid: str) -> Answer | Awaitable[Answer]:  # noqa: ARG002
        """Apply a command once."""
        if self.is_prompt:
            self.calls.append("handle")
            return self._apply(room, command, cid)
        return self._handle(room, command, cid)

    async def _handle(self, room: str, command: Do, cid: str) -> Answer:
        await self._called("handle")
        return self._apply(room, command, cid)

    def _apply(self, room: str, command: Do, cid: str) -> Answer:
        cause = f"{cid}:{command.id}"
        if (n := self.log.room(room).commands.get(cause)) is not None:
            return Ack(command.id, room, n, dup=True)
        match command.kind:
            case "put":
                published = self.log.append(room, dict(command.data), cause)
                self.publish(published)
                return Ack(command.id, room, published.n)
            case "crash":
                raise RuntimeError("the host fails")
            case _:
                return Err("refused", room=room, id=command.id, n=len(self.log.room(room).events))

    async def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.gate is not None:
            await self.gate.wait()
        if self.is_down:
            raise ConnectionError("the log cannot be reached")


class FaultyBroker:
    """A broker on a bus that drops, repeats and reorders with given chances, and goes down on request."""

    def __init__(self, bus: MemoryBus, random: Random) -> None:
        self._inner = MemoryBroker(bus)
        self._random = random
        self._receiver: Receiver | None = None
        self._late: list[Message] = []
        self._is_down = False
        self.drop = self.repeat = self.delay = 0.0

    @property
    def is_up(self) -> bool:
        """False between `fail` and `recover`."""
        return self._inner.is_up and not self._is_down

    async def start(self, receiver: Receiver) -> None:
        """Begin to deliver, mostly."""
        self._receiver = receiver
        await self._inner.start(self)

    def publish(self, message: Message) -> None:
        """Send to the bus, unless it is down."""
        if not self._is_down:
            self._inner.publish(message)

    def reconnect(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Stop delivering."""
        await self._inner.close()

    def fail(self) -> None:
        """Go down."""
        self._is_down = True
        self.doubted()

    def recover(self) -> None:
        """Come up again."""
        self._is_down = False
        self._late.clear()
        self.doubted()

    def heal(self) -> None:
        """Come up and make no more mistakes."""
        self.drop = self.repeat = self.delay = 0.0
        self.recover()

    def received(self, message: Message) -> None:
        """Pass a message on: never, now, twice, or after a later one."""
        if self._is_down or self._receiver is None:
            return
        if message.kind is not Kind.EVENT:
            self._receiver.received(message)
            return
        if self._random.random() < self.drop:
            return
        if self._random.random() < self.delay:
            self._late.append(message)
            return
        for _ in range(2 if self._random.random() < self.repeat else 1):
            self._receiver.received(message)
        late, self._late = self._late, []
        for one in late:
            self._receiver.received(one)

    def doubted(self) -> None:
        """Pass a doubt on."""
        if self._receiver is not None:
            self._receiver.doubted()
