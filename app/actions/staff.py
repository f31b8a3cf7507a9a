"""Staff sign in and out."""

from dataclasses import dataclass, field

from app.actions.access import StaffAccess
from app.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """A fresh session: its secret and whose it is."""

    token: str = field(repr=False)
    staff: StaffAccess


async def login(desk: Desk, email: str, password: str) -> StaffLogin:
    """Check a password and start a session. Raises `NotAllowed("wrong_login")` whatever was wrong, and `TooMany`."""
    raise NotImplementedError


async def authenticate(desk: Desk, token: str) -> StaffAccess | None:
    """Who is signed in with this token; None if nobody is."""
    raise NotImplementedError


async def logout(desk: Desk, token: str) -> None:
    """End the session of this token, if there is one."""
    raise NotImplementedError
