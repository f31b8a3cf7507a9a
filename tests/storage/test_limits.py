import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.storage import retention
from app.storage.database import Database, make_engine
from app.storage.limits import DatabaseBuckets, SafeBuckets
from app.storage.redis import MemoryBuckets, RedisBuckets, connect


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


async def test_a_bucket_gives_its_burst_and_then_one_each_interval(database: Database) -> None:
    clock = Hand()
    buckets = DatabaseBuckets(database, clock)
    assert [await buckets.take("payments:a", interval_ms=100, burst=3) for _ in range(4)] == [0, 0, 0, 100]
    assert await buckets.take("payments:b", interval_ms=100, burst=1) == 0
    clock.ms += 40
    assert await buckets.take("payments:a", interval_ms=100, burst=3) == 60
    clock.ms += 60
    assert [await buckets.take("payments:a", interval_ms=100, burst=3) for _ in range(2)] == [0, 100]


async def test_it_says_what_the_other_kinds_of_bucket_say(database: Database) -> None:
    clock = Hand()
    for _ in range(40):
        clock.ms += 37
        one, other = DatabaseBuckets(database, clock), MEMORY.setdefault("m", MemoryBuckets(clock))
        told = [await each.take("refunds:x", interval_ms=90, burst=4) for each in (one, other)]
        assert told[0] == told[1]
    MEMORY.clear()


MEMORY: dict[str, MemoryBuckets] = {}


async def test_two_nodes_never_both_take_the_last_one(url: str) -> None:
    nodes = [await Database.open(url) for _ in range(2)]
    taken = await asyncio.gather(
        *(DatabaseBuckets(node).take("payments:a", interval_ms=60_000, burst=5) for node in nodes for _ in range(10))
    )
    assert taken.count(0) == 5
    for node in nodes:
        await node.close()


async def test_without_redis_payments_are_limited_by_the_database_for_all_nodes(
    database: Database, free_port: int
) -> None:
    """S18: on Redis loss fall back to DB limits."""
    away = connect(f"redis://127.0.0.1:{free_port}/0")
    nodes = [RedisBuckets(away, SafeBuckets(DatabaseBuckets(database), MemoryBuckets())) for _ in range(2)]
    taken = [await node.take("payments:a", interval_ms=60_000, burst=3) for _ in range(4) for node in nodes]
    assert taken.count(0) == 3
    assert [await node.take("reads:a", interval_ms=60_000, burst=1) for node in nodes] == [0, 0]
    await away.aclose()


async def test_without_the_database_too_this_process_counts_for_itself(tmp_path: Path) -> None:
    gone = Database(make_engine(f"sqlite:///{tmp_path}/not/here.sqlite3"))
    buckets = SafeBuckets(DatabaseBuckets(gone), MemoryBuckets())
    assert [await buckets.take("payments:a", interval_ms=60_000, burst=1) == 0 for _ in range(2)] == [True, False]
    await gone.close()


@pytest.mark.parametrize(("later_ms", "left"), [(0, 1), (200, 0)])
async def test_buckets_that_are_full_again_are_forgotten(database: Database, later_ms: int, left: int) -> None:
    clock = Hand()
    await DatabaseBuckets(database, clock).take("payments:a", interval_ms=100, burst=3)
    await retention.sweep_buckets(database, clock.ms + later_ms)
    assert (await database.rows(sa.text("SELECT count(*) FROM buckets")))[0][0] == left
