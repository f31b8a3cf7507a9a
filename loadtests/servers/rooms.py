"""What the plain peers share: the message gets a number and is encoded again, and Redis is used as its manual shows."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from redis.asyncio import Redis

CONNECTIONS_MAX = 1000  # Its default is fewer than there are publishers at once, and then it fails.
HELLO = '{"t":"hello"}'
PREFIX = "room:"

Send = Callable[[str, str], Awaitable[None]]


class Rooms:
    """Numbers what is said in each room and hands it on: to `send(room, text)` here, or to every process by Redis."""

    def __init__(self, send: Send, redis: str | None) -> None:
        self._send = send
        self._redis = Redis.from_url(redis, max_connections=CONNECTIONS_MAX) if redis else None
        self._numbers: Counter[str] = Counter()

    async def say(self, room: str, text: str | bytes) -> None:
        """Parse, number, encode, send on."""
        message: dict[str, Any] = orjson.loads(text)
        self._numbers[room] += 1
        message["seq"] = self._numbers[room]
        encoded = orjson.dumps(message).decode()
        if self._redis is None:
            await self._send(room, encoded)
        else:
            await self._redis.publish(PREFIX + room, encoded)

    async def listen(self) -> None:
        """Send on what comes by Redis, for ever."""
        if self._redis is None:
            return
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        await pubsub.psubscribe(f"{PREFIX}*")
        async for message in pubsub.listen():
            await self._send(message["channel"].decode().removeprefix(PREFIX), message["data"].decode())
