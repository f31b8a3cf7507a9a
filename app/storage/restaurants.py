"""The house and its tables: what a restaurant set up, its floor, and the codes printed for its tables."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from app.storage.appends import Change
from app.storage.database import Database, execute
from app.storage.tables import OPEN_STATUSES, DiningTable, Restaurant, TableSession

Service = Literal["free", "to_clean"]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The visit going on at a table, as its row tells it."""

    id: str
    version: int
    status: str
    opened_at: datetime
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FloorTable:
    """A table with the visit going on there, if any."""

    table: DiningTable
    session: OpenSession | None


SESSION = (
    col(TableSession.id),
    col(TableSession.version),
    col(TableSession.status),
    col(TableSession.opened_at),
    col(TableSession.summary),
)
FLOOR = (
    select(DiningTable, *SESSION)  # type: ignore[call-overload]  # typed for four columns at most
    .outerjoin(
        TableSession,
        sa.and_(col(TableSession.table_id) == col(DiningTable.id), col(TableSession.status).in_(OPEN_STATUSES)),
    )
    .order_by(col(DiningTable.position), col(DiningTable.label))
)


async def restaurant(database: Database, restaurant_id: str) -> Restaurant | None:
    """One restaurant."""
    async with database.read() as session:
        return await session.get(Restaurant, restaurant_id)


async def restaurants(database: Database) -> list[Restaurant]:
    """All restaurants of this server, the oldest first."""
    async with database.read() as session:
        return list((await session.exec(select(Restaurant).order_by(col(Restaurant.id)))).all())


async def table(database: Database, table_id: str) -> DiningTable | None:
    """One table, with the version that a valid QR code of it must have."""
    async with database.read() as session:
        return await session.get(DiningTable, table_id)


async def tables(database: Database, restaurant_id: str) -> list[DiningTable]:
    """All tables of a restaurant, in the order of the floor."""
    return [place.table for place in await floor(database, restaurant_id)]


async def floor(database: Database, restaurant_id: str) -> list[FloorTable]:
    """Every table of a restaurant with its open visit, by one query."""
    return await _floor(database, FLOOR.where(col(DiningTable.restaurant_id) == restaurant_id))


async def floor_table(database: Database, table_id: str) -> FloorTable | None:
    """One table with its open visit."""
    found = await _floor(database, FLOOR.where(col(DiningTable.id) == table_id))
    return found[0] if found else None


async def open_session(database: Database, table_id: str) -> TableSession | None:
    """The visit going on at a table."""
    query = select(TableSession).where(TableSession.table_id == table_id, col(TableSession.status).in_(OPEN_STATUSES))
    async with database.read() as session:
        return (await session.exec(query)).first()


async def table_session(database: Database, stream: str) -> TableSession | None:
    """One visit, open or over."""
    async with database.read() as session:
        return await session.get(TableSession, stream)


async def open_sessions(database: Database, restaurant_id: str) -> list[TableSession]:
    """The visits going on in a restaurant, the oldest first."""
    query = (
        select(TableSession)
        .where(TableSession.restaurant_id == restaurant_id, col(TableSession.status).in_(OPEN_STATUSES))
        .order_by(col(TableSession.id))
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def visits(database: Database, restaurant_id: str, since: datetime, until: datetime) -> int:
    """How many visits began in that time."""
    query = sa.select(sa.func.count()).where(
        col(TableSession.restaurant_id) == restaurant_id,
        col(TableSession.opened_at) >= since,
        col(TableSession.opened_at) < until,
    )
    return int((await database.rows(query))[0][0])


async def idle_sessions(database: Database, before: datetime, limit: int = 100) -> list[TableSession]:
    """Open visits in which nothing happened since `before`, the longest first."""
    query = (
        select(TableSession)
        .where(col(TableSession.status).in_(OPEN_STATUSES), TableSession.last_at < before)
        .order_by(col(TableSession.last_at))
        .limit(limit)
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def rotate_code(database: Database, table_id: str) -> int | None:
    """Make a table's printed code invalid; the version that a new one must have, or None without such a table."""
    query = (
        sa.update(DiningTable)
        .where(col(DiningTable.id) == table_id)
        .values(code_version=col(DiningTable.code_version) + 1)
        .returning(col(DiningTable.code_version))
    )
    async with database.write() as session:
        return (await execute(session, query)).scalar_one_or_none()


async def set_service(database: Database, table_id: str, service: Service) -> None:
    """Say that a table is to be cleaned, or free again, beside any append."""
    async with database.write() as session:
        await execute(session, sa.update(DiningTable).where(col(DiningTable.id) == table_id).values(service=service))


def serviced(table_id: str, service: Service) -> Change:
    """The same as a row of an append: a table is to be cleaned when its visit closes."""
    return Change(DiningTable, {"id": table_id}, {"service": service})


async def set_pin(database: Database, stream: str, pin: str | None) -> None:
    """Change what newcomers to a visit are asked for."""
    async with database.write() as session:
        await execute(session, sa.update(TableSession).where(col(TableSession.id) == stream).values(pin=pin))


async def save(database: Database, *rows: SQLModel) -> None:
    """Keep rows of the house (restaurants, tables, menus), new or changed, in the order given."""
    async with database.write() as session:
        for row in rows:
            await session.merge(row)
            await session.flush()


async def _floor(database: Database, query: Any) -> list[FloorTable]:
    async with database.read() as session:
        rows = (await session.exec(query)).all()
    return [FloorTable(row[0], OpenSession(*row[1:]) if row[1] is not None else None) for row in rows]


async def last_change(database: Database) -> datetime | None:
    """When something last happened at any table."""
    found: datetime | None = (await database.rows(sa.select(sa.func.max(col(TableSession.last_at)))))[0][0]
    return found


async def renew_epochs(database: Database, epoch: str) -> int:
    """Say of every visit that its history was replaced, as by a restored backup; tells how many there are.

    Nodes keep epochs in memory: none may be running.
    """
    async with database.write() as session:
        return (await execute(session, sa.update(TableSession).values(epoch=epoch))).rowcount
