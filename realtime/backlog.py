"""A ring of the recent events of one room, framed and ready to be written."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice


class Backlog:
    """The framed events `first` to `last`, without a hole, bounded in number and in bytes.

    The newest event always fits, however large. An empty ring at position n has `last` = n and `first` = n + 1.
    """

    __slots__ = ("_bytes", "_bytes_max", "_events_max", "_frames", "last")

    def __init__(self, last: int, *, events_max: int, bytes_max: int) -> None:
        # Most rooms are quiet most of the time, and an empty deque is not small.
        self._frames: deque[bytes] | tuple[()] = ()
        self._bytes = 0
        self._events_max = events_max
        self._bytes_max = bytes_max
        self.last = last

    @property
    def first(self) -> int:
        """The number of the oldest event that is still here."""
        return self.last - len(self._frames) + 1

    def append(self, framed: bytes) -> None:
        """Add event `last` + 1 and let the oldest ones go."""
        frames = self._opened()
        frames.append(framed)
        self._bytes += len(framed)
        self.last += 1
        while len(frames) > 1 and (len(frames) > self._events_max or self._bytes > self._bytes_max):
            self._bytes -= len(frames.popleft())

    def prepend(self, framed: Sequence[bytes]) -> None:
        """Put the events that end just before `first` in front, the newest of them as far as there is room."""
        frames = self._opened()
        for frame in reversed(framed):
            if len(frames) >= self._events_max or self._bytes + len(frame) > self._bytes_max:
                return
            frames.appendleft(frame)
            self._bytes += len(frame)

    def clear(self, last: int) -> None:
        """Forget everything and go on after `last`."""
        self._frames = ()
        self._bytes = 0
        self.last = last

    def _opened(self) -> deque[bytes]:
        if isinstance(self._frames, tuple):
            self._frames = deque()
        return self._frames

    def covers(self, n: int) -> bool:
        """Say whether every event after `n` is here."""
        return self.first - 1 <= n <= self.last

    def after(self, n: int, upto: int | None = None) -> list[bytes]:
        """Return the events after `n`, up to `upto` or the last one. Call only if the ring covers `n`."""
        if not self.covers(n):
            raise IndexError(f"event {n + 1} is not in the ring")
        stop = len(self._frames) if upto is None else len(self._frames) - (self.last - upto)
        return list(islice(self._frames, n + 1 - self.first, max(stop, 0)))
