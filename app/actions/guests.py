"""Guests come and go: what a QR code leads to, joining under the restaurant's policy, and who a token stands for."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from app.actions import bills, codes, errors, perform, shapes, visits
from app.actions.access import GuestAccess
from app.actions.desk import Desk
from app.actions.making import color_of, default_name
from app.actions.shelf import Kept
from app.domain.commands import SYSTEM, Actor, JoinGuest, MakeRequest
from app.storage import guests, restaurants
from app.storage.log import Add, Put, TableTaken, Taken, Write
from app.storage.tables import DiningTable, GuestSession, Restaurant

Visit = Literal["join", "new"]

TRIES_MAX = 4
CHOICES = {"join": "join the party that has paid", "new": "start a new visit"}


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
    """A seat at the table. `token` is the seat's secret, `created` is False where the device had this seat before.

    `pin` is what this guest tells those who come later, where the restaurant asks for it.
    """

    token: str = field(repr=False)
    guest_id: str
    name: str
    color: str
    stream: str
    created: bool
    pin: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who knocks, with what."""

    name: str | None
    pin: str | None
    visit: Visit | None
    device: str | None
    seat_token: str | None


async def arrive(desk: Desk, code: str) -> Arrival:
    """Look at the table behind a QR code; creates nothing.

    Raises `NotFound("unknown_code")`, and `NotAllowed("expired_code")` for one that was made void.
    """
    house, table = await _place(desk, code)
    row = await restaurants.open_session(desk.database, table.id)
    bill = (await bills.newest(desk, row.id)).bill if row else None
    now = visits.standing(bill, desk.now(), desk.policies) if bill else "over"
    return Arrival(
        restaurant_id=house.id,
        restaurant_name=house.name,
        table_id=table.id,
        table_label=table.label,
        join_policy=_policy(house),
        stream=row.id if row and now in ("open", "grace") else None,
        visit="grace" if now == "grace" else "open" if now == "open" else "none",
    )


def _policy(house: Restaurant) -> Literal["open", "approve", "pin"]:
    match house.join_policy:
        case "approve" | "pin":
            return house.join_policy
        case _:
            return "open"


