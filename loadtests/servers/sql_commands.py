"""The usual ways to write a command down, behind our own sockets, so that nothing but the writing differs.

`python -m loadtests.servers.sql_commands PORT WAY DATABASE BILLS`, where WAY is `orm` (SQLAlchemy's ORM, on PostgreSQL
or SQLite), `trips` (asyncpg, five round trips) or `nothing` (the floor: sockets and rooms alone). Each command locks
its bill, writes an event that names the command, moves the bill's version on and commits; then it is published and
answered.
"""

import asyncio
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg
import sqlalchemy as sa
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from loadtests.servers import ours
from realtime.channel import Identity
from realtime.frames import Ack, Do, Err, Published, encode_event

POOL = 32
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")


class Base(DeclarativeBase):
    """What the ORM wants."""


class Bill(Base):
    """One row per bill, which every command locks."""

    __tablename__ = "bills"
    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    version: Mapped[int]


class Event(Base):
    """One row per event; the command's name is unique in it."""

    __tablename__ = "bill_events"
    __table_args__ = (sa.UniqueConstraint("bill", "cid", "command"),)
    bill: Mapped[str] = mapped_column(sa.ForeignKey("bills.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    cid: Mapped[str] = mapped_column(sa.String(64))
    command: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    body: Mapped[bytes]


class Way(Protocol):
    """How a command is written down; the answer is the bill's new version."""

    async def write(self, bill: str, cid: str, command: int, body: bytes) -> int:
        """Write one command."""


class Orm:
    """A session, a locked row, objects, a commit."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def write(self, bill: str, cid: str, command: int, body: bytes) -> int:
        """Write one command."""
        async with self._sessions.begin() as session:
            row = await session.get_one(Bill, bill, with_for_update=True)
            row.version += 1
            session.add(Event(bill=bill, seq=row.version, cid=cid, command=command, at=datetime.now(UTC), body=body))
            return row.version


class Trips:
    """begin, select for update, insert, update, commit."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def write(self, bill: str, cid: str, command: int, body: bytes) -> int:
        """Write one command."""
        insert = "INSERT INTO bill_events (bill, seq, cid, command, at, body) VALUES ($1, $2, $3, $4, $5, $6)"
        async with self._pool.acquire() as connection, connection.transaction():
            found = await connection.fetchval("SELECT version FROM bills WHERE id = $1 FOR UPDATE", bill)
            version = int(found) + 1
            await connection.execute(insert, bill, version, cid, command, datetime.now(UTC), body)
            await connection.execute("UPDATE bills SET version = $2 WHERE id = $1", bill, version)
        return version


class Nothing:
    """A number, which nobody remembers."""

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()

    async def write(self, bill: str, cid: str, command: int, body: bytes) -> int:
        """Write nothing."""
        self._numbers[bill] += 1
        return self._numbers[bill]


class Clerk(ours.Echo):
    """The channel: what a command asks is written down before anybody hears of it."""

    def __init__(self, way: Way) -> None:
        super().__init__()
        self._way = way

    async def handle(self, room: str, who: Identity, command: Do, cid: str) -> Ack | Err:
        """Write, publish, answer."""
        patch = {"lines": {"l": {"claims": {who.id: command.data["parts"]}}}, "text": "x" * 120}
        body = encode_event(room, 1, command.kind, at=datetime.now(UTC), by=who.id, patch=patch)
        n = await self._way.write(room.removeprefix("table:"), cid, command.id, body)
        self._numbers[room] = max(n, self._numbers[room])
        cause = f"{cid}:{command.id}"
        body = encode_event(room, n, command.kind, at=datetime.now(UTC), by=who.id, patch=patch, cause=cause)
        self.hub.publish(Published(room, ours.EPOCH, n, body))
        return Ack(command.id, room, n)


def engine_of(url: str) -> AsyncEngine:
    """An engine as the manuals make it; SQLite has one writer, so it gets one connection."""
    if not url.startswith("sqlite"):
        return create_async_engine(url, pool_size=POOL, max_overflow=0)
    engine = create_async_engine(url, pool_size=1, max_overflow=0)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def clerk(way: str, url: str, bills: int) -> Clerk:
    """Make the tables, open the bills, and a clerk over them."""
    if way == "nothing":
        return Clerk(Nothing())
    engine = engine_of(url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        rows = [{"id": f"b{number}", "version": 0} for number in range(bills)]
        await connection.execute(sa.insert(Bill), rows)
    if way == "orm":
        return Clerk(Orm(engine))
    await engine.dispose()
    plain = url.replace("+asyncpg", "")
    return Clerk(Trips(await asyncpg.create_pool(plain, min_size=POOL, max_size=POOL)))


async def main() -> None:
    """Serve until killed."""
    port, way, url, bills = sys.argv[1:]
    await uvicorn.Server(ours.server_config(await clerk(way, url, int(bills)), int(port))).serve()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
