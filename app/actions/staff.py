"""Staff sign in and out."""

import asyncio
from dataclasses import dataclass, field, replace
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.actions import audit, errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.domain.commands import Role
from app.storage import staff
from app.storage.guests import hashed
from app.storage.tables import Staff, StaffSession

HASHER = PasswordHasher()
ROLES: dict[str, Role] = {"owner": "owner", "manager": "manager", "waiter": "waiter", "kitchen": "kitchen"}


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """A fresh session: its secret and whose it is."""

    token: str = field(repr=False)
    staff: StaffAccess


async def hash_password(password: str) -> str:
    """What is kept of a password: argon2id, about a tenth of a second, in a thread."""
    return await asyncio.to_thread(HASHER.hash, password)


async def login(desk: Desk, email: str, password: str, *, address: str = "") -> StaffLogin:
    """Check a password and start a session; both ends of it are in the audit log, with the `address` it came from.

    Raises `NotAllowed("wrong_login")` whatever was wrong, and `TooMany`.
    """
    account = await staff.by_email(desk.database, email)
    # Where there is no such account a hash is checked all the same, so that the time of the answer does not tell.
    kept = account.password_hash if account else await asyncio.to_thread(_nobodys)
    who = replace(_access(account), address=address) if account else None
    if not await asyncio.to_thread(_matches, kept, password) or account is None or who is None:
        if who is not None:
            await audit.note(desk, who, "staff.login_failed", who.staff_id)
        raise errors.NotAllowed("this address and password do not belong together", code="wrong_login")
    if HASHER.check_needs_rehash(kept):
        await staff.rehash(desk.database, account.id, await hash_password(password))
    token = await _session(desk, account)
    await audit.note(desk, who, "staff.login", who.staff_id)
    return StaffLogin(token, who)


@cache
def _nobodys() -> str:
    return HASHER.hash("nobody's password")


def _matches(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


async def _session(desk: Desk, account: Staff) -> str:
    token, now = desk.new_token(), desk.now()
    row = StaffSession(
        id=desk.new_id(),
        staff_id=account.id,
        token_hash=hashed(token),
        created_at=now,
        expires_at=now + desk.policies.staff_session,
    )
    await staff.log_in(desk.database, row)
    return token


def _access(account: Staff) -> StaffAccess:
    return StaffAccess(account.id, account.restaurant_id, ROLES[account.role], account.name)


async def authenticate(desk: Desk, token: str) -> StaffAccess | None:
    """Who is signed in with this token; None if nobody is."""
    account = await staff.by_token(desk.database, token, desk.now())
    return _access(account) if account else None


async def logout(desk: Desk, token: str, *, address: str = "") -> None:
    """End the session of this token, if there is one."""
    who = await authenticate(desk, token)
    await staff.log_out(desk.database, token, desk.now())
    if who is not None:
        await audit.note(desk, replace(who, address=address), "staff.logout", who.staff_id)
