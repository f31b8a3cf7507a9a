"""Batches into PostgreSQL: a handful of round trips for any number of appends, over one raw asyncpg connection."""

import contextlib
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
import sqlalchemy as sa

from app.storage.appends import Head, SoldOut, Unavailable
from app.storage.batch import CommandId, Group, Outcome, Plan, Planner, Stream, commands_of, follow_on, streams_of
from app.storage.committer import taken
from app.storage.rows import RowWriter, Statement

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 10
LOCK_TIMEOUT_PART = 0.8
KNOWN_MAX = 4096
"""So many heads are remembered; it is more than the bills that are kept folded."""
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
    # What asyncpg raises where a connection breaks while it asks for the types of a new statement.
    asyncpg.InternalClientError,
)
PASSING = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.InvalidCachedStatementError)

# One round trip for both. While this waits for a lock, the one who holds it may commit a command that the second half
# does not see; then the version has moved on (a conflict), or the command's own primary key stops the batch.
LOCK_AND_LOOK = """
WITH heads AS MATERIALIZED (
    SELECT id, epoch, version, head_hash, status, table_id, restaurant_id
    FROM table_sessions WHERE id = ANY($1::varchar[]) ORDER BY id FOR NO KEY UPDATE
)
SELECT id, epoch, version, head_hash, status, table_id, restaurant_id, NULL::varchar, NULL::bigint FROM heads
UNION ALL
SELECT c.stream, NULL, c.version, c.body_hash, NULL, NULL, NULL, c.cid, c.id
FROM commands c JOIN unnest($2::varchar[], $3::varchar[], $4::bigint[]) AS k (stream, cid, id) USING (stream, cid, id)
"""

UPDATE_HEADS = """
UPDATE table_sessions s
SET version = u.version, head_hash = u.head_hash, status = u.status, table_id = u.table_id, last_at = u.at,
    summary = u.summary
FROM unnest($1::varchar[], $2::int[], $3::bytea[], $4::varchar[], $5::varchar[], $6::timestamptz[], $7::jsonb[])
    AS u (id, version, head_hash, status, table_id, at, summary)
WHERE s.id = u.id
"""

INSERT_COMMANDS = """
INSERT INTO commands (stream, cid, id, body_hash, version)
SELECT * FROM unnest($8::varchar[], $9::varchar[], $10::bigint[], $11::bytea[], $12::int[])
"""

INSERT_EVENTS = """
INSERT INTO events (stream, seq, at, by, kind, v, cause, body, hash)
SELECT * FROM unnest($13::varchar[], $14::int[], $15::timestamptz[], $16::varchar[], $17::varchar[], $18::int[],
                     $19::varchar[], $20::bytea[], $21::bytea[])
"""

BOOK = """
INSERT INTO ledger_entries (cause, account, restaurant_id, stream, kind, at, amount, currency)
SELECT * FROM unnest($22::varchar[], $23::varchar[], $24::varchar[], $25::varchar[], $26::varchar[],
                     $27::timestamptz[], $28::bigint[], $29::varchar[])
"""

APPEND = f"WITH grown AS ({UPDATE_HEADS}), kept AS ({INSERT_COMMANDS}), booked AS ({BOOK}) {INSERT_EVENTS}"
"""Heads, commands, entries and events of a whole batch in one statement: none of them reads what another one writes."""

AT_ONCE = f"""
WITH locked AS MATERIALIZED (
    SELECT id FROM table_sessions WHERE id = ANY($1::varchar[]) ORDER BY id FOR NO KEY UPDATE
), grown AS (
    {UPDATE_HEADS} AND s.id IN (SELECT id FROM locked)
      AND (s.epoch, s.version, s.head_hash) = (
          SELECT b.epoch, b.version, b.head_hash
          FROM unnest($1::varchar[], $30::varchar[], $31::int[], $32::bytea[]) AS b (id, epoch, version, head_hash)
          WHERE b.id = s.id
      )
    RETURNING s.id
), kept AS ({INSERT_COMMANDS}), booked AS ({BOOK}), written AS ({INSERT_EVENTS})
SELECT 1 / (SELECT count(*) FROM grown WHERE cardinality($1::varchar[]) = (SELECT count(*) FROM grown))
"""  # noqa: S608 - of the statements above
"""The same with its own locks, in one round trip, on heads that are believed to be known. Where one is another by now,
or a command was applied before, it fails as a whole: by dividing by zero, or at a primary key."""

MISTAKEN = (asyncpg.DivisionByZeroError, asyncpg.UniqueViolationError)

OPEN_STREAM = """
INSERT INTO table_sessions
    (id, restaurant_id, table_id, status, epoch, version, head_hash, pin, opened_at, last_at, summary)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
"""

TAKE_PORTIONS = """
UPDATE menu_items m SET portions = m.portions - u.quantity
FROM unnest($1::varchar[], $2::int[]) AS u (id, quantity)
WHERE m.id = u.id AND (u.quantity <= 0 OR (m.available AND (m.portions IS NULL OR m.portions >= u.quantity)))
RETURNING m.id
"""


