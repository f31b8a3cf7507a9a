"""The entrance: plain openings of our socket take the short way, everything else fares as without it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from realtime.broker_memory import MemoryBroker
from realtime.entrance import Entrance, entrance
from realtime.hub import Hub
from realtime.lean_protocol import LeanWebSocketProtocol
from realtime.socket import Door, endpoint
from realtime.testing import MemoryHost
from tests.realtime.sockets import handshake, masked
from tests.services import Served, serve

HELLO = masked(b'{"t":"hello","v":1,"cid":"c_9","token":"raw","rooms":[{"r":"room:1"}]}')
OPENING = handshake(80)
SILENCE_S = 0.2  # Longer than an answer takes; what is open after it stays open.


@asynccontextmanager
async def site(*, with_entrance: bool = True, http: Any = Entrance.http) -> AsyncIterator[Served]:
    hub = Hub(MemoryHost(), MemoryBroker())
    await hub.start()
    door = Door(lambda _: hub, ["https://example.org"], path="/live")
    wire = type("Doored", (LeanWebSocketProtocol,), {"__slots__": (), "door": door})

    async def echo(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    routes = [Route("/echo", echo, methods=["GET", "POST"]), WebSocketRoute("/live", endpoint(door))]
    first = type("Watched", (entrance(wire),), {"__slots__": (), "http": http}) if with_entrance else "httptools"
    async with serve(Starlette(routes=routes), ws=wire, http=first) as at:
        yield at
    await hub.drain()


async def answer(at: Served, *pieces: bytes) -> bytes:
    """Send the pieces one after another and read what comes until it ends or there is silence."""
    reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    seen = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65536), SILENCE_S):
            seen += piece
    except TimeoutError:
        seen += b"<open>"
    writer.close()
    return re.sub(rb"date: [^\r]*", b"date: now", seen)


async def joins(at: Served, *pieces: bytes) -> bool:
    """Open a socket with these pieces of a request and enter a room."""
    reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(HELLO)
        seen = await reader.readuntil(b'"t":"snap"')
    writer.close()
    return b'"t":"welcome"' in seen


async def test_an_opening_of_our_socket_needs_no_http_class() -> None:
    class Unneeded(asyncio.Protocol):
        def __init__(self, *_: Any) -> None:
            raise AssertionError("the HTTP class was asked")

    async with site(http=Unneeded) as at:
        assert await joins(at, OPENING)


async def test_an_opening_in_pieces_is_one_too() -> None:
    async with site() as at:
        assert await joins(at, *[bytes((byte,)) for byte in OPENING])


async def test_who_is_silent_is_sent_away_when_the_server_stops() -> None:
    async with site() as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
        await answer(at, b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")  # It was accepted before.
    assert await reader.read() == b""
    writer.close()


def changed(old: bytes, new: bytes) -> bytes:
    assert old in OPENING
    return OPENING.replace(old, new)


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
        b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        changed(b"GET ", b"POST "),
        changed(b"GET ", b"get "),
        changed(b"HTTP/1.1", b"HTTP/1.0"),
        changed(b"/live", b"/Live"),
        changed(b"/live", b"/live?x=1&y=%20"),
        changed(b"/live", b"/live x"),
        changed(b"/live", b"/live\xc3\xa4"),
        changed(b"Upgrade: websocket\r\n", b""),
        changed(b"Upgrade: websocket", b"Upgrade: h2c"),
        changed(b"Upgrade: websocket", b"UPGRADE:WebSocket"),
        changed(b"Upgrade: websocket", b"Upgrade: websocket "),
        changed(b"Connection: Upgrade\r\n", b""),
        changed(b"Connection: Upgrade", b"Connection: keep-alive, Upgrade"),
        changed(b"Connection: Upgrade", b"Connection: close"),
        changed(b"Version: 13", b"Version: 12"),
        changed(b"Key: dGhlIHNhbXBsZSBub25jZQ==", b"Key: short"),
        changed(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nabcde"),
        changed(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\nOrigin: https://evil.example\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\nOrigin: https://example.org\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\nX-Colonless\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\nX-Space : 1\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\nX-Null: a\x00b\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\nX-Folded: a\r\n b\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\nX-Bare: a\nX-More: b\r\n\r\n"),
        changed(b"\r\n\r\n", b"\r\n\r\n" + HELLO),
    ],
)
async def test_whatever_comes_is_answered_as_without_the_entrance(request_: bytes) -> None:
    async with site() as at, site(with_entrance=False) as plain:
        with_entrance, without = await asyncio.gather(answer(at, request_), answer(plain, request_))
    assert with_entrance == without


def test_an_entrance_to_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        entrance(LeanWebSocketProtocol)
