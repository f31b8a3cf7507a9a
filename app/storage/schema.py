"""The shape of the database, brought to the newest version or back by the scripts in `migrations/`."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.storage.database import Database, answering

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"

# Alembic keeps what it is doing in modules of its own: one at a time in a process.
_turn = threading.Lock()


class UnknownRevision(Exception):
    """No script leads to this revision from where the database is."""


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to a revision, by default the newest.

    The scripts run in a thread with a loop of their own, so that they neither stop nor meet the caller's.
    """
    await asyncio.to_thread(_run, command.upgrade, url, revision)


async def go_to(url: str, revision: str, scripts: Path = SCRIPTS) -> None:
    """Bring the database at `url` to a revision, forward or back. Raises `UnknownRevision`, `Unavailable`.

    `head` is the newest shape, `base` is before the first; `+1` and `-1` are a step from where the database is.
    """
    await asyncio.to_thread(_go_to, url, revision, scripts)


async def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to a revision; `base` is before the first."""
    await asyncio.to_thread(_run, command.downgrade, url, revision)


async def is_current(database: Database) -> bool:
    """Whether the database has the newest shape."""
    return set(await _heads(database)) == set(ScriptDirectory(str(SCRIPTS)).get_heads())


def configuration(url: str, scripts: Path = SCRIPTS) -> Config:
    """What Alembic needs to know for one database."""
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["url"] = url
    return config


def _go_to(url: str, revision: str, scripts: Path) -> None:
    config = configuration(url, scripts)
    with _turn:
        try:
            step = command.downgrade if _is_behind(config, revision) else command.upgrade
            with answering():
                step(config, revision)
        except CommandError as error:
            raise UnknownRevision(f"no such revision: {revision} ({error})") from error


def _is_behind(config: Config, revision: str) -> bool:
    """Whether the way to the revision leads back from where the database is."""
    if revision == "base" or revision.startswith("-"):
        return True
    script = ScriptDirectory.from_config(config)
    if revision in ("head", "heads") or revision.startswith("+"):
        return False
    target = script.get_revision(revision)
    here = asyncio.run(_current(config.attributes["url"]))
    before = {one.revision for one in script.iterate_revisions(here, "base")} if here else set[str]()
    return target.revision in before - set(here)


async def _current(url: str) -> tuple[str, ...]:
    database = await Database.open(url)
    try:
        return await _heads(database)
    finally:
        await database.close()


async def _heads(database: Database) -> tuple[str, ...]:
    async with database.read() as session:
        connection = await session.connection()
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())


def _run(step: Callable[[Config, str], None], url: str, revision: str) -> None:
    with _turn:
        step(configuration(url), revision)
