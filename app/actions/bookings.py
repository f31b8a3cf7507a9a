"""Tables booked ahead: found, held with a card where the house wants that, seated, cancelled, or never come for."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from app.actions import bills, codes, errors, hold_calls, holds
from app.actions import booking_terms as terms
from app.actions.access import GuestAccess, StaffAccess
from app.actions.desk import Desk
from app.actions.holds import HoldState
from app.actions.making import color_of
from app.actions.roles import FLOOR, check_role
from app.actions.shapes import BookingRequest
from app.actions.visits import opening_command
from app.domain import commands as c
from app.domain.bill import Bill
from app.domain.events import Fact
from app.domain.money import currency
from app.domain.refusals import Refusal
from app.storage import bookings, guests, restaurants
from app.storage import holds as hold_store
from app.storage.bookings import Person
from app.storage.log import Add, Change, Missing, Opening, Put, TableTaken, Taken, Write
from app.storage.tables import Booking, BookingRules, DiningTable, GuestSession, Restaurant

__all__ = ["BookingState", "book", "cancel", "cancel_mine", "lapse", "mine", "no_show", "of_day", "seat"]

TRIES_MAX = 12
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class BookingState:
    """A booking as its booker and staff see it; amounts in minor units. `token` is the booker's alone."""

    id: str
    table_session_id: str
    restaurant_id: str
    table_id: str
    table_label: str
    state: str
    at: datetime
    until: datetime
    people: int
    name: str
    contact: str
    currency: str
    no_show_amount: int
    cancel_before: datetime
    charged: int
    hold_id: str | None = None
    hold_status: str | None = None
    hold: HoldState | None = None
    token: str | None = field(default=None, repr=False)


async def book(
    desk: Desk,
    restaurant_id: str,
    request: BookingRequest,
    *,
    by: StaffAccess | None = None,
    device: str | None = None,
    admit: Callable[[], Awaitable[None]] | None = None,
) -> BookingState:
    """Keep a table for somebody; the house may want a hold on their card. Staff book for others, without one.

    Asked again with the same key, the booking that exists is told. `admit` is asked before a new one is made.
    Raises `NotFound`, `Refused` (`not_bookable`, `fully_booked`), `Unavailable`.
    """
    house = await terms.house_of(desk, restaurant_id)
    rules = await (hold_store.rules(desk.database, house.id) if by else terms.bookable(desk, house))
    made = _Making.of(desk, house, rules, request, by=by, device=device)
    for attempt in range(TRIES_MAX):
        known = await bookings.by_token(desk.database, guests.hashed(made.token))
        if known is None:
            _check_terms(desk, house, rules, request, by)
            if admit is not None and not attempt:
                await admit()
            try:
                known = await _keep_table(desk, made)
            except (Missing, Taken):
                # Somebody booked a moment ago, or this very booking was made: look again.
                await desk.sleep(PAUSE_S * attempt * desk.chance.random())
                continue
        if known.hold_id is not None:
            await holds.send_create(desk, known.hold_id)
        return replace(await _told(desk, known, as_guest=True), token=made.token)
    raise errors.Unavailable("too many people book at once")


@dataclass(frozen=True, slots=True)
class _Making:
    """A booking in the making: everything but its table."""

    house: Restaurant
    rules: BookingRules
    request: BookingRequest
    by: StaffAccess | None
    stream: str
    seat_id: str
    token: str
    device: str

    @classmethod
    def of(
        cls,
        desk: Desk,
        house: Restaurant,
        rules: BookingRules,
        request: BookingRequest,
        *,
        by: StaffAccess | None,
        device: str | None,
    ) -> "_Making":
        seat_id = _seat_id(desk, house, request.key) if request.key else desk.new_id()
        token = codes.seat_token(desk.policies.signing_keys, seat_id)
        return cls(house, rules, request, by, desk.new_id(), seat_id, token, device or desk.new_token())

    @property
    def wants_hold(self) -> bool:
        return self.by is None and self.rules.no_show_amount > 0


def _seat_id(desk: Desk, house: Restaurant, key: str) -> str:
    """The same key of a page is the same seat: a double tap books one table."""
    mac = hmac.new(desk.policies.signing_keys[0].encode(), f"booking:{house.id}:{key}".encode(), hashlib.sha256)
    return mac.hexdigest()[:26].upper()


def _check_terms(
    desk: Desk, house: Restaurant, rules: BookingRules, request: BookingRequest, by: StaffAccess | None
) -> None:
    """Guests book within the house's terms; staff may do as they like, for a time yet to come."""
    at = request.at.astimezone(UTC)
    local = at.astimezone(terms.zone_of(house))
    minute = local.hour * 60 + local.minute
    faults = []
    if not terms.in_reach(desk, rules, at) if by is None else at <= desk.now():
        faults.append(errors.FieldError(("at",), "range", "this is not a time that can be booked"))
    if by is None and not rules.opens_at <= minute <= rules.last_at:
        faults.append(errors.FieldError(("at",), "closed", "the restaurant is closed then"))
    if by is None and request.people > rules.people_max:
        faults.append(errors.FieldError(("people",), "range", f"at most {rules.people_max}; call us for more"))
    if faults:
        raise errors.Invalid(faults)


