"""The bus over Redis pub/sub: two raw connections, publishes joined per turn of the event loop.

redis-py would cost more than all sockets together on this path, so only its reading of addresses is used. Every node
subscribes to the same fixed shard channels at the start; a room lives on the shard its name hashes to. A lost, stalled
or refused connection is made again with growing random waits, and every (re)subscription tells the receiver to doubt
what it has, because pub/sub forgets what nobody listened to.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import Callable
from random import Random
from typing import Any, cast

import hiredis
import structlog
from redis.asyncio.connection import parse_url

from realtime.broker import Message, Receiver, decode, encode

log = structlog.get_logger()

UNSENT_BYTES_MAX = 4 * 1024 * 1024
CONNECT_TIMEOUT_S = 5.0
RETRY_FIRST_S, RETRY_MAX_S = 0.05, 1.0

_pack = cast("Callable[[tuple[str | bytes, ...]], bytes]", hiredis.pack_command)


class RedisBroker:
    """A broker between processes, over one Redis server."""

    def __init__(self, url: str, *, prefix: str = "realtime", shards: int = 16, random: Random | None = None) -> None:
        self._address: dict[str, Any] = dict(parse_url(url))
        self._channels = [f"{prefix}:{shard}".encode() for shard in range(shards)]
        self._random = random or Random()  # noqa: S311 (spreads retries, guards nothing)
        self._receiver: Receiver | None = None
        self._out: _Link | None = None
        self._in: _Link | None = None
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._keeper: asyncio.Task[None] | None = None
        self._subscribed = 0

    @property
    def is_up(self) -> bool:
        """Whether both connections stand and every shard is subscribed."""
        return self._out is not None and self._subscribed == len(self._channels)

    async def start(self, receiver: Receiver) -> None:
        """Connect and subscribe; when that fails, go on trying in the background."""
        self._receiver = receiver
        first = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(first), name="realtime bus")
        await first

    def publish(self, message: Message) -> None:
        """Send with everything else that is published in this turn. Dropped while Redis is away: the log repairs."""
        if self._out is None or self._unsent_bytes > UNSENT_BYTES_MAX:
            return
        channel = self._channels[zlib.crc32(message.room.encode()) % len(self._channels)]
        self._unsent.append(_pack((b"PUBLISH", channel, encode(message))))
        self._unsent_bytes += len(self._unsent[-1])
        if len(self._unsent) == 1:
            asyncio.get_running_loop().call_soon(self._flush)

    def reconnect(self) -> None:
        """Cut both connections; the keeper makes new ones."""
        for link in (self._in, self._out):
            if link is not None:
                link.abort()

    async def close(self) -> None:
        """Send what waits, stop delivering and let go of both connections."""
        self._receiver = None
        self._flush()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    def _flush(self) -> None:
        unsent, self._unsent, self._unsent_bytes = self._unsent, [], 0
        if unsent and self._out is not None and not self._out.write(b"".join(unsent)):
            log.warning("the bus does not take our messages, connecting again")
            self.reconnect()

    async def _keep(self, first: asyncio.Future[None]) -> None:
        """Hold a pair of connections until cancelled."""
        loop = asyncio.get_running_loop()
        wait_s = RETRY_FIRST_S
        while True:
            began = loop.time()
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await self._connect()
            except (OSError, TimeoutError, hiredis.HiredisError) as error:
                log.warning("the bus cannot be reached", error=str(error))
            if not first.done():
                first.set_result(None)
            try:
                await self._until_lost()
            finally:
                self._disconnect()
            await asyncio.sleep(wait_s * self._random.random())
            has_held = loop.time() > began + 2 * RETRY_MAX_S
            wait_s = RETRY_FIRST_S if has_held else min(2 * wait_s, RETRY_MAX_S)

    async def _connect(self) -> None:
        self._subscribed = 0
        self._in = await _open(self._address, self._on_pushed)
        out = await _open(self._address, _on_published)
        self._in.write(_pack((b"SUBSCRIBE", *self._channels)))
        await self._in.ready
        self._out = out
        self._doubt()

    async def _until_lost(self) -> None:
        lost = [link.lost for link in (self._in, self._out) if link is not None]
        if len(lost) == 2:  # noqa: PLR2004 (both ways)
            await asyncio.wait(lost, return_when=asyncio.FIRST_COMPLETED)
            log.warning("the bus is lost, connecting again")

    def _disconnect(self) -> None:
        was_up = self.is_up
        self.reconnect()
        self._in = self._out = None
        self._subscribed = 0
        if was_up:
            self._doubt()

    def _doubt(self) -> None:
        if self._receiver is not None:
            self._receiver.doubted()

    def _on_pushed(self, link: _Link, reply: Any) -> None:
        if isinstance(reply, Exception):
            raise reply
        match reply:
            case [b"message", _, bytes(data)]:
                self._on_message(data)
            case [b"subscribe", _, int(count)]:
                self._subscribed = count
                if count == len(self._channels):
                    link.set_ready()

    def _on_message(self, data: bytes) -> None:
        try:
            message = decode(data)
        except ValueError:
            log.warning("a message on the bus is not ours", size=len(data))
            return
        if self._receiver is not None:
            self._receiver.received(message)


def _on_published(_: _Link, reply: Any) -> None:
    if isinstance(reply, Exception):
        raise reply


class _Link(asyncio.Protocol):
    """One connection to Redis: bytes out, replies in. A reply that is an error ends it."""

    def __init__(self, on_reply: Callable[[_Link, Any], None]) -> None:
        loop = asyncio.get_running_loop()
        self._on_reply = on_reply
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        self._transport: asyncio.Transport | None = None
        self._greetings = 0
        self.lost: asyncio.Future[None] = loop.create_future()
        self.ready: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not _NOTHING:
                self._take(reply)
        except hiredis.HiredisError as error:
            log.warning("redis refused", error=str(error))
            self._fail(error)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("redis closed the connection"))
        if not self.lost.done():
            self.lost.set_result(None)

    def greet(self, *commands: tuple[str | bytes, ...]) -> None:
        """Send what must be answered with OK before anything else; `ready` is set when it all was."""
        self._greetings = len(commands)
        self.write(b"".join(_pack(command) for command in commands))

    def set_ready(self) -> None:
        """Resolve `ready`."""
        if not self.ready.done():
            self.ready.set_result(None)

    def write(self, data: bytes) -> bool:
        """Write; False when the other side has stopped reading."""
        if self._transport is None or self._transport.is_closing():
            return True
        self._transport.write(data)
        return self._transport.get_write_buffer_size() <= UNSENT_BYTES_MAX

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, reply: Any) -> None:
        if not self._greetings:
            self._on_reply(self, reply)
            return
        if isinstance(reply, hiredis.ReplyError):
            raise reply
        self._greetings -= 1

    def _fail(self, error: Exception) -> None:
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # Taken, so that nobody complains when no one was waiting.


_NOTHING = object()


async def _open(address: dict[str, Any], on_reply: Callable[[_Link, Any], None]) -> _Link:
    """Connect to the address of a redis URL and introduce ourselves."""
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context() if "SSL" in getattr(address.get("connection_class"), "__name__", "") else None
    if "path" in address:
        _, link = await loop.create_unix_connection(lambda: _Link(on_reply), address["path"])
    else:
        host, port = address.get("host", "localhost"), address.get("port", 6379)
        _, link = await loop.create_connection(lambda: _Link(on_reply), host, port, ssl=tls)
    if "password" in address:
        login = (address["username"],) if "username" in address else ()
        link.greet(("AUTH", *login, address["password"]))
    return link
