"""The way between processes: what the hub asks of a message bus, and the binary form of a message.

A bus may drop, repeat or reorder. The log behind the channel is the truth; the bus only makes it fast.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple, Protocol


class Kind(IntEnum):
    """What a message is about."""

    EVENT = 1
    PRESENCE = 2
    CONTROL = 3
    PROBE = 4


class Message(NamedTuple):
    """One message on the bus. Of an event, `body` is the very JSON that goes to the sockets; nobody decodes it."""

    kind: Kind
    room: str
    epoch: str
    n: int
    body: bytes


class Receiver(Protocol):
    """Who listens to a bus. Both methods return at once and do not raise."""

    def received(self, message: Message) -> None:
        """Take one message."""

    def doubted(self) -> None:
        """Messages may have been missed: check everything against the log."""


class Broker(Protocol):
    """A bus between nodes. Every message comes back to its sender too, which has its own numbered events already."""

    @property
    def is_up(self) -> bool:
        """Whether messages have a way at this moment, as far as the broker can tell."""

    async def start(self, receiver: Receiver) -> None:
        """Begin to deliver to `receiver`. Returns also when the bus is down; the broker keeps trying."""

    def publish(self, message: Message) -> None:
        """Send to all nodes, without waiting and without a promise."""

    def reconnect(self) -> None:
        """Drop the connection that seems dead, if there is one, and make a new one."""

    async def close(self) -> None:
        """Stop delivering and let go of connections."""


_HEAD = struct.Struct("!BBHQ")  # kind, bytes of epoch, bytes of room, n


def encode(message: Message) -> bytes:
    """Put a small binary head before the body."""
    epoch, room = message.epoch.encode(), message.room.encode()
    return _HEAD.pack(message.kind, len(epoch), len(room), message.n) + epoch + room + message.body


def decode(data: bytes) -> Message:
    """Read a message. Raises ValueError for bytes that are not one."""
    try:
        kind, epoch_size, room_size, n = _HEAD.unpack_from(data)
        room_start = _HEAD.size + epoch_size
        body_start = room_start + room_size
        if len(data) < body_start:
            raise ValueError("the message is cut short")
        epoch, room = data[_HEAD.size : room_start].decode(), data[room_start:body_start].decode()
        return Message(Kind(kind), room, epoch, n, data[body_start:])
    except struct.error as error:
        raise ValueError("the message has no head") from error
