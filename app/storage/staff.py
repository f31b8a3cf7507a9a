"""Who works here: accounts with argon2 hashes, and logins that can be revoked."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database, execute
from app.storage.guests import hashed
from app.storage.tables import Staff, StaffSession


async def by_email(database: Database, email: str) -> Staff | None:
    """The active account with this address, however it is capitalised."""
    query = select(Staff).where(Staff.email == email.strip().lower(), col(Staff.active).is_(True))
    async with database.read() as session:
        return (await session.exec(query)).first()


async def by_token(database: Database, token: str, now: datetime) -> Staff | None:
    """Who is logged in with this token: not expired, not revoked, account active."""
    query = (
        select(Staff)
        .join(StaffSession, col(StaffSession.staff_id) == col(Staff.id))
        .where(StaffSession.token_hash == hashed(token), StaffSession.expires_at > now)
        .where(col(StaffSession.revoked_at).is_(None), col(Staff.active).is_(True))
    )
    async with database.read() as session:
        return (await session.exec(query)).first()


async def by_id(database: Database, staff_id: str) -> Staff | None:
    """One account, active or not."""
    async with database.read() as session:
        return await session.get(Staff, staff_id)


async def of_restaurant(database: Database, restaurant_id: str) -> list[Staff]:
    """Everybody who works, or worked, in a restaurant, by name."""
    query = select(Staff).where(Staff.restaurant_id == restaurant_id).order_by(col(Staff.name), col(Staff.id))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def log_in(database: Database, login: StaffSession) -> None:
    """Keep a login."""
    async with database.write() as session:
        session.add(login)


async def log_out(database: Database, token: str, now: datetime) -> None:
    """End the login with this token; nothing happens if there is none."""
    await _revoke(database, now, col(StaffSession.token_hash) == hashed(token))


async def revoke_all(database: Database, staff_id: str, now: datetime) -> None:
    """End every login of one account."""
    await _revoke(database, now, col(StaffSession.staff_id) == staff_id)


async def save(database: Database, staff: Staff) -> None:
    """Keep an account, new or changed; its address in lower case."""
    staff.email = staff.email.strip().lower()
    async with database.write() as session:
        await session.merge(staff)


async def rehash(database: Database, staff_id: str, password_hash: str) -> None:
    """Replace the stored hash, when the cost of hashing was raised."""
    async with database.write() as session:
        query = sa.update(Staff).where(col(Staff.id) == staff_id).values(password_hash=password_hash)
        await execute(session, query)


async def _revoke(database: Database, now: datetime, which: sa.ColumnElement[bool]) -> None:
    query = sa.update(StaffSession).where(which, col(StaffSession.revoked_at).is_(None)).values(revoked_at=now)
    async with database.write() as session:
        await execute(session, query)
