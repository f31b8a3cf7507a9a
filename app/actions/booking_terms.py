"""What a house wants of tabs and bookings, and when it has a table free."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.actions import errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import HOUSE, check_role
from app.actions.shapes import PolicyRequest
from app.domain.days import Calendar
from app.domain.money import currency
from app.domain.refusals import Refusal
from app.storage import bookings, restaurants
from app.storage import holds as hold_store
from app.storage.tables import Booking, BookingRules, DiningTable, Restaurant

__all__ = ["Offer", "bookable", "free_table", "house_of", "in_reach", "length", "offer", "policy", "set_policy",
           "tables_for", "unfitting", "zone_of"]  # fmt: skip

EVERY = timedelta(minutes=30)
HOLD_DAYS_MAX = 6
"""A bank keeps a hold for about seven days: a table that is held with a card is booked no earlier."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody sees who wants to book: the rules, and the times of a day with a free table."""

    restaurant_id: str
    restaurant_name: str
    currency: str
    timezone: str
    rules: BookingRules
    times: tuple[datetime, ...]


async def policy(desk: Desk, *, by: StaffAccess) -> BookingRules:
    """What the house wants of tabs and bookings."""
    return await hold_store.rules(desk.database, by.restaurant_id)


async def set_policy(desk: Desk, request: PolicyRequest, *, by: StaffAccess) -> BookingRules:
    """Change it; what was booked before keeps its own terms. Raises `Invalid`."""
    check_role(by.role, HOUSE)
    house = await house_of(desk, by.restaurant_id)
    before = await hold_store.rules(desk.database, house.id)
    if wrong := unfitting(request, house.currency, before):
        raise errors.Invalid([errors.FieldError((name,), "range", "does not fit the others") for name in wrong])
    return await bookings.set_rules(desk.database, house.id, request.model_dump(exclude_none=True))


def unfitting(request: PolicyRequest, code: str, before: BookingRules) -> list[str]:
    """Which members do not fit: amounts between the steps of the currency, a day that ends before it begins."""
    step = currency(code).step
    wrong = [name for name in ("tab_estimate", "no_show_amount") if (getattr(request, name) or 0) % step]
    opens_at, last_at = request.opens_at, request.last_at
    first = before.opens_at if opens_at is None else opens_at
    return [*wrong, "last_at"] if first > (before.last_at if last_at is None else last_at) else wrong


async def offer(desk: Desk, restaurant_id: str, day: date, people: int) -> Offer:
    """The times of a day at which so many people find a table. Raises `NotFound`, `Refused` (`not_bookable`)."""
    house = await house_of(desk, restaurant_id)
    rules = await bookable(desk, house)
    tables = await tables_for(desk, house, people)
    slots = [at for at in _slots(house, rules, day) if in_reach(desk, rules, at)]
    busy = await bookings.taken(desk.database, house.id, slots[0], slots[-1] + length(rules)) if slots else []
    times = tuple(at for at in slots if people <= rules.people_max and free_table(tables, busy, at, rules))
    return Offer(house.id, house.name, house.currency, house.timezone, rules, times)


async def house_of(desk: Desk, restaurant_id: str) -> Restaurant:
    """The restaurant. Raises `NotFound`."""
    house = await restaurants.restaurant(desk.database, restaurant_id)
    if house is None:
        raise errors.NotFound("there is no such restaurant")
    return house


async def bookable(desk: Desk, house: Restaurant) -> BookingRules:
    """Its terms for guests. Raises `Refused` (`not_bookable`)."""
    rules = await hold_store.rules(desk.database, house.id)
    if not rules.bookable:
        raise errors.Refused(Refusal("not_bookable", "This restaurant takes no bookings here."))
    return rules


async def tables_for(desk: Desk, house: Restaurant, people: int) -> list[DiningTable]:
    """Tables with room for so many, the smallest first."""
    found = await restaurants.tables(desk.database, house.id)
    return sorted((table for table in found if table.seats >= people), key=lambda table: (table.seats, table.position))


def length(rules: BookingRules) -> timedelta:
    """How long a table is kept for a party."""
    return timedelta(minutes=rules.booking_minutes)


def zone_of(house: Restaurant) -> ZoneInfo:
    """The clock on the wall of the house."""
    return Calendar(house.timezone, 0).zone


def _slots(house: Restaurant, rules: BookingRules, day: date) -> list[datetime]:
    midnight = datetime.combine(day, time(), zone_of(house))
    minutes = range(rules.opens_at, rules.last_at + 1, int(EVERY.total_seconds() // 60))
    return [(midnight + timedelta(minutes=minute)).astimezone(UTC) for minute in minutes]


def in_reach(desk: Desk, rules: BookingRules, at: datetime) -> bool:
    """Whether guests may book this time already, and still."""
    days = min(rules.days_ahead, HOLD_DAYS_MAX) if rules.no_show_amount else rules.days_ahead
    return desk.now() < at <= desk.now() + timedelta(days=days)


def free_table(
    tables: list[DiningTable], busy: Iterable[Booking], at: datetime, rules: BookingRules
) -> DiningTable | None:
    """The first of the tables that nobody has booked for that time."""
    until = at + length(rules)
    taken = {each.table_id for each in busy if each.starts_at < until and each.ends_at > at}
    return next((table for table in tables if table.id not in taken), None)
