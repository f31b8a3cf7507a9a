"""What an operator does from the terminal: look into the inbox, replay events, say that a backup is back."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from app.actions.rounds import ALIVE, COMPARED, RESTORED
from app.storage import findings, inbox, payments, restaurants, schedule
from app.storage.database import Database

SOURCE = "stripe"
STATES = ("received", "dead")


async def waiting(database: Database) -> AsyncIterator[str]:
    """A line for each event that waits or is dead, with its last error."""
    for state in STATES:
        for row in await inbox.listed(database, state):
            since = row.received_at.isoformat(timespec="seconds")
            yield f"{state}  {row.event_id}  {row.type}  {since}  attempts {row.attempts}  {row.error or ''}".rstrip()


async def replay(database: Database, events: Sequence[str], now: datetime, *, all_dead: bool = False) -> list[str]:
    """Have these events worked on again, or all that are dead; the ids of those that there are."""
    dead = [row.event_id for row in await inbox.listed(database, "dead", limit=10_000)] if all_dead else []
    revived = [event for event in (*events, *dead) if await inbox.revive(database, SOURCE, event, now)]
    for event in revived:
        await findings.resolve(database, "dead_event", event, now)
    return revived


async def found(database: Database) -> AsyncIterator[str]:
    """A line for each open finding of the whole server, the newest first."""
    before = None
    while page := await findings.listed(database, state="open", before=before):
        for row in page:
            facts = ", ".join(f"{name} {value}" for name, value in row.facts.items())
            yield f"{row.kind}  {row.subject}  {row.restaurant_id or '-'}  seen {row.seen}  {facts}"
        before = page[-1].id


async def restored(database: Database, epoch: str, now: datetime) -> tuple[int, int]:
    """A backup is back and no node runs. How many visits phones look at afresh, and how many calls are in doubt.

    What was planned may have been sent since, under a key that may be too old by now: it is looked up, not sent. The
    first node that starts compares everything since the backup with the provider.
    """
    last = [await schedule.last_done(database, ALIVE), await restaurants.last_change(database)]
    since = min((at for at in last if at), default=now - COMPARED)
    calls = await payments.assume_sent(database)
    await schedule.say(database, RESTORED, min(since, now - timedelta(minutes=1)))
    return await restaurants.renew_epochs(database, epoch), calls
