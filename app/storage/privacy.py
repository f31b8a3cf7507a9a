"""What is kept of people, in one place: told to them, erased for them, and sealed anew when keys rotate.

Amounts and ids stay, as the books need them. Whatever says who somebody was goes: names, contacts, phones, cards, and
what the provider wrote about them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.storage import audit
from app.storage.audit import Entry
from app.storage.columns import table_of
from app.storage.database import Database, execute
from app.storage.sealing import FORM, Sealer, Unsealable
from app.storage.tables import BookingPerson, CardTry, GuestName, GuestSession, InboxRow, Payment

log = structlog.get_logger()

BATCH = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column whose values are sealed; `key` is the column that they are bound to."""

    table: type[SQLModel]
    column: str
    key: str

    @property
    def name(self) -> str:
        """What a value is bound to, beside its row."""
        return f"{table_of(self.table).name}.{self.column}"


SEALED = (
    Sealed(GuestName, "name", "guest_id"),
    Sealed(BookingPerson, "name", "booking_id"),
    Sealed(BookingPerson, "contact", "booking_id"),
    Sealed(InboxRow, "payload", "event_id"),
)
"""Every sealed column: what is missing here would not be readable any more after a rotation."""

Eraser = Callable[[AsyncSession, str, str], Awaitable[int]]
"""Erases what it knows of one guest of one visit, in the caller's transaction; says how much that was."""


async def _names(session: AsyncSession, stream: str, guest: str) -> int:
    return await _delete(session, GuestName, col(GuestName.guest_id) == guest, col(GuestName.stream) == stream)


async def _phones(session: AsyncSession, stream: str, guest: str) -> int:
    return await _delete(session, GuestSession, col(GuestSession.guest_id) == guest, col(GuestSession.stream) == stream)


async def _contacts(session: AsyncSession, stream: str, guest: str) -> int:
    return await _delete(
        session, BookingPerson, col(BookingPerson.guest_id) == guest, col(BookingPerson.stream) == stream
    )


async def _cards(session: AsyncSession, stream: str, guest: str) -> int:
    await _delete(session, CardTry, col(CardTry.guest_id) == guest, col(CardTry.stream) == stream)
    query = (
        sa.update(Payment)
        .where(col(Payment.guest_id) == guest, col(Payment.stream) == stream)
        .values(card_brand=None, card_last4=None, client_secret=None)
    )
    return (await execute(session, query)).rowcount


async def _events(session: AsyncSession, stream: str, guest: str) -> int:
    """What the provider told us of their payments, as it came: it may hold the name and address of a card's holder."""
    theirs = (col(Payment.guest_id) == guest, col(Payment.stream) == stream)
    about = sa.union(sa.select(col(Payment.intent_id)).where(*theirs), sa.select(col(Payment.charge_id)).where(*theirs))
    query = (
        sa.update(InboxRow)
        .where(col(InboxRow.object_id).in_(about), col(InboxRow.payload).is_not(None))
        .values(payload=None)
    )
    return (await execute(session, query)).rowcount


ERASERS: Mapping[str, Eraser] = {
    "names": _names,
    "sessions": _phones,
    "contacts": _contacts,
    "events": _events,
    "cards": _cards,
}
"""Everything that is personal, by what it is called in the answer."""


async def erase(
    database: Database, stream: str, guest: str, entry: Callable[[Mapping[str, int]], Entry]
) -> dict[str, int]:
    """Erase a person and say so in the audit log, all or nothing; answers with how much of what."""
    async with database.write() as session:
        erased = {name: await eraser(session, stream, guest) for name, eraser in ERASERS.items()}
        await audit.add(session, entry(erased))
    return erased


async def _delete(session: AsyncSession, table: type[SQLModel], *where: sa.ColumnElement[bool]) -> int:
    return (await execute(session, sa.delete(table_of(table)).where(*where))).rowcount


async def contacts(database: Database, stream: str, guest: str) -> list[dict[str, str]]:
    """Who a guest said they are when they booked."""
    query = select(BookingPerson).where(BookingPerson.guest_id == guest, BookingPerson.stream == stream)
    async with database.read() as session:
        rows = (await session.exec(query)).all()
    opened = database.sealer.open
    return [
        {
            "name": opened(row.name, "booking_people.name", row.booking_id),
            "contact": opened(row.contact, "booking_people.contact", row.booking_id),
        }
        for row in rows
    ]


# Rotation


async def reseal(database: Database, limit: int = BATCH) -> int:
    """Seal anew what an older key sealed (or none), at most `limit` of each column; says how much that was."""
    count = 0
    for one in SEALED:
        table = table_of(one.table)
        column, key = table.c[one.column], table.c[one.key]
        is_old = column.is_not(None) & sa.not_(_is_current(column, database.sealer))
        for row in await database.rows(sa.select(column, key).where(is_old).limit(limit)):
            count += await _reseal(database, one, row[0], row[1])
    return count


def _is_current(column: sa.Column[Any], sealer: Sealer) -> sa.ColumnElement[bool]:
    if isinstance(column.type, sa.LargeBinary):
        start = sealer.seal_bytes(b"", "", "")[: len(FORM) + 4]
        return sa.func.substr(column, 1, len(start)) == start
    return column.like(f"{sealer.prefix}%")


async def _reseal(database: Database, one: Sealed, value: Any, row: str) -> int:
    """Only what is still there as it was read: somebody may change or erase it meanwhile."""
    try:
        anew = _anew(database.sealer, one.name, value, row)
    except Unsealable:
        log.exception("something sealed cannot be read: is its key in the settings?", column=one.name, row=row)
        return 0
    table = table_of(one.table)
    query = sa.update(table).where(table.c[one.key] == row, table.c[one.column] == value)
    async with database.write() as session:
        return (await execute(session, query.values({one.column: anew}))).rowcount


def _anew(sealer: Sealer, name: str, value: Any, row: str) -> str | bytes:
    if isinstance(value, str):
        return sealer.seal(sealer.open(value, name, row), name, row)
    raw = bytes(value)
    opened = sealer.open_bytes(raw, name, row) if raw.startswith(FORM.encode()) else raw
    return sealer.seal_bytes(opened, name, row)
