"""What stands between a node and its servers and errs on request: on the way to Redis, and on the way to PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, cast

import hiredis

from realtime.broker import Kind, decode

PUSHED = (b"message", b"smessage")
LATE_S = 0.08
NOTHING = object()


class Pipe(asyncio.Protocol):
    """One side of one connection; what comes in goes through `pass_on` to the other side."""

    def __init__(self, pass_on: Callable[[Pipe, bytes], None]) -> None:
        self._pass_on = pass_on
        self._transport: asyncio.Transport | None = None
        self._early = b""
        self.reader = hiredis.Reader(notEnoughData=NOTHING)
        self.held: list[bytes] = []
        self.is_subscriber = False
        self.other: Pipe | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._early += data
        else:
            self._pass_on(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        if self.other is not None:
            self.other.cut()

    def join(self, other: Pipe) -> None:
        """The other side is there: pass on what came meanwhile."""
        self.other, early, self._early = other, self._early, b""
        if self._transport is None:
            other.cut()
        elif early:
            self._pass_on(self, early)

    def write(self, data: bytes) -> None:
        """Send to this side."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def cut(self) -> None:
        """Close this side, and with it the other one."""
        if self._transport is not None:
            self._transport.abort()

    def pass_all(self) -> None:
        """Let go of what was held back."""
        held, self.held = self.held, []
        if self.other is not None and held:
            self.other.write(b"".join(held))


class Proxy:
    """Listens on a port of its own and passes everything on to `port`; a subclass decides what and when."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.port = 0
        self.pipes: set[Pipe] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop, and cut everybody."""
        if self._server is not None:
            self._server.close()
        for pipe in tuple(self.pipes):
            pipe.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Cut all connections; they are made again."""
        for pipe in tuple(self.pipes):
            pipe.cut()

    def asked(self, pipe: Pipe, data: bytes) -> None:
        """Pass on what a node says."""
        if pipe.other is not None:
            pipe.other.write(data)

    def answered(self, pipe: Pipe, data: bytes) -> None:
        """Pass on what the server says."""
        if pipe.other is not None:
            pipe.other.write(data)

    def _accepted(self) -> Pipe:
        near = Pipe(self.asked)
        task = asyncio.get_running_loop().create_task(self._connect(near))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return near

    async def _connect(self, near: Pipe) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, far = await loop.create_connection(lambda: Pipe(self.answered), "127.0.0.1", self.target)
        except OSError:
            near.cut()
            return
        self.pipes = {pipe for pipe in self.pipes if pipe.is_open} | {far}
        far.join(near)
        near.join(far)


class Bus(Proxy):
    """Between a node and Redis. What other nodes say may be dropped, repeated and reordered, each with its own chance.

    `events_only` spares probes and presence; `is_mute` swallows everything that the node itself says.
    """

    def __init__(self, port: int, random: Random) -> None:
        super().__init__(port)
        self._random = random
        self.drop = self.repeat = self.delay = 0.0
        self.is_mute = False
        self.events_only = True
        self.done: dict[str, int] = {"drop": 0, "repeat": 0, "delay": 0, "passed": 0}

    def heal(self) -> None:
        """Pass on everything, once and in order."""
        self.drop = self.repeat = self.delay = 0.0
        self.is_mute = False

    def asked(self, pipe: Pipe, data: bytes) -> None:
        """Pass on what a node says, unless it is mute."""
        if pipe.other is not None and b"SUBSCRIBE" in data:
            pipe.other.is_subscriber = True
        if not self.is_mute:
            super().asked(pipe, data)

    def answered(self, pipe: Pipe, data: bytes) -> None:
        """Take what is pushed apart; everything else goes on as it came."""
        if not pipe.is_subscriber:
            super().answered(pipe, data)
            return
        pipe.reader.feed(data)
        while (reply := pipe.reader.gets()) is not NOTHING:
            if isinstance(reply, list) and reply and reply[0] in PUSHED:
                self._message(pipe, encoded(reply), reply[-1])
            elif pipe.other is not None:
                pipe.other.write(encoded(reply))

    def _message(self, pipe: Pipe, raw: bytes, data: bytes) -> None:
        if pipe.other is None:
            return
        if self.events_only and decode(data).kind is not Kind.EVENT:
            pipe.other.write(raw)
        elif self._struck("drop", self.drop):
            return
        elif self._struck("delay", self.delay):
            late_s = self._random.uniform(0, LATE_S)
            asyncio.get_running_loop().call_later(late_s, pipe.other.write, raw)
        else:
            pipe.other.write(raw * (1 + self._struck("repeat", self.repeat)))
            self.done["passed"] += 1

    def _struck(self, what: str, chance: float) -> bool:
        struck = self._random.random() < chance
        self.done[what] += struck
        return struck


def encoded(reply: Any) -> bytes:
    """Something pushed by Redis as bytes again."""
    match reply:
        case None:
            return b"$-1\r\n"
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(reply), reply)
        case int():
            return b":%d\r\n" % reply
        case list():
            return b"*%d\r\n%b" % (len(reply), b"".join(map(encoded, reply)))
    raise TypeError(f"nothing that is pushed: {reply!r}")


class Wires(Proxy):
    """Between a node and PostgreSQL. While `is_silent`, answers are held back, and let through by hand."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.is_silent = False

    @property
    def held(self) -> int:
        """How many answers are held back."""
        return sum(len(pipe.held) for pipe in self.pipes)

    def step(self) -> None:
        """Let through what is held back now."""
        for pipe in tuple(self.pipes):
            pipe.pass_all()

    def heal(self) -> None:
        """Hold nothing back."""
        self.is_silent = False
        self.step()

    def answered(self, pipe: Pipe, data: bytes) -> None:
        """Hold an answer back, or pass it on."""
        pipe.held.append(data)
        if not self.is_silent:
            pipe.pass_all()


@asynccontextmanager
async def running(*proxies: Proxy) -> AsyncIterator[None]:
    """Start them, and close them with the block."""
    async with contextlib.AsyncExitStack() as stack:
        for proxy in proxies:
            await proxy.start()
            stack.push_async_callback(proxy.close)
        yield
