"""Bookings: which table is taken when, who booked it, and what the house wants of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database
from app.storage.holds import ENDED as HOLD_ENDED
from app.storage.sealing import Sealer, Unsealable
from app.storage.tables import Booking, BookingPerson, BookingRules, Hold

NAME, CONTACT = "booking_people.name", "booking_people.contact"
"""What the sealed columns are bound to, beside the booking's id."""

TAKEN = ("booked", "seated")


@dataclass(frozen=True, slots=True)
class Person:
    """Who booked; empty once that was erased."""

    name: str = ""
    contact: str = ""


def sealed(sealer: Sealer, row: Booking, person: Person) -> BookingPerson:
    """The row beside a booking that says who it is for."""
    return BookingPerson(
        booking_id=row.id,
        stream=row.stream,
        guest_id=row.guest_id,
        name=sealer.seal(person.name, NAME, row.id),
        contact=sealer.seal(person.contact, CONTACT, row.id),
    )


async def person(database: Database, booking_id: str) -> Person:
    """Who booked. What cannot be opened any more reads as erased."""
    async with database.read() as session:
        row = await session.get(BookingPerson, booking_id)
    if row is None:
        return Person()
    try:
        return Person(
            database.sealer.open(row.name, NAME, booking_id), database.sealer.open(row.contact, CONTACT, booking_id)
        )
    except Unsealable:
        return Person()


async def booking(database: Database, booking_id: str) -> Booking | None:
    """One booking."""
    async with database.read() as session:
        return await session.get(Booking, booking_id)


async def by_stream(database: Database, stream: str) -> Booking | None:
    """The booking that a table session began as."""
    return await _one(database, col(Booking.stream) == stream)


async def by_token(database: Database, token_hash: bytes) -> Booking | None:
    """The booking whose booker has this token."""
    return await _one(database, col(Booking.token_hash) == token_hash)


async def between(database: Database, restaurant_id: str, start: datetime, end: datetime) -> list[Booking]:
    """The bookings of a house that begin in this time, in the order of their times."""
    query = (
        select(Booking)
        .where(Booking.restaurant_id == restaurant_id, Booking.starts_at >= start, Booking.starts_at < end)
        .order_by(col(Booking.starts_at), col(Booking.id))
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def taken(database: Database, restaurant_id: str, start: datetime, end: datetime) -> list[Booking]:
    """The bookings that keep a table from being booked for any of this time."""
    query = select(Booking).where(
        Booking.restaurant_id == restaurant_id,
        col(Booking.state).in_(TAKEN),
        Booking.starts_at < end,
        Booking.ends_at > start,
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def without_card(database: Database, now: datetime, limit: int = 20) -> list[Booking]:
    """Bookings yet to come whose hold ended before any card agreed to it."""
    query = (
        select(Booking)
        .join(Hold, col(Hold.id) == col(Booking.hold_id))
        .where(
            Booking.state == "booked",
            Booking.starts_at > now,
            col(Hold.state).in_(HOLD_ENDED),
            col(Hold.capture_before).is_(None),
        )
        .limit(limit)
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def set_rules(database: Database, restaurant_id: str, values: dict[str, Any]) -> BookingRules:
    """Change what a house wants of tabs and bookings; with no values its row is only made, if there is none."""
    async with database.write() as session:
        row = await session.get(BookingRules, restaurant_id, with_for_update=True)
        if row is None:
            row = BookingRules(restaurant_id=restaurant_id)
            session.add(row)
        for name, value in values.items():
            setattr(row, name, value)
    return row


async def _one(database: Database, which: sa.ColumnElement[bool]) -> Booking | None:
    async with database.read() as session:
        return (await session.exec(select(Booking).where(which))).first()
