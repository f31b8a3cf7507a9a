"""The time that all nodes share: the database's, so that a node whose clock is wrong ends nothing too early."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.ids import utc_now
from app.storage.database import Database

SMALL = timedelta(seconds=1)
SMALL_S = SMALL.total_seconds()
"""Less than this is a slow answer or a clock that is being set right, not a wrong one."""

NOW = sa.text("SELECT clock_timestamp()")


class DatabaseClock:
    """This machine's clock, set right by what the database says. SQLite's is this machine's own.

    A clock that jumps between two looks at the database is not followed: what has passed since the last look is told by
    `monotonic`, which does not jump.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._looked: tuple[datetime, float] | None = None
        self.behind = timedelta(0)

    def __call__(self) -> datetime:
        """Tell the time."""
        now = self._clock()
        if self._looked is not None:
            looked, then = self._looked
            passed_s = self._monotonic() - then
            if abs((now - looked).total_seconds() - passed_s) >= SMALL_S:
                now = looked + timedelta(seconds=passed_s)
        return now + self.behind

    @property
    def skew_s(self) -> float:
        """How many seconds this machine's clock is behind the database's; negative where it is ahead."""
        return self.behind.total_seconds()

    async def measure(self) -> timedelta:
        """Compare the clocks and go by the database's from now on. Raises `Unavailable`."""
        if self._database.dialect == "sqlite":
            return self.behind
        before = self._clock()
        told: datetime = (await self._database.rows(NOW))[0][0]
        after = self._clock()
        self._looked = after, self._monotonic()
        found = told - (before + (after - before) / 2)
        self.behind = found if abs(found) > SMALL + (after - before) / 2 else timedelta(0)
        return self.behind
