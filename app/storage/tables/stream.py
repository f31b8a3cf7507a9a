"""The log."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel

from app.storage.columns import Json, Utc, one_of

SESSION_STATUSES = ("open", "settling", "settled", "closed", "abandoned")
OPEN_STATUSES = ("open", "settling", "settled")

_IS_OPEN = sa.text("status IN ('open', 'settling', 'settled')")


class TableSession(SQLModel, table=True):
    """The head of one stream, and what can be told of its bill without folding it."""

    __tablename__ = "table_sessions"
    __table_args__ = (
        one_of("status", SESSION_STATUSES),
        Index("uq_table_sessions_one_open", "table_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_table_sessions_idle", "last_at", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    table_id: str = Field(foreign_key="dining_tables.id", index=True, max_length=26)
    status: str = Field(max_length=16)
    epoch: str = Field(max_length=26)
    version: int
    head_hash: bytes
    pin: str | None = Field(default=None, max_length=8)
    opened_at: datetime = Field(sa_type=Utc)
    last_at: datetime = Field(sa_type=Utc)
    summary: dict[str, Any] = Field(sa_type=Json)


class StoredEvent(SQLModel, table=True):
    """One fact of a stream. `body` is the canonical JSON that was hashed; the other columns are for finding it.

    No foreign key leads to the stream: the head is written in the same statement, and a check per event costs more
    than the insert.
    """

    __tablename__ = "events"

    stream: str = Field(primary_key=True, max_length=26)
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    by: str = Field(max_length=64)
    kind: str = Field(max_length=40)
    v: int
    cause: str | None = Field(default=None, max_length=100)
    body: bytes
    hash: bytes


class StoredCommand(SQLModel, table=True):
    """A command that was applied, so that it can be answered again and never applied twice."""

    __tablename__ = "commands"

    stream: str = Field(primary_key=True, max_length=26)
    cid: str = Field(primary_key=True, max_length=64)
    id: int = Field(primary_key=True, sa_type=sa.BigInteger)
    body_hash: bytes
    version: int
