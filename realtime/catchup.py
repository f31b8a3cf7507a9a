"""What a client missed: events from the ring or the log when it can go on, else a snapshot that all share.

A storm of joins costs the host one read per room: whoever comes while a read is under way waits for that one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from realtime.channel import Channel, Clock, Limits, Snapshot
from realtime.frames import Position, Resumed, text_frame
from realtime.room import Room, Shared, Verdict

SNAPSHOT_ATTEMPTS_MAX = 3

COUNTED = ("ahead", "epoch", "first", "resumed", "synced", "too_far")


class Outrun(Exception):
    """The room changes faster than its state can be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a room goes on for one client: the framed bytes to write before it enters, and why (for the counters)."""

    framed: bytes
    why: str


class CatchUp:
    """Brings clients to the position of their room."""

    def __init__(
        self, channel: Channel, clock: Clock, limits: Limits, *, flush: Callable[[Room], None],
        reset: Callable[[Room, Position], None],
    ) -> None:  # fmt: skip
        self._channel = channel
        self._clock = clock
        self._limits = limits
        self._flush = flush
        self._reset = reset
        # A lock is there for as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))

    async def join(self, room: Room, since: Position | None, cid: str) -> Outcome:
        """Answer a join. The outcome is true until the next await: write it and enter the room at once."""
        mid = await self._channel.highest_command(room.name, cid) if room.is_logged else 0
        why = "first" if since is None else await self._prepare(room, since)
        if since is not None and why == Verdict.RESUME.value:
            return self._counted("resumed", self._resumed(room, since, mid))
        return self._counted(why, self._framed(room, await self._state(room), mid, why))

    async def sync(self, room: Room, n: int, cid: str) -> Outcome:
        """Answer a sync of a client that has everything up to `n` and is behind."""
        since = Position(room.epoch or "", n)
        if await self._prepare(room, since) == Verdict.RESUME.value:
            self._flush(room)
            return self._counted("synced", b"".join(room.backlog.after(n)))
        return await self.join(room, since, cid)

    async def locate(self, room: Room) -> None:
        """Learn the room's position if it is not known."""
        async with self._lock(room):
            if room.epoch is None:
                heads = await self._channel.heads([room.name])
                room.open_at(heads.get(room.name, Position("", 0)))

    async def _prepare(self, room: Room, since: Position) -> str:
        """Make the ring cover what comes after `since`, or say why that cannot be."""
        if room.epoch is None:
            await self.locate(room)
        verdict = room.verdict(since)
        if verdict is Verdict.FILL:
            async with self._lock(room):
                verdict = await self._fill(room, since)
        return verdict.value

    async def _fill(self, room: Room, since: Position) -> Verdict:
        if (verdict := room.verdict(since)) is not Verdict.FILL:
            return verdict
        # The others who come back now missed about as much: read for them too.
        start = max(0, min(since.n, room.n) - self._limits.resume_events)
        events = await self._channel.events_since(room.name, since.epoch, start)
        if events is not None:
            room.fill(events, self._clock.now())
            self._flush(room)
        if (verdict := room.verdict(since)) is not Verdict.FILL:
            return verdict
        return Verdict.AHEAD if since.n > room.n else Verdict.TOO_FAR

    async def _state(self, room: Room) -> Shared:
        """Return a snapshot from which the ring leads to now."""
        for _ in range(SNAPSHOT_ATTEMPTS_MAX):
            if shared := self._kept(room):
                return shared
            async with self._lock(room):
                if not self._kept(room):
                    room.shared = Shared(await self._read(room))
        if shared := self._kept(room):
            return shared
        raise Outrun(room.name)

    def _kept(self, room: Room) -> Shared | None:
        if room.shared is None or room.shared.epoch != room.epoch:
            return None
        n = room.shared.n
        is_fresh = n >= room.n or (room.n - n <= self._limits.snapshot_reuse_events and room.backlog.covers(n))
        return room.shared if is_fresh else None

    async def _read(self, room: Room) -> Snapshot:
        # What arrives during the read may or may not be in the state that a room without a log returns: take the
        # position from before, and let the events that follow be applied again. They do no harm.
        n = room.n
        snapshot = await self._channel.snapshot(room.name)
        if not snapshot.epoch:
            room.open_at(Position("", 0))
            return Snapshot(room.epoch or "", n, snapshot.body)
        position = Position(snapshot.epoch, snapshot.n)
        room.open_at(position)
        if room.epoch != snapshot.epoch:
            self._reset(room, position)
        room.expect(snapshot.n, self._clock.now())
        return snapshot

    def _resumed(self, room: Room, since: Position, mid: int) -> bytes:
        self._flush(room)
        head = Resumed(room.name, since.epoch, since.n, room.n, mid)
        return b"".join([text_frame(head.encode()), *room.backlog.after(since.n)])

    def _framed(self, room: Room, shared: Shared, mid: int, why: str) -> bytes:
        self._flush(room)
        n = shared.n
        later = room.backlog.after(n) if n < room.n else []
        return b"".join([shared.framed(room.name, mid, why), *later])

    def _counted(self, why: str, framed: bytes) -> Outcome:
        self.counts[why] += 1
        return Outcome(framed, why)

    def _lock(self, room: Room) -> asyncio.Lock:
        return self._locks.setdefault(room.name, asyncio.Lock())
