"""A WebSocket between its HTTP request and its own life: what an ASGI application is told and may answer.

An endpoint that takes the wire (`scope["extensions"]["realtime.wire"]`) returns, and this is thrown away: an idle
socket keeps neither its request nor a task. One that does not take it goes on to talk through `receive` and `send`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

import structlog

from realtime.rfc6455 import BadHandshake, accept_key, close_frame
from realtime.socket import EXTENSION

log = structlog.get_logger()

Message = Mapping[str, Any]
Application = Callable[
    [Mapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]

CODE_OF_RESTART = 1012
NORMAL, GONE = 1000, 1006


class Gone(OSError):
    """The client is not there any more."""


class Line(Protocol):
    """What an opening asks of its connection."""

    def send(self, data: bytes) -> None:
        """Write bytes."""

    def opened(self) -> None:
        """The handshake is done: frames may come."""

    def end(self, last: bytes) -> None:
        """Write the last bytes and end the connection."""

    def listen(self, is_on: bool) -> None:  # noqa: FBT001 (it says in which state reading shall be)
        """Read from the network, or let the client wait."""


class Request:
    """The opening request, as its bytes say. Raises `BadHandshake`."""

    __slots__ = ("accept", "headers", "path", "query")

    def __init__(self, data: bytes) -> None:
        head, _, _ = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        pairs = [line.partition(b":") for line in lines]
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
        method, _, target = first.partition(b" ")
        target = target.rpartition(b" ")[0]
        if method != b"GET":
            raise BadHandshake(HTTPStatus.METHOD_NOT_ALLOWED, "a WebSocket is opened with GET")
        self.path, _, self.query = target.partition(b"?")
        self.accept = accept_key(self.headers)

    @property
    def subprotocols(self) -> list[str]:
        """What the client can speak, the best first."""
        offers = [value for name, value in self.headers if name == b"sec-websocket-protocol"]
        return [each.strip().decode("latin-1") for value in offers for each in value.split(b",")]


class Opening:
    """One application run over one WebSocket, for as long as it talks ASGI."""

    def __init__(self, line: Line, request: Request, scope: dict[str, Any], write_gate: asyncio.Event) -> None:
        self._line = line
        self._request = request
        self._came: deque[Message] = deque([{"type": "websocket.connect"}])
        self._news = asyncio.Event()
        self._news.set()
        self._write_gate = write_gate
        self._denial: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._body = b""
        self.is_open = self.is_over = self.is_taken = False
        self.scope = scope | {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "path": scope["root_path"] + unquote(request.path.decode("latin-1")),
            "raw_path": scope["root_path"].encode("latin-1") + request.path,
            "query_string": request.query,
            "headers": request.headers,
            "subprotocols": request.subprotocols,
            "extensions": {"websocket.http.response": {}, EXTENSION: line},
        }

    async def run(self, app: Application) -> None:
        """Run the application; what it leaves undone is done for it."""
        try:
            await app(self.scope, self.receive, self.send)
        except Gone:
            pass
        except Exception:
            log.exception("an endpoint failed", path=self.scope["path"])
            self._give_up(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            self._give_up(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _give_up(self, status: int) -> None:
        if self.is_taken or self.is_over:
            return
        self.is_over = True
        self._line.end(close_frame(NORMAL) if self.is_open else answer(status, (), b""))

    # --- what the network tells --------------------------------------------------------------------------------------

    def came(self, message: Message) -> None:
        """Queue a message; the client waits until it is fetched."""
        self._came.append(message)
        self._news.set()
        self._line.listen(False)

    def lost(self, code: int = GONE) -> None:
        """Tell the application that the connection is no more."""
        if not self.is_over:
            self.is_over = True
            self._came.append({"type": "websocket.disconnect", "code": code, "reason": ""})
            self._news.set()

    def waiting(self) -> deque[Message]:
        """What came and was not fetched, for whoever takes the wire."""
        self.is_taken = True
        return self._came

    # --- what the application does -----------------------------------------------------------------------------------

    async def receive(self) -> Message:
        """Give the application its next message."""
        while not self._came:
            self._news.clear()
            self._line.listen(True)
            await self._news.wait()
        return self._came.popleft()

    async def send(self, message: Message) -> None:
        """Take a message of the application. Raises `Gone` when nobody is there to hear it."""
        await self._write_gate.wait()
        if self.is_over:
            raise Gone
        match message["type"]:
            case "websocket.accept":
                self._accept(message)
            case "websocket.send":
                self._line.send(_frame(message))
            case "websocket.close":
                self.is_over = True
                code = message.get("code", NORMAL)
                closing = close_frame(code, message.get("reason") or "")
                self._line.end(closing if self.is_open else answer(HTTPStatus.FORBIDDEN, (), b""))
            case "websocket.http.response.start":
                self._denial = message["status"], list(message.get("headers", ()))
            case "websocket.http.response.body":
                self._deny(message)

    def _accept(self, message: Message) -> None:
        self.is_open = True
        extra = tuple(message.get("headers", ()))
        self._line.send(accepted(self._request, message.get("subprotocol"), extra))
        self._line.opened()

    def _deny(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if self._denial is not None and not message.get("more_body", False):
            status, headers = self._denial
            self.is_over = True
            self._line.end(answer(status, headers, self._body))


def _frame(message: Message) -> bytes:
    text = message.get("text")
    opcode, payload = (0x82, message.get("bytes") or b"") if text is None else (0x81, text.encode())
    size = len(payload)
    if size < 126:  # noqa: PLR2004 (RFC 6455, section 5.2)
        return bytes((opcode, size)) + payload
    if size < 1 << 16:
        return bytes((opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((opcode, 127)) + size.to_bytes(8, "big") + payload


def head(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    """Build the head of an HTTP answer."""
    lines = [
        f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}".encode(),
        *(name + b": " + value for name, value in headers),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


SWITCHING = head(HTTPStatus.SWITCHING_PROTOCOLS, [(b"upgrade", b"websocket"), (b"connection", b"Upgrade")])[:-2]
"""How the answer to every handshake begins."""


def accepted(request: Request, subprotocol: str | None, extra: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """Build the answer that makes a WebSocket of the connection."""
    chosen = b"sec-websocket-protocol: %b\r\n" % subprotocol.encode("latin-1") if subprotocol else b""
    more = b"".join([b"%b: %b\r\n" % header for header in extra]) if extra else b""
    return b"%bsec-websocket-accept: %b\r\n%b%b\r\n" % (SWITCHING, request.accept, chosen, more)


def answer(status: int, headers: list[tuple[bytes, bytes]] | tuple[()], body: bytes) -> bytes:
    """Build a whole HTTP answer after which the connection ends."""
    given = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"connection")]
    own = [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    return head(status, [*given, *own]) + body
