"""What was booked: double entry beside the log, read for proofs, days and the drawer, and written for what is no event.

The entries of events travel in their own appends (`app.storage.appends.Booking`). Nothing here changes an entry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.storage.batch import cause_of
from app.storage.columns import table_of
from app.storage.database import Database, execute, insert_once
from app.storage.tables import LedgerEntry, TableSession

Books = Mapping[int, Mapping[str, int]]
"""What each event of a stream books, by its number and by account."""


@dataclass(frozen=True, slots=True)
class Total:
    """Everything of one kind on one account: how many entries, their sum, and the sum of those above 0."""

    account: str
    kind: str
    count: int
    amount: int
    debits: int


def entries(
    cause: str,
    kind: str,
    amounts: Mapping[str, int],
    *,
    restaurant: str,
    currency: str,
    at: datetime,
    stream: str | None = None,
) -> list[LedgerEntry]:
    """The rows of one cause that is no event. Raises ValueError where they do not add up to 0."""
    if sum(amounts.values()):
        raise ValueError(f"{cause} does not add up to 0")
    return [
        LedgerEntry(
            cause=cause,
            account=account,
            restaurant_id=restaurant,
            stream=stream,
            kind=kind,
            at=at,
            amount=amount,
            currency=currency,
        )
        for account, amount in amounts.items()
        if amount
    ]


# For the proof


async def of_stream(session: AsyncSession, stream: str) -> list[tuple[str, str, int]]:
    """Cause, account and amount of everything that was booked of one table session."""
    query = sa.select(col(LedgerEntry.cause), col(LedgerEntry.account), col(LedgerEntry.amount)).where(
        col(LedgerEntry.stream) == stream
    )
    return [(row[0], row[1], row[2]) for row in await execute(session, query)]


def differences(stream: str, rows: list[tuple[str, str, int]], said: Books) -> Iterator[tuple[int, str]]:
    """The first event whose entries are not what its bill says, by its number; nothing, if the books are right."""
    kept: dict[str, dict[str, int]] = {}
    for cause, account, amount in rows:
        kept.setdefault(cause, {})[account] = amount
    for seq, amounts in sorted(said.items()):
        found = kept.pop(cause_of(stream, seq), {})
        if found != amounts:
            wrong = sorted(name for name in found.keys() | amounts.keys() if found.get(name) != amounts.get(name))
            figures = ", ".join(f"{name} {found.get(name, 0)}, not {amounts.get(name, 0)}" for name in wrong)
            yield seq, f"the ledger says {figures}"
            return
    for cause in sorted(kept):
        if cause.startswith(cause_of(stream, 0)[:-1]):
            yield int(cause.rpartition(".")[2]), "the ledger has entries of an event that books nothing"
            return


async def unbalanced(database: Database) -> list[str]:
    """Causes whose entries do not add up to 0."""
    query = (
        sa.select(col(LedgerEntry.cause))
        .group_by(col(LedgerEntry.cause))
        .having(sa.func.sum(col(LedgerEntry.amount)) != 0)
        .order_by(col(LedgerEntry.cause))
    )
    return [row[0] for row in await database.rows(query)]


# For what happened before there was a ledger


async def unbooked(database: Database) -> list[str]:
    """Visits of which nothing is booked, the oldest first."""
    booked = sa.exists().where(col(LedgerEntry.stream) == col(TableSession.id))
    query = sa.select(col(TableSession.id)).where(~booked).order_by(col(TableSession.id))
    return [row[0] for row in await database.rows(query)]


async def book_once(database: Database, rows: list[LedgerEntry]) -> None:
    """Write entries; those that are there already are left alone."""
    async with database.write() as session:
        for row in rows:
            await insert_once(session, row)


# For the day


async def totals(database: Database, restaurant: str, start: datetime, end: datetime) -> list[Total]:
    """What was booked from `start` until before `end`, by account and kind."""
    amount = col(LedgerEntry.amount)
    query = (
        sa.select(
            col(LedgerEntry.account),
            col(LedgerEntry.kind),
            sa.func.count(),
            sa.func.sum(amount),
            sa.func.sum(sa.case((amount > 0, amount), else_=0)),
        )
        .where(*_within(restaurant, start, end))
        .group_by(col(LedgerEntry.account), col(LedgerEntry.kind))
    )
    return [Total(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in await database.rows(query)]


async def balances(database: Database, restaurant: str, until: datetime) -> dict[str, int]:
    """What stands on each account just before `until`."""
    query = (
        sa.select(col(LedgerEntry.account), sa.func.sum(col(LedgerEntry.amount)))
        .where(col(LedgerEntry.restaurant_id) == restaurant, col(LedgerEntry.at) < until)
        .group_by(col(LedgerEntry.account))
    )
    return {row[0]: int(row[1]) for row in await database.rows(query)}


async def streams_with(
    database: Database, restaurant: str, account: str, start: datetime, end: datetime
) -> dict[str, int]:
    """What was booked on one account from `start` until before `end`, by table session."""
    query = (
        sa.select(col(LedgerEntry.stream), sa.func.sum(col(LedgerEntry.amount)))
        .where(*_within(restaurant, start, end), col(LedgerEntry.account) == account)
        .group_by(col(LedgerEntry.stream))
    )
    return {row[0]: int(row[1]) for row in await database.rows(query) if row[0]}


def _within(restaurant: str, start: datetime, end: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(LedgerEntry.restaurant_id) == restaurant, col(LedgerEntry.at) >= start, col(LedgerEntry.at) < end)


# For the drawer and fees


async def book(session: AsyncSession, rows: list[LedgerEntry]) -> None:
    """Write the entries of one cause; a cause is booked once (the primary key says so)."""
    if rows:
        await execute(session, sa.insert(table_of(LedgerEntry)).values([row.model_dump() for row in rows]))
