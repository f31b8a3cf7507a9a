"""The shape of the database, brought to the newest version or back by the scripts in `migrations/`."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.storage.database import Database

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"

# Alembic keeps what it is doing in modules of its own: one at a time in a process.
_turn = threading.Lock()


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to a revision, by default the newest.

    The scripts run in a thread with a loop of their own, so that they neither stop nor meet the caller's.
    """
    await asyncio.to_thread(_run, command.upgrade, url, revision)


async def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to a revision; `base` is before the first."""
    await asyncio.to_thread(_run, command.downgrade, url, revision)


async def is_current(database: Database) -> bool:
    """Whether the database has the newest shape."""
    async with database.read() as session:
        connection = await session.connection()
        found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    return set(found) == set(ScriptDirectory(str(SCRIPTS)).get_heads())


def configuration(url: str) -> Config:
    """What Alembic needs to know for one database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = url
    return config


def _run(step: Callable[[Config, str], None], url: str, revision: str) -> None:
    with _turn:
        step(configuration(url), revision)
