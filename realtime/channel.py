"""What a host brings to the room engine: a `Channel` behind the rooms, `Limits`, and a `Clock`.

The engine knows rooms, positions and frames. Who may enter, what the state of a room is and what a command does is the
host's, and this protocol is all that the engine asks of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from realtime.frames import Ack, Do, Err, Position, Published

__all__ = [
    "Ack",
    "Answer",
    "Channel",
    "Clock",
    "Do",
    "Err",
    "Handshake",
    "Identity",
    "Limits",
    "LoopClock",
    "Position",
    "Published",
    "Snapshot",
    "Timer",
]


Answer = Ack | Err


def _nowhere() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the HTTP request of a socket said: header names in lower case, cookies, and who can tell the address."""

    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    find_client: Callable[[], str] = field(default=_nowhere, compare=False, repr=False)

    @property
    def client(self) -> str:
        """The client's address, as proxies that are trusted tell it; looked up when somebody asks."""
        return self.find_client()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is at the other end.

    `presence` is the name shown in `pres` frames; None for someone who watches unseen (no limit on people applies to
    them). `data` is the host's own and comes back to it untouched.
    """

    id: str
    kind: str
    presence: str | None = None
    data: Any = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a room at one position; `body` is the whole view as JSON.

    A room without a log returns an empty epoch and n = 0: its position is the node's own.
    """

    epoch: str
    n: int
    body: bytes


class Channel(Protocol):
    """The host behind the rooms. Every method may be called often and concurrently."""

    async def identify(self, handshake: Handshake, token: str | None) -> Identity:
        """Say who is connecting, by cookie or by the token of their hello. Raises `errors.Rejected`."""

    async def admit(self, room: str, who: Identity) -> None:
        """Let `who` into `room`, or raise `errors.NotAdmitted`."""

    async def snapshot(self, room: str) -> Snapshot:
        """Read position and state in one read. The engine keeps and shares the answer for a while."""

    async def events_since(self, room: str, epoch: str, n: int) -> list[Published] | None:
        """Read the events after `n`, in order and without a hole.

        None when that history is not there: another epoch, an `n` ahead of the head, or gone. More than the engine
        wants to send is no harm; it takes a snapshot then.
        """

    async def heads(self, rooms: Collection[str]) -> Mapping[str, Position]:
        """Read the newest position of each room, in one read. Rooms that are not known are absent.

        For a room without a log: an empty epoch and any number that changes when the room's view does, or absent.
        """

    async def highest_command(self, room: str, cid: str) -> int:
        """Return the highest committed command number of this client in this room, 0 for none."""

    def handle(self, room: str, who: Identity, command: Do, cid: str) -> Answer | Awaitable[Answer]:
        """Apply a command exactly once, and answer after the commit: at once, or when there is something to wait for.

        It is called while the client's frames are read; what waits is awaited in a task, one at a time for each client.
        """


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of the engine. Seconds, bytes and counts are in the names."""

    frame_bytes: int = 16 * 1024
    burst: int = 20
    per_s: float = 5.0
    room_per_s: float = 30.0
    rooms_per_hello: int = 100
    sockets_per_person: int = 5
    sockets_per_watcher: int = 64
    people_per_room: int = 64
    joins_at_once: int = 64
    joins_waiting: int = 512
    inbox: int = 16
    hello_timeout_s: float = 10.0
    ping_s: float = 25.0
    silence_s: float = 45.0
    presence_interval_s: float = 0.5
    presence_grace_s: float = 12.0
    presence_report_s: float = 20.0
    resume_events: int = 200
    resume_bytes: int = 64 * 1024
    ring_events: int = 256
    ring_bytes: int = 128 * 1024
    send_buffer_bytes: int = 64 * 1024
    write_buffer_bytes: int = 64 * 1024
    paused_s: float = 10.0
    snapshot_reuse_events: int = 16
    gap_hold_s: float = 0.1
    heads_check_s: float = 5.0
    heads_batch: int = 500
    bus_down_poll_s: tuple[float, float] = (0.25, 0.5)
    probe_s: float = 2.0
    probe_timeout_s: float = 10.0
    idle_room_s: float = 60.0
    drain_s: float = 3.0
    drain_sockets_per_s: float = 2000.0


class Timer(Protocol):
    """Something that will happen unless it is cancelled."""

    def cancel(self) -> None:
        """Make it not happen."""


class Clock(Protocol):
    """Time as the engine sees it, so that a test can be in charge of it."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    def utc(self) -> datetime:
        """The time on the wall, aware."""

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back after this turn of the event loop."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back once after `delay_s` seconds."""


class LoopClock:
    """The clock of the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self.call_later = self._loop.call_later

    def utc(self) -> datetime:
        """The time on the wall, aware."""
        return datetime.now(UTC)

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back after this turn of the event loop."""
        self._loop.call_soon(callback)