async def _place(desk: Desk, code: str) -> tuple[Restaurant, DiningTable]:
    read = codes.read_table_code(desk.policies.signing_keys, code)
    table = await restaurants.table(desk.database, read[0]) if read else None
    house = await restaurants.restaurant(desk.database, table.restaurant_id) if table else None
    if read is None or table is None or house is None:
        raise errors.NotFound("this code is not that of a table", code="unknown_code")
    if table.code_version != read[1]:
        raise errors.NotAllowed("the table has a new code: scan the one that lies there now", code="expired_code")
    return house, table


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
    Raises `NotFound` (`unknown_code`), `NotAllowed` (`wrong_pin`, `expired_code`), `Refused` (`not_open`),
    `ApprovalPending`, `ChooseVisit`, `TooMany`.
    """
    house, table = await _place(desk, code)
    newcomer = Newcomer(name, pin, visit, device, seat_token)
    for _ in range(TRIES_MAX):
        try:
            if joined := await _join(desk, house, table, newcomer):
                return joined
        except (TableTaken, Taken):
            # Somebody opened the visit, or another tab of this phone took the seat, a moment ago: take it from there.
            continue
    raise errors.Unavailable("too many people join this table at once")


async def _join(desk: Desk, house: Restaurant, table: DiningTable, newcomer: Newcomer) -> Joined | None:
    row = await restaurants.open_session(desk.database, table.id)
    if row is None:
        return await _open(desk, house, table, newcomer)
    kept = await bills.newest(desk, row.id)
    now = visits.standing(kept.bill, desk.now(), desk.policies)
    if now == "stale" or (now == "grace" and newcomer.visit == "new"):
        await visits.end(desk, row.id, "a new party came")
        return None
    if seat := await _seat_of(desk, row.id, newcomer):
        return await _sit_again(desk, kept, row.id, seat, newcomer, row.pin)
    if now == "grace" and newcomer.visit is None:
        raise errors.ChooseVisit(CHOICES)
    return await _sit_down(desk, house, kept, row.id, newcomer, row.pin)


async def _open(desk: Desk, house: Restaurant, table: DiningTable, newcomer: Newcomer) -> Joined:
    stream, guest = desk.new_id(), desk.new_id()
    name = newcomer.name or default_name(0)
    seat, token = _seat(desk, stream, guest, newcomer)
    join = JoinGuest(guest, color_of(0))
    rows: tuple[Write, ...] = (Put(guests.named(desk.database.sealer, stream, guest, name)), Add(seat))
    await visits.open_visit(desk, stream, house, table, join, by=Actor("guest", guest), rows=rows)
    pin = codes.visit_pin(desk.policies.signing_keys, stream) if house.join_policy == "pin" else None
    return Joined(token, guest, name, join.color, stream, created=True, pin=pin)


def _seat(
    desk: Desk, stream: str, guest: str, newcomer: Newcomer, *, approved: bool = True
) -> tuple[GuestSession, str]:
    seat_id = desk.new_id()
    token = codes.seat_token(desk.policies.signing_keys, seat_id)
    row = GuestSession(
        id=seat_id,
        stream=stream,
        guest_id=guest,
        token_hash=guests.hashed(token),
        # A client without a device cookie is a device of its own every time.
        device_hash=guests.hashed(newcomer.device or desk.new_token()),
        approved=approved,
        created_at=desk.now(),
    )
    return row, token


async def _seat_of(desk: Desk, stream: str, newcomer: Newcomer) -> GuestSession | None:
    if newcomer.seat_token is not None:
        seat = await guests.by_token(desk.database, newcomer.seat_token)
        if seat is not None and seat.stream == stream:
            return seat
    return await guests.by_device(desk.database, stream, newcomer.device) if newcomer.device else None


async def _sit_again(
    desk: Desk, kept: Kept, stream: str, seat: GuestSession, newcomer: Newcomer, pin: str | None
) -> Joined:
    token = codes.seat_token(desk.policies.signing_keys, seat.id)
    if not seat.approved:
        await _knock(desk, stream, seat.guest_id)
        raise errors.ApprovalPending(stream, token)
    guest = kept.bill.guests.get(seat.guest_id)
    if guest is not None and guest.removed:
        raise errors.NotAllowed("staff have ended your visit at this table")
    if guest is None or guest.left:
        color = guest.color if guest else color_of(len(kept.bill.guests))
        await bills.change(desk, stream, JoinGuest(seat.guest_id, color), by=Actor("guest", seat.guest_id))
    if seat.revoked_at is not None or seat.token_hash != guests.hashed(token):
        await guests.renew(desk.database, seat.id, token)
    if newcomer.name and newcomer.name != kept.names.get(seat.guest_id):
        await rename(desk, GuestAccess(seat.guest_id, stream, kept.bill.restaurant_id), newcomer.name)
    now = await bills.newest(desk, stream)
    person = now.bill.guests[seat.guest_id]
    return Joined(token, person.id, now.names.get(person.id, ""), person.color, stream, created=False, pin=pin)


async def _sit_down(
    desk: Desk, house: Restaurant, kept: Kept, stream: str, newcomer: Newcomer, pin: str | None
) -> Joined:
    policy = _policy(house)
    if policy == "pin" and pin is not None and newcomer.pin != pin:
        raise errors.NotAllowed("the table's four digits are needed to join", code="wrong_pin")
    guest, place = desk.new_id(), len(kept.bill.guests)
    name = newcomer.name or default_name(place)
    seat, token = _seat(desk, stream, guest, newcomer, approved=policy != "approve")
    rows: tuple[Write, ...] = (Put(guests.named(desk.database.sealer, stream, guest, name)), Add(seat))
    if policy == "approve":
        await _knock(desk, stream, guest, rows)
        raise errors.ApprovalPending(stream, token)
    joining = JoinGuest(guest, color_of(place))
    await bills.change(desk, stream, joining, by=Actor("guest", guest), rows=lambda _bill, _facts: rows)
    return Joined(token, guest, name, joining.color, stream, created=True, pin=pin)


async def _knock(desk: Desk, stream: str, guest: str, rows: tuple[Write, ...] = ()) -> None:
    """Ask the table to let somebody in; a second knock is the first one."""
    asking = MakeRequest(desk.new_id(), "join", guest)
    await bills.change(desk, stream, asking, by=SYSTEM, rows=(lambda _bill, _facts: rows) if rows else None)


async def authenticate(desk: Desk, token: str) -> GuestAccess | None:
    """Whose seat this token is; None if it is nobody's (any more). Also after the visit is over: for the receipt."""
    return (await seated(desk, (token,))).get(token)


async def seated(desk: Desk, tokens: Collection[str]) -> dict[str, GuestAccess]:
    """Whose seats these tokens are, in one read; what is nobody's is left out."""
    found = await guests.seats(desk.database, tokens)
    return {
        token: GuestAccess(seat.guest_id, seat.stream, seat.restaurant_id, seat.id) for token, seat in found.items()
    }


async def rename(desk: Desk, guest: GuestAccess, name: str) -> None:
    """`PATCH /guest-sessions/me`."""
    await perform.do(desk, guest.stream, "guest.rename", shapes.Rename(name=name), by=guest.actor)


async def leave(desk: Desk, guest: GuestAccess) -> None:
    """`DELETE /guest-sessions/me`: gives back what is neither settled nor reserved, and ends the token."""
    await perform.do(desk, guest.stream, "guest.leave", shapes.Nothing(), by=guest.actor)
