"""Limits that hold while Redis is away: counted in the database for what moves money or guesses, for all nodes."""

from collections.abc import Callable

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from app.ids import utc_now
from app.storage.appends import Unavailable
from app.storage.columns import table_of
from app.storage.database import Database, execute
from app.storage.redis import Buckets
from app.storage.tables import Bucket

log = structlog.get_logger()

_table = table_of(Bucket)
_at = _table.c

MONEY = frozenset(
    {"payments", "payment-tries", "table-payments", "house-payments", "refunds", "pins", "logins", "wrong-logins"}
)
"""Limits whose loss would cost something; the others are counted in the process until Redis is back."""


def wall_ms() -> int:
    """Milliseconds since 1970: nodes share it, as they share the database."""
    return int(utc_now().timestamp() * 1000)


class DatabaseBuckets:
    """Buckets in the database: one statement each, so that two nodes never both take the last permission."""

    def __init__(self, database: Database, clock_ms: Callable[[], int] = wall_ms) -> None:
        self._database = database
        self._clock_ms = clock_ms

    async def take(self, key: str, *, interval_ms: int, burst: int) -> int:
        """Take one from a bucket: 0, or the milliseconds until one will be there (then nothing was taken)."""
        now, most = self._clock_ms(), interval_ms * burst
        async with self._database.write() as session:
            if (await execute(session, self._taking(key, now, interval_ms, most))).first() is not None:
                return 0
            full_at = (await execute(session, sa.select(_at.full_at).where(_at.key == key))).scalar_one()
        return max(1, int(full_at) + interval_ms - now - most)

    def _taking(self, key: str, now: int, interval_ms: int, most: int) -> sa.Executable:
        make = sqlite.insert if self._database.dialect == "sqlite" else postgresql.insert
        after = sa.case((_at.full_at > now, _at.full_at), else_=now) + interval_ms
        return (
            make(_table)
            .values(key=key, full_at=now + interval_ms)
            .on_conflict_do_update(index_elements=[_at.key], set_={"full_at": after}, where=after - now <= most)
            .returning(_at.full_at)
        )


class SafeBuckets:
    """What is counted where while Redis is away: `MONEY` in the database for all nodes, the rest in this process."""

    def __init__(self, shared: Buckets, local: Buckets) -> None:
        self._shared = shared
        self._local = local

    async def take(self, key: str, *, interval_ms: int, burst: int) -> int:
        """Take one from a bucket: 0, or the milliseconds until one will be there (then nothing was taken)."""
        if key.partition(":")[0] in MONEY:
            try:
                return await self._shared.take(key, interval_ms=interval_ms, burst=burst)
            except Unavailable:
                log.warning("limits are counted by this process alone", limit=key.partition(":")[0])
        return await self._local.take(key, interval_ms=interval_ms, burst=burst)
