"""One connection to a Redis server: bytes out, replies in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any, cast

import hiredis
import structlog

log = structlog.get_logger()

UNSENT_BYTES_MAX = 4 * 1024 * 1024

Address = Mapping[str, Any]
"""What redis-py reads out of a redis URL: `host` and `port`, or `path`; `username`, `password`, `connection_class`."""

pack = cast("Callable[[tuple[str | bytes, ...]], bytes]", hiredis.pack_command)

_NOTHING = object()


class Link(asyncio.Protocol):
    """One connection to Redis. A reply that is an error ends it."""

    def __init__(self, on_reply: Callable[[Link, Any], None]) -> None:
        loop = asyncio.get_running_loop()
        self._on_reply = on_reply
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        self._transport: asyncio.Transport | None = None
        self._greetings = 0
        self.lost: asyncio.Future[None] = loop.create_future()
        self.ready: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand every whole reply on."""
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not _NOTHING:
                self._take(reply)
        except hiredis.HiredisError as error:
            log.warning("redis refused", error=str(error))
            self._fail(error)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is no more."""
        self._fail(exc or ConnectionResetError("redis closed the connection"))
        if not self.lost.done():
            self.lost.set_result(None)

    def greet(self, *commands: tuple[str | bytes, ...]) -> None:
        """Send what must be answered with OK before anything else."""
        self._greetings = len(commands)
        self.write(b"".join(pack(command) for command in commands))

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
        if isinstance(reply, Exception):
            raise reply
        if self._greetings:
            self._greetings -= 1
        else:
            self._on_reply(self, reply)

    def _fail(self, error: Exception) -> None:
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # Taken, so that nobody complains when no one was waiting.


async def open_link(address: Address, on_reply: Callable[[Link, Any], None]) -> Link:
    """Connect to an address and introduce ourselves. Raises OSError."""
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context() if "SSL" in getattr(address.get("connection_class"), "__name__", "") else None
    if "path" in address:
        _, link = await loop.create_unix_connection(lambda: Link(on_reply), address["path"])
    else:
        host, port = address.get("host", "localhost"), address.get("port", 6379)
        _, link = await loop.create_connection(lambda: Link(on_reply), host, port, ssl=tls)
    if "password" in address:
        login = (address["username"],) if "username" in address else ()
        link.greet(("AUTH", *login, address["password"]))
    return link


async def ask(address: Address, *command: str | bytes) -> Any:
    """Connect, ask one thing and hang up. Raises OSError, or what Redis says against it (`hiredis.HiredisError`)."""
    replies: list[Any] = []

    def answered(link: Link, reply: Any) -> None:
        replies.append(reply)
        link.set_ready()

    link = await open_link(address, answered)
    try:
        link.write(pack(command))
        await link.ready
    finally:
        link.abort()
    return replies[0]
