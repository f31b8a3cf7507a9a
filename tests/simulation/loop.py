"""An event loop whose time jumps: nobody ever waits, and the same things happen in the same order every time."""

import asyncio
import math
from typing import Any

__all__ = ["Stuck", "VirtualLoop"]


class Stuck(RuntimeError):
    """Everybody waits for something that will never come."""


class _Leap:
    """In place of a selector: where others would sleep, the clock moves."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Stuck("everybody waits, and no timer is set")
        self._loop.leap(timeout)
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop without sockets, threads and sleep. Its time begins at 0 and moves only when nothing is left to do now."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._clock_resolution = math.ulp(0.0)
        self._selector = _Leap(self)

    def time(self) -> float:
        """Seconds since it was made."""
        return self._now

    def leap(self, seconds: float) -> None:
        """Let time pass."""
        self._now += max(0.0, seconds)
        # One step of the float and no more: what is due now is called, and what is due a step later takes a step.
        self._clock_resolution = math.ulp(self._now)

    def _process_events(self, _events: list[Any]) -> None:
        """There are none: nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who must be woken."""
