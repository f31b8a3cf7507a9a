from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
import pytest

from realtime.channel import Identity, Limits, Position, Published, Snapshot
from realtime.frames import Snap, encode_event, text_bodies, text_frame
from realtime.room import FRAMED_SNAPSHOTS_MAX, Delivery, Room, Shared, Taken, Verdict

AT = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(eq=False)
class Someone:
    """A member that keeps what it is given."""

    who: Identity = field(default_factory=lambda: Identity("ana", "person", "ana"))
    is_paused: bool = False
    heard: list[bytes] = field(default_factory=list)

    def write(self, framed: bytes, /) -> None:
        self.heard.append(framed)

    def close(self, code: int) -> None:
        raise AssertionError(code)

    def dismiss(self, room: str, code: int) -> None:
        raise AssertionError(code)


def named(name: str) -> Someone:
    return Someone(Identity(name, "person", name))


def room(n: int | None = 0, **limits: float) -> Room:
    opened = Room("r", "own.1", limits=Limits(**limits), now=0.0, first_ping_s=25.0)  # type: ignore[arg-type]
    if n is not None:
        opened.open_at(Position("x7f2", n))
    return opened


def event(n: int, epoch: str = "x7f2") -> Published:
    return Published("r", epoch, n, encode_event("r", n, "k", at=AT, by="g", patch={"n": n}))


def numbers(delivery: Delivery | None) -> list[int]:
    return [orjson.loads(body)["n"] for body in text_bodies(delivery.framed)] if delivery else []


def test_events_of_one_turn_are_one_write_for_everybody() -> None:
    opened, ana, ben = room(), named("ana"), named("ben")
    opened.enter(ana, 0.0)
    opened.enter(ben, 0.0)
    assert [opened.receive(event(n), 0.0) for n in (1, 2, 3)] == [Taken.READY] * 3
    delivery = opened.flush()
    assert delivery is not None
    assert delivery.to == (ana, ben)
    assert numbers(delivery) == [1, 2, 3]
    assert opened.flush() is None


def test_a_single_event_is_written_as_the_very_bytes_of_the_ring() -> None:
    opened = room()
    opened.receive(event(1), 0.0)
    delivery = opened.flush()
    assert delivery is not None
    assert delivery.framed is opened.backlog.after(0)[0]


def test_repeats_are_dropped_and_a_hole_is_waited_for() -> None:
    opened = room()
    assert opened.receive(event(3), 1.0) is Taken.HELD
    assert opened.receive(event(2), 1.0) is Taken.HELD
    assert opened.flush() is None
    assert opened.receive(event(1), 1.0) is Taken.READY
    assert numbers(opened.flush()) == [1, 2, 3]
    assert opened.receive(event(2), 1.0) is Taken.KNOWN
    assert not opened.has_hole(99.0)


def test_a_hole_is_one_after_a_tenth_of_a_second() -> None:
    opened = room()
    opened.receive(event(2), 1.0)
    assert not opened.has_hole(1.09)
    assert opened.has_hole(1.1)
    assert opened.wakes_at() <= 1.1


def test_a_second_hole_gets_its_own_time() -> None:
    opened = room()
    opened.receive(event(2), 1.0)
    opened.receive(event(4), 1.05)
    opened.receive(event(1), 1.09)
    assert not opened.has_hole(1.15)
    assert opened.has_hole(1.2)


def test_what_comes_before_the_position_is_known_waits_for_it() -> None:
    opened = room(None)
    assert opened.receive(event(6), 0.0) is Taken.HELD
    assert opened.receive(event(4), 0.0) is Taken.HELD
    opened.open_at(Position("x7f2", 5))
    assert numbers(opened.flush()) == [6]


def test_an_event_of_another_history_is_foreign() -> None:
    assert room().receive(event(1, "other"), 0.0) is Taken.FOREIGN


def test_a_reset_forgets_everything_and_names_the_members() -> None:
    opened, ana = room(), named("ana")
    opened.enter(ana, 0.0)
    opened.receive(event(1), 0.0)
    assert opened.reset(Position("new", 40)) == (ana,)
    assert (opened.epoch, opened.n, opened.sent) == ("new", 40, 40)
    assert opened.flush() is None


def test_a_room_without_a_log_numbers_its_events_itself() -> None:
    opened = room(None)
    body = encode_event("r", 0, "k", at=AT, by="g", patch={})
    assert opened.receive(Published("r", "", 0, body), 0.0) is Taken.READY
    assert opened.receive(Published("r", "", 0, body), 0.0) is Taken.READY
    assert numbers(opened.flush()) == [1, 2]
    assert (opened.epoch, opened.is_logged) == ("own.1", False)
    assert opened.receive(event(3), 0.0) is Taken.FOREIGN


def test_a_skip_leaves_a_hole_that_clients_notice() -> None:
    opened, ana = room(None), named("ana")
    opened.open_at(Position("", 0))
    opened.enter(ana, 0.0)
    assert numbers(opened.skip()) == [1]
    assert opened.verdict(Position("own.1", 0)) is Verdict.TOO_FAR


