"""The brokers are alike: one suite for memory, for one Redis and for a Redis Cluster."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from realtime.broker import Broker, Kind, Message
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.broker_redis import RedisBroker
from tests.realtime.conftest import until

MakeBroker = Callable[[], Awaitable[tuple[Broker, "Listener"]]]


class Listener:
    """Writes down what a broker tells it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.doubts = 0

    def received(self, message: Message) -> None:
        self.messages.append(message)

    def doubted(self) -> None:
        self.doubts += 1


def event(room: str, n: int, body: bytes = b"{}") -> Message:
    return Message(Kind.EVENT, room, "x7f2", n, body)


@pytest.fixture(params=["memory", "redis", "cluster"])
async def make_broker(request: pytest.FixtureRequest) -> AsyncIterator[MakeBroker]:
    bus = MemoryBus()
    url = ""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
    elif request.param == "cluster":
        url = request.getfixturevalue("redis_cluster").url
    async with contextlib.AsyncExitStack() as stack:

        async def make() -> tuple[Broker, Listener]:
            broker: Broker = RedisBroker(url, prefix=request.node.name) if url else MemoryBroker(bus)
            listener = Listener()
            await broker.start(listener)
            stack.push_async_callback(broker.close)
            return broker, listener

        yield make


async def test_a_broker_is_up_from_its_start_to_its_end(make_broker: MakeBroker) -> None:
    broker, _ = await make_broker()
    assert broker.is_up
    await broker.close()
    assert not broker.is_up
    await broker.close()


async def test_what_is_published_comes_back_to_the_sender_as_it_was(make_broker: MakeBroker) -> None:
    broker, listener = await make_broker()
    sent = Message(Kind.CONTROL, "räum", "épo", 2**60, bytes(range(256)))
    broker.publish(sent)
    assert listener.messages == []
    await until(lambda: listener.messages)
    assert listener.messages == [sent]


async def test_every_node_hears_everything_in_the_order_of_each_sender(make_broker: MakeBroker) -> None:
    brokers = [await make_broker() for _ in range(3)]
    for n in range(200):
        for index, (broker, _) in enumerate(brokers):
            broker.publish(event(f"room {index}", n))
    await until(lambda: all(len(listener.messages) == 600 for _, listener in brokers))
    for _, listener in brokers:
        for index in range(3):
            assert [m.n for m in listener.messages if m.room == f"room {index}"] == list(range(200))


async def test_a_large_message_arrives_whole(make_broker: MakeBroker) -> None:
    broker, listener = await make_broker()
    broker.publish(event("r", 1, b"x" * 1_000_000))
    await until(lambda: listener.messages)
    assert len(listener.messages[0].body) == 1_000_000


async def test_nothing_is_heard_after_the_end(make_broker: MakeBroker) -> None:
    broker, listener = await make_broker()
    other, other_listener = await make_broker()
    await broker.close()
    broker.publish(event("r", 1))
    other.publish(event("r", 2))
    await until(lambda: other_listener.messages)
    assert listener.messages == []
    assert [m.n for m in other_listener.messages] == [2]


async def test_a_reconnect_harms_nothing(make_broker: MakeBroker) -> None:
    broker, listener = await make_broker()
    broker.reconnect()
    await until(lambda: broker.is_up)

    def heard() -> bool:
        broker.publish(event("r", 1))
        return bool(listener.messages)

    await until(heard)
