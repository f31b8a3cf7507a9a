"""One room on one process. Sans-I/O: bytes and times in, deliveries out; the hub performs them.

A room has a position (epoch, n) and a ring of recent events. Members either keep up, and then get the same bytes as
everybody when the room is flushed, or are behind, and then cost nothing but a cursor into the ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import NamedTuple, Protocol

from realtime.backlog import Backlog
from realtime.bucket import Bucket
from realtime.channel import Identity, Limits, Snapshot
from realtime.frames import Ping, Position, Pres, Published, Snap, renumber, text_frame
from realtime.presence import Change, Presence

HELD_EVENTS_MAX = 256
FRAMED_SNAPSHOTS_MAX = 4


class Member(Protocol):
    """What a room and those who act for it ask of a connection."""

    who: Identity

    @property
    def is_paused(self) -> bool:
        """Whether its socket takes no more bytes for now."""

    def write(self, framed: bytes, /) -> None:
        """Hand bytes to the socket, without waiting."""

    def close(self, code: int) -> None:
        """Say bye and close."""

    def dismiss(self, room: str, code: int) -> None:
        """Leave one room, and close when it was the only one."""


class Delivery(NamedTuple):
    """The same bytes for some members."""

    to: Sequence[Member]
    framed: bytes


class Shared:
    """A snapshot that everybody who joins gets, framed once for each (mid, why); most are the same.

    The view is kept once: as the end of a frame, as soon as there is one.
    """

    __slots__ = ("_body", "_framed", "_size", "epoch", "n")

    def __init__(self, snapshot: Snapshot) -> None:
        self.epoch, self.n = snapshot.epoch, snapshot.n
        self._body: bytes | None = snapshot.body
        self._size = len(snapshot.body)
        self._framed: dict[tuple[int, str], bytes] = {}

    def framed(self, room: str, mid: int, why: str) -> bytes:
        """Return the framed `snap`."""
        framed = self._framed.get((mid, why))
        if framed is None:
            framed = text_frame(Snap(room, self.epoch, self.n, mid, why, self._view()).encode())
            if len(self._framed) < FRAMED_SNAPSHOTS_MAX:
                self._framed[mid, why] = framed
                self._body = None
        return framed

    def _view(self) -> bytes:
        if self._body is not None:
            return self._body
        # The view is the last member of a frame, with one brace behind it.
        return next(iter(self._framed.values()))[-1 - self._size : -1]


class Taken(Enum):
    """What became of a published event."""

    KNOWN = auto()  # We had it already.
    READY = auto()  # It waits for the next flush.
    HELD = auto()  # Something before it is missing.
    FOREIGN = auto()  # It belongs to another history than ours.


class Verdict(Enum):
    """Whether a client can go on from where it was. The strings are the `why` of a snapshot."""

    RESUME = "resume"
    FILL = "fill"  # Not from the ring as it is; the log may know.
    EPOCH = "epoch"
    TOO_FAR = "too_far"
    AHEAD = "ahead"


class Room:
    """The state of one room on this process. `epoch` is None until its position is known.

    `has_news` is for repair: whether a room without a log got an event since somebody looked.
    """

    def __init__(self, name: str, own_epoch: str, *, limits: Limits, now: float, first_ping_s: float) -> None:
        self.name = name
        self.epoch: str | None = None
        self.is_logged = True
        self.has_news = False
        self.sent = 0
        self.presence = Presence(
            interval_s=limits.presence_interval_s,
            grace_s=limits.presence_grace_s,
            report_s=limits.presence_report_s,
        )
        self.commands = Bucket(limits.room_per_s, limits.room_per_s, now)
        self.backlog = Backlog(0, events_max=limits.ring_events, bytes_max=limits.ring_bytes)
        self.shared: Shared | None = None
        self._own_epoch = own_epoch
        self._limits = limits
        self._ready: list[bytes] = []
        self._held: dict[int, Published] = {}
        self._hole_at: float | None = None
        self._current: dict[Member, None] = {}
        self._behind: dict[Member, int] = {}
        self._everybody: tuple[Member, ...] | None = ()
        self._ping_at = now + first_ping_s
        self._presence_in_full: tuple[int, bytes] = (-1, b"")

    # --- where we are ------------------------------------------------------------------------------------------------

    @property
    def n(self) -> int:
        """The newest event we have."""
        return self.backlog.last

    def open_at(self, position: Position) -> None:
        """Learn the position, if it is not known yet; an empty epoch means a room without a log."""
        if self.epoch is not None:
            return
        if not position.epoch:
            self._open_unlogged()
            return
        self._go_to(position)
        held, self._held, self._hole_at = self._held, {}, None
        for published in held.values():
            self.receive(published, now=0.0)

    def reset(self, position: Position) -> tuple[Member, ...]:
        """Begin another history. Returns the members, who must come again for a snapshot."""
        members = self.members()
        self._ready.clear()
        self._held.clear()
        self._hole_at = self.shared = None
        self._go_to(position)
        return members

    def skip(self) -> Delivery:
        """Leave a hole in the numbers of a room without a log: its clients ask, and get a snapshot."""
        self._ready.clear()
        self.backlog.clear(self.backlog.last + 1)
        self.shared = None
        self.sent = self.backlog.last
        return self._ping()

    def _open_unlogged(self) -> None:
        self._go_to(Position(self._own_epoch, 0))

    def _go_to(self, position: Position) -> None:
        self.epoch = position.epoch
        self.is_logged = position.epoch != self._own_epoch
        self.backlog.clear(position.n)
        self.sent = position.n

    # --- events ------------------------------------------------------------------------------------------------------

    def receive(self, published: Published, now: float) -> Taken:
        """Take an event from the bus or the log; order and repeats do not matter."""
        if not published.epoch:
            return self._receive_unlogged(published)
        if self.epoch is None:
            return self._hold(published, now)
        if published.epoch != self.epoch:
            return Taken.FOREIGN
        if published.n <= self.backlog.last:
            return Taken.KNOWN
        if published.n > self.backlog.last + 1:
            return self._hold(published, now)
        self._accept(published.body)
        if self._hole_at is not None:
            self._release(now)
        return Taken.READY

    def fill(self, events: Iterable[Published], now: float) -> None:
        """Take events read from the log: those before the ring go in front of it, the others are received."""
        older = [event for event in events if event.n < self.backlog.first]
        if older and older[-1].n == self.backlog.first - 1:
            self.backlog.prepend([text_frame(event.body) for event in older])
        for event in events:
            self.receive(event, now)

    def flush(self) -> Delivery | None:
        """Join what waits into the bytes of one write for everybody who keeps up."""
        if not self._ready:
            return None
        framed = self._ready[0] if len(self._ready) == 1 else b"".join(self._ready)
        self._ready.clear()
        self.sent = self.backlog.last
        return Delivery(self._keeping_up(), framed)

    def has_hole(self, now: float) -> bool:
        """Say whether something is missing for longer than a reordering bus explains."""
        return self._hole_at is not None and (
            now >= self._hole_at + self._limits.gap_hold_s or len(self._held) >= HELD_EVENTS_MAX
        )

    def expect(self, n: int, now: float) -> None:
        """Hear that the log has event `n` already."""
        if n > self.backlog.last and self._hole_at is None:
            self._hole_at = now

    def settle(self, now: float) -> None:
        """Take note that the log was asked: what is still missing gets a new period of grace."""
        self._held = {n: event for n, event in self._held.items() if n > self.backlog.last}
        self._hole_at = now if self._held else None

    def _receive_unlogged(self, published: Published) -> Taken:
        if self.epoch is None:
            self._open_unlogged()
        if self.is_logged:
            return Taken.FOREIGN
        self.has_news = True
        self._accept(renumber(published.body, self.name, self.backlog.last + 1))
        return Taken.READY

    def _accept(self, body: bytes) -> None:
        framed = text_frame(body)
        self.backlog.append(framed)
        self._ready.append(framed)

    def _hold(self, published: Published, now: float) -> Taken:
        if len(self._held) < HELD_EVENTS_MAX:
            self._held[published.n] = published
        if self.epoch is not None and self._hole_at is None:
            self._hole_at = now
        return Taken.HELD

    def _release(self, now: float) -> None:
        while (held := self._held.pop(self.backlog.last + 1, None)) is not None:
            self._accept(held.body)
        self.settle(now)

    # --- members -----------------------------------------------------------------------------------------------------

    def members(self) -> tuple[Member, ...]:
        """Everybody in the room on this process."""
        return (*self._current, *self._behind)

    def __contains__(self, member: Member) -> bool:
        return member in self._current or member in self._behind

    def is_full_for(self, who: Identity) -> bool:
        """Say whether there are too many people here already; someone who is present may always come again."""
        names = self.presence.names()
        return who.presence is not None and who.presence not in names and len(names) >= self._limits.people_per_room

    def enter(self, member: Member, now: float) -> list[Delivery]:
        """Deliver to `member` everything from the next flush on. Flush before, and write what it missed yourself.

        Returns what the others are told.
        """
        if member not in self and member.who.presence is not None:
            self.presence.arrive(member.who.presence)
        due = self.tick(now)
        if member.is_paused:
            self._behind[member] = self.sent
        else:
            self._current[member] = None
        self._everybody = None
        return due

    def leave(self, member: Member, now: float) -> None:
        """Deliver nothing more to `member`."""
        if member not in self:
            return
        self._current.pop(member, None)
        self._behind.pop(member, None)
        self._everybody = None
        if member.who.presence is not None:
            self.presence.depart(member.who.presence, now)

    def pause(self, member: Member) -> None:
        """Hear that the socket of `member` takes no more: from here on it is behind."""
        if member in self._current:
            del self._current[member]
            self._behind[member] = self.sent
            self._everybody = None

    def resume(self, member: Member) -> bytes | None:
        """Hear that the socket takes bytes again: what it missed, or None when the ring has forgotten that."""
        cursor = self._behind.get(member)
        if cursor is None:
            return b""
        if not self.backlog.covers(cursor):
            return None
        del self._behind[member]
        self._current[member] = None
        self._everybody = None
        return b"".join(self.backlog.after(cursor, self.sent))

    def fallen(self) -> list[Member]:
        """The members who are so far behind that the ring has forgotten what they miss."""
        if not self._behind:
            return []
        first = self.backlog.first
        return [member for member, cursor in self._behind.items() if cursor + 1 < first]

    def _keeping_up(self) -> tuple[Member, ...]:
        if self._everybody is None:
            self._everybody = tuple(self._current)
        return self._everybody

    # --- resuming ----------------------------------------------------------------------------------------------------

    def verdict(self, since: Position) -> Verdict:
        """Say whether a client that has everything up to `since` can go on from the ring. All or nothing."""
        if self.epoch is None:
            return Verdict.FILL
        if since.epoch != self.epoch:
            return Verdict.EPOCH
        if since.n > self.backlog.last:
            return Verdict.FILL if self.is_logged else Verdict.AHEAD
        if self.backlog.last - since.n > self._limits.resume_events:
            return Verdict.TOO_FAR
        if not self.backlog.covers(since.n):
            return Verdict.FILL if self.is_logged else Verdict.TOO_FAR
        missed = sum(map(len, self.backlog.after(since.n)))
        return Verdict.RESUME if missed <= self._limits.resume_bytes else Verdict.TOO_FAR

    # --- time --------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> list[Delivery]:
        """Return what is due: the heartbeat, and who came and went."""
        due = []
        if now >= self._ping_at:
            self._ping_at = now + self._limits.ping_s
            due.append(self._ping())
        if change := self.presence.change(now):
            due.append(self.show(change))
        return due

    def wakes_at(self) -> float:
        """Return when `tick` or a hole wants to be looked at again."""
        times = [self._ping_at, self.presence.wakes_at()]
        if self._hole_at is not None:
            times.append(self._hole_at + self._limits.gap_hold_s)
        return min(times)

    def show(self, change: Change) -> Delivery:
        """Tell everybody who came and went."""
        pres = Pres(self.name, change.pv, change.on, change.off)
        return Delivery(self._keeping_up(), text_frame(pres.encode()))

    def presence_in_full(self) -> bytes:
        """The framed list of everybody who is here, for one member; made once for all who come at a time."""
        pv, framed = self._presence_in_full
        if pv != self.presence.pv:
            pv = self.presence.pv
            framed = text_frame(Pres(self.name, pv, self.presence.shown(), full=True).encode())
            self._presence_in_full = (pv, framed)
        return framed

    def _ping(self) -> Delivery:
        return Delivery(self._keeping_up(), text_frame(Ping(self.name, self.sent).encode()))
