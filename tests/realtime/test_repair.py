"""What happens when the bus loses, repeats, reorders or dies, and when the log does."""

from __future__ import annotations

from random import Random

from realtime.broker import Message
from realtime.broker_memory import MemoryBus
from realtime.frames import Published, encode_event
from realtime.testing import FaultyBroker, ManualClock, MemoryLog, Peer, settle
from tests.realtime.conftest import ROOM, MakeHub, events, tile


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
    assert hub.stats()["repair_skips_total"] == 0
