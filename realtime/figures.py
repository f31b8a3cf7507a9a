"""What the engine counts: plain numbers and lists, nothing is looked up by label while frames are sent."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

from realtime.errors import CloseCode

COUNTED = (
    "cut_total",
    "events_held_total",
    "events_repeated_total",
    "failures_total",
    "flushes_total",
    "inbox_overflows_total",
    "messages_refused_total",
    "ring_falls_total",
    "writes_total",
    *(f"closed_{int(code)}_total" for code in CloseCode),
)
"""There from the start, at 0: what never happened is a figure too."""

TRAVELLING_MAX = 10_000

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
FRAMES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Spread:
    """How values lie: how many in each bucket (the last is for everything above), and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """Note a value that came up `times` times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times


class Figures:
    """The counters of one hub, and how long its events are under way.

    An event that was committed here is timed from `left` to `written`: to the last socket of its room on this node,
    behind every event before it. Those of other nodes are timed there, so that no two clocks are compared.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self._commit_to_socket = Spread(SECONDS)
        self._frames_per_write = Spread(FRAMES)
        self._travelling: dict[tuple[str, int], float] = {}

    @property
    def spreads(self) -> Mapping[str, Spread]:
        """The histograms by name."""
        return {"commit_to_socket_seconds": self._commit_to_socket, "frames_per_write": self._frames_per_write}

    def left(self, room: str, n: int, now: float) -> None:
        """Event `n` was committed and is on its way to the room's sockets."""
        self._travelling[room, n] = now
        if len(self._travelling) > TRAVELLING_MAX:  # Those never came: their rooms were closed meanwhile.
            del self._travelling[next(iter(self._travelling))]

    def written(self, room: str, after: int, upto: int, sockets: int, now: float) -> None:
        """The events after `after` up to `upto` went to so many sockets, in one write each."""
        self.counts["flushes_total"] += 1
        if sockets:
            self._frames_per_write.add(upto - after, sockets)
        for n in range(after + 1, upto + 1):
            if (left := self._travelling.pop((room, n), None)) is not None and sockets:
                self._commit_to_socket.add(now - left)
