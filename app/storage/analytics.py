"""Payments as figures: what managers look at, without a single bill being folded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from app.storage.database import Database
from app.storage.tables import Payment


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment that succeeded."""

    stream: str
    method: str
    at: datetime
    amount: int
    tip: int
    captured: int
    refunded: int


async def paid(database: Database, restaurant: str, start: datetime, end: datetime) -> Sequence[Paid]:
    """The payments that started from `start` until before `end` and succeeded, in their order."""
    columns = (Payment.stream, Payment.method, Payment.created_at, Payment.amount, Payment.tip, Payment.captured)
    query = (
        sa.select(*(col(each) for each in columns), col(Payment.refunded))
        .where(*_within(restaurant, start, end), col(Payment.state) == "succeeded")
        .order_by(col(Payment.created_at))
    )
    return [Paid(*row) for row in await database.rows(query)]


async def ends(database: Database, restaurant: str, start: datetime, end: datetime) -> dict[str, int]:
    """How many card payments of that time are in each state."""
    query = (
        sa.select(col(Payment.state), sa.func.count())
        .where(*_within(restaurant, start, end), col(Payment.method) == "card")
        .group_by(col(Payment.state))
    )
    return {row[0]: row[1] for row in await database.rows(query)}


async def declines(database: Database, restaurant: str, start: datetime, end: datetime) -> dict[str, int]:
    """How many payments of that time had a card declined, by the newest reason."""
    query = (
        sa.select(col(Payment.decline_code), sa.func.count())
        .where(*_within(restaurant, start, end), col(Payment.decline_code).is_not(None))
        .group_by(col(Payment.decline_code))
    )
    return {row[0]: row[1] for row in await database.rows(query)}


def _within(restaurant: str, start: datetime, end: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(Payment.restaurant_id) == restaurant,
        col(Payment.created_at) >= start,
        col(Payment.created_at) < end,
    )
