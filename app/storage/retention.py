"""What is forgotten when its time of keeping is over: whole visits, sessions, names, tries with cards.

A visit goes with everything that names it. What stays is a row of `forgotten` with the head of its chain, and an entry
in the restaurant's audit log: somebody who kept an older head can still see that it was there, and what it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.storage import audit
from app.storage.audit import Entry
from app.storage.chain import Fault
from app.storage.columns import table_of
from app.storage.database import Database, execute
from app.storage.tables import (
    AuditEntry,
    AuditForgotten,
    Booking,
    BookingPerson,
    Bucket,
    CardTry,
    Forgotten,
    GuestName,
    GuestSession,
    LedgerEntry,
    Payment,
    StaffSession,
    StripeCall,
    TableSession,
)

ENDED = ("closed", "abandoned")
OPEN_CALLS = ("planned", "sent")
WHAT = "visit.forgotten"


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was forgotten of each kind."""

    guests: int = 0
    names: int = 0
    logins: int = 0
    cards: int = 0
    contacts: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.guests + self.names + self.logins + self.cards + self.contacts


async def sweep_sessions(database: Database, before: datetime) -> Swept:
    """Forget phones, names, contacts and logins of visits that ended, and tries with cards, from before that moment."""
    # The visit of a booking is closed until they come, and may have been made long before.
    is_to_come = sa.exists().where(col(Booking.stream) == col(TableSession.id), col(Booking.ends_at) >= before)
    is_over = col(TableSession.status).in_(ENDED) & (col(TableSession.last_at) < before) & ~is_to_come
    over = sa.select(col(TableSession.id)).where(is_over)
    ended = sa.or_(col(StaffSession.expires_at) < before, col(StaffSession.revoked_at) < before)
    async with database.write() as session:
        return Swept(
            guests=await _delete(session, GuestSession, col(GuestSession.stream).in_(over)),
            names=await _delete(session, GuestName, col(GuestName.stream).in_(over)),
            logins=await _delete(session, StaffSession, ended),
            cards=await _delete(session, CardTry, col(CardTry.at) < before),
            contacts=await _delete(session, BookingPerson, col(BookingPerson.stream).in_(over)),
        )


async def sweep_buckets(database: Database, now_ms: int) -> int:
    """Forget limits that nobody uses up any more."""
    async with database.write() as session:
        return await _delete(session, Bucket, col(Bucket.full_at) < now_ms)


async def _delete(session: AsyncSession, table: type[SQLModel], which: sa.ColumnElement[bool]) -> int:
    return (await execute(session, sa.delete(table_of(table)).where(which))).rowcount


# Whole visits


async def forgettable(database: Database, before: datetime, limit: int = 20) -> list[str]:
    """Visits that ended before that moment and have nothing open at the provider, the oldest first."""
    is_open = sa.exists().where(col(StripeCall.stream) == col(TableSession.id), col(StripeCall.state).in_(OPEN_CALLS))
    query = (
        sa.select(col(TableSession.id))
        .where(col(TableSession.status).in_(ENDED), col(TableSession.last_at) < before, ~is_open)
        .order_by(col(TableSession.last_at))
        .limit(limit)
    )
    return [row[0] for row in await database.rows(query)]


async def forget(database: Database, stream: str, before: datetime, now: datetime) -> bool:
    """Forget one visit; False if it is gone, or went on meanwhile."""
    async with database.write() as session:
        query = select(TableSession).where(TableSession.id == stream).with_for_update()
        row = (await session.exec(query)).first()
        if row is None or row.status not in ENDED or row.last_at >= before:
            return False
        await _say_so(session, row, now)
        for table, which in rows_of(stream):
            await execute(session, sa.delete(table).where(which))
    return True


async def _say_so(session: AsyncSession, row: TableSession, now: datetime) -> None:
    kept = Forgotten(
        stream=row.id,
        restaurant_id=row.restaurant_id,
        version=row.version,
        head_hash=row.head_hash,
        opened_at=row.opened_at,
        ended_at=row.last_at,
        forgotten_at=now,
    )
    session.add(kept)
    detail = {"version": row.version, "hash": row.head_hash.hex()}
    await audit.add(session, Entry(row.restaurant_id, now, "system", WHAT, row.id, detail=detail))
    await session.flush()


def rows_of(stream: str) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Every table that has to do with a visit, and which of its rows; those that lean on others first."""
    paid = sa.select(col(Payment.id)).where(col(Payment.stream) == stream)
    # The ledger names nobody, and what stands on its accounts (the drawer's cash) is the sum of all of it.
    kept = {table_of(Forgotten), table_of(LedgerEntry)}
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table in kept:
            continue
        if (column := _visit_column(table)) is not None:
            yield table, column == stream
        elif (column := _refers(table, table_of(Payment).c.id)) is not None:
            yield table, column.in_(paid)


def _visit_column(table: sa.Table) -> sa.Column[str] | None:
    if table is table_of(TableSession):
        return table.c.id
    return table.c["stream"] if "stream" in table.c else _refers(table, table_of(TableSession).c.id)


def _refers(table: sa.Table, target: sa.Column[str]) -> sa.Column[str] | None:
    return next((column for column in table.c if column.references(target)), None)


# The proof


async def faults(database: Database) -> list[Fault]:
    """Visits that are forgotten without a word of it in the audit log, or otherwise than it says.

    Once the audit log itself has forgotten that time, the row of `forgotten` is all there is.
    """
    said = sa.select(col(AuditEntry.subject), col(AuditEntry.body)).where(col(AuditEntry.what) == WHAT)
    bodies = {row[0]: bytes(row[1]) for row in await database.rows(said)}
    since = {row[0]: row[1] for row in await database.rows(_begins())}
    async with database.read() as session:
        rows = (await session.exec(select(Forgotten).order_by(col(Forgotten.stream)))).all()
    found = list[Fault]()
    for row in rows:
        is_silent = row.stream not in bodies and row.forgotten_at >= since.get(row.restaurant_id, row.forgotten_at)
        if is_silent or (row.stream in bodies and row.head_hash.hex().encode() not in bodies[row.stream]):
            found.append(Fault(row.stream, 0, "forgotten otherwise than the audit log says"))
    return found


def _begins() -> sa.Executable:
    """From when on each chain of the audit log is still there: entries before the newest checkpoint's time are not."""
    return sa.select(col(AuditForgotten.chain), sa.func.max(col(AuditForgotten.at))).group_by(col(AuditForgotten.chain))
