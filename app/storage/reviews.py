"""The review queue: payments that looked suspicious, and what staff said about them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage import audit
from app.storage.audit import Entry
from app.storage.database import Database, execute
from app.storage.tables import Review, TableSession

SYSTEM = "system"
ENDED = ("closed", "abandoned")


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody says about a review."""

    state: str
    by: str
    reason: str
    at: datetime


async def add(database: Database, review: Review, entry: Entry | None) -> bool:
    """Keep a review and say so in the audit log; False if this guest has an open one already."""
    try:
        async with database.write() as session:
            session.add(review)
            await session.flush()
            if entry is not None:
                await audit.add(session, entry)
    except sa.exc.IntegrityError:
        return False
    return True


async def one(database: Database, review: str) -> Review | None:
    """A review by its id."""
    async with database.read() as session:
        return await session.get(Review, review)


async def newest(database: Database, stream: str, guest: str) -> Review | None:
    """The newest review of a guest that somebody must decide, or has decided, or that was blocked."""
    query = (
        select(Review)
        .where(Review.stream == stream, Review.guest_id == guest, Review.verdict != "allow")
        .order_by(col(Review.id).desc())
        .limit(1)
    )
    async with database.read() as session:
        return (await session.exec(query)).first()


async def listed(
    database: Database, restaurant_id: str, state: str, *, before: str | None = None, limit: int = 50
) -> list[Review]:
    """Reviews of a restaurant in one state, the newest first, those before the id `before`."""
    query = (
        select(Review)
        .where(Review.restaurant_id == restaurant_id, Review.state == state)
        .order_by(col(Review.id).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(Review.id) < before)
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def of_guest(database: Database, stream: str, guest: str) -> list[Review]:
    """Every review of one guest, the oldest first."""
    query = select(Review).where(Review.stream == stream, Review.guest_id == guest).order_by(col(Review.id))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def ask(database: Database, review: str, request: str) -> None:
    """Keep which request of the table stands for a review."""
    async with database.write() as session:
        await execute(session, sa.update(Review).where(col(Review.id) == review).values(request_id=request))


async def decide(database: Database, review: str, decision: Decision, entry: Entry) -> Review | None:
    """Decide a review and say so in the audit log; None if a person decided it before, or its time was over."""
    async with database.write() as session:
        query = select(Review).where(Review.id == review).with_for_update()
        row = (await session.exec(query)).one()
        is_waiting = row.state == "open" or (row.state == "blocked" and row.decided_by == SYSTEM)
        if not is_waiting:
            return None
        row.state, row.reason = decision.state, decision.reason
        row.decided_by, row.decided_at = decision.by, decision.at
        await audit.add(session, entry)
        return row


async def expire(database: Database, before: datetime, now: datetime) -> list[tuple[str, str | None]]:
    """End reviews that nobody decided: those from before that moment, and those of visits that are over.

    Says of each which visit it was at, and which request of the table stands for it.
    """
    over = sa.select(col(TableSession.id)).where(col(TableSession.status).in_(ENDED))
    query = (
        sa.update(Review)
        .where(col(Review.state) == "open", sa.or_(col(Review.created_at) < before, col(Review.stream).in_(over)))
        .values(state="expired", decided_by=SYSTEM, decided_at=now)
        .returning(col(Review.stream), col(Review.request_id))
    )
    async with database.write() as session:
        return [(row[0], row[1]) for row in await execute(session, query)]
