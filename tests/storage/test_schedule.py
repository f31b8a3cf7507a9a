import asyncio
from datetime import timedelta

from app.storage import schedule
from app.storage.database import Database
from tests.storage.making import NOON

HOUR = timedelta(hours=1)


async def test_one_of_many_takes_a_job_that_is_due(database: Database) -> None:
    """F54."""
    taken = await asyncio.gather(*(schedule.take(database, "nightly", NOON, HOUR) for _ in range(5)))
    assert sorted(taken) == [False, False, False, False, True]
    assert not await schedule.take(database, "nightly", NOON + HOUR / 2, HOUR)
    assert await schedule.take(database, "another", NOON, HOUR)
    later = await asyncio.gather(*(schedule.take(database, "nightly", NOON + HOUR, HOUR) for _ in range(5)))
    assert sum(later) == 1


async def test_a_job_that_failed_is_due_earlier(database: Database) -> None:
    await schedule.take(database, "nightly", NOON, HOUR)
    await schedule.again(database, "nightly", NOON + HOUR / 6)
    assert await schedule.take(database, "nightly", NOON + HOUR / 6, HOUR)


async def test_it_is_known_when_a_job_was_done_to_its_end(database: Database) -> None:
    assert await schedule.last_done(database, "nightly") is None
    await schedule.take(database, "nightly", NOON, HOUR)
    assert await schedule.last_done(database, "nightly") is None
    await schedule.done(database, "nightly", NOON)
    assert await schedule.last_done(database, "nightly") == NOON


async def test_what_is_due_later_is_known_without_trying_to_take_it(database: Database) -> None:
    await schedule.take(database, "nightly", NOON, HOUR)
    assert await schedule.upcoming(database, NOON) == {"nightly"}
    assert await schedule.upcoming(database, NOON + HOUR) == frozenset()
