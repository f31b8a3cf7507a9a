"""Who worked when, how tips are shared, and who did something at which table."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database, execute
from app.storage.tables import Shift, StoredEvent, TipRule

STREAMS_MAX = 500
ACTS = ("order.placed", "line.status_changed", "request.claimed", "request.answered", "payment.succeeded")
"""What staff do at a table: orders entered, dishes brought, requests seen to, cash and slips taken."""


async def rules(database: Database, restaurant: str) -> list[TipRule]:
    """Every rule of a restaurant, the oldest first."""
    query = select(TipRule).where(TipRule.restaurant_id == restaurant).order_by(col(TipRule.starts_on))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def set_rule(database: Database, row: TipRule) -> None:
    """Have tips shared by this rule from its day on; another one of the same day is replaced."""
    async with database.write() as session:
        await session.merge(row)


async def shifts(database: Database, restaurant: str, first: dt.date, last: dt.date) -> list[Shift]:
    """Who worked on these days, by day."""
    query = (
        select(Shift)
        .where(Shift.restaurant_id == restaurant, Shift.date >= first, Shift.date <= last)
        .order_by(col(Shift.date), col(Shift.id))
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def shift(database: Database, shift_id: str) -> Shift | None:
    """One shift."""
    async with database.read() as session:
        return await session.get(Shift, shift_id)


async def set_shift(database: Database, row: Shift) -> Shift:
    """Keep how long somebody worked on a day; said again for the same day it is corrected."""
    query = select(Shift).where(Shift.staff_id == row.staff_id, Shift.date == row.date).with_for_update()
    async with database.write() as session:
        standing = (await session.exec(query)).first()
        if standing is None:
            session.add(row)
            return row
        standing.minutes = row.minutes
        session.add(standing)
    return standing


async def remove_shift(database: Database, shift_id: str) -> None:
    """Forget a shift."""
    async with database.write() as session:
        await execute(session, sa.delete(Shift).where(col(Shift.id) == shift_id))


async def acts(database: Database, streams: Sequence[str], staff: Collection[str]) -> dict[str, dict[str, int]]:
    """How often each of these members of staff did something in each of these visits."""
    found: dict[str, dict[str, int]] = {}
    for place in range(0, len(streams), STREAMS_MAX):
        query = (
            sa.select(col(StoredEvent.stream), col(StoredEvent.by), sa.func.count())
            .where(
                col(StoredEvent.stream).in_(streams[place : place + STREAMS_MAX]),
                col(StoredEvent.kind).in_(ACTS),
                col(StoredEvent.by).in_(list(staff)),
            )
            .group_by(col(StoredEvent.stream), col(StoredEvent.by))
        )
        for stream, by, count in await database.rows(query):
            found.setdefault(stream, {})[by] = count
    return found
