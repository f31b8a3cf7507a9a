"""The bus over Redis pub/sub: raw connections, publishes joined per turn of the event loop.

redis-py would cost more than all sockets together on this path, so only its reading of addresses is used. Every node
subscribes to the same fixed shard channels at the start; a room lives on the shard its name hashes to. A lost, stalled
or refused connection is made again with growing random waits, and every (re)subscription tells the receiver to doubt
what it has, because pub/sub forgets what nobody listened to.

`redis+cluster://host:port` (`rediss+cluster://` with TLS) is any server of a Redis Cluster: there the shards are
sharded channels, spread over the servers. When a slot moves or a server goes, all connections are made again, to where
the channels live now.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from random import Random
from typing import Any

import hiredis
import structlog
from redis.asyncio.connection import parse_url

from realtime.broker import Message, Receiver, decode, encode
from realtime.redis_lanes import PLAIN, SHARDED, Lane, servers_of
from realtime.redis_link import UNSENT_BYTES_MAX, Address

log = structlog.get_logger()

CONNECT_TIMEOUT_S = 5.0
RETRY_FIRST_S, RETRY_MAX_S = 0.05, 1.0
CLUSTER = "+cluster"
SERVERS_KNOWN_MAX = 32


class RedisBroker:
    """A broker between processes, over one Redis server or a Redis Cluster."""

    def __init__(self, url: str, *, prefix: str = "realtime", shards: int = 16, random: Random | None = None) -> None:
        scheme, _, rest = url.partition("://")
        address: Address = dict(parse_url(f"{scheme.removesuffix(CLUSTER)}://{rest}"))
        self._is_cluster = scheme.endswith(CLUSTER)
        self._words = SHARDED if self._is_cluster else PLAIN
        self._channels = [f"{prefix}:{shard}".encode() for shard in range(shards)]
        # Those who may know where the channels live: the one we were told, and later the others of its cluster.
        self._known: list[Address] = [address]
        self._random = random or Random()  # noqa: S311 (spreads retries, guards nothing)
        self._receiver: Receiver | None = None
        self._lanes: list[Lane] = []
        self._lane_of: dict[bytes, Lane] = {}
        self._unsent_bytes = 0
        self._keeper: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether all connections stand and every shard is subscribed."""
        return bool(self._lane_of) and all(lane.is_up for lane in self._lanes)

    async def start(self, receiver: Receiver) -> None:
        """Connect and subscribe; when that fails, go on trying in the background."""
        self._receiver = receiver
        first = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(first), name="realtime bus")
        await first

    def publish(self, message: Message) -> None:
        """Send with everything else that is published in this turn. Dropped while Redis is away: the log repairs."""
        if not self._lane_of or self._unsent_bytes > UNSENT_BYTES_MAX:
            return
        channel = self._channels[zlib.crc32(message.room.encode()) % len(self._channels)]
        if not self._unsent_bytes:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent_bytes += self._lane_of[channel].publish(channel, encode(message))

    def reconnect(self) -> None:
        """Cut all connections; the keeper makes new ones."""
        for lane in self._lanes:
            lane.abort()

    async def close(self) -> None:
        """Send what waits, stop delivering and let go of the connections."""
        self._receiver = None
        self._flush()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    def _flush(self) -> None:
        self._unsent_bytes = 0
        if not all([lane.flush() for lane in self._lanes]):  # noqa: C419 (each of them is flushed)
            log.warning("the bus does not take our messages, connecting again")
            self.reconnect()

    async def _keep(self, first: asyncio.Future[None]) -> None:
        """Hold the connections until cancelled."""
        loop = asyncio.get_running_loop()
        wait_s = RETRY_FIRST_S
        while True:
            began = loop.time()
            try:
                await self._try_to_connect()
                if not first.done():
                    first.set_result(None)
                await self._until_lost()
            finally:
                self._disconnect()
            await asyncio.sleep(wait_s * self._random.random())
            has_held = loop.time() > began + 2 * RETRY_MAX_S
            wait_s = RETRY_FIRST_S if has_held else min(2 * wait_s, RETRY_MAX_S)

    async def _try_to_connect(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect()
        except (OSError, TimeoutError, hiredis.HiredisError) as error:
            log.warning("the bus cannot be reached", error=str(error))

    async def _connect(self) -> None:
        self._lanes = [Lane(address, mine, self._words, self._on_data) for address, mine in await self._servers()]
        for lane in self._lanes:
            await lane.connect()
        self._lane_of = {channel: lane for lane in self._lanes for channel in lane.channels}
        self._doubt()

    async def _servers(self) -> list[tuple[Address, list[bytes]]]:
        """Each server with its channels. Who does not answer is asked last next time."""
        if not self._is_cluster:
            return [(self._known[0], self._channels)]
        asked = self._known.pop(0)
        self._known.append(asked)
        found = await servers_of(asked, self._channels)
        known = [address for address, _ in found]
        self._known = [*known, *(address for address in self._known if address not in known)][:SERVERS_KNOWN_MAX]
        return found

    async def _until_lost(self) -> None:
        if not self._lane_of:
            return
        await asyncio.wait([end for lane in self._lanes for end in lane.lost()], return_when=asyncio.FIRST_COMPLETED)
        log.warning("the bus is lost, connecting again")

    def _disconnect(self) -> None:
        was_up = bool(self._lane_of)
        self.reconnect()
        self._lanes, self._lane_of = [], {}
        if was_up:
            self._doubt()

    def _doubt(self) -> None:
        if self._receiver is not None:
            self._receiver.doubted()

    def _on_data(self, data: Any) -> None:
        try:
            message = decode(data)
        except ValueError:
            log.warning("a message on the bus is not ours", size=len(data))
            return
        if self._receiver is not None:
            self._receiver.received(message)
