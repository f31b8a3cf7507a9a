"""The pool of database connections, which says how often and how long somebody had to wait for one."""

import time
from typing import Any

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry


class Pool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool with two figures; what it hands out and when is not changed."""

    waits = 0
    waited_s = 0.0

    @property
    def is_exhausted(self) -> bool:
        """Whether the next one has to wait until somebody gives a connection back."""
        return self.checkedin() == 0 and self.overflow() >= self._max_overflow

    def _do_get(self) -> ConnectionPoolEntry:
        if not self.is_exhausted:
            return super()._do_get()
        self.waits += 1
        began = time.monotonic()
        try:
            return super()._do_get()
        finally:
            self.waited_s += time.monotonic() - began


def figures(pool: Any) -> dict[str, float]:
    """What a pool says of itself: connections in use, how many there may be, and the waits since the start."""
    if not isinstance(pool, Pool):
        return {}
    return {
        "pool_in_use": pool.checkedout(),
        "pool_max": pool.size() + pool._max_overflow,  # noqa: SLF001 (it has no other name)
        "pool_waits_total": pool.waits,
        "pool_waited_seconds_total": round(pool.waited_s, 6),
    }
