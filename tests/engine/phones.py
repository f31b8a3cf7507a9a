"""Phones by the book: they follow the protocol's rules for clients, on raw sockets, and note whatever they may not see.

One is cheap enough to have thousands of them in the test's own loop. A phone comes back by itself, to the next node,
with the position it has; it sends again what has no answer; it never asks anybody whether things are well.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast
from urllib.parse import urlsplit

import orjson

from app.domain.view import merge
from realtime.frames import SUBPROTOCOL, text_frame

ANSWER_S = 10.0
RETRY_S = (0.05, 0.3)
SMALL_BYTES = 4096
# A fifth of the protocol's first wait and a tenth of its longest: tests are in a hurry.
BACK_OFF_FIRST_S, BACK_OFF_MAX_S = 0.1, 2.0
PARTS = 97


@dataclass(frozen=True, slots=True)
class Seat:
    """A place at a table: whose it is and what proves it."""

    stream: str
    guest: str
    token: str
    line: str


@dataclass
class Phone:
    """One client of one table. `wrong` names what it should never have seen."""

    name: str
    seat: Seat
    nodes: Sequence[str]
    random: Random
    home: int = 0
    view: dict[str, Any] = field(default_factory=dict)
    epoch: str = ""
    n: int = 0
    pending: int = 0
    last: int = 0
    acknowledged: dict[int, int] = field(default_factory=dict)
    causes: Counter[str] = field(default_factory=Counter)
    joins: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    byes: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    is_busy: bool = False
    is_joined: bool = False
    pace_s: float = 0.02
    has_small_buffers: bool = False
    comes_back: bool = True
    wire: Wire | None = None
    _task: asyncio.Task[None] | None = None
    _late: asyncio.TimerHandle | None = None
    _tries: int = 0
    _carried: int = 0
    _given: int = 0
    _told: tuple[int, int] | None = None

    @property
    def room(self) -> str:
        return f"table:{self.seat.stream}"

    # --- life --------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Connect, and come back for as long as it lives."""
        self._task = asyncio.create_task(self._live())

    def stall(self) -> None:
        """Read nothing more, as a phone in a tunnel."""
        if self.wire is not None:
            self.wire.stall()

    async def end(self) -> None:
        """Hang up for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._late is not None:
            self._late.cancel()

    async def _live(self) -> None:
        while self.comes_back or not self.joins:
            with contextlib.suppress(OSError, TimeoutError):
                await self._connected(self.nodes[self.home % len(self.nodes)])
            self.is_joined = False
            self.home += 1
            await asyncio.sleep(self._pause_s())

    def _pause_s(self) -> float:
        """As the last `bye` said, or somewhere below a time that doubles."""
        told, self._told = self._told, None
        if told is not None:
            return self.random.uniform(told[0], told[1]) / 1000
        self._tries += 1
        return self.random.uniform(0, min(BACK_OFF_MAX_S, BACK_OFF_FIRST_S * 2 ** (self._tries - 1)))

    async def _connected(self, node: str) -> None:
        at = urlsplit(node)
        loop = asyncio.get_running_loop()
        wire: Wire
        line = _line(has_small_buffers=self.has_small_buffers)
        try:
            await loop.sock_connect(line, (at.hostname, at.port))
        except BaseException:
            line.close()
            raise
        _, wire = await loop.create_connection(lambda: Wire(self.take, at.netloc), sock=line)
        try:
            async with asyncio.timeout(ANSWER_S):
                await wire.opened
            self.wire = wire
            self.say(t="hello", v=1, cid=self.name, token=self.seat.token, rooms=[self._wish()])
            await wire.lost
        finally:
            self.wire = None
            wire.abort()

    def _wish(self) -> dict[str, Any]:
        return {"r": self.room} | ({"since": {"e": self.epoch, "n": self.n}} if self.epoch else {})

    def say(self, **frame: Any) -> None:
        """Send one frame, if there is a connection."""
        if self.wire is not None:
            self.wire.send(orjson.dumps(frame))

    # --- what comes in -----------------------------------------------------------------------------------------------

    def take(self, body: bytes) -> None:
        """Take one frame as the protocol says."""
        frame = orjson.loads(body)
        match frame["t"]:
            case "ev":
                self._event(frame)
            case "snap":
                self._snapshot(frame)
            case "resumed":
                self._given = 0
                self._must((frame["e"], frame["from"]) == (self.epoch, self.n), f"resumed {frame} at {self.n}")
                self._join("resumed")
            case "ack":
                self._answered(frame["id"], frame["n"])
            case "err":
                self._refused(frame)
            case "ping":
                self._must(frame["n"] <= self.n or not self.is_joined, f"ping {frame['n']} at {self.n}")
                self.say(t="pong")
            case "bye":
                self.byes.append(frame["code"])
                self._told = frame.get("retry_ms")

    def _event(self, frame: dict[str, Any]) -> None:
        if frame["n"] <= self._given:
            return  # A snapshot may be ahead of the events that are still on their way: it holds them already.
        self._must(frame["n"] == self.n + 1, f"event {frame['n']} after {self.n}")
        self.n, self.view = frame["n"], merge(self.view, frame["d"])
        cid, _, number = frame.get("m", "").partition(":")
        if cid == self.name:
            self.causes[number] += 1
            self._must(self.causes[number] == 1, f"command {number} done {self.causes[number]} times")

    def _snapshot(self, frame: dict[str, Any]) -> None:
        self._must(frame["e"] != self.epoch or frame["n"] >= self.n, f"back from {self.n} to {frame['n']}")
        if frame["e"] != self.epoch:
            # Another history, in which what was done is undone or has to be done again.
            self.causes.clear()
            self.acknowledged.clear()
            self._carried = self.pending
        self.view, self.epoch, self.n = frame["d"], frame["e"], frame["n"]
        self._given = self.n
        self._join(frame["why"])

    def _join(self, why: str) -> None:
        self.joins[why] += 1
        self.is_joined = True
        self._tries = 0
        self._send()

    def _must(self, is_true: bool, what: str) -> None:
        if not is_true:
            self.wrong.append(f"{self.name}: {what}")

    # --- commands ----------------------------------------------------------------------------------------------------

    def busy(self) -> None:
        """Send one command after another from now on, each when the one before has its answer."""
        self.is_busy = True
        self._send()

    def do(self) -> int:
        """Send one command; its number."""
        self._must(not self.pending, "two at once")
        self.last += 1
        self.pending = self.last
        self._send()
        return self.last

    def _send(self) -> None:
        if not self.pending and self.is_busy and self.is_joined:
            self.last += 1
            self.pending = self.last
        if self.pending and self.is_joined:
            # Another number of parts each time, so that each command is one event.
            wanted = {"line": self.seat.line, "guest": self.seat.guest, "parts": 1 + self.pending % PARTS}
            self.say(t="do", id=self.pending, r=self.room, k="claims.set", d=wanted)
            self._expect_answer()

    def _expect_answer(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = asyncio.get_running_loop().call_later(ANSWER_S, self._unanswered)

    def _unanswered(self) -> None:
        if self.wire is not None:
            self.errors["unanswered"] += 1
            self.wire.abort()

    def _answered(self, number: int, n: int) -> None:
        if number != self._carried:  # That one may say what the other history says already, which is no event.
            self.acknowledged[number] = n
        if number == self.pending:
            self.pending = 0
            if self._late is not None:
                self._late.cancel()
            asyncio.get_running_loop().call_later(self.pace_s, self._send)

    def _refused(self, frame: dict[str, Any]) -> None:
        self.errors[frame["code"]] += 1
        self._must(bool(frame.get("retry")), f"refused {frame}")
        if frame.get("id") == self.pending:
            asyncio.get_running_loop().call_later(self.random.uniform(*RETRY_S), self._send)
        elif "id" not in frame and self.wire is not None:
            self.wire.abort()  # The room could not be entered: come again.


def _line(*, has_small_buffers: bool) -> socket.socket:
    line = socket.socket()
    line.setblocking(False)
    if has_small_buffers:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)
    return line


class Wire(asyncio.Protocol):
    """A WebSocket without a library: one callback for each text, a pong for each ping."""

    def __init__(self, take: Callable[[bytes], None], host: str) -> None:
        loop = asyncio.get_running_loop()
        self._take, self._host = take, host
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(
            f"GET /api/v1/live HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._is_open:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.abort()
                return
            self._is_open, self._data = True, rest
            self.opened.set_result(None)
        start = 0
        while (taken := self._frame(start)) > start:
            start = taken
        self._data = self._data[start:]

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        for future, error in ((self.opened, ConnectionResetError()), (self.lost, None)):
            if not future.done():
                future.set_exception(error) if error else future.set_result(None)
                future.exception()

    def send(self, body: bytes) -> None:
        """Send a text, masked with zeros."""
        if self._transport is not None:
            framed = text_frame(body)
            at = len(framed) - len(body)
            self._transport.write(bytes((framed[0], framed[1] | 0x80)) + framed[2:at] + bytes(4) + body)

    def stall(self) -> None:
        """Read nothing more."""
        if self._transport is not None:
            self._transport.pause_reading()

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _frame(self, start: int) -> int:
        """Take the frame at `start`, if it is all there; where the next one begins."""
        data = self._data
        if len(data) < start + 2:
            return start
        size, body = data[start + 1], start + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, body = int.from_bytes(data[body : body + width], "big"), body + width
        if len(data) < body + size:
            return start
        match data[start] & 15:
            case 1:
                self._take(data[body : body + size])
            case 8:
                self.abort()
            case 9 if self._transport is not None:
                self._transport.write(bytes((0x8A, 0x80 | size)) + bytes(4) + data[body : body + size])
        return body + size
