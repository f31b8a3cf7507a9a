"""Booking what happened before there was a ledger: once, after the migration that brought it."""

import structlog

from app.actions.desk import Step
from app.actions.projections import bookings
from app.domain.bill import EMPTY
from app.domain.events import Event
from app.domain.evolve import evolve
from app.storage import ledger, restaurants
from app.storage.batch import cause_of
from app.storage.database import Database
from app.storage.log import Log
from app.storage.tables import LedgerEntry, TableSession

log = structlog.get_logger()


async def book_missing(database: Database) -> int:
    """Book every event of the visits of which nothing is booked; answers how many visits that were.

    What is there already stays as it is, so that it may be done again, and while nodes run.
    """
    done = 0
    async with Log(database) as events:
        for stream in await ledger.unbooked(database):
            row = await restaurants.table_session(database, stream)
            if row is not None and (rows := _entries(row, await events.since(stream))):
                await ledger.book_once(database, rows)
                done += 1
    if done:
        log.info("visits from before the ledger are booked", visits=done)
    return done


def _entries(row: TableSession, events: list[Event]) -> list[LedgerEntry]:
    bill, entries = EMPTY, list[LedgerEntry]()
    for event in events:
        step = Step(event, bill, evolve(bill, event))
        bill = step.after
        for booking in bookings([step]):
            entries += ledger.entries(
                cause_of(row.id, booking.seq),
                booking.kind,
                booking.amounts,
                restaurant=row.restaurant_id,
                currency=booking.currency,
                at=event.at,
                stream=row.id,
            )
    return entries
