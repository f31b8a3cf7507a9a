from __future__ import annotations

import asyncio
from random import Random

from realtime.broker import Kind, Message
from realtime.broker_memory import MemoryBus
from realtime.channel import Limits
from realtime.frames import Published, encode_event
from realtime.testing import FaultyBroker, ManualClock, MemoryLog, Peer, settle
from tests.realtime.conftest import MakeHub

ROOM = "room:1"


def events(frames: list[dict[str, object]]) -> list[object]:
    return [frame["n"] for frame in frames if frame["t"] == "ev"]


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


async def test_a_lost_message_is_filled_from_the_log_after_a_tenth_of_a_second(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    log.append(ROOM, {"n": 1})
    hub.publish(log.append(ROOM, {"n": 2}))
    await clock.advance(0.09)
    assert events(await peer.answers()) == []
    await clock.advance(0.02)
    assert events(await peer.answers()) == [1, 2]
    assert hub.stats()["repair_filled_total"] == 2


async def test_a_lost_last_message_is_found_by_the_check_of_the_heads(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    log.append(ROOM, {"n": 1})
    await clock.advance(5.0)
    assert events(await peer.answers()) == [1]


async def test_with_the_bus_down_events_travel_by_polling(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    broker = FaultyBroker(MemoryBus(), Random(1))
    hub, _ = await make_hub(broker)
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    broker.fail()
    await settle()
    assert not hub.is_ready
    hub.publish(log.append(ROOM, {"n": 1}))
    await clock.advance(0.5)
    assert events(await peer.answers()) == [1]
    broker.recover()
    await settle()
    assert hub.is_ready
    hub.publish(log.append(ROOM, {"n": 2}))
    assert events(await peer.answers()) == [2]


async def test_a_bus_that_swallows_our_probe_is_down_until_it_comes_back(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    class Silent(FaultyBroker):
        is_swallowing = True
        reconnects = 0

        def received(self, message: Message) -> None:
            if not self.is_swallowing:
                super().received(message)

        def reconnect(self) -> None:
            self.reconnects += 1

    broker = Silent(MemoryBus(), Random(1))
    hub, _ = await make_hub(broker)
    peer = Peer(hub)
    peer.hello(ROOM)
    await clock.advance(9.0)
    assert hub.is_ready
    await clock.advance(4.0)
    assert not hub.is_ready
    assert broker.reconnects == 1
    hub.publish(log.append(ROOM, {"n": 1}))
    await clock.advance(0.5)
    assert 1 in events(await peer.answers())
    broker.is_swallowing = False
    await clock.advance(2.0)
    assert hub.is_ready


async def test_a_log_that_cannot_be_read_is_read_again_later(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, host = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    host.is_down = True
    log.append(ROOM, {"n": 1})
    await clock.advance(6.0)
    assert events(await peer.answers()) == []
    assert hub.stats()["repair_failures_total"] > 0
    host.is_down = False
    await clock.advance(5.0)
    assert events(await peer.answers()) == [1]


async def test_a_restored_backup_sends_everybody_back_for_a_snapshot(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    log.append(ROOM, {"n": 1})
    log.room(ROOM).epoch = "restored"
    await clock.advance(5.0)
    bye = (await peer.answers())[-1]
    assert (bye["t"], bye["code"], peer.wire.close_code) == ("bye", 4409, 4409)
    again = Peer(hub)
    again.hello((ROOM, "x7f2", 0))
    _, snap = await again.answers()
    assert (snap["why"], snap["e"]) == ("epoch", "restored")


async def test_an_event_of_another_history_is_checked_at_once(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    body = encode_event(ROOM, 1, "k", at=clock.utc(), by="g", patch={})
    hub.publish(Published(ROOM, "stale", 1, body))
    await settle()
    assert peer.wire.close_code is None
    log.room(ROOM).epoch = "restored"
    hub.publish(Published(ROOM, "restored", 1, body))
    await settle()
    assert peer.wire.close_code == 4409


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


def tile(number: int) -> Published:
    at = ManualClock().utc()
    body = encode_event("floor:1", 0, "tile.changed", at=at, by="system", patch={"tile": number})
    return Published("floor:1", "", 0, body)


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


async def test_a_room_without_a_log_that_missed_something_makes_its_clients_ask(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub, token="watcher")
    peer.hello("floor:1")
    await clock.advance(6.0)
    peer.take()
    log.append("floor:1", {"tile": 5})
    await clock.advance(6.0)
    ping = (await peer.answers())[-1]
    assert (ping["t"], ping["n"]) == ("ping", 1)
    peer.say(t="sync", r="floor:1", n=0)
    (snap,) = await peer.answers()
    assert (snap["t"], snap["d"], snap["n"]) == ("snap", {"tile": 5}, 1)


async def test_a_room_without_a_log_that_heard_of_the_change_asks_nobody(
    make_hub: MakeHub, log: MemoryLog, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub, token="watcher")
    peer.hello("floor:1")
    await clock.advance(6.0)
    log.append("floor:1", {"tile": 5})
    hub.publish(tile(5))
    await clock.advance(6.0)
    assert "repair_skips_total" not in hub.stats()


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


async def test_a_drain_says_bye_to_everybody_at_moments_of_their_own(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub(limits=Limits(drain_s=4.0))
    peers = [Peer(hub, token=f"g_{i}", cid="c") for i in range(20)]
    for peer in peers:
        peer.hello(ROOM)
    await settle()
    draining = asyncio.ensure_future(hub.drain())
    await clock.advance(2.0)
    gone = [peer for peer in peers if peer.wire.close_code == 1012]
    assert 3 <= len(gone) <= 17
    late = Peer(hub)
    await settle()
    assert late.wire.close_code == 1012
    await clock.advance(2.0)
    for peer in peers:
        assert peer.take()[-1] == {"t": "bye", "code": 1012, "retry_ms": [300, 8000]}
    assert not draining.done()
    for peer in [*peers, late]:
        peer.lose()
    await settle()
    await draining


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
