"""The connections of this process: who may come in, who has kept silent too long, and how all of them leave."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Protocol

import structlog

from realtime.channel import Clock, Identity, Limits, Timer
from realtime.errors import CloseCode, NotAdmitted, Rejected
from realtime.room import Member

log = structlog.get_logger()

KICKS_KEPT = 1000
SWEEP_S = 1.0
SILENCE_CHECKS = 9  # Per silence period: a sweep over everybody is not free, and nobody minds five seconds.


class Client(Member, Protocol):
    """What the hub asks of a connection beyond what a room does."""

    cid: str

    @property
    def is_open(self) -> bool:
        """Whether it is neither closed nor closing."""

    @property
    def heard_at(self) -> float:
        """When the other side last said anything."""

    def entered(self, room: str) -> None:
        """The hub let it into a room."""

    def check(self, now: float) -> None:
        """Act on what has been waited for too long."""


class Crowd:
    """All clients, and among them those who are looked at every second because something is awaited of them."""

    def __init__(self, limits: Limits, clock: Clock, random: Random) -> None:
        self._limits = limits
        self._clock = clock
        self._random = random
        self._clients: set[Client] = set()
        self._watched: set[Client] = set()
        self._known: dict[tuple[str, str], Client] = {}
        self._sockets_of: dict[str, int] = {}
        self._places = asyncio.Semaphore(limits.joins_at_once)
        self._waiting = 0
        self._sweeper: Timer | None = None
        self._swept_all_at = clock.now()
        self._nobody_left: asyncio.Event | None = None
        self._kicked: deque[tuple[int, str, str | None, int]] = deque(maxlen=KICKS_KEPT)
        self.kicks = 0
        self.is_draining = False

    def __len__(self) -> int:
        return len(self._clients)

    @property
    def watched(self) -> int:
        """How many clients are looked at every second."""
        return len(self._watched)

    # --- coming and going --------------------------------------------------------------------------------------------

    def arrived(self, client: Client) -> None:
        """A socket was accepted; nobody knows yet who it is."""
        self._clients.add(client)
        self._watched.add(client)
        if self.is_draining:
            self._clock.call_soon(partial(client.close, CloseCode.RESTART))

    def watch(self, client: Client, *, closely: bool) -> None:
        """Look at the client every second, or only as often as at everybody."""
        if closely:
            self._watched.add(client)
        else:
            self._watched.discard(client)

    def gone(self, client: Client) -> None:
        """The socket does not exist any more."""
        self._clients.discard(client)
        self._watched.discard(client)
        if self._nobody_left is not None and not self._clients:
            self._nobody_left.set()

    @asynccontextmanager
    async def joining(self) -> AsyncIterator[None]:
        """Hold one of the places for those who join right now, after a wait if need be.

        Raises `Rejected` with 1013 when too many wait already, with 1012 in a drain.
        """
        if self.is_draining:
            raise Rejected(CloseCode.RESTART, "going away")
        if self._places.locked() and self._waiting >= self._limits.joins_waiting:
            raise Rejected(CloseCode.BUSY, "too many joins at once")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()

    def register(self, client: Client) -> Client | None:
        """Let `client` in. Returns the one with the same cid whom it replaces. Raises `Rejected` with 4513."""
        key, sockets = (client.who.id, client.cid), self._sockets_of.get(client.who.id, 0)
        replaced = self._known.get(key)
        if replaced is None:
            if sockets >= self._sockets_max(client.who):
                raise Rejected(CloseCode.TOO_MANY_SOCKETS, "too many sockets")
            self._sockets_of[client.who.id] = sockets + 1
        self._known[key] = client
        return replaced

    def forget(self, client: Client) -> None:
        """Count `client` no more, unless another one has taken its place."""
        key = (client.who.id, client.cid)
        if self._known.get(key) is not client:
            return
        del self._known[key]
        self._sockets_of[client.who.id] -= 1
        if not self._sockets_of[client.who.id]:
            del self._sockets_of[client.who.id]

    def find(self, identity: str, cid: str) -> Client | None:
        """Find a registered client."""
        return self._known.get((identity, cid))

    def kicked(self, room: str, identity: str | None, code: int) -> None:
        """Take note that somebody (everybody when None) was sent out of a room."""
        self.kicks += 1
        self._kicked.append((self.kicks, room, identity, code))

    def refuse_kicked(self, room: str, identity: str, *, since: int) -> None:
        """Keep out who was let in by the host, and kicked before the engine had the room's state for them."""
        for count, kicked_from, kicked, code in reversed(self._kicked):
            if count <= since:
                return
            if kicked_from == room and kicked in {None, identity}:
                raise NotAdmitted(close=code)

    def _sockets_max(self, who: Identity) -> int:
        return self._limits.sockets_per_watcher if who.presence is None else self._limits.sockets_per_person

    # --- time --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look at clients."""
        self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)

    def stop(self) -> None:
        """Look at nobody any more."""
        if self._sweeper is not None:
            self._sweeper.cancel()

    def begin_drain(self) -> float:
        """Close every client at a random moment of a window; return the window's length in seconds."""
        window_s = max(self._limits.drain_s, len(self._clients) / self._limits.drain_sockets_per_s)
        if not self.is_draining:
            self.is_draining = True
            log.info("draining", sockets=len(self._clients), window_s=round(window_s, 1))
            for client in self._clients:
                self._clock.call_later(self._random.random() * window_s, partial(client.close, CloseCode.RESTART))
        return window_s

    async def until_empty(self, timeout_s: float) -> None:
        """Wait until the last client is gone, or for `timeout_s`."""
        if not self._clients:
            return
        self._nobody_left = asyncio.Event()
        timer = self._clock.call_later(timeout_s, self._nobody_left.set)
        await self._nobody_left.wait()
        timer.cancel()

    def _sweep(self) -> None:
        now = self._clock.now()
        self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)
        for client in tuple(self._watched):
            client.check(now)
        if now - self._swept_all_at >= self._limits.silence_s / SILENCE_CHECKS:
            self._swept_all_at = now
            self._close_silent(now - self._limits.silence_s)

    def _close_silent(self, heard_before: float) -> None:
        for client in [client for client in self._clients if client.heard_at < heard_before]:
            if client.is_open:
                client.close(CloseCode.SILENT)
