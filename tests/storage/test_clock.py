from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.storage.clock import DatabaseClock
from app.storage.database import Database

MakeDatabase = Callable[..., Awaitable[str]]
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("minutes", [10, -10], ids=["ahead", "behind"])
async def test_a_clock_that_is_wrong_goes_by_the_databases(database: Database, minutes: int) -> None:
    """F53: what ends a share is the time of the database, on whatever node."""
    clock = DatabaseClock(database, lambda: datetime.now(UTC) + minutes * MINUTE)
    await clock.measure()
    wrong = 0 if database.dialect == "postgresql" else minutes
    assert abs(clock() - datetime.now(UTC) - wrong * MINUTE) < MINUTE
    assert round(clock.skew_s / 60) == (-minutes if database.dialect == "postgresql" else 0)


async def test_a_clock_that_is_right_is_left_alone(database: Database) -> None:
    clock = DatabaseClock(database)
    assert await clock.measure() == timedelta(0)
    assert clock.skew_s == 0


async def test_a_clock_that_jumps_between_two_looks_is_not_followed(
    make_database: MakeDatabase, templates: Callable[[str], Awaitable[str]]
) -> None:
    database = await Database.open(await make_database("postgresql", template=await templates("postgresql")))
    steps = [0.0]
    clock = DatabaseClock(database, lambda: datetime.now(UTC) + timedelta(hours=steps[-1]))
    await clock.measure()
    before = clock()
    for hours in (5, -5, 0):
        steps.append(hours)
        assert timedelta(0) <= clock() - before < MINUTE
        await clock.measure()
        assert timedelta(0) <= clock() - before < MINUTE
        assert round(clock.skew_s / 3600) == -hours
    await database.close()
