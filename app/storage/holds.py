"""Holds beside the log: their rows are written with the append; here they are found and taken to be seen to."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database, execute
from app.storage.payments import LEASE
from app.storage.tables import BookingRules, Hold

ENDED = ("captured", "released", "expired", "refused")


async def hold(database: Database, hold_id: str) -> Hold | None:
    """One hold."""
    async with database.read() as session:
        return await session.get(Hold, hold_id)


async def by_intent(database: Database, intent_id: str) -> Hold | None:
    """The hold that an intent of the provider was made for."""
    async with database.read() as session:
        return (await session.exec(select(Hold).where(Hold.intent_id == intent_id))).first()


async def of_stream(database: Database, stream: str) -> list[Hold]:
    """The holds of one table session, in the order in which they were placed."""
    query = select(Hold).where(Hold.stream == stream).order_by(col(Hold.id))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def claim_due(database: Database, now: datetime, limit: int = 20) -> list[Hold]:
    """Take the holds that somebody has to see to; nobody else gets them before the lease is over."""
    query = (
        select(Hold)
        .where(col(Hold.next_at) <= now)
        .order_by(col(Hold.next_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with database.write() as session:
        due = list((await session.exec(query)).all())
        for row in due:
            row.next_at = now + LEASE
    return due


async def see_to(database: Database, hold_id: str, at: datetime | None) -> None:
    """Let somebody see to it again at `at`; never (None) once it has ended."""
    query = sa.update(Hold).where(col(Hold.id) == hold_id, col(Hold.state).not_in(ENDED)).values(next_at=at)
    async with database.write() as session:
        await execute(session, query)


async def rules(database: Database, restaurant_id: str) -> BookingRules:
    """What a restaurant wants of tabs and bookings; the defaults where it never said."""
    async with database.read() as session:
        found = await session.get(BookingRules, restaurant_id)
    return found or BookingRules(restaurant_id=restaurant_id)
