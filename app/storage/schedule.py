"""Jobs that one node does for all: the hourly, the nightly, the one after a pause."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col

from app.storage.database import Database, execute, insert_once
from app.storage.tables import ScheduledJob

UPCOMING = sa.select(col(ScheduledJob.name)).where(col(ScheduledJob.next_at) > sa.bindparam("now"))


async def take(database: Database, name: str, now: datetime, every: timedelta, *, at_once: bool = True) -> bool:
    """Whether the job is due and this caller is the one who does it; it is due again after `every`.

    A job nobody has ever done is due, or (`at_once` false) due after `every`. One that failed is given back with
    `again`.
    """
    known = sa.select(col(ScheduledJob.next_at)).where(col(ScheduledJob.name) == name)
    if any(row[0] > now for row in await database.rows(known)):
        return False
    due = (
        sa.update(ScheduledJob)
        .where(col(ScheduledJob.name) == name, col(ScheduledJob.next_at) <= now)
        .values(next_at=now + every)
        .returning(col(ScheduledJob.name))
    )
    async with database.write() as session:
        if (await execute(session, due)).first() is not None:
            return True
        return await insert_once(session, ScheduledJob(name=name, next_at=now + every)) and at_once


async def upcoming(database: Database, now: datetime) -> frozenset[str]:
    """The jobs that are due later: nobody needs to try to take them."""
    return frozenset(row[0] for row in await database.rows(UPCOMING, {"now": now}))


async def again(database: Database, name: str, at: datetime) -> None:
    """Have the job done at `at` at the latest: it failed, or something happened that makes it worth while."""
    query = (
        sa.update(ScheduledJob).where(col(ScheduledJob.name) == name, col(ScheduledJob.next_at) > at).values(next_at=at)
    )
    async with database.write() as session:
        await execute(session, query)


async def done(database: Database, name: str, now: datetime) -> None:
    """Remember that the job was done to its end."""
    query = sa.update(ScheduledJob).where(col(ScheduledJob.name) == name).values(done_at=now)
    async with database.write() as session:
        await execute(session, query)


async def say(database: Database, name: str, now: datetime) -> None:
    """Remember that something happened now, whoever did it."""
    async with database.write() as session:
        await session.merge(ScheduledJob(name=name, next_at=now, done_at=now))


async def last_done(database: Database, name: str) -> datetime | None:
    """When the job was last done to its end."""
    query = sa.select(col(ScheduledJob.done_at)).where(col(ScheduledJob.name) == name)
    found = await database.rows(query)
    at: datetime | None = found[0][0] if found else None
    return at


async def forget(database: Database, name: str) -> None:
    """There is nothing more to do about it."""
    async with database.write() as session:
        await execute(session, sa.delete(ScheduledJob).where(col(ScheduledJob.name) == name))
