"""The log: every table session is a stream of events, appended by comparing versions and never edited."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Self

import sqlalchemy as sa
from sqlmodel import col

from app.domain.events import Event
from app.ids import short_code
from app.storage.appends import (
    Add,
    Append,
    Booking,
    Change,
    CommandKey,
    Committed,
    Conflict,
    Duplicate,
    Head,
    Missing,
    NotAppended,
    Opening,
    Overdrawn,
    Put,
    Reused,
    Run,
    SoldOut,
    Spend,
    TableTaken,
    Taken,
    TakePortions,
    Unavailable,
    Withdraw,
    Write,
)
from app.storage.batch import Planner
from app.storage.chain import LINKS, Fault, Link, faults
from app.storage.codec import Codec
from app.storage.columns import columns_of
from app.storage.committer import Committer
from app.storage.committer_postgres import PostgresCommitter
from app.storage.committer_sqlite import SqliteCommitter
from app.storage.database import Database, execute
from app.storage.tables import StoredCommand, StoredEvent, TableSession
from app.storage.writer import QUEUE_MAX, Writer, WriterStats

__all__ = [
    "Add",
    "Append",
    "Booking",
    "Change",
    "CommandKey",
    "Committed",
    "Conflict",
    "Duplicate",
    "Fault",
    "Head",
    "Log",
    "Missing",
    "NotAppended",
    "Opening",
    "Overdrawn",
    "Put",
    "Reused",
    "Run",
    "SoldOut",
    "Spend",
    "TableTaken",
    "TakePortions",
    "Taken",
    "Unavailable",
    "Withdraw",
    "Write",
]

EPOCH_CHARS = 10

HEADS_MAX = 500
HEADS = sa.select(
    *columns_of(TableSession, "id", "epoch", "version", "head_hash", "status", "table_id", "restaurant_id")
).where(col(TableSession.id).in_(sa.bindparam("streams", expanding=True)))

# Statements that are made once: to make one anew for each look costs as much as the look.
BODIES = (
    sa.select(col(StoredEvent.body))
    .where(col(StoredEvent.stream) == sa.bindparam("stream"), col(StoredEvent.seq) > sa.bindparam("after"))
    .order_by(col(StoredEvent.seq))
)
HISTORIES = (
    sa.select(col(StoredEvent.stream), col(StoredEvent.body))
    .where(col(StoredEvent.stream).in_(sa.bindparam("streams", expanding=True)))
    .order_by(col(StoredEvent.stream), col(StoredEvent.seq))
)
HIGHEST = (
    sa.select(col(StoredCommand.stream), col(StoredCommand.cid), sa.func.max(col(StoredCommand.id)))
    .where(sa.tuple_(col(StoredCommand.stream), col(StoredCommand.cid)).in_(sa.bindparam("senders", expanding=True)))
    .group_by(col(StoredCommand.stream), col(StoredCommand.cid))
)


class Log:
    """Streams of events in a database. Appends of all callers share transactions; answers come after the commit.

    One connection commits them all. More would take the same appends in more and smaller batches: with four, an append
    costs half as much again.
    """

    def __init__(
        self,
        database: Database,
        *,
        queue_max: int = QUEUE_MAX,
        codec: Codec | None = None,
        new_epoch: Callable[[], str] = lambda: short_code(EPOCH_CHARS),
    ) -> None:
        self._database = database
        self._codec = codec or Codec()
        planner = Planner(self._codec, new_epoch)
        self._writer = Writer(_committer(database, planner), queue_max=queue_max)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def append(self, *appends: Append) -> tuple[Committed, ...]:
        """Commit all of `appends` or none of them; raises one of `NotAppended`."""
        if not appends:
            return ()
        return await self._writer.append(appends)

    async def submit(self, append: Append) -> asyncio.Future[tuple[Committed, ...]]:
        """Put one append in the queue, and say where its answer will be: what `append` returns or raises.

        Appends of one stream are committed in this order. The answer is not to be cancelled.
        """
        return await self._writer.submit((append,))

    async def close(self) -> None:
        """Commit what is waiting and give the connection back."""
        await self._writer.close()

    @property
    def stats(self) -> WriterStats:
        """What was committed so far, and how."""
        return self._writer.stats

    @property
    def depth(self) -> int:
        """How many appends wait for a transaction."""
        return self._writer.depth

    async def since(self, stream: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """The events of a stream after number `after`, in order, at most `limit`."""
        query = BODIES if limit is None else BODIES.limit(limit)
        found = await self._database.rows(query, {"stream": stream, "after": after})
        return [self._codec.decode(body) for (body,) in found]

    async def histories(self, streams: Collection[str]) -> dict[str, list[bytes]]:
        """All events of several streams in one read, as they are kept, for `decoded`; unknown streams are absent."""
        found: dict[str, list[bytes]] = {}
        for stream, body in await self._database.rows(HISTORIES, {"streams": list(streams)}):
            found.setdefault(stream, []).append(body)
        return found

    def decoded(self, bodies: Iterable[bytes]) -> list[Event]:
        """The events in these bytes. Raises `app.storage.codec.Unreadable`."""
        return [self._codec.decode(body) for body in bodies]

    async def head(self, stream: str) -> Head | None:
        """Where one stream stands; None if there is no such stream."""
        return (await self.heads([stream])).get(stream)

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        """Where several streams stand; unknown ones are absent."""
        heads: dict[str, Head] = {}
        for some in _batched(list(streams)):
            for row in await self._database.rows(HEADS, {"streams": some}):
                heads[row[0]] = Head(*row)
        return heads

    async def applied(self, stream: str, cid: str, id: int) -> tuple[bytes, int] | None:
        """The body hash of a command and the version it left, if it was applied."""
        query = sa.select(col(StoredCommand.body_hash), col(StoredCommand.version)).where(
            col(StoredCommand.stream) == stream, col(StoredCommand.cid) == cid, col(StoredCommand.id) == id
        )
        found = await self._database.rows(query)
        return (found[0][0], found[0][1]) if found else None

    async def highest_commands(self, senders: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The highest id among the applied commands of each (stream, cid); absent before the first."""
        rows = await self._database.rows(HIGHEST, {"senders": list(senders)})
        return {(row[0], row[1]): int(row[2]) for row in rows}

    async def verify(self, stream: str) -> list[Fault]:
        """What is wrong with a stream's numbers, hashes and head; nothing, if it is whole."""
        async with self._database.read() as session:
            head = (await execute(session, HEADS, {"streams": [stream]})).first()
            found = (await execute(session, LINKS, {"stream": stream})).all()
        if head is None:
            return [Fault(stream, 0, "there is no such stream")]
        return faults(Head(*head), [Link(*row) for row in found], self._codec)


def _committer(database: Database, planner: Planner) -> Committer:
    if database.dialect == "sqlite":
        return SqliteCommitter(database, planner)
    return PostgresCommitter(database.url, database.engine.dialect, planner)


def _batched(streams: list[str]) -> Iterator[list[str]]:
    """As many at once as any database takes in one statement."""
    return (streams[place : place + HEADS_MAX] for place in range(0, len(streams), HEADS_MAX))
