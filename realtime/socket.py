"""The WebSocket endpoint: who may knock, and the wire behind a connection.

Where the server offers a wire of its own (`uvicorn_protocol`) the endpoint hands the connection over and returns; else
it stays, reads, and a writer task turns the shared frames back into ASGI messages.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol, cast

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.channel import Handshake
from realtime.connection import Connection, Wire
from realtime.errors import CloseCode
from realtime.frames import SUBPROTOCOL, text_bodies
from realtime.hub import Hub

EXTENSION = "realtime.wire"

Endpoint = Callable[[WebSocket], Awaitable[None]]


class DirectWire(Wire, Protocol):
    """What a server puts into `scope["extensions"]["realtime.wire"]`."""

    def attach(self, connection: Connection) -> None:
        """Hand over: from here on messages go to `connection`, and the endpoint may return."""


def endpoint(hub: Hub | Callable[[WebSocket], Hub], origins: Collection[str]) -> Endpoint:
    """Make the endpoint of a hub.

    `origins` are the allowed values of Origin, like "https://example.org". A request without Origin does not come from
    a page; it is let in when it brings no cookie either.
    """
    allowed = frozenset(origin.lower().rstrip("/") for origin in origins)
    find = (lambda _: hub) if isinstance(hub, Hub) else hub

    async def live(websocket: WebSocket) -> None:
        if not _may_knock(websocket, allowed):
            await websocket.send_denial_response(PlainTextResponse("this origin is not allowed", status_code=403))
            return
        offered = websocket.scope.get("subprotocols") or []
        chosen = SUBPROTOCOL if SUBPROTOCOL in offered else next(iter(offered), None)
        await websocket.accept(subprotocol=chosen)
        code = None if chosen == SUBPROTOCOL else CloseCode.APP_TOO_OLD if chosen else CloseCode.BAD_PROTOCOL
        await _serve(find(websocket), websocket, code)

    return live


def _may_knock(websocket: WebSocket, allowed: frozenset[str]) -> bool:
    origin = websocket.headers.get("origin")
    if origin is None:
        return not websocket.headers.get("cookie")
    return origin.lower() in allowed


async def _serve(hub: Hub, websocket: WebSocket, code: CloseCode | None) -> None:
    direct = websocket.scope.get("extensions", {}).get(EXTENSION)
    wire = cast("DirectWire", direct) if direct is not None else AsgiWire(websocket, hub.limits.write_buffer_bytes)
    client = websocket.client.host if websocket.client else ""
    connection = Connection(hub, wire, Handshake(dict(websocket.headers), websocket.cookies, client))
    if code is not None:
        connection.close(code)
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
