import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backlog import Backlog


def ring(count: int = 0, *, last: int = 0, events_max: int = 5, bytes_max: int = 1000) -> Backlog:
    backlog = Backlog(last, events_max=events_max, bytes_max=bytes_max)
    for n in range(last + 1, last + 1 + count):
        backlog.append(b"%d" % n)
    return backlog


def test_an_empty_ring_covers_only_its_own_position() -> None:
    backlog = ring(last=7)
    assert (backlog.first, backlog.last) == (8, 7)
    assert backlog.covers(7)
    assert not backlog.covers(6)
    assert not backlog.covers(8)
    assert backlog.after(7) == []


def test_the_oldest_event_goes_when_there_are_too_many() -> None:
    backlog = ring(7)
    assert (backlog.first, backlog.last) == (3, 7)
    assert backlog.after(4) == [b"5", b"6", b"7"]
    with pytest.raises(IndexError):
        backlog.after(1)


def test_the_oldest_events_go_when_they_weigh_too_much_but_the_newest_always_stays() -> None:
    backlog = ring(3, bytes_max=2)
    assert backlog.after(1) == [b"2", b"3"]
    backlog.append(b"x" * 50)
    assert backlog.after(3) == [b"x" * 50]


def test_what_was_read_from_the_log_goes_in_front_as_far_as_there_is_room() -> None:
    backlog = ring(2, last=10)
    backlog.prepend([b"7", b"8", b"9", b"10"])
    assert backlog.first == 8
    assert backlog.after(8) == [b"9", b"10", b"11", b"12"]


def test_a_cleared_ring_goes_on_after_the_given_event() -> None:
    backlog = ring(3)
    backlog.clear(20)
    backlog.append(b"21")
    assert backlog.after(20) == [b"21"]
    assert not backlog.covers(3)


def test_events_can_be_asked_for_up_to_one_that_is_not_the_last() -> None:
    assert ring(5).after(1, 3) == [b"2", b"3"]
    assert ring(5).after(3, 3) == []


@given(st.integers(0, 50), st.integers(1, 20), st.integers(1, 60), st.integers(-5, 60))
def test_after_n_come_exactly_the_events_behind_n(count: int, events_max: int, bytes_max: int, n: int) -> None:
    backlog = ring(count, events_max=events_max, bytes_max=bytes_max)
    if backlog.covers(n):
        assert backlog.after(n) == [b"%d" % i for i in range(n + 1, count + 1)]
    assert backlog.covers(count)
