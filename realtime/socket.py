"""The WebSocket endpoint: who may knock, and the wire behind a connection.

Where the server offers a wire of its own (`uvicorn_protocol`) the endpoint hands the connection over and returns; else
it stays, reads, and a writer task turns the shared frames back into ASGI messages.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol, cast

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.channel import Handshake
from realtime.connection import Connection, Wire
from realtime.errors import CloseCode
from realtime.frames import SUBPROTOCOL, text_bodies
from realtime.hub import Hub

EXTENSION = "realtime.wire"

WRONG_ORIGIN = "this origin is not allowed"

Endpoint = Callable[[WebSocket], Awaitable[None]]


class DirectWire(Wire, Protocol):
    """What a server puts into `scope["extensions"]["realtime.wire"]`."""

    def attach(self, connection: Connection) -> None:
        """Hand over: from here on messages go to `connection`, and the endpoint may return."""


class Door:
    """Who may open a socket, and what becomes of it.

    `origins` are the allowed values of Origin, like "https://example.org". A request without Origin does not come from
    a page; it is let in when it brings no cookie either. `find` gets the hub out of the state of the application.
    `path` is the address of the socket, for a server that leads there without asking the application.
    """

    def __init__(self, find: Callable[[Any], Hub], origins: Collection[str], *, path: str = "") -> None:
        self.find = find
        self.path = path.encode()
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    def may_knock(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers may become a socket."""
        origin = headers.get("origin")
        if origin is None:
            return not headers.get("cookie")
        return origin.lower() in self._origins

    def handshake(self, headers: Sequence[tuple[bytes, bytes]], find_client: Callable[[], str]) -> Handshake:
        """What these headers of a request say, read as the framework reads them: of repeated ones the first counts."""
        first: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for name, value in headers:
            text = value.decode("latin-1")
            first.setdefault(name.decode("latin-1"), text)
            if name == b"cookie":
                cookies |= cookie_parser(text)
        return Handshake(first, cookies, find_client)

    def choose(self, offered: Sequence[str]) -> str | None:
        """The subprotocol of the answer, for a client that offers these."""
        return SUBPROTOCOL if SUBPROTOCOL in offered else next(iter(offered), None)

    def connect(self, hub: Hub, wire: Wire, handshake: Handshake, chosen: str | None) -> Connection:
        """Begin the conversation on an accepted socket; one of another protocol than ours is closed at once."""
        connection = Connection(hub, wire, handshake)
        if chosen != SUBPROTOCOL:
            connection.close(CloseCode.APP_TOO_OLD if chosen else CloseCode.BAD_PROTOCOL)
        return connection


def endpoint(door: Door) -> Endpoint:
    """Make the endpoint that leads through `door`."""

    async def live(websocket: WebSocket) -> None:
        if not door.may_knock(websocket.headers):
            await websocket.send_denial_response(PlainTextResponse(WRONG_ORIGIN, status_code=403))
            return
        chosen = door.choose(websocket.scope.get("subprotocols") or [])
        await websocket.accept(subprotocol=chosen)
        await _serve(door, websocket, chosen)

    return live


async def _serve(door: Door, websocket: WebSocket, chosen: str | None) -> None:
    hub = door.find(websocket.scope.get("state"))
    direct = websocket.scope.get("extensions", {}).get(EXTENSION)
    wire = cast("DirectWire", direct) if direct is not None else AsgiWire(websocket, hub.limits.write_buffer_bytes)
    client = websocket.client.host if websocket.client else ""
    handshake = Handshake(dict(websocket.headers), websocket.cookies, lambda: client)
    connection = door.connect(hub, wire, handshake, chosen)
    wire.attach(connection)
    if isinstance(wire, AsgiWire):
        await wire.run(connection)


class AsgiWire:
    """A wire over plain ASGI: a reader, and a writer that takes what is queued as fast as the server lets it."""

    def __init__(self, websocket: WebSocket, pause_above_bytes: int) -> None:
        self._websocket = websocket
        self._pause_above_bytes = pause_above_bytes
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._has_work = asyncio.Event()
        self._close_code: int | None = None
        self._connection: Connection | None = None
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._is_paused = False

    def attach(self, connection: Connection) -> None:
        """Tell `connection` what comes in."""
        self._connection = connection

    def write(self, framed: bytes, /) -> None:
        """Queue frames; tell the connection when too much is waiting."""
        self._queue.append(framed)
        self._queued_bytes += len(framed)
        self._has_work.set()
        if self._queued_bytes > self._pause_above_bytes and not self._is_paused and self._connection is not None:
            self._is_paused = True
            self._connection.paused()

    def close(self, code: int) -> None:
        """Close behind what is queued."""
        self._close_code = code
        self._has_work.set()

    def abort(self) -> None:
        """Stop reading and writing. The server behind plain ASGI may keep the socket for a while."""
        self._queue.clear()
        for task in self._tasks:
            task.cancel()

    async def run(self, connection: Connection) -> None:
        """Read and write until either ends."""
        self._tasks = (asyncio.create_task(self._read(connection)), asyncio.create_task(self._write_out()))
        try:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            connection.lost()

    async def _read(self, connection: Connection) -> None:
        while True:
            message: dict[str, Any] = dict(await self._websocket.receive())
            if message["type"] == "websocket.disconnect":
                return
            if (text := message.get("text")) is not None:
                connection.received(text)
            else:
                connection.received_binary()

    async def _write_out(self) -> None:
        try:
            while self._queue or self._close_code is None:
                await self._write_some()
            await self._websocket.close(self._close_code)
            await asyncio.Event().wait()  # The reader sees the peer's answer, or the end of the connection.
        except (WebSocketDisconnect, RuntimeError):
            return  # The peer is gone; the reader says so too.

    async def _write_some(self) -> None:
        if not self._queue:
            self._has_work.clear()
            await self._has_work.wait()
            return
        framed = self._queue.popleft()
        for body in text_bodies(framed):
            await self._websocket.send_text(body.decode())
        self._queued_bytes -= len(framed)
        if self._is_paused and self._queued_bytes <= self._pause_above_bytes // 2:
            self._is_paused = False
            if self._connection is not None:
                self._connection.resumed()
