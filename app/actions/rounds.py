"""What is done by the clock rather than by an event: hourly and nightly comparisons, and what was missed meanwhile.

Each round is taken by one node for all of them. One that fails is due again soon.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from app.actions import connect, reconciling, retention, webhooks
from app.actions.desk import Desk
from app.actions.errors import ActionError
from app.payments.gateway import GatewayError
from app.storage import findings, inbox, payments, schedule
from app.storage.appends import Unavailable

log = structlog.get_logger()

EVERY = timedelta(seconds=30)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGAIN_AFTER = timedelta(minutes=10)

COMPARED = timedelta(days=3)
"""How far back a night's comparison goes: days that failed are compared again in the nights after."""

MISSED_AFTER = timedelta(minutes=2)
"""Nodes say that they live every half minute; a longer silence was a pause in which events may have been lost."""

EARLIER = timedelta(hours=1)
KEPT_BY_PROVIDER = timedelta(days=30)

ALIVE, AFTER_PAUSE, RESTORED = "alive", "after a pause", "restored"


async def nightly(desk: Desk) -> None:
    """Compare the last days with the provider."""
    await reconciling.reconcile(desk, desk.now() - COMPARED)


async def hourly(desk: Desk) -> None:
    """Look at what stays open, at findings that may be gone, and at events that did not reach us."""
    await reconciling.find_open_too_long(desk)
    await reconciling.look_again(desk)
    await webhooks.fetch_undelivered(desk, desk.now() - DAY)


ROUNDS: Mapping[str, tuple[timedelta, Callable[[Desk], Awaitable[None]]]] = {
    "fees": (AGAIN_AFTER, connect.book_missing_fees),
    "hourly": (HOUR, hourly),
    "nightly": (DAY, nightly),
    "tidy": (HOUR, retention.tidy),
}


class Rounds:
    """The rounds of one process, looked at twice a minute; `figures` are as of then."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._at: datetime | None = None
        self._is_new = True
        self._is_busy = False
        self._missed_since: datetime | None = None
        self.figures: dict[str, float] = {}

    async def run_due(self) -> None:
        """Do the rounds that are due, and say that somebody is here."""
        now = self._desk.now()
        if self._is_busy or (self._at is not None and now - self._at < EVERY):
            return
        self._at, self._is_busy = now, True
        try:
            await self._run()
        finally:
            self._is_busy = False

    async def _run(self) -> None:
        desk = self._desk
        if self._is_new:
            self._missed_since, self._is_new = await missed_since(desk), False
        if self._missed_since is not None and await _is_done(desk, AFTER_PAUSE, self._catch_up):
            self._missed_since = None
            await schedule.forget(desk.database, RESTORED)
        later = await schedule.upcoming(desk.database, desk.now())
        for name, (every, work) in ROUNDS.items():
            if name not in later and await schedule.take(desk.database, name, desk.now(), every, at_once=False):
                await _is_done(desk, name, work)
        await schedule.say(desk.database, ALIVE, desk.now())
        self.figures = await figures(desk)

    async def _catch_up(self, desk: Desk) -> None:
        """Lost events are fetched, and everything since the pause is compared; what a backup lost is imported."""
        if self._missed_since is not None:
            await webhooks.fetch_undelivered(desk, self._missed_since)
            await reconciling.reconcile(desk, self._missed_since)


async def missed_since(desk: Desk) -> datetime | None:
    """Since when nobody was here, where that was long and this node is the one to see to it.

    A restored backup looks like a pause since it was made; said to be one, every node that starts sees to it until it
    is done.
    """
    if restored := await schedule.last_done(desk.database, RESTORED):
        log.warning("a backup was restored", since=restored.isoformat())
        return max(restored - EARLIER, desk.now() - KEPT_BY_PROVIDER)
    last, now = await schedule.last_done(desk.database, ALIVE), desk.now()
    if last is None or now - last <= MISSED_AFTER:
        return None
    if not await schedule.take(desk.database, AFTER_PAUSE, now, MISSED_AFTER):
        return None
    log.warning("nobody was here for a while", since=last.isoformat())
    return max(last - EARLIER, now - KEPT_BY_PROVIDER)


async def _is_done(desk: Desk, name: str, work: Callable[[Desk], Awaitable[None]]) -> bool:
    """Whether a round came to its end; if not, it is due again soon."""
    try:
        await work(desk)
    except (GatewayError, Unavailable, ActionError) as error:
        log.warning("a round is not done to its end", round=name, error=repr(error))
        await schedule.again(desk.database, name, desk.now() + AGAIN_AFTER)
        return False
    await schedule.done(desk.database, name, desk.now())
    return True


async def figures(desk: Desk) -> dict[str, float]:
    """What waits and what was found, for the metrics."""
    database, now = desk.database, desk.now()
    found = await findings.counts(database)
    events = await inbox.counts(database)
    calls, oldest_call = await payments.oldest_open_call(database)
    oldest_event = await inbox.oldest_waiting(database)
    return {
        "findings_open": sum(found.values()),
        **{f"findings_{kind}": count for kind, count in found.items()},
        "inbox_waiting": events.get("received", 0),
        "inbox_dead": events.get("dead", 0),
        "inbox_oldest_s": _age_s(oldest_event, now),
        "calls_open": calls,
        "calls_oldest_s": _age_s(oldest_call, now),
    }


def _age_s(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0
