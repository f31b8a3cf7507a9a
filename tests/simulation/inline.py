"""SQLite in the loop's own thread: nothing waits for a thread, so nothing depends on one."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PRAGMAS = ("journal_mode=MEMORY", "foreign_keys=ON", "synchronous=OFF", "temp_store=MEMORY")
"""A simulated process dies between two statements, never inside the disk: nothing needs to be on it."""


class InlineCursor:
    """A cursor as aiosqlite's looks like to SQLAlchemy, whose answers are there at once."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.arraysize = cursor.arraysize

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        self._cursor.execute(sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> None:
        self._cursor.executemany(sql, parameters)

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class _AtOnce:
    """Where aiosqlite queues work for its thread, the work is done."""

    def put_nowait(self, item: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        future, work = item
        future.set_result(work())


class InlineConnection:
    """A connection as aiosqlite's looks like to SQLAlchemy."""

    def __init__(self, path: str) -> None:
        self._conn = sqlite3.connect(path, check_same_thread=False)
        self._connection: sqlite3.Connection | None = self._conn
        self._tx = _AtOnce()

    def cursor(self) -> InlineCursor:
        return InlineCursor(self._conn.cursor())

    async def create_function(self, *args: Any, **more: Any) -> None:
        self._conn.create_function(*args, **more)

    async def commit(self) -> None:
        self._conn.commit()

    async def rollback(self) -> None:
        self._conn.rollback()

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Close it from outside of any task."""
        if self._connection is not None:
            self._connection = None
            self._conn.close()


async def connect(path: str, **_more: Any) -> InlineConnection:
    """What SQLAlchemy calls for a new connection."""
    return InlineConnection(path)


class AtOnce(Executor):
    """An executor without threads: what is handed in is done before it is handed back."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  # whatever it was goes to the one who waits
            done.set_exception(error)
        return done
