"""The rooms of this process."""

from __future__ import annotations

from random import Random
from typing import Any

from realtime.broker import Broker
from realtime.channel import Channel, Clock, Limits, Published
from realtime.errors import CloseCode


class Hub:
    """All rooms and connections of one process, between the bus on one side and the sockets on the other."""

    def __init__(
        self,
        channel: Channel,
        broker: Broker,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        raise NotImplementedError

    @property
    def is_ready(self) -> bool:
        """Whether the bus works: false while the hub lives from polling the log."""
        raise NotImplementedError

    async def start(self) -> None:
        """Begin to listen to the bus. Call inside the running event loop, before the first connection."""
        raise NotImplementedError

    def publish(self, published: Published) -> None:
        """Send a committed event to every node, our own included. Never waits, never fails."""
        raise NotImplementedError

    def kick(self, room: str, identity: str | None = None, code: int = CloseCode.NOT_ALLOWED) -> None:
        """Send `identity` (everybody when None) out of `room`, on every node."""
        raise NotImplementedError

    def announce(self, room: str, name: str) -> None:
        """Count `name` as present in `room` for the grace period though they have no socket (a long poll)."""
        raise NotImplementedError

    async def wait_beyond(self, room: str, n: int, timeout_s: float) -> bool:
        """Wait until the room has an event after `n`. False when there was none in time."""
        raise NotImplementedError

    def stats(self) -> dict[str, Any]:
        """Count what is here now (`sockets`, `rooms`, ...) and what happened since the start (`..._total`)."""
        raise NotImplementedError

    async def drain(self) -> None:
        """Say bye to every socket, spread over time, wait until they are gone, and stop."""
        raise NotImplementedError
