"""Batches into PostgreSQL: a handful of round trips for any number of appends, over one raw asyncpg connection."""

import contextlib
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import asyncpg
import orjson
import sqlalchemy as sa

from app.storage.appends import Head, Missing, SoldOut, Unavailable
from app.storage.batch import CommandId, Group, Outcome, Plan, Planner, Stream, commands_of, streams_of
from app.storage.committer import taken
from app.storage.rows import RowWriter, Statement

CONNECT_TIMEOUT_S = 5
# SQLAlchemy's own arguments, which asyncpg does not know.
FOREIGN_ARGUMENTS = (
    "async_fallback",
    "async_creator_fn",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
)

LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
PASSING = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

LOCK_HEADS = """
SELECT id, epoch, version, head_hash, status, table_id, restaurant_id
FROM table_sessions WHERE id = ANY($1::varchar[]) ORDER BY id FOR NO KEY UPDATE
"""

KNOWN_COMMANDS = """
SELECT c.stream, c.cid, c.id, c.body_hash, c.version
FROM commands c JOIN unnest($1::varchar[], $2::varchar[], $3::bigint[]) AS k (stream, cid, id) USING (stream, cid, id)
"""

UPDATE_HEADS = """
UPDATE table_sessions s
SET version = u.version, head_hash = u.head_hash, status = u.status, table_id = u.table_id, last_at = u.at,
    summary = u.summary
FROM unnest($1::varchar[], $2::int[], $3::bytea[], $4::varchar[], $5::varchar[], $6::timestamptz[], $7::jsonb[])
    AS u (id, version, head_hash, status, table_id, at, summary)
WHERE s.id = u.id
"""

OPEN_STREAM = """
INSERT INTO table_sessions
    (id, restaurant_id, table_id, status, epoch, version, head_hash, pin, opened_at, last_at, summary)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
"""

INSERT_EVENTS_AND_COMMANDS = """
WITH kept AS (
    INSERT INTO commands (stream, cid, id, body_hash, version)
    SELECT * FROM unnest($10::varchar[], $11::varchar[], $12::bigint[], $13::bytea[], $14::int[])
)
INSERT INTO events (stream, seq, at, by, kind, v, cause, body, hash)
SELECT * FROM unnest($1::varchar[], $2::int[], $3::timestamptz[], $4::varchar[], $5::varchar[], $6::int[],
                     $7::varchar[], $8::bytea[], $9::bytea[])
"""

TAKE_PORTIONS = """
UPDATE menu_items m SET portions = m.portions - u.quantity
FROM unnest($1::varchar[], $2::int[]) AS u (id, quantity)
WHERE m.id = u.id AND (u.quantity <= 0 OR (m.available AND (m.portions IS NULL OR m.portions >= u.quantity)))
RETURNING m.id
"""


class PostgresCommitter:
    """Commits batches over a connection of its own, opened when it is first needed and again after it broke."""

    def __init__(self, url: sa.URL, dialect: sa.Dialect, planner: Planner) -> None:
        _, arguments = dialect.create_connect_args(url)
        self._arguments = {name: value for name, value in arguments.items() if name not in FOREIGN_ARGUMENTS}
        self._planner = planner
        self._rows = RowWriter(dialect)
        self._connection: asyncpg.Connection | None = None

    async def commit(self, groups: Sequence[Group]) -> list[Outcome]:
        """Write what stands of `groups` in one transaction and give one outcome for each."""
        connection = await self._connected()
        async with connection.transaction():
            heads = await _locked(connection, streams_of(groups))
            known = await _known(connection, commands_of(groups))
            plan = self._planner.plan(groups, heads, known)
            if not plan.is_empty:
                await self._write(connection, plan)
        return plan.outcomes

    def meaning(self, error: Exception) -> Exception:
        """What an error of `commit` means to the caller of a single group."""
        if isinstance(error, asyncpg.UniqueViolationError):
            return taken(error.constraint_name or str(error))
        if isinstance(error, (*LOST, TimeoutError)):
            return Unavailable(type(error).__name__)
        return error

    def is_passing(self, error: Exception) -> bool:
        """Whether the same group may well succeed when it is tried again at once."""
        return isinstance(error, PASSING)

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            with contextlib.suppress(*LOST):
                await self._connection.close(timeout=CONNECT_TIMEOUT_S)
            self._connection = None

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(**self._arguments, timeout=CONNECT_TIMEOUT_S)
        return self._connection

    async def _write(self, connection: asyncpg.Connection, plan: Plan) -> None:
        await _take_portions(connection, plan.portions)
        grown = plan.grown()
        # Streams that end make room for those that begin or reopen, so they go first where there are both.
        for _, streams in groupby(grown, key=lambda stream: stream.head.status in {"closed", "abandoned"}):
            await connection.execute(UPDATE_HEADS, *_columns([_head_row(stream) for stream in streams]))
        if opened := plan.opened():
            await connection.executemany(OPEN_STREAM, [_opened_row(stream) for stream in opened])
        commands = [(*key, *value) for key, value in plan.commands.items()]
        if plan.events or commands:
            parameters = (*_columns(plan.events, 9), *_columns(commands, 5))
            await connection.execute(INSERT_EVENTS_AND_COMMANDS, *parameters)
        for row in plan.rows:
            await _execute(connection, self._rows.statement(row))


async def _locked(connection: asyncpg.Connection, streams: list[str]) -> dict[str, Head]:
    return {row[0]: Head(*row) for row in await connection.fetch(LOCK_HEADS, streams)}


async def _known(connection: asyncpg.Connection, commands: list[CommandId]) -> dict[CommandId, tuple[bytes, int]]:
    if not commands:
        return {}
    # A statement of its own, after the locks: it must see what their last holders committed.
    found = await connection.fetch(KNOWN_COMMANDS, *_columns(commands))
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in found}


async def _take_portions(connection: asyncpg.Connection, portions: dict[str, int]) -> None:
    if not portions:
        return
    items = sorted(portions)
    found = await connection.fetch(TAKE_PORTIONS, items, [portions[item] for item in items])
    met = {row[0] for row in found}
    for item in items:
        if item not in met and portions[item] > 0:
            raise SoldOut(item)


async def _execute(connection: asyncpg.Connection, statement: Statement) -> None:
    tag = await connection.execute(statement.sql, *statement.parameters)
    if statement.must_find and not tag.endswith(" 1"):
        raise Missing(statement.sql)


def _columns(rows: Sequence[tuple[Any, ...]], width: int = 0) -> list[list[Any]]:
    """Rows turned on their side; `width` empty columns where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _head_row(stream: Stream) -> tuple[Any, ...]:
    head, summary = stream.head, orjson.dumps(stream.summary).decode()
    return head.stream, head.version, head.hash, head.status, head.table_id, stream.at, summary


def _opened_row(stream: Stream) -> tuple[Any, ...]:
    head, summary = stream.head, orjson.dumps(stream.summary).decode()
    place = (head.stream, head.restaurant_id, head.table_id, head.status)
    return (*place, head.epoch, head.version, head.hash, stream.pin, stream.opened_at, stream.at, summary)
