"""Requests by their callers' names for them: done once, answered the same every time."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.appends import Change
from app.storage.database import Database, execute, insert_once
from app.storage.tables import IdempotencyKey

STALE = timedelta(seconds=60)
"""After this long a request without an answer is taken for dead, and its retry goes on with it."""

KEEP_SUCCESS = timedelta(hours=24)
KEEP_CLIENT_ERROR = timedelta(hours=1)
CLIENT_ERROR = 400
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Started:
    """Do it. `subject` is the id that the thing it makes must have; `resumed`: somebody may have begun it before."""

    subject: str
    resumed: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """It was done: this was the answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class InProgress:
    """Somebody is doing it right now; asking again makes sense after `retry_after_s`."""

    retry_after_s: int


@dataclass(frozen=True, slots=True)
class OtherBody:
    """The key was used for another request."""


Verdict = Started | Replay | InProgress | OtherBody


async def begin(database: Database, scope: str, key: str, body_hash: bytes, *, subject: str, now: datetime) -> Verdict:
    """Take the key for this request, or say what became of the one that has it.

    `scope` is restaurant and guest or staff session; `body_hash` covers method, path and body; `subject` is a new id.
    """
    async with database.write() as session:
        mine = IdempotencyKey(
            scope=scope,
            key=key,
            body_hash=body_hash,
            subject=subject,
            locked_at=now,
            expires_at=now + KEEP_SUCCESS,
        )
        if await insert_once(session, mine):
            return Started(subject, resumed=False)
        query = select(IdempotencyKey).where(*_named(scope, key)).with_for_update()
        return _taken_over((await session.exec(query)).one(), mine)


def _taken_over(row: IdempotencyKey, mine: IdempotencyKey) -> Verdict:
    """What the request that has the key means for this one, which takes it over where it may."""
    now = mine.locked_at
    if row.expires_at <= now:
        row.sqlmodel_update(mine.model_dump(exclude={"scope", "key"}))
        return Started(mine.subject, resumed=False)
    if row.body_hash != mine.body_hash:
        return OtherBody()
    if row.state == "done" and row.status is not None:
        return Replay(row.status, row.response or b"")
    if now - row.locked_at <= STALE:
        return InProgress(max(1, math.ceil((row.locked_at + STALE - now).total_seconds())))
    row.locked_at = now
    return Started(row.subject, resumed=True)


async def complete(database: Database, scope: str, key: str, *, status: int, body: bytes, now: datetime) -> None:
    """Keep the answer for the next one who asks. An answer of 500 and more is not one: the key is released."""
    values = _ended(status, body, now)
    async with database.write() as session:
        await execute(session, sa.update(IdempotencyKey).where(*_named(scope, key)).values(**values))


def completed(scope: str, key: str, *, status: int, body: bytes, now: datetime) -> Change:
    """The same as a row of the append that does what was asked, so that both are there or neither."""
    return Change(IdempotencyKey, {"scope": scope, "key": key}, _ended(status, body, now))


async def release(database: Database, scope: str, key: str, now: datetime) -> None:
    """Let the next one who asks go on at once, with the same subject."""
    await complete(database, scope, key, status=SERVER_ERROR, body=b"", now=now)


async def purge(database: Database, now: datetime) -> int:
    """Forget what is past its time of keeping; says how many that were."""
    query = sa.delete(IdempotencyKey).where(col(IdempotencyKey.expires_at) <= now)
    async with database.write() as session:
        return (await session.exec(query)).rowcount


def _ended(status: int, body: bytes, now: datetime) -> dict[str, Any]:
    if status >= SERVER_ERROR:
        return {"state": "running", "locked_at": now - STALE - timedelta(seconds=1)}
    keep = KEEP_CLIENT_ERROR if status >= CLIENT_ERROR else KEEP_SUCCESS
    return {"state": "done", "status": status, "response": body, "expires_at": now + keep}


def _named(scope: str, key: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return col(IdempotencyKey.scope) == scope, col(IdempotencyKey.key) == key
