"""Who may come in, who has kept silent too long, and how all leave."""

from __future__ import annotations

import asyncio
from typing import Any

from realtime.channel import Limits
from realtime.testing import ManualClock, MemoryLog, Peer, settle
from tests.realtime.conftest import ROOM, MakeHub


def bye(code: int) -> dict[str, Any]:
    return {"t": "bye", "code": code}


async def test_without_a_hello_the_connection_ends_after_ten_seconds(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    await clock.advance(9.0)
    assert peer.wire.close_code is None
    await clock.advance(3.0)
    assert peer.take() == [bye(4408) | {"retry_ms": [0, 2000]}]


async def test_a_silent_client_is_closed_after_45_seconds_and_one_that_answers_is_not(
    make_hub: MakeHub, clock: ManualClock
) -> None:
    hub, _ = await make_hub()
    silent, alive = Peer(hub, token="ana"), Peer(hub, token="ben", cid="c_2")
    silent.hello(ROOM)
    alive.hello(ROOM)
    for _ in range(5):
        await clock.advance(9.0)
        alive.say(t="pong")
    await clock.advance(7.0)
    assert (silent.wire.close_code, alive.wire.close_code) == (4410, None)


async def test_the_sixth_socket_of_a_person_is_the_one_that_goes(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peers = [Peer(hub, cid=f"c_{i}") for i in range(6)]
    for peer in peers:
        peer.hello(ROOM)
    await settle()
    assert [peer.wire.close_code for peer in peers] == [None] * 5 + [4513]
    peers[0].lose()
    again = Peer(hub, cid="c_9")
    again.hello(ROOM)
    await settle()
    assert again.wire.close_code is None


async def test_the_same_client_again_replaces_its_old_socket(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    old, new = Peer(hub), Peer(hub)
    old.hello(ROOM)
    await settle()
    new.hello(ROOM)
    await settle()
    assert old.take()[-1] == bye(4506)
    assert (old.wire.close_code, new.wire.close_code) == (4506, None)
    old.lose()
    third = Peer(hub)
    third.hello(ROOM)
    await settle()
    assert new.wire.close_code == 4506


async def test_the_same_client_on_another_node_replaces_its_old_socket(make_hub: MakeHub) -> None:
    (one, _), (two, _) = await make_hub(), await make_hub()
    old, new = Peer(one), Peer(two)
    old.hello(ROOM)
    await settle()
    new.hello(ROOM)
    await settle()
    assert (old.wire.close_code, new.wire.close_code) == (4506, None)


async def test_the_same_cid_of_somebody_else_replaces_nobody(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    ana, ben = Peer(hub, token="ana"), Peer(hub, token="ben")
    ana.hello(ROOM)
    ben.hello(ROOM)
    await settle()
    assert (ana.wire.close_code, ben.wire.close_code) == (None, None)


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


async def test_joins_beyond_those_at_once_wait_and_beyond_those_are_1013(make_hub: MakeHub) -> None:
    hub, host = await make_hub(limits=Limits(joins_at_once=2, joins_waiting=3))
    host.gate = asyncio.Event()
    peers = [Peer(hub, token=f"g_{i}", cid=f"c_{i}") for i in range(6)]
    for peer in peers:
        peer.hello(f"room:{peer.connection.sid}")
    await settle()
    assert len([call for call in host.calls if call == "snapshot"]) == 2
    assert peers[5].take() == [bye(1013) | {"retry_ms": [3000, 10000]}]
    host.gate.set()
    await settle(100)
    assert [peer.wire.close_code for peer in peers[:5]] == [None] * 5
    assert hub.stats()["members"] == 5


async def test_who_is_kicked_while_joining_does_not_get_in(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, host = await make_hub()
    host.gate = asyncio.Event()
    ana, ben = Peer(hub, token="ana"), Peer(hub, token="ben")
    ana.hello(ROOM)
    ben.hello(ROOM)
    await settle()
    hub.kick(ROOM, "ana")
    host.gate.set()
    await settle()
    assert (ana.wire.close_code, ben.wire.close_code) == (4503, None)
    again = Peer(hub, token="ana")
    again.hello(ROOM)
    await settle()
    assert again.wire.close_code is None
