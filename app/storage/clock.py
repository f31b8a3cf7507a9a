"""The time that all nodes share: the database's, so that a node whose clock is wrong ends nothing too early."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.ids import utc_now
from app.storage.database import Database

SMALL = timedelta(seconds=1)
"""Less than this is a slow answer, not a wrong clock."""

NOW = sa.text("SELECT clock_timestamp()")


class DatabaseClock:
    """This machine's clock, set right by what the database says. SQLite's is this machine's own."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock
        self.behind = timedelta(0)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self._clock() + self.behind

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
        found = told - (before + (after - before) / 2)
        self.behind = found if abs(found) > SMALL + (after - before) / 2 else timedelta(0)
        return self.behind