async def _keep_table(desk: Desk, made: _Making) -> Booking:
    """The visit, its booker's seat, the booking and its hold are one append; two that are made at once never meet."""
    rules = await bookings.set_rules(desk.database, made.house.id, {})
    at, request = made.request.at.astimezone(UTC), made.request
    busy = await bookings.taken(desk.database, made.house.id, at, at + terms.length(rules))
    table = terms.free_table(await terms.tables_for(desk, made.house, request.people), busy, at, rules)
    if table is None:
        raise errors.Refused(Refusal("fully_booked", "No table is free then."))
    guest = desk.new_id()
    row = _row(desk, made, table, guest)
    placed = _hold(desk, row) if made.wants_hold else ()
    opening = opening_command(made.stream, made.house, table, None)
    commands: tuple[c.Command, ...] = (
        opening,
        c.JoinGuest(guest, color_of(0)),
        c.BookSession(at, request.people),
        *placed,
    )
    rows = await _rows(desk, made, row, table, placed)
    turn = Change(
        BookingRules, {"restaurant_id": made.house.id, "version": rules.version}, {"version": rules.version + 1}
    )
    if placed:
        holds.check_provider(desk)
    await bills.change(
        desk,
        made.stream,
        *commands,
        by=c.SYSTEM,
        rows=lambda bill, facts: (turn, *rows(bill, facts)),
        opening=Opening(made.house.id, table.id),
    )
    return row


def _row(desk: Desk, made: _Making, table: DiningTable, guest: str) -> Booking:
    at = made.request.at.astimezone(UTC)
    return Booking(
        id=desk.new_id(),
        restaurant_id=made.house.id,
        table_id=table.id,
        stream=made.stream,
        guest_id=guest,
        starts_at=at,
        ends_at=at + terms.length(made.rules),
        people=made.request.people,
        currency=made.house.currency,
        hold_id=desk.new_id() if made.wants_hold else None,
        no_show_amount=made.rules.no_show_amount * made.request.people if made.wants_hold else 0,
        cancel_before=at - timedelta(hours=made.rules.cancel_hours),
        token_hash=guests.hashed(made.token),
        created_at=desk.now(),
    )


def _hold(desk: Desk, row: Booking) -> tuple[c.PlaceHold, ...]:
    until = desk.now() + desk.policies.payment_lifetime_max
    amount = max(row.no_show_amount, currency(row.currency).card_minimum)
    return (c.PlaceHold(row.hold_id or "", row.guest_id, amount, until),)


