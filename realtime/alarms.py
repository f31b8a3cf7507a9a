"""One timer for many names: each is woken at the earliest time that was asked for it."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from realtime.channel import Clock, Timer

DELAY_S_MIN = 0.02


class Alarms:
    """Calls `ring(name)` when a name's time has come; setting a later time than the one that stands does nothing.

    A time in the past counts as `DELAY_S_MIN` from now, so that nobody who always wants to be woken stops the loop.
    """

    def __init__(self, clock: Clock, ring: Callable[[str], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._queue: list[tuple[float, str]] = []
        self._at: dict[str, float] = {}
        self._timer: tuple[float, Timer] | None = None

    def set(self, name: str, at: float) -> None:
        """Wake `name` at the time `at`, or at an earlier one that stands already."""
        at = max(at, self._clock.now() + DELAY_S_MIN)
        if at < self._at.get(name, float("inf")):
            self._at[name] = at
            heapq.heappush(self._queue, (at, name))
            self._arm()

    def stop(self) -> None:
        """Wake nobody any more."""
        self._queue.clear()
        if self._timer is not None:
            self._timer[1].cancel()

    def _arm(self) -> None:
        if not self._queue:
            return
        at = self._queue[0][0]
        if self._timer is not None:
            if self._timer[0] <= at:
                return
            self._timer[1].cancel()
        self._timer = (at, self._clock.call_later(at - self._clock.now(), self._wake))

    def _wake(self) -> None:
        self._timer = None
        now = self._clock.now()
        while self._queue and self._queue[0][0] <= now:
            at, name = heapq.heappop(self._queue)
            if self._at.get(name) == at:
                del self._at[name]
                self._ring(name)
        self._arm()
