"""One database, SQLite or PostgreSQL, behind the same few calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.storage.appends import Unavailable
from app.storage.columns import table_of
from app.storage.looks import Rows, SqliteLooks
from app.storage.pool import Pool, figures
from app.storage.sealing import Sealer

Dialect = Literal["sqlite", "postgresql"]

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

CONNECT_TIMEOUT_S = 5
POOL_TIMEOUT_S = 5
"""Who finds no connection free in this time is told to come again: behind a queue like that others wait too."""
STATEMENT_TIMEOUT_S = 15

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    # A commit that was answered must survive a power cut: NORMAL would lose the last ones.
    "synchronous=FULL",
    "busy_timeout=5000",
)

JSON_AS_ORJSON: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}

# Several statements of one reader see one moment.
READING: dict[Dialect, dict[str, Any]] = {
    "sqlite": {"readonly": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
ALONE = {"isolation_level": "AUTOCOMMIT"}


def with_driver(url: str) -> sa.URL:
    """`sqlite:///bill.db` or `postgresql://…` with the driver that this server uses.

    Raises ValueError for any other kind of database, and for an SQLite database without a file, which every
    connection would have for itself.
    """
    parsed = sa.make_url(url)
    name = parsed.drivername.partition("+")[0]
    if name not in DRIVERS:
        raise ValueError(f"neither SQLite nor PostgreSQL: {name}")
    if name == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("SQLite needs a file")
    return parsed.set(drivername=DRIVERS[name])


def file_of(url: str) -> Path | None:
    """The file that holds the database, which connecting would make; None where a server holds it."""
    target = with_driver(url)
    return Path(target.database) if target.get_backend_name() == "sqlite" and target.database else None


@dataclass(frozen=True, slots=True)
class SqliteRuntime:
    """How SQLite is run: the pragmas of each connection, and in which threads.

    `connect` makes connections (None: the driver, a thread for each), `executor` runs the log's batches (None: a thread
    of its own).
    """

    pragmas: Sequence[str] = SQLITE_PRAGMAS
    connect: Callable[..., Awaitable[Any]] | None = None
    executor: Callable[[], Executor] | None = None


IN_THREADS = SqliteRuntime()


def make_engine(
    url: str, *, pool_size: int = 5, timeout_s: float | None = None, sqlite: SqliteRuntime = IN_THREADS
) -> AsyncEngine:
    """An engine whose transactions begin as they must on each database; connects on first use.

    On PostgreSQL a statement that takes longer than `timeout_s` fails; SQLite waits for the file as its pragmas say.
    """
    target = with_driver(url)
    common: dict[str, Any] = JSON_AS_ORJSON | {
        "poolclass": Pool,
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_timeout": POOL_TIMEOUT_S,
    }
    if target.get_backend_name() == "postgresql":
        limits = {"timeout": CONNECT_TIMEOUT_S, "command_timeout": timeout_s}
        return create_async_engine(target, pool_pre_ping=True, connect_args=limits, **common)
    connecting = {"async_creator_fn": sqlite.connect} if sqlite.connect else {}
    engine = create_async_engine(target, connect_args=connecting, **common)
    sa.event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, sqlite.pragmas))
    sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(pragmas: Sequence[str], connection: Any, _record: object) -> None:
    connection.isolation_level = None  # We say when a transaction begins, not the driver.
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that starts by reading and then writes loses to "database is locked" (or loses an update).
    reads = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


# What SQLite says when the file cannot be used just now, whatever the statement was.
SQLITE_TROUBLE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY")


def is_sqlite_trouble(error: BaseException | None) -> bool:
    """Whether an error of SQLite is about the file and not about the statement."""
    return str(getattr(error, "sqlite_errorname", "")).startswith(SQLITE_TROUBLE)


# Classes of PostgreSQL's words for a server that goes, comes, is full, or has become the one that is only read.
POSTGRES_TROUBLE = ("08", "53", "57P", "25006")


def is_postgres_trouble(error: BaseException | None) -> bool:
    """Whether an error of PostgreSQL is about the server and not about the statement."""
    return str(getattr(error, "sqlstate", None) or "").startswith(POSTGRES_TROUBLE)


@contextmanager
def answering() -> Iterator[None]:
    """Raise `Unavailable` where the database does not answer, whichever driver and layer noticed."""
    try:
        yield
    except (OSError, sa.exc.TimeoutError, asyncpg.InternalClientError) as error:
        # The last is what asyncpg raises where a connection breaks while it asks for the types of a new statement.
        raise Unavailable(type(error).__name__) from error
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated or isinstance(error, sa.exc.InterfaceError) or is_sqlite_trouble(error.orig):
            raise Unavailable(type(error).__name__) from error
        if error.statement is None or is_postgres_trouble(error.orig):  # Not even a statement: it was a connection.
            raise Unavailable(str(error.orig)) from error
        raise


class Database:
    """The pool of connections to one database. Open it with `Database.open`, close it at the end.

    Everything here raises `Unavailable` where the database does not answer. `sealer` seals what is personal on its way
    in and opens it on its way out.
    """

    def __init__(
        self, engine: AsyncEngine, sealer: Sealer | None = None, *, sqlite: SqliteRuntime = IN_THREADS
    ) -> None:
        self.engine = engine
        self.sqlite = sqlite
        self.sealer = sealer or Sealer()
        self._readers = engine.execution_options(**READING[self.dialect])
        # A single statement needs no transaction around it, and PostgreSQL charges two round trips for one.
        self._lookers = self._readers if self.dialect == "sqlite" else engine.execution_options(**ALONE)
        self._looks = self._sqlite_looks() if self.dialect == "sqlite" and sqlite.connect is None else None
        # SQLite admits one writer: our own wait here in order instead of polling the file's lock.
        self._turn = asyncio.Lock() if self.dialect == "sqlite" else None

    @classmethod
    async def open(cls, url: str, *, pool_size: int = 5, sealer: Sealer | None = None) -> "Database":
        """Open the database at `url` and prove that it answers."""
        database = cls(make_engine(url, pool_size=pool_size, timeout_s=STATEMENT_TIMEOUT_S), sealer)
        try:
            await database.ping()
        except sa.exc.DBAPIError as error:  # No such database, a wrong password, a file that is something else.
            await database.close()
            raise Unavailable(str(error.orig)) from error
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def dialect(self) -> Dialect:
        """Which of the two this is."""
        return "sqlite" if self.engine.dialect.name == "sqlite" else "postgresql"

    @property
    def url(self) -> sa.URL:
        """Where it is, password included: not for logs."""
        return self.engine.url

    def pool(self) -> dict[str, float]:
        """The connections in use, and how often and how long somebody had to wait for one."""
        return figures(self.engine.pool)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one moment of the database and writes nothing."""
        with answering():
            async with AsyncSession(self._readers, expire_on_commit=False) as session:
                yield session

    async def rows(self, query: sa.Executable, parameters: Mapping[str, object] | None = None) -> Rows:
        """What one statement finds, without objects and without a session."""
        with answering():
            if self._looks is not None:
                return await self._looks.rows(query, parameters)
            async with self._lookers.connect() as connection:
                return (await connection.execute(query, parameters)).all()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an error.

        Never append to the log inside it: on SQLite that append would wait for this very transaction.
        """
        with answering():
            async with self.turn(), AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                yield session

    def turn(self) -> AbstractAsyncContextManager[object]:
        """The right to write, where only one may at a time."""
        return self._turn or nullcontext()

    async def ping(self) -> None:
        """Ask the database for nothing at all."""
        await self.rows(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Give every connection back."""
        if self._looks is not None:
            await self._looks.close()
        await self.engine.dispose()

    def _sqlite_looks(self) -> SqliteLooks:
        return SqliteLooks(self.url, partial(_prepare_sqlite, self.sqlite.pragmas), **JSON_AS_ORJSON)


async def execute(
    session: AsyncSession, statement: sa.Executable, parameters: Mapping[str, object] | None = None
) -> sa.CursorResult[*tuple[Any, ...]]:
    """Run a statement about columns, without objects, in the session's transaction."""
    return await (await session.connection()).execute(statement, parameters)


async def insert_once(session: AsyncSession, row: SQLModel) -> bool:
    """Insert a row unless its primary key is there; False if it was."""
    table = table_of(type(row))
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    keys = list(table.primary_key)
    query = insert(table).values(row.model_dump()).on_conflict_do_nothing(index_elements=keys).returning(*keys)
    return (await execute(session, query)).first() is not None
