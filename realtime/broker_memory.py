"""The bus of a single process: what is published comes back after this turn of the event loop."""

from __future__ import annotations

import asyncio

from realtime.broker import Message, Receiver


class MemoryBus:
    """The wire between the memory brokers of one process."""

    def __init__(self) -> None:
        self.receivers: list[Receiver] = []
        self._waiting: list[Message] = []

    def send(self, message: Message) -> None:
        """Deliver to all receivers after this turn of the event loop, in order."""
        self._waiting.append(message)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            for receiver in tuple(self.receivers):
                receiver.received(message)


class MemoryBroker:
    """A broker without a server. Hubs whose brokers share a bus see each other as nodes do.

    Without a bus to share there is one node, and numbered events, which their node has already, need no way.
    """

    def __init__(self, bus: MemoryBus | None = None) -> None:
        self._bus = bus or MemoryBus()
        self._is_alone = bus is None
        self._receiver: Receiver | None = None

    @property
    def is_up(self) -> bool:
        """True between start and close."""
        return self._receiver is not None

    async def start(self, receiver: Receiver) -> None:
        """Begin to deliver to `receiver`."""
        self._receiver = receiver
        self._bus.receivers.append(receiver)

    def publish(self, message: Message) -> None:
        """Send to every broker of the bus, this one too."""
        if self._receiver is not None and not (self._is_alone and message.n):
            self._bus.send(message)

    def reconnect(self) -> None:
        """Do nothing: there is no connection that could be dead."""

    async def close(self) -> None:
        """Stop delivering."""
        if self._receiver is not None:
            self._bus.receivers.remove(self._receiver)
            self._receiver = None
