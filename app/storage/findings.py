"""Findings: differences between the books and the provider, at most one open for each kind and subject."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.storage.columns import table_of
from app.storage.database import Database, execute
from app.storage.tables import Finding, TableSession

PAGE = 50

OPEN = col(Finding.state) == "open"


async def raise_open(database: Database, row: Finding) -> Finding | None:
    """Keep a finding; one that is open already counts this sight of it and takes the newer facts.

    None where a person closed it before and its facts are the same: that was answered.
    """
    make = postgresql.insert if database.dialect == "postgresql" else sqlite.insert
    insert = make(table_of(Finding)).values(row.model_dump())
    query = insert.on_conflict_do_update(
        index_elements=["kind", "subject"],
        index_where=sa.text("state = 'open'"),
        set_={
            "facts": insert.excluded.facts,
            "last_seen_at": insert.excluded.last_seen_at,
            "seen": col(Finding.seen) + 1,
        },
    ).returning(table_of(Finding).c.id)
    async with database.write() as session:
        if await _was_answered(session, row):
            return None
        made = (await execute(session, query)).scalar_one()
        return await session.get_one(Finding, made)


async def _was_answered(session: AsyncSession, row: Finding) -> bool:
    query = (
        select(Finding)
        .where(Finding.kind == row.kind, Finding.subject == row.subject, col(Finding.state) != "resolved")
        .order_by(col(Finding.id).desc())
        .limit(1)
    )
    newest = (await session.exec(query)).first()
    return newest is not None and newest.state == "closed" and newest.facts == row.facts


async def resolve(database: Database, kind: str, subject: str, now: datetime) -> bool:
    """The difference is gone: the open finding, if there is one, ends by itself."""
    query = (
        sa.update(Finding)
        .where(col(Finding.kind) == kind, col(Finding.subject) == subject, OPEN)
        .values(state="resolved", closed_at=now)
        .returning(col(Finding.id))
    )
    # Most often there is none: a look costs less than a turn to write.
    known = sa.select(col(Finding.id)).where(col(Finding.kind) == kind, col(Finding.subject) == subject, OPEN)
    if not await database.rows(known):
        return False
    async with database.write() as session:
        return (await execute(session, query)).first() is not None


async def close(database: Database, finding_id: str, *, by: str, note: str, now: datetime) -> bool:
    """A person has looked into it; False where it is not open any more."""
    query = (
        sa.update(Finding)
        .where(col(Finding.id) == finding_id, OPEN)
        .values(state="closed", closed_at=now, closed_by=by, note=note)
        .returning(col(Finding.id))
    )
    async with database.write() as session:
        return (await execute(session, query)).first() is not None


async def finding(database: Database, finding_id: str) -> Finding | None:
    """One finding."""
    async with database.read() as session:
        return await session.get(Finding, finding_id)


async def listed(
    database: Database, *, restaurant: str | None = None, state: str | None = None, before: str | None = None
) -> Sequence[Finding]:
    """A page of them, the newest first; `before` is the id to go on from. Without a restaurant all of the server's."""
    query = select(Finding).order_by(col(Finding.id).desc()).limit(PAGE)
    if restaurant is not None:
        query = query.where(Finding.restaurant_id == restaurant)
    if state is not None:
        query = query.where(Finding.state == state)
    if before is not None:
        query = query.where(Finding.id < before)
    async with database.read() as session:
        return (await session.exec(query)).all()


async def counts(database: Database, restaurant: str | None = None) -> dict[str, int]:
    """How many of each kind are open."""
    query = sa.select(col(Finding.kind), sa.func.count()).where(OPEN).group_by(col(Finding.kind))
    if restaurant is not None:
        query = query.where(col(Finding.restaurant_id) == restaurant)
    return {row[0]: row[1] for row in await database.rows(query)}


async def subjects(database: Database, kind: str) -> set[str]:
    """The subjects of the open findings of one kind."""
    query = sa.select(col(Finding.subject)).where(OPEN, col(Finding.kind) == kind)
    return {row[0] for row in await database.rows(query)}


async def restaurant_of(database: Database, stream: str) -> str | None:
    """Whose a table session is."""
    found = await database.rows(sa.select(col(TableSession.restaurant_id)).where(col(TableSession.id) == stream))
    return found[0][0] if found else None
