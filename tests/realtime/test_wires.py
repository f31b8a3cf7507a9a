"""What the wires that we make ourselves promise beyond the suite of `test_socket`: both keep it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from realtime.broker_memory import MemoryBroker
from realtime.channel import Handshake, Identity, Limits
from realtime.frames import SUBPROTOCOL, text_bodies
from realtime.hub import Hub
from realtime.lean_protocol import LeanWebSocketProtocol
from realtime.socket import EXTENSION, Door, endpoint
from realtime.testing import MemoryHost
from realtime.uvicorn_protocol import FastWebSocketProtocol
from tests.realtime.conftest import ROOM, until
from tests.realtime.sockets import Phone, Site, handshake, masked
from tests.services import Served, serve

HELLO = masked(b'{"t":"hello","v":1,"cid":"c_9","token":"raw","rooms":[{"r":"room:1"}]}')


class ImpatientFast(FastWebSocketProtocol):
    farewell_s = 0.5


class ImpatientLean(LeanWebSocketProtocol):
    farewell_s = 0.5


Wire = type[ImpatientFast] | type[ImpatientLean]


@pytest.fixture(params=[ImpatientFast, ImpatientLean])
def wire(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen


@contextlib.asynccontextmanager
async def running(wire: Wire, limits: Limits | None = None, **options: Any) -> AsyncIterator[Site]:
    host = MemoryHost()
    hub = Hub(host, MemoryBroker(), limits=limits or Limits(drain_s=0.05))
    host.publish = hub.publish

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await hub.start()
        yield
        await hub.drain()

    app = Starlette(routes=[WebSocketRoute("/live", endpoint(Door(lambda _: hub, [])))], lifespan=lifespan)
    options = {"ws": wire, "ws_max_size": 16384, "ws_per_message_deflate": False, **options}
    async with serve(app, **options) as at:
        yield Site(hub, host, at)


@pytest.fixture
async def site(wire: Wire) -> AsyncIterator[Site]:
    async with running(wire) as site:
        yield site


async def raw(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection after the handshake, for bytes as they are."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.at.port)
    writer.write(handshake(site.at.port))
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def rest(reader: asyncio.StreamReader) -> tuple[list[bytes], int | None]:
    """Read to the end: the text frames, and the code of the close frame behind them."""
    async with asyncio.timeout(5):
        data = await reader.read(-1)
    at = data.rfind(b"\x88")
    code = struct.unpack("!H", data[at + 2 : at + 4])[0] if at >= 0 else None
    return list(text_bodies(data[:at] if at >= 0 else data)), code


async def test_an_idle_socket_holds_no_task(site: Site) -> None:
    before = len(asyncio.all_tasks())
    _, writer = await raw(site)
    writer.write(HELLO)
    await until(lambda: site.hub.stats()["members"] == 1)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    writer.close()


async def test_bytes_that_trickle_in_one_by_one_are_the_same_frames(site: Site) -> None:
    reader, writer = await raw(site)
    command = masked(b'{"t":"do","id":1,"r":"room:1","k":"put","d":{}}')
    ping = b"\x89\x82\x00\x00\x00\x00hi"
    for byte in HELLO + ping + command + masked(b"x" * 0 + b'{"t":"sync","r":"room:1","n":9}'):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0)
    seen = b""
    async with asyncio.timeout(5):
        while b'"t":"head"' not in seen:
            seen += await reader.read(4096)
    assert seen.index(b"\x8a\x02hi") < seen.index(b'"t":"ack"')
    writer.close()


async def test_frames_before_the_endpoint_is_ready_are_not_lost(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.at.port)
    writer.write(handshake(site.at.port))
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HELLO + masked(b'{"t":"do","id":1,"r":"room:1","k":"put","d":{}}') * 3)
    seen = b""
    async with asyncio.timeout(5):
        while seen.count(b'"t":"ack"') < 3:
            seen += await reader.read(4096)
    assert seen.count(b'"dup":true') == 2
    writer.close()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x05hello", 1002),  # not masked
        (b"\xc1\x80\x00\x00\x00\x00", 1002),  # a reserved bit
        (b"\x83\x80\x00\x00\x00\x00", 1002),  # a reserved opcode
        (b"\x80\x80\x00\x00\x00\x00", 1002),  # a continuation of nothing
        (b"\x01\x81\x00\x00\x00\x00x\x81\x81\x00\x00\x00\x00x", 1002),  # a message inside a message
        (b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + b"x" * 126, 1002),  # a ping that is too long
        (b"\x09\x80\x00\x00\x00\x00", 1002),  # a ping in fragments
        (b"\x81\xfe\x40\x01\x00\x00\x00\x00" + b"x" * 16385, 1009),  # one byte too many
        (b"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00", 1009),  # only the head of something big
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", 1009),
        (b"\x88\x81\x00\x00\x00\x00x", 1002),  # a close of one byte
    ],
)
async def test_abuse_of_the_frame_format_ends_one_connection_and_says_bye(site: Site, data: bytes, code: int) -> None:
    _, other_writer = await raw(site)
    other_writer.write(masked(b'{"t":"hello","v":1,"cid":"c_1","token":"other","rooms":[{"r":"room:1"}]}'))
    reader, writer = await raw(site)
    writer.write(HELLO)
    await until(lambda: site.hub.stats()["members"] == 2)
    writer.write(data)
    bodies, close_code = await rest(reader)
    assert close_code == code
    assert b'{"t":"bye","code":%d}' % code in bodies
    assert site.hub.stats()["members"] == 1
    writer.close()
    other_writer.close()


async def test_a_stuck_phone_is_cut_though_it_has_a_close_to_read(site: Site) -> None:
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", site.at.port))
    stuck.sendall(handshake(site.at.port))
    await until(lambda: site.hub.stats()["sockets"] == 1)
    stuck.sendall(HELLO)
    await until(lambda: site.hub.stats()["members"] == 1)
    for n in range(3000):
        site.hub.publish(site.host.log.append(ROOM, {"n": n, "filler": "x" * 300}))
        if n % 20 == 0:
            await asyncio.sleep(0)
    await until(lambda: site.hub.stats()["sockets"] == 0)
    read = 0
    with contextlib.suppress(ConnectionResetError):
        while data := stuck.recv(65536):
            read += len(data)
    # What the server had let go: two kernel buffers and ours, not the megabyte that was published.
    assert read < 500_000
    stuck.close()


async def test_a_stuck_phone_that_asks_for_the_close_is_cut_too(site: Site) -> None:
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", site.at.port))
    stuck.sendall(handshake(site.at.port))
    await until(lambda: site.hub.stats()["sockets"] == 1)
    stuck.sendall(HELLO)
    await until(lambda: site.hub.stats()["members"] == 1)
    site.hub.publish(site.host.log.append(ROOM, {"filler": "x" * 3_000_000}))
    await until(lambda: site.hub.stats()["sockets_watched"] == 1)
    stuck.sendall(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
    await until(lambda: site.hub.stats()["sockets"] == 0)
    stuck.close()


async def test_a_pause_and_a_resume_lose_nothing_and_keep_the_order(site: Site) -> None:
    reader, writer = await raw(site)
    writer.write(HELLO)
    await until(lambda: site.hub.stats()["members"] == 1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    n = 0
    while not site.hub.stats()["sockets_watched"]:
        n += 1
        site.hub.publish(site.host.log.append(ROOM, {"n": n, "filler": "x" * 3000}))
        await asyncio.sleep(0)
    for _ in range(20):
        n += 1
        site.hub.publish(site.host.log.append(ROOM, {"n": n}))
        await asyncio.sleep(0)
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    seen = b""
    async with asyncio.timeout(5):
        while b'"ev","r":"room:1","n":%d,' % n not in seen:
            seen += await reader.read(65536)
    numbers = [int(part.split(b",", 1)[0]) for part in seen.split(b'"t":"ev","r":"room:1","n":')[1:]]
    assert numbers == list(range(1, n + 1))
    writer.close()


async def test_a_server_that_stops_says_bye_to_each_in_its_own_time(wire: Wire) -> None:
    options: Any = {"subprotocols": [Subprotocol(SUBPROTOCOL)], "proxy": None, "compression": None}
    phones = []
    async with running(wire, Limits(drain_s=0.3)) as site:
        for i in range(5):
            phones.append(Phone(await connect(site.address, **options)))
            await phones[-1].hello(ROOM, token=f"g_{i}", cid=f"c_{i}")
            await phones[-1].next("snap")
    for phone in phones:
        assert await phone.closed() == 1012
        assert phone.seen[-1] == {"t": "bye", "code": 1012, "retry_ms": [300, 8000]}


async def test_other_endpoints_keep_working_under_our_class(wire: Wire, serve: Any) -> None:
    async def echo(websocket: WebSocket) -> None:
        assert EXTENSION in websocket.scope["extensions"]
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    app = Starlette(routes=[WebSocketRoute("/echo", echo)])
    async with serve(app, ws=wire) as at:
        assert isinstance(at, Served)
        async with connect(f"{at.ws}/echo", proxy=None) as client:
            for text in ("one", "two", "x" * 70_000):
                await client.send(text)
                assert await client.recv() == text


async def test_an_endpoint_that_fails_ends_its_connection_only(wire: Wire) -> None:
    async def fail(websocket: WebSocket) -> None:
        await websocket.accept()
        raise RuntimeError("on purpose")

    app = Starlette(routes=[WebSocketRoute("/fail", fail)])
    async with serve(app, ws=wire) as at:
        for _ in range(2):
            async with connect(f"{at.ws}/fail", proxy=None) as client:
                await client.wait_closed()


async def told_by_a_handshake(*, by_door: bool) -> tuple[Handshake, str]:
    """What the host hears of one request from behind a proxy, by the short way or through the application."""
    heard: list[tuple[Handshake, str]] = []

    class Doorman(MemoryHost):
        async def identify(self, handshake: Handshake, token: str | None) -> Identity:
            heard.append((handshake, handshake.client))
            return await super().identify(handshake, "ana")

    hub = Hub(Doorman(), MemoryBroker())
    await hub.start()
    door = Door(lambda _: hub, ["https://example.org"], path="/live")

    async def nobody(websocket: WebSocket) -> None:
        raise AssertionError("the application was asked")

    app = Starlette(routes=[WebSocketRoute("/live", nobody if by_door else endpoint(door))])
    own = {"door": door} if by_door else {}
    async with serve(app, ws=type("Proxied", (LeanWebSocketProtocol,), {"__slots__": (), **own})) as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
        more = b"X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\nOrigin: https://example.org\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
        cookies = b'Cookie: seat="a b"; other=1\r\nCookie: seat=c\r\n\r\n'
        writer.write(handshake(80).removesuffix(b"\r\n").replace(b"/live", b"/live?x=1") + more + cookies)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(HELLO)
        await until(lambda: heard)
        writer.close()
        await hub.drain()
    return heard[0]


async def test_the_short_way_tells_the_host_what_the_application_would_and_does_not_ask_it() -> None:
    short = await told_by_a_handshake(by_door=True)
    assert short == await told_by_a_handshake(by_door=False)
    assert short[1] == "203.0.113.9"


async def test_beside_the_door_the_application_is_asked() -> None:
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())

    door = Door(lambda _: pytest.fail("nobody is behind this door"), [], path="/live")
    app = Starlette(routes=[WebSocketRoute("/live/echo", echo)])
    wire = type("Doored", (LeanWebSocketProtocol,), {"__slots__": (), "door": door})
    async with serve(app, ws=wire) as at, connect(f"{at.ws}/live/echo", proxy=None) as client:
        await client.send("one")
        assert await client.recv() == "one"
