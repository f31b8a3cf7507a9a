"""The cash drawer: opened with a float, counted at the end, with everything that it means to the ledger."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.domain.ledger import CASH, CASH_CHANGE, CASH_DIFFERENCE, CASH_SAFE
from app.storage import ledger
from app.storage.database import Database, execute
from app.storage.tables import Drawer, LedgerEntry

CASH_ACCOUNTS = (CASH, CASH_CHANGE)
# Word for word the condition of the index that holds nothing but these.
IS_CASH = sa.text("account IN ('cash_drawer', 'cash_drawer:change')")
OPENED, COUNTED = "drawer.opened", "drawer.counted"


@dataclass(frozen=True, slots=True)
class Movements:
    """What happened in a drawer: notes and coins that came in, change, and cash handed back as refunds."""

    cash_in: int = 0
    change: int = 0
    handed_back: int = 0


async def current(database: Database, restaurant: str) -> Drawer | None:
    """The drawer that is open."""
    async with database.read() as session:
        return (await session.exec(_open(restaurant))).first()


async def between(database: Database, restaurant: str, start: datetime, end: datetime) -> list[Drawer]:
    """The drawers that were opened in that time, the oldest first."""
    query = (
        select(Drawer)
        .where(Drawer.restaurant_id == restaurant, Drawer.opened_at >= start, Drawer.opened_at < end)
        .order_by(col(Drawer.opened_at))
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def open_one(database: Database, row: Drawer) -> bool:
    """Open a drawer, with what was taken since the last count carried into it; False where one is open."""
    with suppress(sa.exc.IntegrityError):  # Two at once: the index says who was first.
        async with database.write() as session:
            if (await session.exec(_open(row.restaurant_id))).first() is not None:
                return False
            row.carried = sum((await _balances(session, row.restaurant_id)).values())
            session.add(row)
            await session.flush()
            await _book(session, row, OPENED, {CASH: row.opening, CASH_SAFE: -row.opening}, row.opened_at)
        return True
    return False


async def count(
    database: Database, restaurant: str, *, counted: int, note: str | None, by: str, now: datetime
) -> Drawer | None:
    """Close the open drawer with what is in it; None where none is open.

    The difference is booked and everything goes to the safe, so that nothing stands on the drawer's accounts. Cash
    whose payment is committed a moment later is carried into the next drawer.
    """
    async with database.write() as session:
        row = (await session.exec(_open(restaurant).with_for_update())).first()
        if row is None:
            return None
        balances = await _balances(session, restaurant)
        expected = sum(balances.values())
        row.expected, row.counted, row.counted_at, row.counted_by, row.note = expected, counted, now, by, note
        emptied = {account: -amount for account, amount in balances.items()}
        await _book(session, row, COUNTED, {**emptied, CASH_SAFE: counted, CASH_DIFFERENCE: expected - counted}, now)
    return row


async def movements(database: Database, restaurant: str, since: datetime, until: datetime) -> Movements:
    """What happened in the drawer from `since` until before `until`."""
    totals = [
        each
        for each in await ledger.totals(database, restaurant, since, until)
        if each.account in CASH_ACCOUNTS and each.kind not in (OPENED, COUNTED)
    ]
    taken = [each for each in totals if each.kind == "payment.succeeded"]
    return Movements(
        cash_in=sum(each.amount for each in taken if each.account == CASH),
        change=-sum(each.amount for each in taken if each.account == CASH_CHANGE),
        handed_back=-sum(each.amount for each in totals if each not in taken),
    )


async def balance(database: Database, restaurant: str) -> int:
    """What should be in the drawer now."""
    async with database.read() as session:
        return sum((await _balances(session, restaurant)).values())


def _open(restaurant: str) -> SelectOfScalar[Drawer]:
    return select(Drawer).where(Drawer.restaurant_id == restaurant, col(Drawer.counted_at).is_(None))


async def _balances(session: AsyncSession, restaurant: str) -> dict[str, int]:
    query = (
        sa.select(col(LedgerEntry.account), sa.func.sum(col(LedgerEntry.amount)))
        .where(col(LedgerEntry.restaurant_id) == restaurant, IS_CASH)
        .group_by(col(LedgerEntry.account))
    )
    return {row[0]: int(row[1]) for row in await execute(session, query)}


async def _book(session: AsyncSession, row: Drawer, kind: str, amounts: Mapping[str, int], at: datetime) -> None:
    cause = f"{kind}:{row.id}"
    entries = ledger.entries(cause, kind, amounts, restaurant=row.restaurant_id, currency=row.currency, at=at)
    await ledger.book(session, entries)
