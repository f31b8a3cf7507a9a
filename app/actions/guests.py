"""Guests come and go: what a QR code leads to, joining under the restaurant's policy, and who a token stands for."""

from dataclasses import dataclass
from typing import Literal

from app.actions.access import GuestAccess
from app.actions.desk import Desk

Visit = Literal["join", "new"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What somebody finds who opens a table's address. `stream` is the visit going on there, if any.

    `visit` says what joining would do: `none` opens a visit, `open` joins it, `grace` asks first (`choose_visit`).
    """

    restaurant_id: str
    restaurant_name: str
    table_id: str
    table_label: str
    join_policy: Literal["open", "approve", "pin"]
    stream: str | None
    visit: Literal["none", "open", "grace"]


@dataclass(frozen=True, slots=True)
class Joined:
    """A seat at the table. `token` is the seat's secret, `created` is False where the device had this seat before."""

    token: str
    guest_id: str
    name: str
    color: str
    stream: str
    created: bool


async def arrive(desk: Desk, code: str) -> Arrival:
    """Look at the table behind a QR code; creates nothing. Raises `NotFound("unknown_code")`."""
    raise NotImplementedError


async def join(
    desk: Desk,
    code: str,
    *,
    name: str | None = None,
    pin: str | None = None,
    visit: Visit | None = None,
    device: str | None = None,
    seat_token: str | None = None,
) -> Joined:
    """Take a seat at the table behind `code`, opening a visit where none is going on.

    The same device (or a still valid `seat_token` of this visit) gets its seat back.
    Raises `NotFound` (`unknown_code`), `NotAllowed` (`wrong_pin`), `Refused` (`not_open`), `ApprovalPending`,
    `ChooseVisit`, `TooMany`.
    """
    raise NotImplementedError


async def authenticate(desk: Desk, token: str) -> GuestAccess | None:
    """Whose seat this token is; None if it is nobody's (any more). Also after the visit is over: for the receipt."""
    raise NotImplementedError


async def rename(desk: Desk, guest: GuestAccess, name: str) -> None:
    """`PATCH /guest-sessions/me`."""
    raise NotImplementedError


async def leave(desk: Desk, guest: GuestAccess) -> None:
    """`DELETE /guest-sessions/me`: gives back what is neither settled nor reserved, and ends the token."""
    raise NotImplementedError
