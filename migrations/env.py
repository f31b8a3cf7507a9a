"""Runs the migration scripts: one tree for SQLite and PostgreSQL."""

import asyncio
import os
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from app.storage import tables  # noqa: F401 - their classes fill the metadata
from app.storage.columns import Utc
from app.storage.database import make_engine

# Two nodes that start together must not both migrate: the second waits, and finds nothing left to do.
LOCK = 7_205_221_108


def render_item(type_: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types into new scripts as what they are in the database: scripts import nothing of ours."""
    if type_ == "type" and isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    if type_ == "type" and isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: sa.Connection) -> None:
    """Run the scripts over a connection."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    """Run the scripts on the database of the configuration or of DATABASE_URL."""
    engine = make_engine(context.config.attributes.get("url") or os.environ["DATABASE_URL"])
    try:
        async with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                await _on_sqlite(connection)
            else:
                await _on_postgres(connection)
    finally:
        await engine.dispose()


async def _on_sqlite(connection: AsyncConnection) -> None:
    # A table is altered by making it anew: with foreign keys on, dropping the old one would delete its children.
    await _pragma(connection, "foreign_keys=OFF")
    await connection.run_sync(run)
    await connection.commit()
    broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    if broken:
        raise RuntimeError(f"rows without their parents after the migration: {broken[:5]}")


async def _on_postgres(connection: AsyncConnection) -> None:
    await connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
    await connection.exec_driver_sql("SET lock_timeout = '5s'")
    await connection.commit()
    try:
        await connection.run_sync(run)
        await connection.commit()
    finally:
        await connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")


async def _pragma(connection: AsyncConnection, pragma: str) -> None:
    """Set a pragma outside any transaction: inside one it would do nothing."""
    raw = await connection.get_raw_connection()
    cursor = await raw.driver_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]  # it is connected
    await cursor.close()


asyncio.run(online())
