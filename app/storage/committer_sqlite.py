"""Batches into SQLite: one connection in one thread of its own, one transaction and one fsync per batch."""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import orjson

from app.storage.appends import Head, SoldOut, Unavailable
from app.storage.batch import CommandId, Group, Outcome, Plan, Planner, Stream, commands_of, streams_of
from app.storage.committer import taken
from app.storage.database import Database, is_sqlite_trouble
from app.storage.rows import RowWriter, Statement

READ_HEAD = "SELECT id, epoch, version, head_hash, status, table_id, restaurant_id FROM table_sessions WHERE id = ?"
KNOWN_COMMAND = "SELECT body_hash, version FROM commands WHERE stream = ? AND cid = ? AND id = ?"
UPDATE_HEAD = """
UPDATE table_sessions SET version = ?, head_hash = ?, status = ?, table_id = ?, last_at = ?, summary = ? WHERE id = ?
"""
OPEN_STREAM = """
INSERT INTO table_sessions
    (id, restaurant_id, table_id, status, epoch, version, head_hash, pin, opened_at, last_at, summary)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
INSERT_EVENT = """
INSERT INTO events (stream, seq, "at", "by", kind, v, cause, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
BOOK = """
INSERT INTO ledger_entries (cause, account, restaurant_id, stream, kind, "at", amount, currency)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
INSERT_COMMAND = "INSERT INTO commands (stream, cid, id, body_hash, version) VALUES (?, ?, ?, ?, ?)"
TAKE_PORTIONS = """
UPDATE menu_items SET portions = portions - :quantity
WHERE id = :id AND (:quantity <= 0 OR (available AND (portions IS NULL OR portions >= :quantity)))
"""


def _own_thread() -> Executor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="log-writer")


class SqliteCommitter:
    """Commits batches in a thread of its own, so that waiting for the disk stops nobody."""

    def __init__(self, database: Database, planner: Planner) -> None:
        self._database = database
        self._planner = planner
        self._rows = RowWriter(database.engine.dialect)
        self._thread = (database.sqlite.executor or _own_thread)()
        self._connection: sqlite3.Connection | None = None

    async def commit(self, groups: Sequence[Group]) -> list[Outcome]:
        """Write what stands of `groups` in one transaction and give one outcome for each."""
        async with self._database.turn():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, groups)

    def meaning(self, error: Exception) -> Exception:
        """What an error of `commit` means to the caller of a single group."""
        if isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorname in {
            "SQLITE_CONSTRAINT_UNIQUE",
            "SQLITE_CONSTRAINT_PRIMARYKEY",
        }:
            return taken(str(error).partition(": ")[2])
        if is_sqlite_trouble(error):
            return Unavailable(str(error))
        return error

    def is_passing(self, error: Exception) -> bool:  # noqa: ARG002  # the twin looks at it
        """Never: SQLite itself waits for a locked file before it says so."""
        return False

    async def close(self) -> None:
        """Give the connection back and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(str(self._database.url.database), isolation_level=None)
            for pragma in self._database.sqlite.pragmas:
                self._connection.execute(f"PRAGMA {pragma}")
        return self._connection

    def _commit(self, groups: Sequence[Group]) -> list[Outcome]:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        try:
            plan = self._planner.plan(groups, _heads(connection, groups), _known(connection, groups))
            self._write(connection, plan)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return plan.outcomes

    def _write(self, connection: sqlite3.Connection, plan: Plan) -> None:
        for item in sorted(plan.portions):
            _take_portions(connection, item, plan.portions[item])
        # Streams that end make room on their tables for those that begin or reopen: they go first.
        connection.executemany(UPDATE_HEAD, [_head_row(stream) for stream in (*plan.ended(), *plan.grown())])
        connection.executemany(OPEN_STREAM, [_opened_row(stream) for stream in plan.opened()])
        connection.executemany(INSERT_EVENT, [(*row[:2], _text(row[2]), *row[3:]) for row in plan.events])
        connection.executemany(INSERT_COMMAND, [(*key, *value) for key, value in plan.commands.items()])
        connection.executemany(BOOK, [(*row[:5], _text(row[5]), *row[6:]) for row in plan.entries])
        for row in plan.rows:
            _execute(connection, self._rows.statement(row))


def _heads(connection: sqlite3.Connection, groups: Sequence[Group]) -> dict[str, Head]:
    found = (connection.execute(READ_HEAD, (stream,)).fetchone() for stream in streams_of(groups))
    return {row[0]: Head(*row) for row in found if row}


def _known(connection: sqlite3.Connection, groups: Sequence[Group]) -> dict[CommandId, tuple[bytes, int]]:
    found = ((key, connection.execute(KNOWN_COMMAND, key).fetchone()) for key in commands_of(groups))
    return {key: (row[0], row[1]) for key, row in found if row}


def _take_portions(connection: sqlite3.Connection, item: str, quantity: int) -> None:
    if connection.execute(TAKE_PORTIONS, {"id": item, "quantity": quantity}).rowcount == 0 and quantity > 0:
        raise SoldOut(item)


def _execute(connection: sqlite3.Connection, statement: Statement) -> None:
    if connection.execute(statement.sql, statement.parameters).rowcount != 1 and statement.must_find:
        raise statement.missing


def _text(at: datetime) -> str:
    """A time as SQLAlchemy keeps it in SQLite, so that both ways of writing compare."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _head_row(stream: Stream) -> tuple[Any, ...]:
    head, summary = stream.head, orjson.dumps(stream.summary).decode()
    return head.version, head.hash, head.status, head.table_id, _text(stream.at), summary, head.stream


def _opened_row(stream: Stream) -> tuple[Any, ...]:
    head, summary = stream.head, orjson.dumps(stream.summary).decode()
    opened_at = _text(stream.opened_at or stream.at)
    place = (head.stream, head.restaurant_id, head.table_id, head.status)
    return (*place, head.epoch, head.version, head.hash, stream.pin, opened_at, _text(stream.at), summary)
