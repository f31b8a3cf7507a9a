from datetime import UTC, datetime, timedelta

import pytest

from app.storage.clock import DatabaseClock
from app.storage.database import Database

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
