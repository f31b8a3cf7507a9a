"""Refunds beside the log: their rows, what is to be looked at, and bills on which somebody has paid too much.

The rows of refunds change with the log: `Add` or `Change` in the same append.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database, execute
from app.storage.tables import DiningTable, Payment, Refund, Remedy, TableSession

PAGE_MAX = 100
LEASE = timedelta(seconds=30)
"""How long the one who took a remedy has before somebody else may see to it."""

LOOKS = tuple(timedelta(seconds=seconds) for seconds in (30, 2 * 60, 10 * 60, 60 * 60, 6 * 60 * 60, 23 * 60 * 60))
"""When to look at a refund that is under way, counted from its decision; once a day after that."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which refunds a list is about; what is None or empty admits all. `before` is the id to go on from."""

    restaurant: str
    states: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    payment: str | None = None
    stream: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    limit: int = 50


async def refund(database: Database, refund_id: str) -> Refund | None:
    """One refund."""
    async with database.read() as session:
        return await session.get(Refund, refund_id)


async def by_stripe_id(database: Database, stripe_id: str) -> Refund | None:
    """The refund that is this one at the provider."""
    async with database.read() as session:
        return (await session.exec(select(Refund).where(Refund.stripe_id == stripe_id))).first()


async def of_batch(database: Database, batch: str) -> Sequence[Refund]:
    """Every refund that came of one wish."""
    return await _all(database, col(Refund.batch) == batch)


async def of_payment(database: Database, payment_id: str) -> Sequence[Refund]:
    """Every refund of one payment, in the order in which they were asked for."""
    return await _all(database, col(Refund.payment_id) == payment_id)


async def of_stream(database: Database, stream: str) -> Sequence[Refund]:
    """Every refund of one visit."""
    return await _all(database, col(Refund.stream) == stream)


async def _all(database: Database, which: sa.ColumnElement[bool]) -> Sequence[Refund]:
    async with database.read() as session:
        return (await session.exec(select(Refund).where(which).order_by(col(Refund.id)))).all()


async def listed(database: Database, wanted: Wanted) -> Sequence[Refund]:
    """A page of them, the newest first."""
    query = select(Refund).where(Refund.restaurant_id == wanted.restaurant)
    if wanted.states:
        query = query.where(col(Refund.state).in_(wanted.states))
    if wanted.causes:
        query = query.where(col(Refund.cause).in_(wanted.causes))
    if wanted.payment:
        query = query.where(Refund.payment_id == wanted.payment)
    if wanted.stream:
        query = query.where(Refund.stream == wanted.stream)
    if wanted.since:
        query = query.where(col(Refund.asked_at) >= wanted.since)
    if wanted.until:
        query = query.where(col(Refund.asked_at) < wanted.until)
    if wanted.before:
        query = query.where(Refund.id < wanted.before)
    async with database.read() as session:
        return (await session.exec(query.order_by(col(Refund.id).desc()).limit(min(wanted.limit, PAGE_MAX)))).all()


async def count_of(database: Database, staff_id: str, since: datetime) -> int:
    """How many refunds this member of staff has decided alone since then: theirs, and nobody else's word on them."""
    query = (
        sa.select(sa.func.count(sa.distinct(col(Refund.batch))))
        .where(col(Refund.asked_by) == staff_id, col(Refund.decided_by) == staff_id, col(Refund.asked_at) >= since)
        .where(col(Refund.state).not_in(("declined", "withdrawn")))
    )
    return int((await database.rows(query))[0][0])


# Looking


async def claim_looks(database: Database, now: datetime, limit: int = 20) -> list[Refund]:
    """Take the refunds that are due to be looked at; each is due again at its next time, whoever looks."""
    query = (
        select(Refund)
        .where(col(Refund.next_look_at) <= now)
        .order_by(col(Refund.next_look_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with database.write() as session:
        due = list((await session.exec(query)).all())
        for row in due:
            row.looks += 1
            row.next_look_at = next_look(row.decided_at or row.asked_at, now)
    return due


async def look_at(database: Database, refund_id: str, at: datetime) -> None:
    """Ask for a look at `at` at a refund that is still watched."""
    query = sa.update(Refund).where(col(Refund.id) == refund_id, col(Refund.next_look_at).is_not(None))
    async with database.write() as session:
        await execute(session, query.values(next_look_at=at))


def next_look(started: datetime, now: datetime) -> datetime:
    """When to look next at a refund that was decided then."""
    upcoming = (started + after for after in LOOKS)
    return next((at for at in upcoming if at > now), now + timedelta(days=1))


# Remedies


async def claim_remedies(database: Database, now: datetime, limit: int = 20) -> list[Remedy]:
    """Take the bills that are due to be put right; nobody else gets them before the lease is over."""
    query = (
        select(Remedy)
        .where(col(Remedy.due_at) <= now)
        .order_by(col(Remedy.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with database.write() as session:
        due = list((await session.exec(query)).all())
        for row in due:
            row.due_at = now + LEASE
    return due


async def remedied(database: Database, taken: Remedy) -> None:
    """Nothing is left to do for this bill, unless somebody has noted anew that there is."""
    query = sa.delete(Remedy).where(col(Remedy.stream) == taken.stream, col(Remedy.due_at) == taken.due_at)
    async with database.write() as session:
        await execute(session, query)


async def put_off_remedy(database: Database, taken: Remedy, until: datetime) -> None:
    """It is too early: look again at `until`, unless somebody has noted a time anew."""
    query = sa.update(Remedy).where(col(Remedy.stream) == taken.stream, col(Remedy.due_at) == taken.due_at)
    async with database.write() as session:
        await execute(session, query.values(due_at=until))


# Whose


async def payments_of(database: Database, payments: Sequence[str]) -> dict[str, Payment]:
    """The payments with these ids."""
    if not payments:
        return {}
    async with database.read() as session:
        found = (await session.exec(select(Payment).where(col(Payment.id).in_(payments)))).all()
    return {row.id: row for row in found}


async def tables_of(database: Database, streams: Sequence[str]) -> dict[str, str]:
    """The labels of the tables at which these visits are, or were."""
    query = (
        sa.select(col(TableSession.id), col(DiningTable.label))
        .join(DiningTable, col(DiningTable.id) == col(TableSession.table_id))
        .where(col(TableSession.id).in_(streams))
    )
    return {row[0]: row[1] for row in await database.rows(query)} if streams else {}
