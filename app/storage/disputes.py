"""Disputes beside the log."""

from collections.abc import Sequence

from sqlmodel import col, select

from app.storage.database import Database
from app.storage.tables import Dispute

PAGE_MAX = 100


async def dispute(database: Database, dispute_id: str) -> Dispute | None:
    """One dispute, by the provider's id."""
    async with database.read() as session:
        return await session.get(Dispute, dispute_id)


async def of_payment(database: Database, payment_id: str) -> Sequence[Dispute]:
    """The disputes of one payment, in the order in which they came."""
    query = select(Dispute).where(Dispute.payment_id == payment_id).order_by(col(Dispute.opened_at))
    async with database.read() as session:
        return (await session.exec(query)).all()


async def listed(
    database: Database,
    restaurant: str,
    *,
    is_open: bool | None = None,
    payment: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Dispute]:
    """A page of the restaurant's, the newest first; `before` is the last one of the page before."""
    query = select(Dispute).where(Dispute.restaurant_id == restaurant)
    if is_open is not None:
        named = col(Dispute.state).in_(("open", "unknown"))
        query = query.where(named if is_open else ~named)
    if payment:
        query = query.where(Dispute.payment_id == payment)
    async with database.read() as session:
        if before and (last := await session.get(Dispute, before)):
            older = col(Dispute.opened_at) < last.opened_at
            query = query.where(older | ((col(Dispute.opened_at) == last.opened_at) & (col(Dispute.id) < last.id)))
        newest = query.order_by(col(Dispute.opened_at).desc(), col(Dispute.id).desc())
        return (await session.exec(newest.limit(min(limit, PAGE_MAX)))).all()
