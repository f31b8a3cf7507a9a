"""What the database knows of a payment that is about to start: tries with cards, starts, phones and visits lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.storage.database import Database, insert_once
from app.storage.tables import CardTry, DiningTable, GuestSession, Payment, TableSession

TEN_MINUTES = timedelta(minutes=10)
HALF_AN_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)

PAID_MIN, PAID_MAX = 20, 50
"""So many payments must be there before one can be unusual, and so many of the newest are looked at."""

DECLINED = col(CardTry.outcome) == "declined"


@dataclass(frozen=True, slots=True)
class Lately:
    """Counts, by the time that their names end with."""

    table_starts_10m: int
    guest_declines_10m: int
    table_declines_10m: int
    house_tries_10m: int
    house_declines_10m: int
    phones_30m: int
    phone_tables_24h: int
    new_tables_10m: int
    tables: int
    card_guests_24h: int


async def note(database: Database, row: CardTry) -> bool:
    """Keep that a card was tried; False if that was known."""
    async with database.write() as session:
        return await insert_once(session, row)


async def lately(
    database: Database, restaurant_id: str, table_id: str, stream: str, guest: str, now: datetime
) -> Lately:
    """Everything that can be counted for one guest of one table, in one look."""
    query = sa.select(
        _starts(table_id, now),
        *_tries(restaurant_id, table_id, guest, now),
        _count(GuestSession.id, col(GuestSession.stream) == stream, col(GuestSession.created_at) > now - HALF_AN_HOUR),
        _phone_tables(guest, now),
        _new_tables(restaurant_id, now),
        _count(DiningTable.id, col(DiningTable.restaurant_id) == restaurant_id),
        _card_guests(guest, now),
    )
    (row,) = await database.rows(query)
    return Lately(*(int(value or 0) for value in row))


def _count(what: Any, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.count(what)).where(*where).scalar_subquery()


def _starts(table_id: str, now: datetime) -> sa.ScalarSelect[Any]:
    here = sa.select(col(TableSession.id)).where(
        col(TableSession.table_id) == table_id, col(TableSession.last_at) > now - TEN_MINUTES
    )
    is_lately = col(Payment.created_at) > now - TEN_MINUTES
    return _count(Payment.id, col(Payment.stream).in_(here), col(Payment.method) == "card", is_lately)


def _tries(restaurant_id: str, table_id: str, guest: str, now: datetime) -> Sequence[sa.ScalarSelect[Any]]:
    lately = (col(CardTry.restaurant_id) == restaurant_id, col(CardTry.at) > now - TEN_MINUTES)
    attempt = CardTry.attempt
    return (
        _count(attempt, *lately, DECLINED, col(CardTry.guest_id) == guest),
        _count(attempt, *lately, DECLINED, col(CardTry.table_id) == table_id),
        _count(attempt, *lately),
        _count(attempt, *lately, DECLINED),
    )


def _phone_tables(guest: str, now: datetime) -> sa.ScalarSelect[Any]:
    """At how many visits the phone of this guest was, told by its own name for itself."""
    mine = sa.select(col(GuestSession.device_hash)).where(col(GuestSession.guest_id) == guest)
    return _count(
        sa.distinct(col(GuestSession.stream)),
        col(GuestSession.device_hash).in_(mine),
        col(GuestSession.created_at) > now - DAY,
    )


def _new_tables(restaurant_id: str, now: datetime) -> sa.ScalarSelect[Any]:
    is_new = col(TableSession.opened_at) > now - TEN_MINUTES
    # What was opened lately was changed lately: there is an index for that.
    is_changed = col(TableSession.last_at) > now - TEN_MINUTES
    is_open = col(TableSession.status).in_(("open", "settling", "settled"))
    return _count(TableSession.id, is_open, is_changed, is_new, col(TableSession.restaurant_id) == restaurant_id)


def _card_guests(guest: str, now: datetime) -> sa.ScalarSelect[Any]:
    """How many people used one of the cards that this guest used: of the card that most of them did."""
    mine = sa.select(col(CardTry.card)).where(col(CardTry.guest_id) == guest, col(CardTry.card).is_not(None))
    people = (
        sa.select(sa.func.count(sa.distinct(col(CardTry.guest_id))).label("people"))
        .where(col(CardTry.card).in_(mine), col(CardTry.at) > now - DAY)
        .group_by(col(CardTry.card))
        .subquery()
    )
    return sa.select(sa.func.max(people.c.people)).scalar_subquery()


async def declines(
    database: Database, since: datetime, *, guest: str | None = None, table_id: str | None = None, limit: int = 100
) -> list[tuple[str, str, datetime]]:
    """Declines of one guest or of one table since then, the newest first: payment, attempt and time."""
    of_whom = col(CardTry.guest_id) == guest if guest is not None else col(CardTry.table_id) == table_id
    query = (
        sa.select(col(CardTry.payment_id), col(CardTry.attempt), col(CardTry.at))
        .where(of_whom, DECLINED, col(CardTry.at) > since)
        .order_by(col(CardTry.at).desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in await database.rows(query)]


async def usual_charge(database: Database, restaurant_id: str) -> int:
    """What a card payment of this restaurant usually is, in minor units; 0 while there are too few to say."""
    query = (
        sa.select(col(Payment.amount) + col(Payment.tip))
        .where(col(Payment.restaurant_id) == restaurant_id)
        .where(col(Payment.method) == "card", col(Payment.state) == "succeeded")
        .order_by(col(Payment.created_at).desc())
        .limit(PAID_MAX)
    )
    charges = [int(row[0]) for row in await database.rows(query)]
    return median_low(charges) if len(charges) >= PAID_MIN else 0
