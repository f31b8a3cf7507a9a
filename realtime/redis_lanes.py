"""Which Redis server carries which of the bus's channels, and the pair of connections to each.

One server carries all of them with PUBLISH and SUBSCRIBE. In a Redis Cluster that would send every message to every
server of it: there the channels are sharded ones (SPUBLISH, SSUBSCRIBE), each on the server of its slot alone.
"""

from __future__ import annotations

import asyncio
from binascii import crc_hqx
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from realtime.redis_link import Address, Link, ask, open_link, pack

SLOTS = 16384


class Uncovered(OSError):
    """A slot of the cluster has no server at this moment."""


@dataclass(frozen=True, slots=True)
class Words:
    """What Redis calls publishing and subscribing."""

    publish: bytes
    subscribe: bytes
    subscribed: bytes
    unsubscribed: bytes
    message: bytes


PLAIN = Words(b"PUBLISH", b"SUBSCRIBE", b"subscribe", b"unsubscribe", b"message")
SHARDED = Words(b"SPUBLISH", b"SSUBSCRIBE", b"ssubscribe", b"sunsubscribe", b"smessage")


class Lane:
    """The connections to one server, one for each direction, and the channels that live there."""

    def __init__(
        self, address: Address, channels: Sequence[bytes], words: Words, on_data: Callable[[bytes], None]
    ) -> None:
        self.address = address
        self.channels = channels
        self._words = words
        self._on_data = on_data
        self._in: Link | None = None
        self._out: Link | None = None
        self._subscribed = 0
        self._unsent: list[bytes] = []

    @property
    def is_up(self) -> bool:
        """Whether both connections stand and every channel is subscribed."""
        return self._out is not None and self._subscribed == len(self.channels)

    async def connect(self) -> None:
        """Open both connections and subscribe. Raises OSError, or what Redis says against it."""
        self._in = await open_link(self.address, self._on_pushed)
        out = await open_link(self.address, _on_published)
        # One by one: sharded channels of one command would all have to be in the same slot.
        self._in.write(b"".join(pack((self._words.subscribe, channel)) for channel in self.channels))
        await self._in.ready
        self._out = out

    def publish(self, channel: bytes, data: bytes) -> int:
        """Put a message with the others of this turn; the answer is its size. `flush` sends them."""
        self._unsent.append(pack((self._words.publish, channel, data)))
        return len(self._unsent[-1])

    def flush(self) -> bool:
        """Send what was put; False when the server does not take it."""
        unsent, self._unsent = self._unsent, []
        return not unsent or self._out is None or self._out.write(b"".join(unsent))

    def lost(self) -> list[asyncio.Future[None]]:
        """What is done when one of the connections is no more."""
        return [link.lost for link in (self._in, self._out) if link is not None]

    def abort(self) -> None:
        """Cut both connections."""
        for link in (self._in, self._out):
            if link is not None:
                link.abort()

    def _on_pushed(self, link: Link, reply: Any) -> None:
        kind, _, value = reply
        if kind == self._words.message:
            self._on_data(value)
        elif kind == self._words.subscribed:
            self._subscribed = value
            if value == len(self.channels):
                link.set_ready()
        elif kind == self._words.unsubscribed:
            link.abort()  # The slot has moved to another server: look again who has which.


def _on_published(_: Link, __: Any) -> None:
    """Nobody asks how many heard it."""


async def servers_of(address: Address, channels: Sequence[bytes]) -> list[tuple[Address, list[bytes]]]:
    """Ask a server of a cluster where each channel lives. Raises OSError, or what Redis says against it."""
    owned = await ask(address, "CLUSTER", "SLOTS")
    places: dict[tuple[str, int], list[bytes]] = {}
    for channel in channels:
        slot = slot_of(channel)
        node = next((entry[2] for entry in owned if entry[0] <= slot <= entry[1]), None)
        if node is None:
            raise Uncovered(f"slot {slot} has no server")
        # A server that does not know its own name means the one it was reached by.
        host = (node[0] or b"").decode() or str(address.get("host", "localhost"))
        places.setdefault((host, int(node[1])), []).append(channel)
    return [({**address, "host": host, "port": port}, mine) for (host, port), mine in places.items()]


def slot_of(channel: bytes) -> int:
    """The slot of a name without braces (CRC16/XMODEM, as the Redis Cluster specification says)."""
    return crc_hqx(channel, 0) % SLOTS
