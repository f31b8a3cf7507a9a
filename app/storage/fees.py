"""What the provider or the platform kept of payments, booked when it is known."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from app.domain.ledger import STRIPE
from app.storage import ledger
from app.storage.database import Database, execute
from app.storage.tables import Payment

KIND = "fee"


async def book(
    database: Database, row: Payment, account: str, fee: int, now: datetime, *, destination: str | None
) -> bool:
    """Bring what the ledger has of a payment's fee to `fee`; False where it says so already.

    The amount is absolute: it may be said again and again, and a fee that was given back in part is a lower one.
    `destination` is the account that the money was passed on to, if it was.
    """
    async with database.write() as session:
        # Locks the row on PostgreSQL: two nodes that heard the same news book it once.
        query = select(Payment.fee).where(Payment.id == row.id).with_for_update()
        before = (await session.exec(query)).one()
        if fee == before:
            return False
        more = fee - (before or 0)
        entries = ledger.entries(
            f"{KIND}:{row.id}:{before or 0}:{fee}",
            KIND,
            {account: more, STRIPE: -more},
            restaurant=row.restaurant_id,
            currency=row.currency,
            at=now,
            stream=row.stream,
        )
        await ledger.book(session, entries)
        await execute(
            session, sa.update(Payment).where(col(Payment.id) == row.id).values(fee=fee, destination=destination)
        )
    return True


async def missing(database: Database, since: datetime, before: datetime, limit: int = 50) -> list[str]:
    """Card payments that succeeded and were last changed in that time, of whose fee nobody has heard."""
    query = (
        sa.select(col(Payment.id))
        .where(
            col(Payment.state) == "succeeded",
            col(Payment.charge_id).is_not(None),
            col(Payment.fee).is_(None),
            col(Payment.updated_at) >= since,
            col(Payment.updated_at) < before,
        )
        .order_by(col(Payment.id))
        .limit(limit)
    )
    return [row[0] for row in await database.rows(query)]
