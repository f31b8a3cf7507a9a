"""Phones at a table, known by hashes, and what their people are called."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from sys import intern

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.storage.appends import Taken
from app.storage.columns import columns_of, table_of
from app.storage.database import Database, execute
from app.storage.sealing import Sealer, Unsealable
from app.storage.tables import GuestName, GuestSession, TableSession

log = structlog.get_logger()

NAME = "guest_names.name"
"""What a sealed name is bound to, beside its guest."""


def hashed(secret: str) -> bytes:
    """What is kept of a token or a device's name: enough to recognise it, too little to use it."""
    return hashlib.sha256(secret.encode()).digest()


async def by_token(database: Database, token: str) -> GuestSession | None:
    """The guest session of this token, unless it was revoked."""
    query = select(GuestSession).where(GuestSession.token_hash == hashed(token), col(GuestSession.revoked_at).is_(None))
    async with database.read() as session:
        return (await session.exec(query)).first()


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose a token is: the guest of a table session, and the restaurant it is in."""

    id: str
    stream: str
    guest_id: str
    restaurant_id: str


SEATS = (
    sa.select(
        *columns_of(GuestSession, "token_hash", "id", "stream", "guest_id"), *columns_of(TableSession, "restaurant_id")
    )
    .join_from(table_of(GuestSession), table_of(TableSession))
    .where(col(GuestSession.token_hash).in_(sa.bindparam("hashes", expanding=True)))
    .where(col(GuestSession.revoked_at).is_(None), col(GuestSession.approved))
)


async def seats(database: Database, tokens: Collection[str]) -> dict[str, Seat]:
    """The seats of these tokens, by token; those that were revoked or wait to be let in are none."""
    by_hash = {hashed(token): token for token in tokens}
    rows = await database.rows(SEATS, {"hashes": list(by_hash)})
    # A connection keeps its seat for hours: those of a table and of a restaurant share what they have in common.
    return {by_hash[row[0]]: Seat(row[1], intern(row[2]), row[3], intern(row[4])) for row in rows}


async def by_device(database: Database, stream: str, device: str) -> GuestSession | None:
    """The session of a device at this table session, revoked or not: it is the same guest who comes back."""
    query = select(GuestSession).where(GuestSession.stream == stream, GuestSession.device_hash == hashed(device))
    async with database.read() as session:
        return (await session.exec(query)).first()


async def sessions(database: Database, stream: str) -> list[GuestSession]:
    """Every device that has a session at this table session, in the order of their coming."""
    query = select(GuestSession).where(GuestSession.stream == stream).order_by(col(GuestSession.id))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def add(database: Database, guest: GuestSession) -> None:
    """Keep a session beside any append, as for somebody who waits to be let in. Raises `Taken`: the device has one."""
    try:
        async with database.write() as session:
            session.add(guest)
    except sa.exc.IntegrityError as error:
        raise Taken("guest_sessions") from error


async def renew(database: Database, id: str, token: str) -> None:
    """Give a session a new token in place of its old one, and take a revocation back."""
    await _change(database, id, token_hash=hashed(token), revoked_at=None)


async def approve(database: Database, stream: str, guest_id: str) -> bool:
    """Let somebody in; False if nobody of that id waits."""
    query = (
        sa.update(GuestSession)
        .where(col(GuestSession.stream) == stream, col(GuestSession.guest_id) == guest_id)
        .where(col(GuestSession.approved).is_(False), col(GuestSession.revoked_at).is_(None))
        .values(approved=True)
    )
    async with database.write() as session:
        return bool((await execute(session, query)).rowcount)


async def revoke(database: Database, stream: str, guest_id: str, now: datetime) -> None:
    """End the sessions of one guest: their tokens are nobody's from now on."""
    query = (
        sa.update(GuestSession)
        .where(col(GuestSession.stream) == stream, col(GuestSession.guest_id) == guest_id)
        .where(col(GuestSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )
    async with database.write() as session:
        await execute(session, query)


NAMES = sa.select(col(GuestName.stream), col(GuestName.guest_id), col(GuestName.name)).where(
    col(GuestName.stream).in_(sa.bindparam("streams", expanding=True))
)


async def names(database: Database, stream: str) -> dict[str, str]:
    """What the people of one table session are called, by guest id."""
    return (await names_at(database, (stream,))).get(stream, {})


async def names_at(database: Database, streams: Collection[str]) -> dict[str, dict[str, str]]:
    """The same for several table sessions in one read; those without people are absent."""
    found: dict[str, dict[str, str]] = {}
    for stream, guest_id, name in await database.rows(NAMES, {"streams": list(streams)}):
        found.setdefault(stream, {})[guest_id] = _opened(database, name, guest_id)
    return found


def _opened(database: Database, name: str, guest_id: str) -> str:
    try:
        return database.sealer.open(name, NAME, guest_id)
    except Unsealable:
        # A bill without a name goes on; one that cannot be shown would stop the table.
        log.exception("a guest's name cannot be read: is its key in the settings?", guest=guest_id)
        return ""


def named(sealer: Sealer, stream: str, guest_id: str, name: str) -> GuestName:
    """The row that says what somebody is called."""
    return GuestName(guest_id=guest_id, stream=stream, name=sealer.seal(name, NAME, guest_id))


async def name(database: Database, stream: str, guest_id: str, name: str) -> None:
    """Call somebody something, beside any append."""
    async with database.write() as session:
        await session.merge(named(database.sealer, stream, guest_id, name))


async def _change(database: Database, id: str, **values: object) -> None:
    async with database.write() as session:
        await execute(session, sa.update(GuestSession).where(col(GuestSession.id) == id).values(**values))
