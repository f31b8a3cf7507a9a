"""A served hub and the clients that talk to it over real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from realtime.frames import SUBPROTOCOL
from realtime.hub import Hub
from realtime.testing import MemoryHost
from tests.services import Served

ORIGIN = "https://example.org"


@dataclass
class Site:
    """A served hub."""

    hub: Hub
    host: MemoryHost
    at: Served

    @property
    def address(self) -> str:
        return f"{self.at.ws}/live"


@dataclass
class Phone:
    """A client that understands frames."""

    socket: ClientConnection
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **frame: Any) -> None:
        await self.socket.send(orjson.dumps(frame).decode())

    async def hello(self, *rooms: str, cid: str = "c_1", token: str | None = "ana", **since: Any) -> None:
        wishes = [{"r": room} | ({"since": since} if since else {}) for room in rooms]
        await self.say(t="hello", v=1, cid=cid, rooms=wishes, **({"token": token} if token else {}))

    async def next(self, *types: str) -> dict[str, Any]:
        """The next frame of one of the types; all are kept in `seen`."""
        while True:
            async with asyncio.timeout(5):
                self.seen.append(orjson.loads(await self.socket.recv()))
            if self.seen[-1]["t"] in types:
                return self.seen[-1]

    async def closed(self) -> int | None:
        """Read to the end and return the close code."""
        async with asyncio.timeout(10):
            try:
                while True:
                    self.seen.append(orjson.loads(await self.socket.recv()))
            except ConnectionClosed as end:
                return end.rcvd.code if end.rcvd else None


def handshake(port: int) -> bytes:
    return (
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    ).encode()


def masked(payload: bytes) -> bytes:
    mask = b"\x01\x02\x03\x04"
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes((0x81, 0x80 | len(payload))) + mask + body
