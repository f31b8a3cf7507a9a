from __future__ import annotations

from realtime.alarms import Alarms
from realtime.testing import ManualClock


class Bell:
    """Writes down who was woken when."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.start = clock.now()
        self.rung: list[tuple[float, str]] = []

    def __call__(self, name: str) -> None:
        self.rung.append((round(self.clock.now() - self.start, 3), name))


async def test_everybody_is_woken_in_time_and_once(clock: ManualClock) -> None:
    bell = Bell(clock)
    alarms = Alarms(clock, bell)
    for name, delay_s in [("late", 5.0), ("early", 1.0), ("same", 1.0)]:
        alarms.set(name, clock.now() + delay_s)
    await clock.advance(60.0)
    assert bell.rung == [(1.0, "early"), (1.0, "same"), (5.0, "late")]


async def test_an_earlier_time_wins_and_a_later_one_is_ignored(clock: ManualClock) -> None:
    bell = Bell(clock)
    alarms = Alarms(clock, bell)
    for delay_s in (5.0, 2.0, 9.0):
        alarms.set("a", clock.now() + delay_s)
    await clock.advance(60.0)
    assert bell.rung == [(2.0, "a")]


async def test_a_name_can_be_set_again_while_it_rings(clock: ManualClock) -> None:
    rung: list[float] = []

    def ring(name: str) -> None:
        rung.append(clock.now())
        alarms.set(name, clock.now() + 1.0)

    alarms = Alarms(clock, ring)
    alarms.set("a", clock.now() + 1.0)
    await clock.advance(3.5)
    assert len(rung) == 3


async def test_who_always_wants_to_be_woken_does_not_stop_the_loop(clock: ManualClock) -> None:
    rung: list[float] = []

    def ring(name: str) -> None:
        rung.append(clock.now())
        alarms.set(name, float("-inf"))

    alarms = Alarms(clock, ring)
    alarms.set("a", float("-inf"))
    await clock.advance(1.0)
    assert 40 <= len(rung) <= 51


async def test_never_is_never_and_a_stop_is_the_end(clock: ManualClock) -> None:
    bell = Bell(clock)
    alarms = Alarms(clock, bell)
    alarms.set("never", float("inf"))
    alarms.set("soon", clock.now() + 1.0)
    alarms.stop()
    await clock.advance(60.0)
    assert bell.rung == []
