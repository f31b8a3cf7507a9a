"""Gift cards, what they were used for, what the menu sells of them, and people who pay together."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database, execute
from app.storage.tables import GiftCard, GiftCardUse, GroupPayment

LEASE = timedelta(seconds=30)


async def card(database: Database, card_id: str) -> GiftCard | None:
    """One gift card."""
    async with database.read() as session:
        return await session.get(GiftCard, card_id)


async def by_code(database: Database, restaurant_id: str, code_hash: bytes) -> GiftCard | None:
    """The gift card of a restaurant that a code belongs to."""
    query = select(GiftCard).where(GiftCard.code_hash == code_hash, GiftCard.restaurant_id == restaurant_id)
    async with database.read() as session:
        return (await session.exec(query)).one_or_none()


async def sold_with(database: Database, payment_id: str) -> list[GiftCard]:
    """What a payment granted."""
    query = select(GiftCard).where(GiftCard.payment_id == payment_id).order_by(col(GiftCard.id))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def cards(
    database: Database, restaurant_id: str, *, state: str | None = None, before: str | None = None, limit: int = 50
) -> list[GiftCard]:
    """The gift cards of a restaurant, the newest first."""
    query = select(GiftCard).where(GiftCard.restaurant_id == restaurant_id)
    query = query.where(GiftCard.state == state) if state else query
    query = query.where(col(GiftCard.id) < before) if before else query
    async with database.read() as session:
        return list((await session.exec(query.order_by(col(GiftCard.id).desc()).limit(limit))).all())


async def uses_of(database: Database, card_ids: Sequence[str]) -> dict[str, list[GiftCardUse]]:
    """What each of these cards was used for, the oldest first."""
    query = select(GiftCardUse).where(col(GiftCardUse.card_id).in_(card_ids)).order_by(col(GiftCardUse.created_at))
    found: dict[str, list[GiftCardUse]] = {card_id: [] for card_id in card_ids}
    async with database.read() as session:
        for use in (await session.exec(query)).all():
            found[use.card_id].append(use)
    return found


async def use_of(database: Database, payment_id: str) -> GiftCardUse | None:
    """What a payment took from which card."""
    async with database.read() as session:
        return await session.get(GiftCardUse, payment_id)


async def change_card(database: Database, card_id: str, values: Mapping[str, Any]) -> None:
    """Set some columns of a card."""
    query = sa.update(GiftCard).where(col(GiftCard.id) == card_id).values(**values)
    async with database.write() as session:
        await execute(session, query)


async def overfull(database: Database) -> list[str]:
    """Cards that hold more than they were sold with, less what they paid and did not get back.

    A use is kept as long as its visit; so a card may well hold less than what is left of it here.
    """
    gone = sa.func.coalesce(sa.func.sum(col(GiftCardUse.amount) - col(GiftCardUse.returned)), 0)
    query = (
        sa.select(col(GiftCard.id))
        .outerjoin(GiftCardUse, col(GiftCardUse.card_id) == col(GiftCard.id))
        .where(col(GiftCard.balance).is_not(None))
        .group_by(col(GiftCard.id), col(GiftCard.balance), col(GiftCard.value))
        .having(col(GiftCard.balance) > col(GiftCard.value) - gone)
    )
    async with database.read() as session:
        return [row[0] for row in await execute(session, query)]


async def group(database: Database, group_id: str) -> GroupPayment | None:
    """One group."""
    async with database.read() as session:
        return await session.get(GroupPayment, group_id)


async def claim_reminders(database: Database, now: datetime, limit: int = 20) -> list[GroupPayment]:
    """Take groups whose people are to be reminded; nobody else gets them before the lease is over."""
    query = (
        select(GroupPayment)
        .where(GroupPayment.state == "open", col(GroupPayment.remind_at) <= now)
        .order_by(col(GroupPayment.remind_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with database.write() as session:
        due = list((await session.exec(query)).all())
        for row in due:
            row.remind_at = now + LEASE
    return due
