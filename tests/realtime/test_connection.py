"""The protocol of one socket, word for word, without a network."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from realtime.channel import Limits
from realtime.errors import CloseCode, Rejected, SessionExpired
from realtime.testing import ManualClock, MemoryHost, MemoryLog, Peer, settle
from tests.realtime.conftest import MakeHub

ROOM = "room:1"


@pytest.fixture
async def peer(make_hub: MakeHub) -> Peer:
    """A client that has said hello and is in the room."""
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    peer.take()
    return peer


def bye(code: int) -> dict[str, Any]:
    return {"t": "bye", "code": code}


async def test_the_welcome_says_who_you_are_what_time_it_is_and_what_is_allowed(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello()
    assert await peer.answers() == [
        {
            "t": "welcome",
            "v": 1,
            "sid": peer.connection.sid,
            "now": "2026-11-21T18:04:05.123456Z",
            "ping_s": 25.0,
            "limits": {"frame_bytes": 16384, "burst": 20, "per_s": 5.0},
        }
    ]


async def test_every_join_is_answered_once_and_in_order(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello("room:1", "room:secret", "room:2", "room:1")
    answers = await peer.answers()
    assert [(frame["t"], frame.get("r")) for frame in answers] == [
        ("welcome", None),
        ("snap", "room:1"),
        ("err", "room:secret"),
        ("snap", "room:2"),
        ("err", "room:1"),
    ]
    assert answers[2] == {"t": "err", "r": "room:secret", "code": "forbidden", "retry": False}
    assert answers[4]["code"] == "bad_request"


async def test_who_gets_into_no_room_is_sent_away(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello("room:secret")
    assert (await peer.answers())[1:] == [
        {"t": "err", "r": "room:secret", "code": "forbidden", "retry": False},
        bye(4503),
    ]
    assert peer.wire.close_code == 4503


async def test_without_a_session_there_is_no_welcome(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub, token=None)
    peer.hello(ROOM)
    assert await peer.answers() == [bye(4501)]


async def test_an_expired_session_is_told_apart(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    host.rejection = SessionExpired()
    peer = Peer(hub)
    peer.hello(ROOM)
    assert await peer.answers() == [bye(4441) | {"retry_ms": [0, 2000]}]


async def test_a_failing_host_ends_the_hello_with_4400_and_the_join_with_an_error(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    host.is_down = True
    peer = Peer(hub)
    peer.hello(ROOM)
    _, err, end = await peer.answers()
    assert err == {"t": "err", "r": ROOM, "code": "internal", "retry": True}
    assert end["code"] == 4409


async def test_a_command_is_answered_after_its_commit(peer: Peer) -> None:
    peer.say(t="do", id=1, r=ROOM, k="put", d={"a": 1})
    frames = await peer.answers()
    assert {"t": "ack", "id": 1, "r": ROOM, "n": 1} in frames
    assert next(frame for frame in frames if frame["t"] == "ev")["m"] == "c_1:1"


async def test_a_command_that_comes_again_is_applied_once(peer: Peer) -> None:
    for _ in range(2):
        peer.say(t="do", id=1, r=ROOM, k="put", d={"a": 1})
    acks = [frame for frame in await peer.answers() if frame["t"] == "ack"]
    assert acks == [{"t": "ack", "id": 1, "r": ROOM, "n": 1}, {"t": "ack", "id": 1, "r": ROOM, "n": 1, "dup": True}]


async def test_commands_of_one_connection_run_in_order(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    peer.take()
    host.gate = asyncio.Event()
    for number in range(1, 11):
        peer.say(t="do", id=number, r=ROOM, k="put", d={"a": number})
    await settle()
    assert host.calls.count("handle") == 1
    host.gate.set()
    frames = await peer.answers()
    assert [frame["id"] for frame in frames if frame["t"] == "ack"] == list(range(1, 11))


async def test_an_idle_connection_holds_no_task(make_hub: MakeHub) -> None:
    before = asyncio.all_tasks()
    hub, _ = await make_hub()
    peers = [Peer(hub, cid=f"c_{i}", token=f"g_{i}") for i in range(10)]
    for peer in peers:
        peer.hello(ROOM)
        peer.say(t="do", id=1, r=ROOM, k="put", d={"a": 1})
    await settle()
    assert asyncio.all_tasks() == before


async def test_commands_right_behind_the_hello_wait_for_the_join(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    peer.say(t="do", id=1, r=ROOM, k="put", d={"a": 1})
    assert [frame["t"] for frame in await peer.answers()][:4] == ["welcome", "snap", "ev", "ack"]


async def test_the_answer_to_a_command_comes_in_one_write_with_its_event(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    ana, ben = Peer(hub, token="ana"), Peer(hub, token="ben", cid="c_2")
    for peer in (ana, ben):
        peer.hello(ROOM)
    await settle()
    before = len(ana.wire.writes), len(ben.wire.writes)
    host.is_prompt = True
    ana.say(t="do", id=1, r=ROOM, k="put", d={"a": 1})
    await settle()
    assert (len(ana.wire.writes), len(ben.wire.writes)) == (before[0] + 1, before[1] + 1)
    assert [frame["t"] for frame in ana.take()][-2:] == ["ev", "ack"]
    assert ben.take()[-1]["t"] == "ev"


@pytest.mark.parametrize("is_prompt", [True, False])
async def test_answers_come_in_the_order_of_their_commands(make_hub: MakeHub, *, is_prompt: bool) -> None:
    hub, host = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    peer.take()
    host.is_prompt = is_prompt
    for number, k in enumerate(("put", "refuse", "crash", "put", "refuse"), 1):
        peer.say(t="do", id=number, r=ROOM, k=k, d={})
    frames = [frame for frame in await peer.answers() if frame["t"] != "ev"]
    assert [(frame["t"], frame["id"]) for frame in frames] == [
        ("ack", 1),
        ("err", 2),
        ("err", 3),
        ("ack", 4),
        ("err", 5),
    ]
    assert [frame["code"] for frame in frames if frame["t"] == "err"] == ["refused", "internal", "refused"]


async def test_who_hangs_up_right_behind_a_command_gets_no_answer(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    host.is_prompt = True
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    before = len(peer.wire.writes)
    peer.say(t="do", id=1, r=ROOM, k="put", d={"a": 1})
    peer.connection.lost()
    await settle()
    assert len(peer.wire.writes) == before
    assert len(host.log.room(ROOM).events) == 1


async def test_a_refused_command_is_an_error_with_its_number(peer: Peer) -> None:
    peer.say(t="do", id=5, r=ROOM, k="launch", d={})
    assert await peer.answers() == [{"t": "err", "id": 5, "r": ROOM, "code": "refused", "retry": False, "n": 0}]


async def test_a_command_that_crashes_the_host_can_be_tried_again(peer: Peer) -> None:
    peer.say(t="do", id=5, r=ROOM, k="crash", d={})
    peer.say(t="do", id=6, r=ROOM, k="put", d={})
    frames = await peer.answers()
    assert frames[0] == {"t": "err", "id": 5, "r": ROOM, "code": "internal", "retry": True}
    assert {"t": "ack", "id": 6, "r": ROOM, "n": 1} in frames


async def test_a_room_one_is_not_in_takes_no_commands_and_no_questions(peer: Peer) -> None:
    peer.say(t="do", id=5, r="room:2", k="put", d={})
    peer.say(t="sync", r="room:2", n=0)
    assert await peer.answers() == [
        {"t": "err", "id": 5, "r": "room:2", "code": "not_joined", "retry": False},
        {"t": "err", "r": "room:2", "code": "not_joined", "retry": False},
    ]


async def test_a_full_inbox_refuses_and_the_others_are_served(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    peer.take()
    host.gate = asyncio.Event()
    for number in range(1, 19):
        peer.say(t="do", id=number, r=ROOM, k="put", d={})
    frames = await peer.answers()
    assert [(frame["id"], frame["code"], frame["retry"]) for frame in frames] == [
        (17, "too_many", True),
        (18, "too_many", True),
    ]
    host.gate.set()
    assert len([frame for frame in await peer.answers() if frame["t"] == "ack"]) == 16
    assert hub.stats()["inbox_overflows_total"] == 2


async def test_a_gap_in_the_presence_is_filled_on_request(peer: Peer) -> None:
    peer.say(t="sync", r=ROOM, n=0, pv=99)
    await settle()
    head, pres = peer.take()
    assert head["t"] == "head"
    assert (pres["t"], pres["full"], pres["on"]) == ("pres", True, ["ana"])


# Limits


@pytest.mark.parametrize("text", ["nonsense", '{"t":"do","id":1,"r":"room:1","k":"put"}', '{"t":"pong"}', "{}"])
async def test_anything_before_the_hello_ends_the_connection(make_hub: MakeHub, text: str) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.connection.received(text)
    assert peer.take()[-1] == bye(4500)


async def test_a_binary_frame_before_the_hello_ends_the_connection(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub)
    peer.connection.received_binary()
    assert peer.wire.close_code == 4500


@pytest.mark.parametrize("offence", ["binary", "malformed", "hello"])
async def test_the_first_offence_is_an_error_and_the_second_is_the_end(peer: Peer, offence: str) -> None:
    def offend() -> None:
        match offence:
            case "binary":
                peer.connection.received_binary()
            case "malformed":
                peer.connection.received("{nonsense")
            case _:
                peer.hello(ROOM)

    offend()
    (err,) = await peer.answers()
    assert (err["t"], err["code"], err["retry"]) == ("err", "bad_request", False)
    peer.say(t="sync", r=ROOM, n=0)
    assert len(await peer.answers()) == 1
    offend()
    assert (await peer.answers())[-1] == bye(4500)
    assert peer.wire.close_code == 4500


async def test_an_unknown_type_is_an_error_and_never_the_end(peer: Peer) -> None:
    for _ in range(5):
        peer.say(t="launch", id=3, r=ROOM, extra=[1, 2])
    assert (
        await peer.answers()
        == [{"t": "err", "id": 3, "r": ROOM, "code": "bad_request", "retry": False, "msg": "unknown type"}] * 5
    )


async def test_a_frame_over_the_limit_is_1009(peer: Peer) -> None:
    peer.say(t="do", id=1, r=ROOM, k="put", d={"a": "x" * 17_000})
    assert await peer.answers() == [bye(1009)]


async def test_a_flood_is_4429(peer: Peer, clock: ManualClock) -> None:
    await clock.advance(4.0)
    for _ in range(20):
        peer.say(t="sync", r=ROOM, n=0)
        await settle(5)
    assert peer.wire.close_code is None
    peer.say(t="sync", r=ROOM, n=0)
    assert peer.take()[-1] == bye(4429) | {"retry_ms": [0, 2000]}


async def test_five_a_second_are_no_flood(peer: Peer, clock: ManualClock) -> None:
    for _ in range(100):
        peer.say(t="sync", r=ROOM, n=0)
        await clock.advance(0.2)
    assert peer.wire.close_code is None


async def test_the_pongs_of_many_rooms_are_no_flood(make_hub: MakeHub) -> None:
    hub, _ = await make_hub()
    peer = Peer(hub, token="watcher")
    peer.hello(*(f"room:{i}" for i in range(60)))
    await settle()
    for _ in range(60):
        peer.say(t="pong")
    assert peer.wire.close_code is None


async def test_a_room_takes_thirty_commands_a_second_from_all_together(make_hub: MakeHub, clock: ManualClock) -> None:
    hub, _ = await make_hub()
    peers = [Peer(hub, token=f"g_{i}", cid=f"c_{i}") for i in range(4)]
    for peer in peers:
        peer.hello(ROOM)
    await settle()
    for number in range(1, 11):
        for peer in peers:
            peer.say(t="do", id=number, r=ROOM, k="put", d={})
        await settle()
    frames = [frame for peer in peers for frame in peer.take()]
    assert len([frame for frame in frames if frame["t"] == "ack"]) == 30
    refusals = [frame for frame in frames if frame["t"] == "err"]
    assert {(frame["code"], frame["retry"]) for frame in refusals} == {("too_many", True)}
    assert len(refusals) == 10


async def test_a_full_room_is_an_error_of_the_join(make_hub: MakeHub) -> None:
    hub, _ = await make_hub(limits=Limits(people_per_room=2))
    peers = [Peer(hub, token=f"g_{i}", cid=f"c_{i}") for i in range(3)]
    for peer in peers:
        peer.hello(ROOM)
        await settle()
    assert [frame.get("code") for frame in peers[2].take()] == [None, "room_full", 4503]


async def test_two_hundred_rooms_in_a_hello_are_too_many(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    peer = Peer(hub)
    peer.hello(*(f"room:{i}" for i in range(200)))
    assert [frame.get("code") for frame in await peer.answers()] == ["bad_request", 4500]
    assert host.calls == []


# The end


async def test_nothing_is_taken_and_nothing_is_said_after_the_bye(peer: Peer) -> None:
    peer.connection.close(CloseCode.RESTART)
    peer.connection.close(CloseCode.INTERNAL)
    peer.say(t="do", id=1, r=ROOM, k="put", d={})
    peer.connection.received_binary()
    assert [frame["t"] for frame in await peer.answers()] == ["bye"]
    assert peer.wire.close_code == 1012


async def test_who_does_not_answer_the_close_is_cut(peer: Peer, clock: ManualClock) -> None:
    peer.connection.close(CloseCode.RESTART)
    await clock.advance(9.0)
    assert not peer.wire.is_aborted
    await clock.advance(3.0)
    assert peer.wire.is_aborted


async def test_a_command_under_way_is_finished_though_the_phone_is_gone(make_hub: MakeHub, log: MemoryLog) -> None:
    hub, host = await make_hub()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    host.gate = asyncio.Event()
    peer.say(t="do", id=1, r=ROOM, k="put", d={"a": 1})
    peer.say(t="do", id=2, r=ROOM, k="put", d={"a": 2})
    await settle()
    peer.lose()
    host.gate.set()
    await settle()
    assert log.room(ROOM).view == {"a": 1}
    again = Peer(hub)
    again.hello((ROOM, "x7f2", 0))
    assert [frame.get("mid") for frame in await again.answers() if frame["t"] == "resumed"] == [1]


async def test_a_phone_that_is_gone_before_its_join_is_done_leaves_nothing(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    host.gate = asyncio.Event()
    peer = Peer(hub)
    peer.hello(ROOM)
    await settle()
    peer.lose()
    peer.lose()
    host.gate.set()
    await settle()
    assert (hub.stats()["sockets"], hub.stats()["members"]) == (0, 0)
    assert peer.take() == []


async def test_a_host_may_close_with_a_code_of_its_own(make_hub: MakeHub) -> None:
    hub, host = await make_hub()
    host.rejection = Rejected(CloseCode.APP_TOO_OLD)
    peer = Peer(hub)
    peer.hello(ROOM)
    assert await peer.answers() == [bye(4505)]


def test_a_memory_host_is_a_channel(log: MemoryLog) -> None:
    assert orjson.loads(log.append(ROOM, {}).body)["n"] == 1
    assert MemoryHost(log).log is log
