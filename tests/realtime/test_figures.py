"""What the engine counts, and how long its events are under way."""

from __future__ import annotations

from realtime.broker_memory import MemoryBroker
from realtime.figures import COUNTED, TRAVELLING_MAX, Figures, Spread
from realtime.hub import Hub
from realtime.testing import ManualClock, Peer
from tests.realtime.conftest import ROOM, MakeHub


def noted(hub: Hub, name: str) -> tuple[int, float]:
    """How many values a histogram has, and their sum."""
    spread = hub.figures.spreads[name]
    return sum(spread.counts), spread.total


def test_a_value_counts_in_the_first_bucket_that_reaches_it() -> None:
    spread = Spread((1.0, 2.0))
    for value, times in ((0.5, 1), (1.0, 2), (1.5, 1), (9.0, 1)):
        spread.add(value, times)
    assert (spread.counts, spread.total) == ([3, 1, 1], 13.0)


async def test_what_never_happened_is_counted_too(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    figures = hub.stats()
    assert all(figures[name] == 0 for name in COUNTED)
    assert (figures["joins_resumed_total"], figures["repair_behind_total"]) == (0, 0)


async def test_events_of_one_turn_are_frames_of_one_write_to_each_socket(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, host = await make_hub()
    for name in ("ana", "ben"):
        Peer(hub, token=name, cid=name).hello(ROOM)
    await clock.advance(1)
    for number in range(3):
        hub.publish(host.log.append(ROOM, {"n": number}))
    await clock.advance(0)
    assert noted(hub, "frames_per_write") == (2, 6.0)
    assert noted(hub, "commit_to_socket_seconds") == (3, 0.0)


async def test_an_event_behind_one_that_the_bus_lost_is_timed_until_the_log_has_brought_that(
    make_hub: MakeHub, clock: ManualClock
) -> None:
    hub, host = await make_hub()
    Peer(hub).hello(ROOM)
    await clock.advance(0)
    host.log.append(ROOM, {"of": "another node"})
    hub.publish(host.log.append(ROOM, {}))
    await clock.advance(0)
    assert noted(hub, "commit_to_socket_seconds") == (0, 0.0)
    await clock.advance(2)
    count, total = noted(hub, "commit_to_socket_seconds")
    assert (count, hub.stats()["repair_filled_total"]) == (1, 2)
    assert 0 < total <= 2


async def test_an_event_of_our_own_needs_no_bus_to_our_sockets(make_hub: MakeHub, clock: ManualClock) -> None:
    class Mute(MemoryBroker):
        def publish(self, message: object) -> None:
            """Lose it."""

    hub, host = await make_hub(Mute())
    peer = Peer(hub)
    peer.hello(ROOM)
    await clock.advance(0)
    hub.publish(host.log.append(ROOM, {"a": 1}))
    await clock.advance(0)
    assert peer.take()[-1]["d"] == {"a": 1}


async def test_nothing_is_timed_where_nobody_sits(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, host = await make_hub()
    hub.publish(host.log.append(ROOM, {}))
    await clock.advance(0)
    assert noted(hub, "commit_to_socket_seconds") == (0, 0.0)


def test_events_that_never_come_are_forgotten_in_the_end() -> None:
    figures = Figures()
    for n in range(1, TRAVELLING_MAX + 2):
        figures.left(ROOM, n, 0.0)
    figures.written(ROOM, 0, TRAVELLING_MAX + 1, sockets=1, now=1.0)
    assert sum(figures.spreads["commit_to_socket_seconds"].counts) == TRAVELLING_MAX
