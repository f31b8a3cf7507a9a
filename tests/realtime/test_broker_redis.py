"""What only the Redis broker has to bear: a server that dies, stalls, refuses, or carries somebody else's messages."""

from __future__ import annotations

from random import Random

import redis.asyncio as redis

from realtime.broker import Kind, Message
from realtime.broker_redis import RedisBroker
from realtime.channel import Limits
from realtime.hub import Hub
from realtime.redis_lanes import slot_of
from realtime.testing import MemoryHost, Peer
from tests.realtime.conftest import until
from tests.realtime.test_brokers import Listener
from tests.services import RedisServer, free_port


async def test_the_first_subscription_is_a_reason_to_doubt(redis_url: str) -> None:
    listener = Listener()
    broker = RedisBroker(redis_url)
    await broker.start(listener)
    assert listener.doubts == 1
    await broker.close()


async def test_a_server_that_dies_and_comes_back_is_found_again_and_both_are_told(redis_server: RedisServer) -> None:
    listener = Listener()
    broker = RedisBroker(redis_server.url, random=Random(1))
    await broker.start(listener)
    redis_server.kill()
    await until(lambda: not broker.is_up)
    assert listener.doubts == 2
    broker.publish(Message(Kind.EVENT, "r", "e", 1, b""))
    redis_server.start()
    await until(lambda: broker.is_up)
    assert listener.doubts == 3
    broker.publish(Message(Kind.EVENT, "r", "e", 2, b""))
    await until(lambda: listener.messages)
    assert [message.n for message in listener.messages] == [2]
    await broker.close()


async def test_a_cut_subscriber_connection_is_noticed_and_made_again(redis_url: str) -> None:
    listener = Listener()
    broker = RedisBroker(redis_url, random=Random(1))
    await broker.start(listener)
    async with redis.Redis.from_url(redis_url) as control:
        await control.client_kill_filter(_type="pubsub")
    await until(lambda: listener.doubts == 3)
    assert broker.is_up
    await broker.close()


async def test_without_a_server_the_start_returns_and_the_broker_goes_on_trying(redis_server: RedisServer) -> None:
    redis_server.kill()
    listener = Listener()
    broker = RedisBroker(redis_server.url, random=Random(1))
    await broker.start(listener)
    assert not broker.is_up
    redis_server.start()
    await until(lambda: broker.is_up)
    await broker.close()


async def test_a_wrong_password_is_a_bus_that_is_down(redis_url: str) -> None:
    broker = RedisBroker(redis_url.replace("redis://", "redis://:wrong@"), random=Random(1))
    await broker.start(Listener())
    assert not broker.is_up
    await broker.close()


async def test_a_stranger_on_our_channel_is_passed_over(redis_url: str) -> None:
    listener = Listener()
    broker = RedisBroker(redis_url, prefix="strangers", shards=1)
    await broker.start(listener)
    async with redis.Redis.from_url(redis_url) as stranger:
        await stranger.publish("strangers:0", "hello?")
    broker.publish(Message(Kind.EVENT, "r", "e", 1, b""))
    await until(lambda: listener.messages)
    assert [message.n for message in listener.messages] == [1]
    await broker.close()


async def test_two_prefixes_share_a_server_without_hearing_each_other(redis_url: str) -> None:
    one, two = RedisBroker(redis_url, prefix="one"), RedisBroker(redis_url, prefix="two")
    first, second = Listener(), Listener()
    await one.start(first)
    await two.start(second)
    one.publish(Message(Kind.EVENT, "r", "e", 1, b""))
    await until(lambda: first.messages)
    two.publish(Message(Kind.EVENT, "r", "e", 2, b""))
    await until(lambda: second.messages)
    assert [message.n for message in second.messages] == [2]
    await one.close()
    await two.close()


async def test_nobody_listening_at_the_port_is_no_error() -> None:
    broker = RedisBroker(f"redis://127.0.0.1:{free_port()}/0")
    await broker.start(Listener())
    assert not broker.is_up
    await broker.close()


async def test_a_frozen_server_is_noticed_and_lived_without_and_found_again(redis_server: RedisServer) -> None:
    limits = Limits(probe_s=0.05, probe_timeout_s=0.3, bus_down_poll_s=(0.02, 0.04), drain_s=0.01)
    host = MemoryHost()
    hub = Hub(host, RedisBroker(redis_server.url, random=Random(1)), limits=limits)
    host.publish = hub.publish
    await hub.start()
    phone = Peer(hub)
    phone.hello("room:1")
    phone.say(t="do", id=1, r="room:1", k="put", d={})
    await until(lambda: "ev" in types(phone))
    redis_server.freeze()
    await until(lambda: not hub.is_ready)
    phone.say(t="do", id=2, r="room:1", k="put", d={})
    await until(lambda: types(phone).count("ev") == 2)
    redis_server.thaw()
    await until(lambda: hub.is_ready, timeout_s=15)
    phone.say(t="do", id=3, r="room:1", k="put", d={})
    await until(lambda: types(phone).count("ev") == 3)
    assert [frame["n"] for frame in phone.heard() if frame["t"] == "ev"] == [1, 2, 3]
    phone.lose()
    await hub.drain()


def types(phone: Peer) -> list[str]:
    return [frame["t"] for frame in phone.heard()]


async def test_in_a_cluster_each_channel_is_looked_for_where_its_slot_lives(redis_cluster: RedisServer) -> None:
    listener = Listener()
    broker = RedisBroker(redis_cluster.url, prefix="moving", shards=1, random=Random(1))
    await broker.start(listener)
    assert broker.is_up
    slot = str(slot_of(b"moving:0"))
    redis_cluster.order("CLUSTER", "DELSLOTS", slot)
    await until(lambda: not broker.is_up)
    redis_cluster.order("CLUSTER", "ADDSLOTS", slot)
    await until(lambda: broker.is_up)
    assert listener.doubts == 3
    broker.publish(Message(Kind.EVENT, "r", "e", 1, b""))
    await until(lambda: listener.messages)
    await broker.close()


async def test_one_redis_that_is_no_cluster_is_a_bus_that_is_down_for_a_cluster(redis_url: str) -> None:
    broker = RedisBroker(redis_url.replace("redis://", "redis+cluster://"), random=Random(1))
    await broker.start(Listener())
    assert not broker.is_up
    await broker.close()