def test_a_paused_member_costs_a_cursor_and_catches_up_from_the_ring() -> None:
    opened, ana, ben = room(), named("ana"), named("ben")
    opened.enter(ana, 0.0)
    opened.enter(ben, 0.0)
    opened.receive(event(1), 0.0)
    opened.flush()
    opened.pause(ana)
    opened.receive(event(2), 0.0)
    delivery = opened.flush()
    assert delivery is not None
    assert delivery.to == (ben,)
    opened.receive(event(3), 0.0)
    missed = opened.resume(ana)
    assert missed is not None
    assert numbers(Delivery((ana,), missed)) == [2]
    delivery = opened.flush()
    assert delivery is not None
    assert set(delivery.to) == {ana, ben}


def test_a_member_that_pauses_during_the_write_has_that_write() -> None:
    opened, ana = room(), named("ana")
    opened.enter(ana, 0.0)
    opened.receive(event(1), 0.0)
    opened.flush()
    opened.pause(ana)
    assert opened.resume(ana) == b""


def test_a_member_that_is_paused_already_enters_behind() -> None:
    opened, ana = room(), Someone(is_paused=True)
    opened.enter(ana, 0.0)
    opened.receive(event(1), 0.0)
    delivery = opened.flush()
    assert delivery is not None
    assert delivery.to == ()
    missed = opened.resume(ana)
    assert missed is not None
    assert numbers(Delivery((ana,), missed)) == [1]


def test_who_falls_off_the_ring_is_named_and_cannot_go_on() -> None:
    opened, ana = room(ring_events=3), named("ana")
    opened.enter(ana, 0.0)
    opened.pause(ana)
    for n in (1, 2, 3):
        opened.receive(event(n), 0.0)
    opened.flush()
    assert opened.fallen() == []
    opened.receive(event(4), 0.0)
    opened.flush()
    assert opened.fallen() == [ana]
    assert opened.resume(ana) is None


def test_who_left_hears_nothing() -> None:
    opened, ana = room(), named("ana")
    opened.enter(ana, 0.0)
    opened.leave(ana, 0.0)
    opened.leave(ana, 0.0)
    opened.receive(event(1), 0.0)
    delivery = opened.flush()
    assert delivery is not None
    assert delivery.to == ()
    assert ana not in opened


@pytest.mark.parametrize(
    ("since", "verdict"),
    [
        (Position("x7f2", 300), Verdict.RESUME),
        (Position("x7f2", 100), Verdict.RESUME),
        (Position("x7f2", 99), Verdict.TOO_FAR),
        (Position("x7f2", 301), Verdict.FILL),
        (Position("other", 300), Verdict.EPOCH),
        (Position("", 300), Verdict.EPOCH),
    ],
)
def test_resume_is_all_or_nothing(since: Position, verdict: Verdict) -> None:
    opened = room(50)
    opened.fill([event(n) for n in range(51, 301)], 0.0)
    assert opened.verdict(since) is verdict


def test_what_the_ring_has_forgotten_the_log_may_know() -> None:
    assert room(50).verdict(Position("x7f2", 40)) is Verdict.FILL
    assert room(None).verdict(Position("x7f2", 40)) is Verdict.FILL


def test_too_many_bytes_are_too_far_even_if_the_events_are_few() -> None:
    opened = room(resume_bytes=150)
    opened.fill([event(n) for n in (1, 2)], 0.0)
    assert opened.verdict(Position("x7f2", 1)) is Verdict.RESUME
    assert opened.verdict(Position("x7f2", 0)) is Verdict.TOO_FAR


def test_events_from_the_log_go_before_and_behind_the_ring() -> None:
    opened = room(10)
    opened.receive(event(11), 0.0)
    opened.flush()
    opened.fill([event(n) for n in range(8, 14)], 0.0)
    assert opened.backlog.first == 8
    assert numbers(opened.flush()) == [12, 13]


def test_events_from_the_log_that_leave_a_hole_are_not_put_before_the_ring() -> None:
    opened = room(10)
    opened.fill([event(n) for n in range(5, 9)], 0.0)
    assert opened.backlog.first == 11


def test_the_heartbeat_says_what_was_delivered() -> None:
    opened, ana = room(7), named("ana")
    opened.enter(ana, 0.0)
    opened.receive(event(8), 1.0)
    assert opened.tick(24.9) == []
    (ping,) = opened.tick(25.0)
    assert orjson.loads(next(text_bodies(ping.framed))) == {"t": "ping", "r": "r", "n": 7}
    assert opened.tick(49.9) == []
    assert len(opened.tick(50.0)) == 1


def test_the_sixty_fifth_person_stays_outside_but_one_who_is_here_may_come_again() -> None:
    opened = room(people_per_room=2)
    opened.enter(named("ana"), 0.0)
    opened.enter(named("ben"), 0.0)
    assert opened.is_full_for(Identity("cleo", "person", "cleo"))
    assert not opened.is_full_for(Identity("ana", "person", "ana"))
    assert not opened.is_full_for(Identity("watcher", "person"))


def test_a_shared_snapshot_is_framed_once() -> None:
    shared = Shared(Snapshot("x7f2", 3, b"{}"))
    assert shared.framed("r", 0, "first") is shared.framed("r", 0, "first")
    assert shared.framed("r", 1, "first") != shared.framed("r", 0, "first")


def test_every_frame_of_a_shared_snapshot_has_the_whole_view() -> None:
    view = b'{"a":{"b":"\xc3\xa9}"}}'
    shared = Shared(Snapshot("x7f2", 3, view))
    for mid in range(FRAMED_SNAPSHOTS_MAX + 2):
        assert shared.framed("r", mid, "first") == text_frame(Snap("r", "x7f2", 3, mid, "first", view).encode())
