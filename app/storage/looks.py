"""Single statements that only look, on SQLite: each is one visit to a thread, where the async driver makes eight."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

LOOKS_AT_ONCE = 4
"""So many read at the same time; SQLite and Python would not do more any faster."""

Rows = Sequence[sa.Row[*tuple[Any, ...]]]


class SqliteLooks:
    """Connections of their own that cannot write, opened on first use, each used by one thread at a time.

    `prepare` is called with each new connection of the driver.
    """

    def __init__(self, url: sa.URL, prepare: Callable[[Any, object], None], **options: Any) -> None:
        self._engine = sa.create_engine(
            url.set(drivername="sqlite"),
            isolation_level="AUTOCOMMIT",
            pool_size=LOOKS_AT_ONCE,
            max_overflow=0,
            **options,
        )
        sa.event.listen(self._engine, "connect", prepare)
        sa.event.listen(self._engine, "connect", _only_read)
        self._threads = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="looks")

    async def rows(self, query: sa.Executable, parameters: Mapping[str, object] | None) -> Rows:
        """What one statement finds."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._rows, query, parameters)

    def _rows(self, query: sa.Executable, parameters: Mapping[str, object] | None) -> Rows:
        with self._engine.connect() as connection:
            return connection.execute(query, parameters).all()

    async def close(self) -> None:
        """Let those who look finish, and give the connections back."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


def _only_read(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only=ON").close()
