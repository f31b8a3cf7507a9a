"""What may be forgotten: how often somebody did something lately. In Redis for all nodes, or in this process alone."""

import time
from collections.abc import Callable
from typing import Any, Protocol, cast

import redis.asyncio as redis
import structlog
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisClusterException, RedisError

log = structlog.get_logger()

KEYS_MAX = 100_000
RETRIES = 2
TIMEOUT_S = 1.0
SILENCE_MS = 2_000
PREFIX = "limit:"
CLUSTER = "+cluster://"

Client = redis.Redis | RedisCluster

AWAY = (RedisError, RedisClusterException, OSError)
"""What the driver raises when Redis does not answer."""

# One number per key is the whole state: the time at which the bucket will be full again. The server's clock counts, so
# that nodes need not agree on the time. Written as text: Lua would round the number of microseconds.
TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local full = tonumber(redis.call('GET', KEYS[1]) or now)
if full < now then full = now end
local interval, burst = tonumber(ARGV[1]) * 1000, tonumber(ARGV[2])
local after = full + interval
local excess = after - now - interval * burst
if excess > 0 then return math.ceil(excess / 1000) end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return 0
"""


class Buckets(Protocol):
    """Buckets of permissions by name: one more every `interval_ms`, at most `burst` of them."""

    async def take(self, key: str, *, interval_ms: int, burst: int) -> int:
        """Take one from a bucket: 0, or the milliseconds until one will be there (then nothing was taken)."""


def now_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return time.monotonic_ns() // 1_000_000


class MemoryBuckets:
    """Buckets of this process. At most `keys_max` are kept; full ones are forgotten first, as they say nothing."""

    def __init__(self, clock_ms: Callable[[], int] = now_ms, *, keys_max: int = KEYS_MAX) -> None:
        self._clock_ms = clock_ms
        self._keys_max = keys_max
        self._full_at: dict[str, int] = {}

    async def take(self, key: str, *, interval_ms: int, burst: int) -> int:
        """Take one from a bucket: 0, or the milliseconds until one will be there (then nothing was taken)."""
        now = self._clock_ms()
        after = max(self._full_at.get(key, now), now) + interval_ms
        excess = after - now - interval_ms * burst
        if excess > 0:
            return excess
        self._full_at[key] = after
        if len(self._full_at) > self._keys_max:
            self._forget(now)
        return 0

    def _forget(self, now: int) -> None:
        telling = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        # Somebody makes up keys faster than buckets fill: the ones taken from longest ago go.
        self._full_at = dict(list(telling.items())[-self._keys_max // 2 :])


class RedisBuckets:
    """Buckets shared by all nodes. While Redis does not answer, this process counts for itself."""

    def __init__(
        self, client: Client, otherwise: Buckets | None = None, *, clock_ms: Callable[[], int] = now_ms
    ) -> None:
        self._script = client.register_script(TAKE)
        self._otherwise = otherwise or MemoryBuckets(clock_ms)
        self._clock_ms = clock_ms
        self._silent_until = 0

    async def take(self, key: str, *, interval_ms: int, burst: int) -> int:
        """Take one from a bucket: 0, or the milliseconds until one will be there (then nothing was taken)."""
        if self._clock_ms() >= self._silent_until:
            try:
                return int(cast("int", await self._script(keys=[PREFIX + key], args=[interval_ms, burst])))
            except AWAY as error:
                # Not every request shall wait for the same dead server.
                self._silent_until = self._clock_ms() + SILENCE_MS
                log.warning("rate limits fall back to this process", error=type(error).__name__)
        return await self._otherwise.take(key, interval_ms=interval_ms, burst=burst)


def connect(url: str) -> Client:
    """A client that gives up early: nobody waits for a cache. Close it with `await client.aclose()`.

    `redis+cluster://` (`rediss+cluster://`) is any server of a Redis Cluster.
    """
    retry = Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.2), RETRIES)
    patience: dict[str, Any] = {"retry": retry, "socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    if CLUSTER in url:
        return RedisCluster.from_url(url.replace(CLUSTER, "://", 1), **patience)
    return redis.Redis.from_url(url, **patience)


async def ping(client: Client) -> None:
    """Ask Redis for a sign of life; raises what its driver raises when there is none."""
    await client.ping()
