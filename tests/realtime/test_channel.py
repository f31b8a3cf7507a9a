from __future__ import annotations

import asyncio
import dataclasses

import pytest

from realtime.channel import Limits, LoopClock


async def test_the_clock_of_the_loop_goes_forward_and_calls_back() -> None:
    clock, called = LoopClock(), asyncio.Event()
    before = clock.now()
    clock.call_later(0.001, called.set)
    async with asyncio.timeout(5):
        await called.wait()
    assert clock.now() > before
    called.clear()
    clock.call_soon(called.set)
    async with asyncio.timeout(5):
        await called.wait()


async def test_a_timer_that_is_cancelled_does_not_ring() -> None:
    clock, called = LoopClock(), asyncio.Event()
    clock.call_later(0.0, called.set).cancel()
    clock.call_later(0.0, called.set).cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not called.is_set()


async def test_the_wall_clock_is_aware() -> None:
    assert LoopClock().utc().utcoffset() is not None


def test_the_limits_are_those_of_the_protocol_and_cannot_change() -> None:
    limits = Limits()
    assert (limits.frame_bytes, limits.burst, limits.per_s, limits.room_per_s) == (16384, 20, 5, 30)
    assert (limits.sockets_per_person, limits.people_per_room, limits.joins_at_once) == (5, 64, 64)
    assert (limits.resume_events, limits.resume_bytes, limits.inbox) == (200, 65536, 16)
    assert (limits.hello_timeout_s, limits.ping_s, limits.silence_s, limits.presence_grace_s) == (10, 25, 45, 12)
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.burst = 1000  # type: ignore[misc]


def test_the_ring_holds_what_a_resume_may_ask_for() -> None:
    limits = Limits()
    assert limits.ring_events >= limits.resume_events
    assert limits.ring_bytes >= limits.resume_bytes
