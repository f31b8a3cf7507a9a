"""Bad input on the wires that we make ourselves: each gets its answer or its end, and the others never notice."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from realtime.frames import SUBPROTOCOL
from tests.realtime.conftest import ROOM, until
from tests.realtime.sockets import Phone, Site, handshake, masked
from tests.realtime.test_wires import HELLO, raw, rest, site, wire

__all__ = ["site", "wire"]

PING = b"\x89\xfd" + bytes(4) + b"p" * 125
PONG = b"\x8a\x7d" + b"p" * 125

Dial = Callable[[Site], Awaitable[Phone]]


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """A phone that is connected; hung up at the end."""
    phones: list[Phone] = []

    async def connected(site: Site) -> Phone:
        options: Any = {"subprotocols": [Subprotocol(SUBPROTOCOL)], "proxy": None, "compression": None}
        phones.append(Phone(await connect(site.address, **options)))
        return phones[-1]

    yield connected
    for phone in phones:
        await phone.socket.close()


async def test_a_control_frame_between_the_fragments_of_a_message_is_answered_at_once(site: Site) -> None:
    reader, writer = await raw(site)
    writer.write(HELLO)
    head, tail = b'{"t":"sync","r":', b'"room:1","n":9}'
    writer.write(b"\x01" + masked(head)[1:] + b"\x89\x82\x00\x00\x00\x00hi" + b"\x80" + masked(tail)[1:])
    seen = b""
    async with asyncio.timeout(5):
        while b'"t":"head"' not in seen:
            seen += await reader.read(4096)
    assert b"\x8a\x02hi" in seen
    await _hung_up(writer)


async def test_thousands_of_pings_are_answered_and_hold_nobody_up(site: Site, dial: Dial) -> None:
    reader, writer = await raw(site)
    writer.write(HELLO)
    other = await dial(site)
    await other.hello(ROOM)
    await other.next("snap")
    seen = b""
    for batch in range(100):
        writer.write(PING * 200)
        if batch == 50:
            await other.say(t="do", id=1, r=ROOM, k="put", d={})
        async with asyncio.timeout(10):
            while seen.count(PONG) < 200:
                seen += await reader.read(1 << 16)
        seen = seen.replace(PONG, b"")
    await other.next("ack")
    await _hung_up(writer)


async def test_answers_to_pings_that_nobody_reads_do_not_pile_up(site: Site) -> None:
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", site.at.port))
    reader, writer = await asyncio.open_connection(sock=stuck)
    writer.write(handshake(site.at.port))
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(40):
        writer.write(PING * 1000)
        await writer.drain()
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    writer.write(HELLO)
    seen, answered = b"", 0
    async with asyncio.timeout(10):
        while b'"t":"snap"' not in seen:
            seen = await reader.read(1 << 20)
            answered += seen.count(PONG)
    # Two kernel buffers and ours, of the five megabytes that were asked for.
    assert answered * len(PONG) < 1_000_000
    await _hung_up(writer)


async def test_who_hangs_up_in_the_middle_of_a_write_takes_nobody_along(site: Site, dial: Dial) -> None:
    steady = await dial(site)
    await steady.hello(ROOM, token="ben", cid="c_2")
    await steady.next("snap")
    reader, writer = await raw(site)
    writer.write(HELLO)
    await until(lambda: site.hub.stats()["members"] == 2)
    for n in range(60):
        site.hub.publish(site.host.log.append(ROOM, {"n": n, "filler": "x" * 1000}))
        if n == 30:
            writer.write(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
        if n % 10 == 0:
            await asyncio.sleep(0)
    bodies, code = await rest(reader)
    assert code == 1000
    numbers = [json.loads(body)["n"] for body in bodies if body.startswith(b'{"t":"ev"')]
    assert numbers == list(range(1, len(numbers) + 1))
    while (await steady.next("ev"))["n"] < 60:
        pass
    assert site.hub.stats()["sockets"] == 1
    await _hung_up(writer)


async def test_handshakes_that_are_never_finished_hold_nobody_up(site: Site, dial: Dial) -> None:
    whole = handshake(site.at.port)
    halves = [await asyncio.open_connection("127.0.0.1", site.at.port) for _ in range(200)]
    for place, (_, writer) in enumerate(halves):
        writer.write(whole[: 1 + place % (len(whole) - 1)])
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    assert site.hub.stats()["sockets"] == 1
    # One of them goes on where it stopped: it is as good as any.
    reader, writer = halves[40]
    writer.write(whole[41:])
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    await _hung_up(*(writer for _, writer in halves))


async def _hung_up(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
