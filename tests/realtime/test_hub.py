"""One process as a whole: fan-out, presence, kicks, long polls, slow phones, the drain."""

from __future__ import annotations

import asyncio

from realtime.broker import Kind, Message
from realtime.testing import ManualClock, MemoryLog, Peer, settle
from tests.realtime.conftest import ROOM, MakeHub, events


async def test_all_sockets_of_a_room_get_the_same_bytes_object(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, _ = await make_hub()
    peers = [Peer(hub, cid=f"c_{i}", token=f"g_{i}") for i in range(3)]
    for peer in peers:
        peer.hello(ROOM)
    await settle()
    for n in range(3):
        hub.publish(log.append(ROOM, {"n": n}))
    await settle()
    first, *others = [peer.wire.writes[-1] for peer in peers]
    assert all(written is first for written in others)
    assert events(peers[0].take()) == [1, 2, 3]


async def test_two_nodes_show_the_same_room(make_hub: MakeHub, log: MemoryLog) -> None:
    (one, _), (two, _) = await make_hub(), await make_hub()
    ana, ben = Peer(one, token="ana", cid="c_1"), Peer(two, token="ben", cid="c_2")
    ana.hello(ROOM)
    ben.hello(ROOM)
    await settle()
    ana.take()
    ben.take()
    ana.say(t="do", id=1, r=ROOM, k="put", d={"by": "ana"})
    await settle()
    ben.say(t="do", id=1, r=ROOM, k="put", d={"by": "ben"})
    assert events(await ana.answers()) == events(await ben.answers()) == [1, 2]


async def test_presence_goes_across_nodes(make_hub: MakeHub, clock: ManualClock) -> None:
    (one, _), (two, _) = await make_hub(), await make_hub()
    ana, ben = Peer(one, token="ana", cid="c_1"), Peer(two, token="ben", cid="c_2")
    ana.hello(ROOM)
    await clock.advance(1.0)
    ben.hello(ROOM)
    await clock.advance(2.0)
    assert present(ana) == present(ben) == {"ana", "ben"}
    ben.lose()
    await clock.advance(11.0)
    assert present(ana) == {"ana", "ben"}
    await clock.advance(2.0)
    assert present(ana) == {"ana"}


def present(peer: Peer) -> set[str]:
    """Who is here, as this client has been told since the beginning."""
    here: set[str] = set()
    for frame in peer.heard():
        if frame["t"] == "pres":
            here = (set() if frame.get("full") else here - set(frame["off"])) | set(frame["on"])
    return here


async def test_presence_says_little_however_much_happens(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub()
    ana = Peer(hub, token="ana")
    ana.hello(ROOM)
    await clock.advance(1.0)
    ana.take()
    for i in range(20):
        peer = Peer(hub, token=f"g_{i}", cid=f"c_{i}")
        peer.hello(ROOM)
        await clock.advance(0.05)
    changes = [frame for frame in ana.take() if frame["t"] == "pres"]
    assert len(changes) <= 3
    await clock.advance(1.0)
    assert len(present(ana)) == 21


async def test_a_long_poll_is_present_too(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub()
    ana = Peer(hub, token="ana")
    ana.hello(ROOM)
    await settle()
    hub.announce(ROOM, "ben")
    await clock.advance(1.0)
    assert present(ana) == {"ana", "ben"}
    await clock.advance(12.0)
    assert present(ana) == {"ana"}


async def test_who_is_kicked_leaves_on_every_node(make_hub: MakeHub, clock: ManualClock) -> None:
    (one, _), (two, _) = await make_hub(), await make_hub()
    here, there, other = Peer(one, token="ana"), Peer(two, token="ana", cid="c_2"), Peer(two, token="ben", cid="c_3")
    for peer in (here, there, other):
        peer.hello(ROOM)
    await settle()
    one.kick(ROOM, "ana")
    await settle()
    assert (here.wire.close_code, there.wire.close_code, other.wire.close_code) == (4503, 4503, None)


async def test_a_room_that_ends_ends_for_everybody_but_not_the_other_rooms_of_a_watcher(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    ana, watcher = Peer(hub, token="ana"), Peer(hub, token="watcher", cid="c_2")
    ana.hello(ROOM)
    watcher.hello(ROOM, "room:2")
    await settle()
    watcher.take()
    hub.kick(ROOM, code=4504)
    await settle()
    assert (ana.wire.close_code, watcher.wire.close_code) == (4504, None)
    assert await watcher.answers() == [{"t": "err", "r": ROOM, "code": "session_closed", "retry": False}]


async def test_a_long_poll_waits_for_the_next_event(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, _ = await make_hub()
    log.append(ROOM, {"n": 1})
    assert await hub.wait_beyond(ROOM, 0, 20.0)
    waiting = asyncio.ensure_future(hub.wait_beyond(ROOM, 1, 20.0))
    await settle()
    assert not waiting.done()
    assert hub.stats()["long_polls"] == 1
    hub.publish(log.append(ROOM, {"n": 2}))
    assert await waiting
    assert hub.stats()["long_polls"] == 0


async def test_a_long_poll_ends_empty_when_nothing_happens(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub()
    waiting = asyncio.ensure_future(hub.wait_beyond(ROOM, 0, 20.0))
    await clock.advance(19.0)
    assert not waiting.done()
    await clock.advance(1.0)
    assert not await waiting
    assert hub.stats()["long_polls"] == 0


async def test_a_cancelled_long_poll_leaves_nothing_behind(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub()
    waiting = asyncio.ensure_future(hub.wait_beyond(ROOM, 0, 20.0))
    await settle()
    waiting.cancel()
    await settle()
    assert hub.stats()["long_polls"] == 0
    await clock.advance(200.0)
    assert hub.stats()["rooms"] == 0


async def test_an_idle_room_is_let_go(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await clock.advance(20.0)
    peer.lose()
    assert hub.stats()["sockets"] == 0
    await clock.advance(50.0)
    assert hub.stats()["rooms"] == 1
    await clock.advance(70.0)
    assert hub.stats()["rooms"] == 0


async def test_every_room_pings_its_members_every_25_seconds_with_the_same_bytes(
    make_hub: MakeHub, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    ana, ben = Peer(hub, token="ana"), Peer(hub, token="ben", cid="c_2")
    ana.hello(ROOM)
    ben.hello(ROOM)
    await settle()
    for _ in range(4):
        ana.say(t="pong")
        ben.say(t="pong")
        await clock.advance(25.0)
    pings = [frame for frame in ana.take() if frame["t"] == "ping"]
    assert pings == [{"t": "ping", "r": ROOM, "n": 0}] * 4
    assert any(written is ben.wire.writes[-1] for written in ana.wire.writes)


async def test_a_stuck_phone_delays_nobody_and_costs_a_bounded_amount(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    stuck, healthy = Peer(hub, token="ana"), Peer(hub, token="ben", cid="c_2")
    stuck.hello(ROOM)
    healthy.hello(ROOM)
    await settle()
    stuck.wire.stall()
    for n in range(1200):
        hub.publish(log.append(ROOM, {"n": n, "filler": "x" * 300}))
        await settle(3)
    assert events(healthy.take()) == list(range(1, 1201))
    assert stuck.wire.unsent_bytes < 66_000
    assert stuck.wire.close_code == 4413
    assert hub.stats()["ring_falls_total"] == 1
    await clock.advance(12.0)
    assert stuck.wire.is_aborted


async def test_a_phone_that_was_stuck_for_a_moment_catches_up_from_the_ring(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    stuck = Peer(hub, pause_above_bytes=1000)
    stuck.hello(ROOM)
    await settle()
    stuck.take()
    stuck.wire.stall()
    for n in range(60):
        hub.publish(log.append(ROOM, {"n": n}))
        await settle(3)
    assert stuck.connection.is_paused
    stuck.wire.release()
    assert not stuck.connection.is_paused
    hub.publish(log.append(ROOM, {"n": 60}))
    assert events(await stuck.answers()) == list(range(1, 62))
    await clock.advance(11.0)
    assert not stuck.wire.is_aborted


async def test_a_phone_that_stays_stuck_is_cut_after_ten_seconds(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    stuck = Peer(hub, pause_above_bytes=100)
    stuck.hello(ROOM)
    await settle()
    stuck.wire.stall()
    hub.publish(log.append(ROOM, {"filler": "x" * 200}))
    await clock.advance(9.0)
    assert not stuck.wire.is_aborted
    await clock.advance(3.0)
    assert stuck.wire.is_aborted
    assert hub.stats()["cut_total"] == 1
    assert hub.stats()["sockets"] == 0


async def test_messages_that_make_no_sense_stop_nothing(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    for body in (b"", b"{}", b"[]", b'{"node":5}'):
        hub.received(Message(Kind.CONTROL, ROOM, "", 0, body))
        hub.received(Message(Kind.PRESENCE, ROOM, "", 0, body))
    hub.received(Message(Kind.EVENT, "floor:9", "", 0, b"not ours"))
    hub.publish(log.append(ROOM, {"n": 1}))
    assert 1 in events(await peer.answers())
    assert hub.stats()["messages_refused_total"] >= 4
