"""What a client that comes, or comes back, is given."""

from __future__ import annotations

import asyncio

from realtime.testing import ManualClock, MemoryLog, Peer, settle
from tests.realtime.conftest import ROOM, MakeHub, events, tile


async def test_a_first_join_gets_a_snapshot_and_then_every_event(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, host = await make_hub()
    log.append(ROOM, {"a": 1})
    peer = Peer(hub)
    peer.hello(ROOM)
    welcome, snap = await peer.answers()
    assert welcome["t"] == "welcome"
    assert snap == {"t": "snap", "r": ROOM, "e": "x7f2", "n": 1, "mid": 0, "why": "first", "d": {"a": 1}}
    hub.publish(log.append(ROOM, {"a": 2}))
    (event,) = await peer.answers()
    assert (event["t"], event["n"], event["d"]) == ("ev", 2, {"a": 2})
    assert "events_since" not in host.calls


async def test_a_resume_is_served_from_memory(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, host = await make_hub()
    stayed, came_back = Peer(hub), Peer(hub, cid="c_2")
    stayed.hello(ROOM)
    await settle()
    for n in range(5):
        hub.publish(log.append(ROOM, {"n": n}, "c_2:9" if n == 1 else None))
    await settle()
    host.calls.clear()
    came_back.hello((ROOM, "x7f2", 2))
    _, resumed, *later = await came_back.answers()
    assert resumed == {"t": "resumed", "r": ROOM, "e": "x7f2", "from": 2, "to": 5, "mid": 9}
    assert events(later) == [3, 4, 5]
    assert host.calls == []


async def test_a_resume_after_a_restart_is_served_from_the_log(make_hub: MakeHub, log: MemoryLog) -> None:
    for n in range(300):
        log.append(ROOM, {"n": n})
    hub, host = await make_hub()
    peers = [Peer(hub, cid=f"c_{i}", token=f"g_{i}") for i in range(20)]
    for i, peer in enumerate(peers):
        peer.hello((ROOM, "x7f2", 299 - i))
    for i, peer in enumerate(peers):
        _, resumed, *later = await peer.answers()
        assert (resumed["t"], resumed["from"], resumed["to"]) == ("resumed", 299 - i, 300)
        assert events(later) == list(range(300 - i, 301))
    assert sorted(host.calls) == ["events_since", "heads"]


async def test_who_cannot_resume_is_told_why(make_hub: MakeHub, log: MemoryLog) -> None:
    for n in range(300):
        log.append(ROOM, {"n": n})
    hub, _ = await make_hub()
    for since, why in [(("x7f2", 99), "too_far"), (("x7f2", 301), "ahead"), (("old", 300), "epoch")]:
        peer = Peer(hub, cid=why)
        peer.hello((ROOM, *since))
        _, snap = await peer.answers()
        assert (snap["t"], snap["why"], snap["n"]) == ("snap", why, 300)


async def test_a_client_that_knows_more_than_the_node_resumes_all_the_same(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, _ = await make_hub()
    early = Peer(hub)
    early.hello(ROOM)
    await settle()
    log.append(ROOM, {"n": 1})
    late = Peer(hub, cid="c_2")
    late.hello((ROOM, "x7f2", 1))
    _, resumed = await late.answers()
    assert (resumed["t"], resumed["to"]) == ("resumed", 1)
    assert events(await early.answers()) == [1]


async def test_a_storm_of_first_joins_reads_the_state_once(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, host = await make_hub()
    host.gate = asyncio.Event()
    peers = [Peer(hub, cid=f"c_{i}", token=f"g_{i}") for i in range(40)]
    for peer in peers:
        peer.hello(ROOM)
    await settle()
    host.gate.set()
    for peer in peers:
        assert [frame["t"] for frame in await peer.answers()] == ["welcome", "snap"]
    assert host.calls == ["snapshot"]
    assert hub.stats()["joins_first_total"] == 40


async def test_events_during_the_read_of_a_snapshot_follow_it(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, host = await make_hub()
    host.gate = asyncio.Event()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    first, second = log.append(ROOM, {"a": 1}), log.append(ROOM, {"b": 1})
    hub.publish(first)
    await settle()
    host.gate.set()
    _, snap = await peer.answers()
    hub.publish(second)
    await settle()
    assert (snap["n"], snap["d"]) == (2, {"a": 1, "b": 1})
    assert peer.take() == []


async def test_a_recent_snapshot_is_used_again_with_the_events_since(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, host = await make_hub()
    one, two = Peer(hub), Peer(hub, cid="c_2")
    one.hello(ROOM)
    await settle()
    for n in range(10):
        hub.publish(log.append(ROOM, {"n": n}))
    await settle()
    two.hello(ROOM)
    _, snap, *later = await two.answers()
    assert snap["n"] == 0
    assert events(later) == list(range(1, 11))
    assert host.calls == ["snapshot"]
    for n in range(10):
        hub.publish(log.append(ROOM, {"n": n}))
    await settle()
    three = Peer(hub, cid="c_3")
    three.hello(ROOM)
    _, snap = await three.answers()
    assert snap["n"] == 20


async def test_a_room_without_a_log_is_numbered_by_each_node(make_hub: MakeHub, log: MemoryLog) -> None:
    (one, _), (two, _) = await make_hub(), await make_hub()
    ana, ben = Peer(one, token="watcher"), Peer(two, token="watcher", cid="c_2")
    ana.hello("floor:1")
    await settle()
    one.publish(tile(1))
    await settle()
    ben.hello("floor:1")
    await settle()
    one.publish(tile(2))
    await settle()
    assert events(ana.take()) == [1, 2]
    frames = ben.take()
    snap = next(frame for frame in frames if frame["t"] == "snap")
    assert (snap["n"], events(frames)) == (0, [1])
    assert snap["e"].startswith(two.node)


async def test_a_room_without_a_log_resumes_on_its_own_node(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, _ = await make_hub()
    one = Peer(hub, token="watcher")
    one.hello("floor:1")
    await settle()
    epoch = next(frame for frame in one.take() if frame["t"] == "snap")["e"]
    hub.publish(tile(1))
    await settle()
    two = Peer(hub, token="watcher", cid="c_2")
    two.hello(("floor:1", epoch, 0))
    _, resumed, event = await two.answers()
    assert (resumed["t"], event["n"]) == ("resumed", 1)


async def test_a_sync_is_answered_with_what_is_missing(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    for number in range(1, 4):
        peer.say(t="do", id=number, r=ROOM, k="put", d={"a": number})
    await settle()
    peer.take()
    peer.say(t="sync", r=ROOM, n=1)
    assert [(frame["t"], frame["n"]) for frame in await peer.answers()] == [("ev", 2), ("ev", 3)]
    peer.say(t="sync", r=ROOM, n=3)
    assert await peer.answers() == [{"t": "head", "r": ROOM, "n": 3}]


async def test_a_sync_from_too_far_back_is_answered_with_a_snapshot(make_hub: MakeHub, log: MemoryLog) -> None:
    for n in range(300):
        log.append(ROOM, {"n": n})
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    peer.take()
    peer.say(t="sync", r=ROOM, n=1)
    (snap,) = await peer.answers()
    assert (snap["t"], snap["n"], snap["why"]) == ("snap", 300, "too_far")


async def test_a_sync_that_knows_more_than_the_node_makes_it_look(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    peer.take()
    log.append(ROOM, {"n": 1})
    peer.say(t="sync", r=ROOM, n=1)
    assert await peer.answers() == [{"t": "head", "r": ROOM, "n": 0}]
    await clock.advance(0.2)
    assert [frame["n"] for frame in await peer.answers()] == [1]
