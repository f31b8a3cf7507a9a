"""A token bucket: so much at once, then so much per second."""

from __future__ import annotations


class Bucket:
    """Room for `burst` at once, refilled with `per_s` a second."""

    __slots__ = ("_at", "_burst", "_level", "_per_s")

    def __init__(self, burst: float, per_s: float, now: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._level = burst
        self._at = now

    def take(self, now: float, cost: float = 1.0) -> bool:
        """Take `cost` out, or say False and take nothing."""
        level = min(self._burst, self._level + (now - self._at) * self._per_s)
        self._at = now
        is_enough = level >= cost
        self._level = level - cost if is_enough else level
        return is_enough
