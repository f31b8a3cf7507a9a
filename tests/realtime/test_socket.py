"""Real sockets: uvicorn and the `websockets` client. The direct wire and plain ASGI pass the same suite."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from realtime.broker import Broker
from realtime.broker_memory import MemoryBroker
from realtime.broker_redis import RedisBroker
from realtime.channel import Limits
from realtime.frames import SUBPROTOCOL
from realtime.hub import Hub
from realtime.lean_protocol import LeanWebSocketProtocol
from realtime.socket import Door, endpoint
from realtime.testing import MemoryHost, MemoryLog
from realtime.uvicorn_protocol import FastWebSocketProtocol
from tests.realtime.conftest import ROOM, until
from tests.realtime.sockets import ORIGIN, Phone, Site, handshake, masked
from tests.services import serve

QUICK = Limits(drain_s=0.05)


MakeSite = Callable[..., Awaitable[Site]]
Dial = Callable[..., Awaitable[Phone]]


WIRES = {
    "door": LeanWebSocketProtocol,  # By the short way, past the application.
    "lean": LeanWebSocketProtocol,
    "direct": FastWebSocketProtocol,
    "asgi": "websockets-sansio",
}


@pytest.fixture(params=WIRES)
async def make_site(request: pytest.FixtureRequest) -> AsyncIterator[MakeSite]:
    async with contextlib.AsyncExitStack() as stack:

        async def make(broker: Broker | None = None, log: MemoryLog | None = None, limits: Limits = QUICK) -> Site:
            host = MemoryHost(log)
            hub = Hub(host, broker or MemoryBroker(), limits=limits)
            host.publish = hub.publish

            @contextlib.asynccontextmanager
            async def lifespan(_: Starlette) -> AsyncIterator[None]:
                await hub.start()
                yield
                await hub.drain()

            door = Door(lambda _: hub, [ORIGIN], path="/live")
            app = Starlette(routes=[WebSocketRoute("/live", endpoint(door))], lifespan=lifespan)
            wire: Any = WIRES[request.param]
            if request.param == "door":
                wire = type("ByTheDoor", (wire,), {"__slots__": (), "door": door})
            options: dict[str, Any] = {
                "ws": wire,
                "ws_max_size": limits.frame_bytes,
                "ws_per_message_deflate": False,
                "ws_ping_interval": None,
            }
            return Site(hub, host, await stack.enter_async_context(serve(app, **options)))

        yield make


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site()


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    async with contextlib.AsyncExitStack() as stack:

        async def connected(site: Site, **options: Any) -> Phone:
            options = {"subprotocols": [Subprotocol(SUBPROTOCOL)], "proxy": None, "compression": None, **options}
            return Phone(await stack.enter_async_context(connect(site.address, **options)))

        yield connected


async def test_hello_snapshot_command_event(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    assert phone.socket.subprotocol == SUBPROTOCOL
    await phone.hello(ROOM)
    assert (await phone.next("welcome"))["v"] == 1
    assert (await phone.next("snap"))["d"] == {}
    await phone.say(t="do", id=1, r=ROOM, k="put", d={"name": "Žofie 🍕"})
    await phone.next("ack")
    event = next((frame for frame in phone.seen if frame["t"] == "ev"), None) or await phone.next("ev")
    assert (event["n"], event["m"], event["d"]) == (1, "c_1:1", {"name": "Žofie 🍕"})


async def test_frames_that_come_in_one_read_are_all_taken_in_order(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    for number in range(1, 13):
        await phone.say(t="do", id=number, r=ROOM, k="put", d={"n": number})
    acks = [(await phone.next("ack"))["id"] for _ in range(12)]
    assert acks == list(range(1, 13))


async def test_a_message_in_fragments_is_one_message(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")

    async def pieces() -> AsyncIterator[str]:
        for piece in ('{"t":"do","id":1,', '"r":"room:1","k":"put",', '"d":{"whole":"yes ž"}}'):
            yield piece

    await phone.socket.send(pieces())
    await phone.next("ack")
    await phone.say(t="do", id=2, r=ROOM, k="put", d={})
    assert (await phone.next("ack"))["id"] == 2


async def test_a_ping_of_the_websocket_is_answered(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    async with asyncio.timeout(5):
        await (await phone.socket.ping())


async def test_a_room_full_of_phones_all_hear_everything(site: Site, dial: Dial) -> None:
    phones = [await dial(site) for _ in range(20)]
    for i, phone in enumerate(phones):
        await phone.hello(ROOM, token=f"g_{i}", cid=f"c_{i}")
    for phone in phones:
        await phone.next("snap")
    for n in range(200):
        site.hub.publish(site.host.log.append(ROOM, {"n": n}))
        if n % 7 == 0:
            await asyncio.sleep(0)
    for phone in phones:
        assert [(await phone.next("ev"))["n"] for _ in range(200)] == list(range(1, 201))


async def test_a_large_snapshot_arrives(site: Site, dial: Dial) -> None:
    site.host.log.append(ROOM, {"text": "x" * 300_000})
    phone = await dial(site, max_size=None)
    await phone.hello(ROOM)
    assert len((await phone.next("snap"))["d"]["text"]) == 300_000


async def test_a_phone_that_left_is_forgotten(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    assert (site.hub.stats()["sockets"], site.hub.stats()["members"]) == (1, 1)
    await phone.socket.close()
    await until(lambda: site.hub.stats()["sockets"] == 0)
    assert site.hub.stats()["members"] == 0


async def test_a_connection_that_is_cut_is_forgotten(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    phone.socket.transport.abort()
    await until(lambda: site.hub.stats()["sockets"] == 0)


async def test_a_resume_over_a_new_socket(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    await phone.socket.close()
    for n in range(3):
        site.hub.publish(site.host.log.append(ROOM, {"n": n}))
    again = await dial(site)
    await again.hello(ROOM, e="x7f2", n=1)
    resumed = await again.next("resumed")
    assert (resumed["from"], resumed["to"]) == (1, 3)
    assert [(await again.next("ev"))["n"] for _ in range(2)] == [2, 3]


# Who may knock


async def test_a_foreign_origin_is_refused_before_the_socket_opens(site: Site, dial: Dial) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await dial(site, origin="https://evil.example")
    assert refused.value.response.status_code == 403
    assert site.hub.stats()["sockets"] == 0


async def test_our_origin_is_let_in_with_its_cookie(site: Site, dial: Dial) -> None:
    phone = await dial(site, origin="https://EXAMPLE.org", additional_headers={"Cookie": "session=ana"})
    await phone.hello(ROOM, token=None)
    await phone.next("snap")


async def test_a_cookie_without_an_origin_is_refused(site: Site, dial: Dial) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await dial(site, additional_headers={"Cookie": "session=ana"})
    assert refused.value.response.status_code == 403


async def test_who_is_not_signed_in_hears_it(site: Site, dial: Dial) -> None:
    phone = await dial(site, origin=ORIGIN)
    await phone.hello(ROOM, token=None)
    assert await phone.closed() == 4501
    assert phone.seen == [{"t": "bye", "code": 4501}]


async def test_another_version_of_the_protocol_is_told_to_reload(site: Site, dial: Dial) -> None:
    phone = await dial(site, subprotocols=["splittable.v0.json"])
    assert await phone.closed() == 4505
    assert phone.seen == [{"t": "bye", "code": 4505}]


async def test_no_protocol_at_all_is_a_bad_protocol(site: Site, dial: Dial) -> None:
    phone = await dial(site, subprotocols=None)
    assert await phone.closed() == 4500


# Bad input


async def test_a_frame_over_16_kib_is_1009_and_the_room_lives(site: Site, dial: Dial) -> None:
    big, other = await dial(site), await dial(site)
    await big.hello(ROOM, cid="c_1")
    await other.hello(ROOM, cid="c_2", token="ben")
    await other.next("snap")
    await big.say(t="do", id=1, r=ROOM, k="put", d={"x": "x" * 100_000})
    assert await big.closed() == 1009
    await other.say(t="do", id=1, r=ROOM, k="put", d={})
    await other.next("ack")


async def test_exactly_16_kib_are_taken(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    text = orjson.dumps({"t": "do", "id": 1, "r": ROOM, "k": "put", "d": {"x": ""}}).decode()
    await phone.socket.send(text.replace('""', '"' + "x" * (16384 - len(text)) + '"'))
    await phone.next("ack")


async def test_fragments_that_add_up_to_too_much_are_1009(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")

    async def pieces() -> AsyncIterator[str]:
        for _ in range(4):
            yield "x" * 6000

    with contextlib.suppress(ConnectionClosed):
        await phone.socket.send(pieces())
    assert await phone.closed() == 1009


async def test_binary_frames_are_an_error_and_then_the_end(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    await phone.socket.send(b"\x00\x01")
    assert (await phone.next("err"))["code"] == "bad_request"
    await phone.socket.send(b"\x00\x01")
    assert await phone.closed() == 4500


@pytest.mark.parametrize("whole", [True, False])
async def test_bytes_that_are_no_text_are_1007(site: Site, dial: Dial, whole: bool) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    await phone.socket.send(b'{"t":"pong","x":"\xff"}' if whole else [b'{"t":"pong",', b'"x":"\xff"}'], text=True)
    assert await phone.closed() == 1007


async def test_commands_before_the_hello_are_4500(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.say(t="do", id=1, r=ROOM, k="put", d={})
    assert await phone.closed() == 4500


async def test_a_flood_ends_in_4429(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    with contextlib.suppress(ConnectionClosed):
        for _ in range(60):
            await phone.say(t="sync", r=ROOM, n=0)
    assert await phone.closed() == 4429


async def test_a_close_of_the_client_is_answered(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    await phone.socket.close(1000)
    assert phone.socket.close_code == 1000


async def test_a_kick_reaches_the_phone_with_its_code(site: Site, dial: Dial) -> None:
    phone = await dial(site)
    await phone.hello(ROOM)
    await phone.next("snap")
    site.hub.kick(ROOM, "ana")
    assert await phone.closed() == 4503
    assert phone.seen[-1] == {"t": "bye", "code": 4503}


# Slow readers, the end of the server, several nodes


async def test_a_phone_that_never_reads_harms_nobody(site: Site, dial: Dial) -> None:
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", site.at.port))
    stuck.sendall(handshake(site.at.port))
    await until(lambda: site.hub.stats()["sockets"] == 1)
    stuck.sendall(masked(b'{"t":"hello","v":1,"cid":"c_9","token":"stuck","rooms":[{"r":"room:1"}]}'))
    healthy = await dial(site)
    await healthy.hello(ROOM)
    await healthy.next("snap")
    await until(lambda: site.hub.stats()["members"] == 2)
    for n in range(3000):
        site.hub.publish(site.host.log.append(ROOM, {"n": n, "filler": "x" * 3000}))
        if n % 10 == 9:
            while (await healthy.next("ev"))["n"] <= n:
                pass
    assert [frame["n"] for frame in healthy.seen if frame["t"] == "ev"] == list(range(1, 3001))
    assert site.hub.stats()["ring_falls_total"] == 1
    assert site.hub.stats()["closed_4413_total"] == 1
    stuck.close()


async def test_two_nodes_on_one_redis_show_the_same_room(make_site: MakeSite, dial: Dial, redis_url: str) -> None:
    log = MemoryLog()
    one = await make_site(RedisBroker(redis_url, prefix="two nodes"), log)
    two = await make_site(RedisBroker(redis_url, prefix="two nodes"), log)
    ana, ben = await dial(one), await dial(two)
    await ana.hello(ROOM, token="ana", cid="c_1")
    await ben.hello(ROOM, token="ben", cid="c_2")
    await ana.next("snap")
    await ben.next("snap")
    for number in range(1, 10):
        await ana.say(t="do", id=number, r=ROOM, k="put", d={"ana": number})
        await ben.say(t="do", id=number, r=ROOM, k="put", d={"ben": number})
    for phone in (ana, ben):
        assert [(await phone.next("ev"))["n"] for _ in range(18)] == list(range(1, 19))
    await until(lambda: one.hub.is_ready and two.hub.is_ready)
