"""The leanest `ws=` class for uvicorn: `uvicorn.Config(ws=LeanWebSocketProtocol)`.

It speaks RFC 6455 by itself (`rfc6455`), so that an idle socket is this object, its receiver and its connection, and
nothing else: no request, no task, no timer. `uvicorn_protocol` does the same over uvicorn's own class; both pass the
same tests, and a setting chooses. Heartbeats are the hub's: WebSocket pings are answered, none are sent.

It needs of uvicorn only what every `ws=` class gets: the constructor's arguments, and the request as bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from realtime.channel import Limits
from realtime.connection import Connection
from realtime.errors import retry_ms
from realtime.frames import Bye, text_frame
from realtime.opening import CODE_OF_RESTART, Opening, Request, accepted, answer
from realtime.rfc6455 import CLOSE, PONG, BadHandshake, Broken, Receiver, close_frame, control_frame
from realtime.socket import WRONG_ORIGIN, Door

NO_LINGER = struct.pack("ii", 1, 0)


class LeanWebSocketProtocol(asyncio.Protocol):
    """One WebSocket connection, and the wire under a `Connection`."""

    __slots__ = ("__weakref__", "_app_state", "_config", "_connection", "_end_timer", "_has_closed", "_is_lost",
                 "_is_open", "_is_silent", "_opening", "_receiver", "_server", "_write_gate", "transport")  # fmt: skip

    limits = Limits()
    door: Door | None = None  # Where a socket goes without asking the application.
    farewell_s = 5.0  # How long a peer may take to answer our close.
    is_narrow = False  # Whether sockets come with the small send buffer.

    def __init__(
        self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        if not config.loaded:
            config.load()
        self._config = config
        self._server = server_state
        self._app_state = app_state
        self._receiver: Receiver | None = Receiver(config.ws_max_size)
        self._opening: Opening | None = None
        self._connection: Connection | None = None
        self._end_timer: asyncio.TimerHandle | None = None
        self._write_gate: asyncio.Event | None = None
        self._is_open = self._is_silent = self._has_closed = self._is_lost = False
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)

    @classmethod
    def narrow(cls, listeners: Iterable[Any]) -> None:
        """Give listening sockets the small send buffer: those that they accept come with it."""
        for listener in listeners:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, cls.limits.send_buffer_bytes)
        cls.is_narrow = True

    # --- the wire ----------------------------------------------------------------------------------------------------

    @property
    def write(self) -> Callable[[bytes], None]:
        """The transport's own method: complete frames, no copy, no waiting."""
        return self.transport.write

    def attach(self, connection: Connection) -> None:
        """Send messages to `connection` from now on, those that are waiting first."""
        self._connection = connection
        opening, self._opening, self._write_gate = self._opening, None, None
        for message in opening.waiting() if opening else ():
            if message["type"] == "websocket.receive":
                self._deliver(connection, message)
            elif message["type"] == "websocket.disconnect":
                connection.lost()
        self.listen(True)

    def _deliver(self, connection: Connection, message: Any) -> None:
        if (text := message.get("text")) is not None:
            connection.received(text)
        else:
            connection.received_binary()

    def close(self, code: int) -> None:
        """Send a close frame behind everything that waits, and end the connection soon, whatever the peer does."""
        if self._has_closed or self._is_lost:
            return
        self.transport.write(close_frame(code))
        self._expect_end()
        self.listen(True)

    def abort(self) -> None:
        """Cut the connection and drop what waits; a plain close would wait behind unsent bytes for ever."""
        if self._is_lost:
            return
        if (sock := self.transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()

    def _expect_end(self) -> None:
        self._has_closed = True
        if self._end_timer is None:
            self._end_timer = asyncio.get_running_loop().call_later(self.farewell_s, self.abort)

    # --- what an opening asks ----------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Write bytes."""
        self.transport.write(data)

    def opened(self) -> None:
        """Frames may come."""
        self._is_open = True

    def end(self, last: bytes) -> None:
        """Write the last bytes; after a close frame the peer may answer, after anything else the connection ends."""
        if self._is_lost or self._has_closed:
            return
        self.transport.write(last)
        self._expect_end()
        if self._is_open:
            self.listen(True)
        else:
            self.transport.close()

    def listen(self, is_on: bool) -> None:  # noqa: FBT001 (it says in which state reading shall be)
        """Read from the network, or let the client wait."""
        if is_on == self._is_silent and not self._is_lost:
            self._is_silent = not is_on
            if is_on:
                self.transport.resume_reading()
            else:
                self.transport.pause_reading()

    # --- what comes in -----------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take the request first, and frames when the endpoint has accepted it."""
        if self._connection is None and self._opening is None:
            self._open(data)
        elif self._receiver is not None:
            try:
                self._receiver.feed(data, self)
            except Broken as broken:
                self._break_off(broken)

    def _open(self, data: bytes) -> None:
        try:
            request = Request(data)
        except BadHandshake as bad:
            headers = [(b"sec-websocket-version", b"13"), (b"content-type", b"text/plain")]
            self.end(answer(bad.status, headers, str(bad).encode()))
            return
        if self.door is not None and self.door.path == request.path and not self._config.root_path:
            self._enter(self.door, request)
            return
        self._write_gate = asyncio.Event()
        self._write_gate.set()
        self._opening = Opening(self, request, self._scope(), self._write_gate)
        task = asyncio.get_running_loop().create_task(self._opening.run(self._config.loaded_app))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def _enter(self, door: Door, request: Request) -> None:
        """Do what the endpoint behind the door does, without an application and a task in between."""
        handshake = door.handshake(request.headers, partial(self._client, request.headers))
        if not door.may_knock(handshake.headers):
            kind = [(b"content-type", b"text/plain; charset=utf-8")]
            self.end(answer(HTTPStatus.FORBIDDEN, kind, WRONG_ORIGIN.encode()))
            return
        hub, chosen = door.find(self._app_state), door.choose(request.subprotocols)
        self.transport.write(accepted(request, chosen))
        self.opened()
        self.attach(door.connect(hub, self, handshake, chosen))

    def _client(self, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """The address of the client, as uvicorn's middleware finds it behind proxies that are trusted."""
        peer = self.transport.get_extra_info("peername")
        host = str(peer[0]) if isinstance(peer, tuple) else ""
        forwarded = b", ".join([value for name, value in headers if name == b"x-forwarded-for"])
        proxies = getattr(self._config.loaded_app, "trusted_hosts", None) if forwarded else None
        if proxies is None or host not in proxies:
            return host
        return str(proxies.get_trusted_client_address(forwarded.decode("latin-1"))[0]) or host

    def _scope(self) -> dict[str, Any]:
        # The protocol that read the request has asked the kernel already.
        http = self.transport.get_protocol()
        return {
            "scheme": "wss" if self.transport.get_extra_info("sslcontext") is not None else "ws",
            "server": getattr(http, "server", None),
            "client": getattr(http, "client", None),
            "root_path": self._config.root_path,
            "state": self._app_state.copy(),
        }

    @property
    def is_deaf(self) -> bool:
        """After the end of the connection nothing is read."""
        return self._is_lost or self.transport.is_closing()

    def text(self, message: str) -> None:
        """Take a text message."""
        if self._has_closed:
            return
        if (connection := self._connection) is not None:
            connection.received(message)
        elif self._opening is not None:
            self._opening.came({"type": "websocket.receive", "text": message})

    def binary(self, message: bytes) -> None:
        """Take a binary message."""
        if self._has_closed:
            return
        if self._connection is not None:
            self._connection.received_binary()
        elif self._opening is not None:
            self._opening.came({"type": "websocket.receive", "bytes": message})

    def ping(self, payload: bytes) -> None:
        """Answer a ping, unless so much waits that nobody reads: the answers would pile up without an end."""
        if not self._has_closed and self.transport.get_write_buffer_size() <= self.limits.write_buffer_bytes:
            self.transport.write(control_frame(PONG, payload))

    def closed(self, code: int, payload: bytes) -> None:
        """The peer closes, or answers our close; a server then ends the connection."""
        if not self._has_closed:
            self.transport.write(control_frame(CLOSE, payload))
        self.transport.close()
        self._expect_end()
        self._tell_lost(code)

    def _break_off(self, broken: Broken) -> None:
        """The peer broke the protocol: say bye and why, and leave it time to read that before the connection ends."""
        if not self._has_closed:
            bye = text_frame(Bye(broken.code, retry_ms(broken.code)).encode()) if self._connection is not None else b""
            self.transport.write(bye + close_frame(broken.code, broken.reason))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._receiver = None  # Whatever else it says is not heard.
        self._expect_end()
        self.listen(True)
        self._tell_lost(broken.code)

    def _tell_lost(self, code: int) -> None:
        if self._connection is not None:
            self._connection.lost()
        elif self._opening is not None:
            self._opening.lost(code)

    # --- hooks of asyncio and uvicorn --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the buffers small: megabytes hide in default ones before a stuck peer is noticed."""
        self.transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)
        self.transport.set_write_buffer_limits(high=self.limits.write_buffer_bytes)
        if not self.is_narrow and (sock := self.transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.limits.send_buffer_bytes)
        _untie(self.transport.get_protocol())

    def connection_lost(self, _exc: Exception | None) -> None:
        """The connection is no more."""
        self._is_lost = True
        self._server.connections.discard(self)
        if self._end_timer is not None:
            self._end_timer.cancel()
            self._end_timer = None
        if self._write_gate is not None:
            self._write_gate.set()
        self._tell_lost(1006)

    def eof_received(self) -> None:
        """The peer sends no more; the transport closes."""

    def pause_writing(self) -> None:
        """The transport holds more than it should."""
        if self._connection is not None:
            self._connection.paused()
        elif self._write_gate is not None:
            self._write_gate.clear()

    def resume_writing(self) -> None:
        """The transport has room again."""
        if self._connection is not None:
            self._connection.resumed()
        elif self._write_gate is not None:
            self._write_gate.set()

    def shutdown(self) -> None:
        """The server stops: a connection is asked to leave in its own time, an endpoint is told; who leaves, leaves."""
        if self._has_closed or self._is_lost:
            return
        if self._connection is not None:
            self._connection.shutdown()
            return
        if self._opening is not None:
            self._opening.lost(CODE_OF_RESTART)
        self.transport.write(close_frame(CODE_OF_RESTART) if self._is_open else answer(500, (), b""))
        self._has_closed = True
        self.transport.close()


def _untie(http: Any) -> None:
    """Take uvicorn's HTTP protocol and its parser apart, which hold each other and would wait for the collector."""
    if http is not None and getattr(http, "parser", None) is not None:
        asyncio.get_running_loop().call_soon(_forget_parser, http)


def _forget_parser(http: Any) -> None:
    with contextlib.suppress(AttributeError):
        http.parser = None
