"""What a new connection meets before uvicorn's HTTP class: `uvicorn.Config(http=entrance(wire), ws=wire)`.

It reads nothing but the first bytes. A whole and plain opening of our socket, which is what phones send in a storm,
goes straight to the WebSocket class; whatever else comes, in whatever pieces, goes to uvicorn's own HTTP class, which
hands an upgrade over by itself. So the request of a phone is taken apart once and not twice.

It needs of uvicorn what every `http=` class gets, and `HttpToolsProtocol` to go on with.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from realtime.lean_protocol import LeanWebSocketProtocol

_HEADERS = rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+"
_UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket\r\n", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection:[^\r\n]*\bupgrade\b", re.IGNORECASE)
_BODY = re.compile(rb"\r\n(?:content-length|transfer-encoding|expect):", re.IGNORECASE)


class Entrance(asyncio.Protocol):
    """A connection that has said nothing yet."""

    __slots__ = ("_app_state", "_config", "_loop", "_server", "_transport")

    wire: type[LeanWebSocketProtocol]
    http: Callable[..., asyncio.Protocol] = HttpToolsProtocol
    plain: re.Pattern[bytes]

    def __init__(
        self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self._config = config
        self._server = server_state
        self._app_state = app_state
        self._loop = _loop
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)

    @property
    def client(self) -> tuple[str, int] | None:
        """The address at the other end; None where it has none, as behind a Unix socket."""
        return _address(self._transport.get_extra_info("peername"))

    @property
    def server(self) -> tuple[str, int | None] | None:
        """Our address."""
        return _address(self._transport.get_extra_info("sockname"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first bytes."""
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Hand the connection over, with what it has said, to whom it is for."""
        self._server.connections.discard(self)
        if self._opens_our_socket(data):
            wire = self.wire(self._config, self._server, self._app_state, self._loop)
            wire.connection_made(self._transport)
            wire.data_received(data)
            self._transport.set_protocol(wire)
            return
        http = self.http(self._config, self._server, self._app_state, self._loop)
        self._transport.set_protocol(http)
        http.connection_made(self._transport)
        http.data_received(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        """It went without a word."""
        self._server.connections.discard(self)

    def shutdown(self) -> None:
        """The server stops."""
        self._transport.close()

    def _opens_our_socket(self, data: bytes) -> bool:
        return (
            self.plain.fullmatch(data) is not None
            and _UPGRADE.search(data) is not None
            and _CONNECTION.search(data) is not None
            and _BODY.search(data) is None
        )


def _address(name: Any) -> tuple[str, int] | None:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None


def entrance(wire: type[LeanWebSocketProtocol]) -> type[Entrance]:
    """Make the class that leads to `wire`, by its door. Raises ValueError for a wire without a door."""
    if wire.door is None:
        raise ValueError("an entrance needs to know the address of the socket")
    plain = re.compile(rb"GET " + re.escape(wire.door.path) + rb"(?:\?[!-~]*)? HTTP/1\.1\r\n" + _HEADERS + rb"\r\n")
    return type("Entrance", (Entrance,), {"__slots__": (), "wire": wire, "plain": plain})
