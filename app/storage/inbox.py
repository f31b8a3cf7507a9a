"""Events that others sent us: stored once before they are acknowledged, worked on later, tried again for a day."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database, execute, insert_once
from app.storage.tables import InboxRow

LEASE = timedelta(seconds=25)
"""How long the one who works on an event has before somebody else may take it over: it is done within half a minute
even where a process died over it."""

GIVE_UP = timedelta(hours=24)
"""After this long without success an event is dead: it waits for a person."""

DELAY_MIN_S = 1
DELAY_MAX_S = 15 * 60


PAYLOAD = "inbox.payload"
"""What a sealed payload is bound to, beside its event."""


async def receive(database: Database, row: InboxRow) -> bool:
    """Keep an event; False if it is there already. Its payload may be about people: it is sealed on its way in."""
    if row.payload is not None:
        row.payload = database.sealer.seal_bytes(row.payload, PAYLOAD, row.event_id)
    async with database.write() as session:
        return await insert_once(session, row)


async def claim(database: Database, now: datetime, limit: int = 20, lease: timedelta = LEASE) -> list[InboxRow]:
    """Take events that are due; nobody else gets them before `lease` is over."""
    query = (
        select(InboxRow)
        .where(InboxRow.state == "received", InboxRow.next_at <= now)
        .order_by(col(InboxRow.next_at), col(InboxRow.event_id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with database.write() as session:
        due = list((await session.exec(query)).all())
        for row in due:
            row.attempts += 1
            row.next_at = now + lease
    return due


async def done(database: Database, row: InboxRow, now: datetime) -> None:
    """It was worked on. The rest of it may go when its time of keeping is over."""
    await _change(database, row, state="done", done_at=now, error=None)


async def failed(database: Database, row: InboxRow, now: datetime, error: str, *, jitter: float = 1.0) -> bool:
    """Try it again later, ever later; `jitter` (0 to 1) spreads that. True if it is dead now, after a day of trying."""
    is_dead = now - row.received_at >= GIVE_UP
    delay = min(DELAY_MAX_S, DELAY_MIN_S * 2 ** min(row.attempts, 20))
    next_at = now + timedelta(seconds=max(DELAY_MIN_S, delay * jitter))
    state = "dead" if is_dead else "received"
    await _change(database, row, state=state, next_at=next_at, error=error[:500])
    return is_dead


async def revive(database: Database, source: str, event_id: str, now: datetime) -> bool:
    """Have a dead (or done) event worked on again; False if there is none of that name."""
    query = (
        sa.update(InboxRow)
        .where(col(InboxRow.source) == source, col(InboxRow.event_id) == event_id)
        .values(state="received", next_at=now, received_at=now, attempts=0, done_at=None)
        .returning(col(InboxRow.event_id))
    )
    async with database.write() as session:
        return (await execute(session, query)).first() is not None


async def hurry(database: Database, now: datetime) -> int:
    """What was tried in vain is due at once: what was away is back. Says how much that is."""
    query = (
        sa.update(InboxRow)
        .where(col(InboxRow.state) == "received", col(InboxRow.error).is_not(None), col(InboxRow.next_at) > now + LEASE)
        .values(next_at=now)
    )
    async with database.write() as session:
        return (await execute(session, query)).rowcount


async def listed(database: Database, state: str, limit: int = 100) -> list[InboxRow]:
    """Events in one state, the oldest first."""
    query = select(InboxRow).where(InboxRow.state == state).order_by(col(InboxRow.received_at)).limit(limit)
    async with database.read() as session:
        return list((await session.exec(query)).all())


def payload(database: Database, row: InboxRow) -> bytes | None:
    """The event as it came, where it is still kept. Raises `Unsealable`."""
    if row.payload is None:
        return None
    return database.sealer.open_bytes(row.payload, PAYLOAD, row.event_id)


async def purge(database: Database, before: datetime) -> int:
    """Forget what was done before that; says how much that was. What waits or is dead stays for somebody to see."""
    query = sa.delete(InboxRow).where(col(InboxRow.state) == "done", col(InboxRow.done_at) < before)
    async with database.write() as session:
        return (await session.exec(query)).rowcount


async def counts(database: Database) -> dict[str, int]:
    """How many events are in each state."""
    query = sa.select(col(InboxRow.state), sa.func.count()).group_by(col(InboxRow.state))
    return {row[0]: row[1] for row in await database.rows(query)}


async def oldest_waiting(database: Database) -> datetime | None:
    """Since when the longest waiting event waits."""
    query = sa.select(sa.func.min(col(InboxRow.received_at))).where(col(InboxRow.state) == "received")
    found: datetime | None = (await database.rows(query))[0][0]
    return found


async def _change(database: Database, row: InboxRow, **values: object) -> None:
    query = (
        sa.update(InboxRow)
        .where(col(InboxRow.source) == row.source, col(InboxRow.event_id) == row.event_id)
        .where(col(InboxRow.state) != "done")
        .values(**values)
    )
    async with database.write() as session:
        await execute(session, query)
