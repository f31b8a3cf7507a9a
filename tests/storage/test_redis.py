from collections.abc import AsyncIterator

import pytest
import redis.asyncio as redis

from app.storage.redis import AWAY, Buckets, MemoryBuckets, RedisBuckets, connect, ping
from tests.services import RedisServer


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.Redis]:
    client = connect(redis_url)
    assert isinstance(client, redis.Redis)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", "redis"])
def buckets(request: pytest.FixtureRequest, client: redis.Redis) -> Buckets:
    return MemoryBuckets() if request.param == "memory" else RedisBuckets(client)


async def test_a_burst_is_let_through_and_then_one_waits_an_interval(buckets: Buckets) -> None:
    waits = [await buckets.take("a", interval_ms=60_000, burst=3) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert all(59_000 < wait <= 60_000 for wait in waits[3:])


async def test_buckets_of_different_names_are_apart(buckets: Buckets) -> None:
    assert await buckets.take("a", interval_ms=60_000, burst=1) == 0
    assert await buckets.take("b", interval_ms=60_000, burst=1) == 0
    assert await buckets.take("a", interval_ms=60_000, burst=1) > 0


async def test_a_bucket_fills_as_time_goes_by() -> None:
    now = 1_000
    buckets = MemoryBuckets(lambda: now)
    assert [await buckets.take("a", interval_ms=100, burst=2) for _ in range(3)] == [0, 0, 100]
    now += 99
    assert await buckets.take("a", interval_ms=100, burst=2) == 1
    now += 1
    assert [await buckets.take("a", interval_ms=100, burst=2) for _ in range(2)] == [0, 100]


async def test_a_full_bucket_is_forgotten_by_redis(client: redis.Redis) -> None:
    await RedisBuckets(client).take("a", interval_ms=60_000, burst=3)
    assert 59_000 < await client.pttl("limit:a") <= 60_000


async def test_memory_keeps_a_bounded_number_of_buckets() -> None:
    now = 0
    buckets = MemoryBuckets(lambda: now, keys_max=10)
    for n in range(1_000):
        now += 1
        assert await buckets.take(str(n), interval_ms=60_000, burst=1) == 0
    assert await buckets.take("999", interval_ms=60_000, burst=1) > 0
    assert await buckets.take("0", interval_ms=60_000, burst=1) == 0


async def test_without_redis_this_process_counts_for_itself(redis_server: RedisServer) -> None:
    client = connect(redis_server.url)
    buckets = RedisBuckets(client)
    await ping(client)
    assert await buckets.take("a", interval_ms=60_000, burst=1) == 0
    redis_server.kill()
    assert await buckets.take("a", interval_ms=60_000, burst=1) == 0
    assert await buckets.take("a", interval_ms=60_000, burst=1) > 0
    with pytest.raises(AWAY):
        await ping(client)
    await client.aclose()


async def test_a_redis_cluster_counts_as_one_redis_does(redis_cluster: RedisServer) -> None:
    redis_cluster.settle()
    client = connect(redis_cluster.url)
    await ping(client)
    buckets = RedisBuckets(client)
    assert [await buckets.take("r", interval_ms=60_000, burst=2) for _ in range(2)] == [0, 0]
    assert 0 < await buckets.take("r", interval_ms=60_000, burst=2) <= 60_000
    redis_cluster.kill()
    assert await buckets.take("r", interval_ms=60_000, burst=1) == 0
    assert await buckets.take("r", interval_ms=60_000, burst=1) > 0
    await client.aclose()


async def test_a_cluster_that_was_never_reached_is_counted_without(redis_cluster: RedisServer) -> None:
    redis_cluster.kill()
    client = connect(redis_cluster.url)
    assert await RedisBuckets(client).take("r", interval_ms=60_000, burst=1) == 0
    with pytest.raises(AWAY):
        await ping(client)
    await client.aclose()