class PostgresCommitter:
    """Commits batches over a connection of its own, opened when it is first needed and again after it broke."""

    def __init__(
        self, url: sa.URL, dialect: sa.Dialect, planner: Planner, *, timeout_s: float = STATEMENT_TIMEOUT_S
    ) -> None:
        _, arguments = dialect.create_connect_args(url)
        self._arguments = {name: value for name, value in arguments.items() if name not in FOREIGN_ARGUMENTS}
        self._arguments |= {"timeout": CONNECT_TIMEOUT_S, "command_timeout": timeout_s}
        bounds = {
            # Whoever waits for a lock gives up by itself, before we do: then it is certain that nothing was written.
            "lock_timeout": f"{timeout_s * LOCK_TIMEOUT_PART * 1000:.0f}ms",
            # A machine that falls asleep between lock and commit does not keep a table from the others.
            "idle_in_transaction_session_timeout": f"{timeout_s * 1000:.0f}ms",
        }
        self._arguments["server_settings"] = {**self._arguments.get("server_settings", {}), **bounds}
        self._planner = planner
        self._rows = RowWriter(dialect)
        self._connection: asyncpg.Connection | None = None
        self._known: dict[str, Head] = {}

    async def commit(self, groups: Sequence[Group]) -> list[Outcome]:
        """Write what stands of `groups` in one transaction and give one outcome for each."""
        connection = await self._connected()
        try:
            plan = await self._at_once(connection, groups) or await self._carefully(connection, groups)
        except LOST:
            # Nobody knows what it still believes: the next batch gets a fresh one.
            connection.terminate()
            raise
        self._learn(plan)
        return plan.outcomes

    async def _at_once(self, connection: asyncpg.Connection, groups: Sequence[Group]) -> Plan | None:
        """Write plain appends in one round trip, on the heads as they were left here; None where that cannot be."""
        heads = {stream: self._known[stream] for stream in streams_of(groups) if stream in self._known}
        if not follow_on(groups, heads):
            return None
        plan = self._planner.plan(groups, heads, {})
        before = [(head.epoch, head.version, head.hash) for head in (heads[name] for name in plan.streams)]
        try:
            await connection.execute(AT_ONCE, *_written(plan), *_columns(before, 3))
        except MISTAKEN:
            for stream in heads:
                del self._known[stream]
            return None
        return plan

    async def _carefully(self, connection: asyncpg.Connection, groups: Sequence[Group]) -> Plan:
        async with connection.transaction():
            plan = self._planner.plan(groups, *await _locked(connection, groups))
            if not plan.is_empty:
                await self._write(connection, plan)
        return plan

    def _learn(self, plan: Plan) -> None:
        if len(self._known) > KNOWN_MAX:
            self._known.clear()
        self._known |= {stream: grown.head for stream, grown in plan.streams.items()}

    def meaning(self, error: Exception) -> Exception:
        """What an error of `commit` means to the caller of a single group."""
        if isinstance(error, asyncpg.UniqueViolationError):
            return taken(error.constraint_name or str(error))
        if isinstance(error, (*LOST, asyncpg.LockNotAvailableError)):
            return Unavailable(type(error).__name__)
        return error

    def is_passing(self, error: Exception) -> bool:
        """Whether the same group may well succeed when it is tried again at once.

        Over a connection that broke during a commit the same group is a `Duplicate` or a `Conflict` if it was written.
        """
        return isinstance(error, (*PASSING, *LOST)) and not isinstance(error, TimeoutError)

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            with contextlib.suppress(*LOST):
                await self._connection.close(timeout=CONNECT_TIMEOUT_S)
            self._connection = None

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await asyncpg.connect(**self._arguments)
            except (*LOST, asyncpg.PostgresError) as error:  # Whatever it says, it lets nobody in.
                raise Unavailable(type(error).__name__) from error
        return self._connection

    async def _write(self, connection: asyncpg.Connection, plan: Plan) -> None:
        await _take_portions(connection, plan.portions)
        # Streams that end make room on their tables for those that begin or reopen: they go first.
        if ended := plan.ended():
            await connection.execute(UPDATE_HEADS, *_columns([_head_row(stream) for stream in ended], 7))
        if opened := plan.opened():
            await connection.executemany(OPEN_STREAM, [_opened_row(stream) for stream in opened])
        await connection.execute(APPEND, *_written(plan))
        for row in plan.rows:
            await _execute(connection, self._rows.statement(row))


async def _locked(
    connection: asyncpg.Connection, groups: Sequence[Group]
) -> tuple[dict[str, Head], dict[CommandId, tuple[bytes, int]]]:
    """Heads, locked until the transaction ends, and which of the commands were applied before."""
    commands = _columns(commands_of(groups), 3)
    found = await connection.fetch(LOCK_AND_LOOK, streams_of(groups), *commands)
    heads = {row[0]: Head(*row[:7]) for row in found if row[7] is None}
    return heads, {(row[0], row[7], row[8]): (row[3], row[2]) for row in found if row[7] is not None}


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
        raise statement.missing


def _written(plan: Plan) -> tuple[list[Any], ...]:
    """The columns of heads, commands, events and entries, as the statements number them."""
    heads = [_head_row(stream) for stream in plan.grown()]
    commands = [(*key, *value) for key, value in plan.commands.items()]
    return (*_columns(heads, 7), *_columns(commands, 5), *_columns(plan.events, 9), *_columns(plan.entries, 8))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows turned on their side; `width` empty columns where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _head_row(stream: Stream) -> tuple[Any, ...]:
    head, summary = stream.head, orjson.dumps(stream.summary).decode()
    return head.stream, head.version, head.hash, head.status, head.table_id, stream.at, summary


def _opened_row(stream: Stream) -> tuple[Any, ...]:
    head, summary = stream.head, orjson.dumps(stream.summary).decode()
    place = (head.stream, head.restaurant_id, head.table_id, head.status)
    return (*place, head.epoch, head.version, head.hash, stream.pin, stream.opened_at, stream.at, summary)
