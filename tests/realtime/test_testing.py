from __future__ import annotations

from random import Random

import pytest

from realtime.broker import Kind, Message
from realtime.broker_memory import MemoryBus
from realtime.testing import FaultyBroker, ManualClock, MemoryLog, settle
from tests.realtime.test_brokers import Listener


def event(n: int) -> Message:
    return Message(Kind.EVENT, "r", "e", n, b"")


async def test_time_passes_in_order_and_only_when_it_is_told_to(clock: ManualClock) -> None:
    rung: list[float] = []
    start = clock.now()
    for delay_s in (3.0, 1.0, 2.0):
        clock.call_later(delay_s, lambda: rung.append(clock.now() - start))
    clock.call_later(1.5, lambda: rung.append(-1)).cancel()
    await clock.advance(2.0)
    assert rung == [1.0, 2.0]
    await clock.advance(2.0)
    assert rung == [1.0, 2.0, 3.0]
    assert clock.now() - start == 4.0


async def test_a_timer_set_by_a_timer_rings_in_the_same_advance(clock: ManualClock) -> None:
    rung: list[str] = []

    def ring() -> None:
        clock.call_later(1.0, lambda: rung.append("second"))

    clock.call_later(1.0, ring)
    await clock.advance(2.0)
    assert rung == ["second"]


@pytest.mark.parametrize(
    ("fault", "heard"),
    [("none", [1, 2, 3]), ("drop", []), ("repeat", [1, 1, 2, 2, 3, 3]), ("delay", [])],
)
async def test_a_faulty_broker_does_what_it_is_told(fault: str, heard: list[int]) -> None:
    broker, listener = FaultyBroker(MemoryBus(), Random(1)), Listener()
    await broker.start(listener)
    if fault != "none":
        setattr(broker, fault, 1.0)
    for n in (1, 2, 3):
        broker.publish(event(n))
    await settle()
    assert [message.n for message in listener.messages] == heard
    await broker.close()


async def test_a_late_message_comes_behind_a_later_one() -> None:
    broker, listener = FaultyBroker(MemoryBus(), Random(1)), Listener()
    await broker.start(listener)
    broker.delay = 1.0
    broker.publish(event(1))
    await settle()
    broker.delay = 0.0
    broker.publish(event(2))
    await settle()
    assert [message.n for message in listener.messages] == [2, 1]


async def test_a_broker_that_is_down_carries_nothing_and_raises_doubts() -> None:
    broker, listener = FaultyBroker(MemoryBus(), Random(1)), Listener()
    await broker.start(listener)
    broker.fail()
    broker.publish(event(1))
    await settle()
    assert (listener.messages, listener.doubts, broker.is_up) == ([], 1, False)
    broker.heal()
    broker.publish(event(2))
    await settle()
    assert ([message.n for message in listener.messages], listener.doubts) == ([2], 2)


def test_a_restored_log_has_an_older_history_under_a_new_name(log: MemoryLog) -> None:
    for n in range(5):
        log.append("r", {"n": n}, f"c:{n}")
    log.restore("r", 3, "restored")
    restored = log.room("r")
    assert (restored.epoch, restored.view, len(restored.events)) == ("restored", {"n": 2}, 3)
    assert set(restored.commands) == {"c:0", "c:1", "c:2"}