async def _rows(
    desk: Desk, made: _Making, row: Booking, table: DiningTable, placed: tuple[c.PlaceHold, ...]
) -> bills.Rows:
    name, sealer = made.request.name, desk.database.sealer
    seat = GuestSession(
        id=made.seat_id,
        stream=made.stream,
        guest_id=row.guest_id,
        token_hash=guests.hashed(made.token),
        device_hash=guests.hashed(made.device),
        approved=True,
        created_at=desk.now(),
    )
    fixed: tuple[Write, ...] = (
        Put(guests.named(sealer, made.stream, row.guest_id, name)),
        Add(seat),
        Add(row),
        Add(bookings.sealed(sealer, row, Person(name, made.request.contact))),
    )
    bill = Bill(session=made.stream, restaurant_id=made.house.id, restaurant_name=made.house.name)
    bill = replace(bill, table_id=table.id, table_label=table.label, currency=made.house.currency)
    creating = [await holds.creating(desk, bill, command, made.request.confirmation_token) for command in placed]

    def rows(after: Bill, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
        return (*fixed, *(write for make in creating for write in make(after, facts)))

    return rows


# Afterwards


async def of_day(desk: Desk, day: date, *, by: StaffAccess) -> list[BookingState]:
    """The bookings of a day, as the house counts days."""
    check_role(by.role, FLOOR)
    house = await terms.house_of(desk, by.restaurant_id)
    start = datetime.combine(day, time(), terms.zone_of(house)).astimezone(UTC)
    found = await bookings.between(desk.database, house.id, start, start + timedelta(days=1))
    return [await _told(desk, row) for row in found]


async def mine(desk: Desk, *, by: GuestAccess) -> BookingState:
    """The booking that a guest's seat began as. Raises `NotFound`."""
    row = await _mine(desk, by)
    if row.hold_id is not None:
        await holds.state(desk, row.hold_id, by=by)
    return await _told(desk, await _mine(desk, by), as_guest=True)


async def _mine(desk: Desk, by: GuestAccess) -> Booking:
    row = await bookings.by_stream(desk.database, by.stream)
    if row is None or row.guest_id != by.guest_id:
        raise errors.NotFound("this seat was not booked")
    return row


async def _own(desk: Desk, booking: str, by: StaffAccess) -> Booking:
    check_role(by.role, FLOOR)
    row = await bookings.booking(desk.database, booking)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such booking")
    return row


async def cancel_mine(desk: Desk, *, by: GuestAccess) -> BookingState:
    """The booker does not come: in time it costs nothing, later what staying away costs."""
    row = await _mine(desk, by)
    is_late = desk.now() > row.cancel_before
    await _end(desk, row, "canceled", fee=row.no_show_amount if is_late else 0)
    return await mine(desk, by=by)


async def cancel(desk: Desk, booking: str, *, charge: bool, by: StaffAccess) -> BookingState:
    """Staff cancel it; the party is let off unless they say otherwise."""
    row = await _own(desk, booking, by)
    await _end(desk, row, "canceled", fee=row.no_show_amount if charge else 0)
    return await _told(desk, await _own(desk, booking, by))


async def no_show(desk: Desk, booking: str, *, charge: bool, by: StaffAccess) -> BookingState:
    """Nobody came: what staying away costs is taken from the hold, unless staff let them off."""
    row = await _own(desk, booking, by)
    if desk.now() < row.starts_at:
        raise errors.Refused(Refusal("not_open", "Their time has not come yet."))
    await _end(desk, row, "no_show", fee=row.no_show_amount if charge else 0)
    return await _told(desk, await _own(desk, booking, by))


async def _end(desk: Desk, row: Booking, state: str, *, fee: int) -> None:
    """End it: the booking's row, the facts, and the call that takes or releases the hold are one append."""
    if row.state not in ("booked", state):
        raise errors.Refused(Refusal("booking_ended", "This booking has ended.", {"state": row.state}))
    title = "No-show fee" if state == "no_show" else "Late cancellation fee"
    command = c.EndBooked(state, fee, desk.new_id(), desk.new_id(), title)
    now = desk.now()

    def rows(bill: Bill, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
        charged = sum(line.charged for line in bill.lines.values())
        values = {"state": state, "ended_at": now, "charged": charged}
        return (Change(Booking, {"id": row.id}, values),) if facts else ()

    changed = await bills.change(desk, row.stream, command, by=c.SYSTEM, rows=rows)
    await hold_calls.send_planned(desk, changed.bill)


async def seat(desk: Desk, booking: str, table_id: str | None, *, by: StaffAccess) -> BookingState:
    """The party is here: their visit opens, at the booked table or another one. Raises `Refused` (`table_taken`)."""
    row = await _own(desk, booking, by)
    if row.state == "seated":
        return await _told(desk, row)
    if row.state != "booked":
        raise errors.Refused(Refusal("booking_ended", "This booking has ended.", {"state": row.state}))
    table = await restaurants.table(desk.database, table_id or row.table_id)
    if table is None or table.restaurant_id != row.restaurant_id:
        raise errors.NotFound("there is no such table")
    rows: tuple[Write, ...] = (
        restaurants.serviced(table.id, "free"),
        Change(Booking, {"id": row.id}, {"state": "seated", "table_id": table.id, "ended_at": desk.now()}),
    )
    commands = (c.ReopenSession("seated"), c.MoveSession(table.id, table.label))
    try:
        await bills.change(desk, row.stream, *commands, by=by.actor, rows=lambda _bill, _facts: rows, table_id=table.id)
    except TableTaken:
        raise errors.Refused(Refusal("table_taken", "There is a visit going on at that table.")) from None
    desk.announce.table_changed(row.restaurant_id, table.id)
    return await _told(desk, await _own(desk, booking, by))


async def lapse(desk: Desk) -> int:
    """End the bookings whose card was never given: their tables are free for others. Says how many."""
    found = await bookings.without_card(desk.database, desk.now())
    for row in found:
        await _end(desk, row, "canceled", fee=0)
    return len(found)


async def _told(desk: Desk, row: Booking, *, as_guest: bool = False) -> BookingState:
    table = await restaurants.table(desk.database, row.table_id)
    person = await bookings.person(desk.database, row.id)
    hold = None
    if row.hold_id is not None:
        holder = GuestAccess(row.guest_id, row.stream, row.restaurant_id)
        hold = await holds.told(desk, row.hold_id, by=holder)
    return BookingState(
        id=row.id,
        table_session_id=row.stream,
        restaurant_id=row.restaurant_id,
        table_id=row.table_id,
        table_label=table.label if table else "",
        state=row.state,
        at=row.starts_at,
        until=row.ends_at,
        people=row.people,
        name=person.name,
        contact=person.contact,
        currency=row.currency,
        no_show_amount=row.no_show_amount,
        cancel_before=row.cancel_before,
        charged=row.charged,
        hold_id=row.hold_id,
        hold_status=hold.status if hold else None,
        hold=hold if as_guest else None,
    )
