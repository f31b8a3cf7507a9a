"""What nobody waits for: stored events, calls in doubt, payments to look at, shares whose time is over, idle visits.

Once an hour what nobody will ask for again is forgotten.

Every process runs one worker; rows are leased when they are taken, so that many of them never do the same thing twice,
and doing a thing twice would be the same as doing it once. A worker survives whatever its work raises.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from app.actions import bills, bookings, calls, errors, groups, hold_looks, refund_looks, remedies, visits, webhooks
from app.actions.attending import attend
from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.actions.rounds import Rounds
from app.payments.gateway import GatewayError, Unknown
from app.storage import holds, idempotency, inbox, payments, refunds, restaurants, tenders, waiting
from app.storage.tables import InboxRow, Payment
from app.telemetry import bind_trace

log = structlog.get_logger()

INTERVAL_S = 1.0
PAUSE_MAX_S = 30.0
EXPIRED_AGAIN = timedelta(seconds=10)
VISITS_EVERY = timedelta(seconds=30)
SWEEP_EVERY = timedelta(hours=1)
LOOK_AGAIN = timedelta(seconds=60)
ATTENDED_MAX = 4096
PATIENCE_S = 1.0
BUSY_MAX = 32
AT_ONCE = 8
"""What is claimed at once is begun at once, so that no lease ends before its work began."""


class Worker:
    """One round after another, at once when `desk.wake` rings, else every `interval_s` seconds."""

    def __init__(self, desk: Desk, *, interval_s: float = INTERVAL_S) -> None:
        self._desk = desk
        self._interval_s = interval_s
        self._attended: dict[str, datetime] = {}
        self._away = False
        self._rounds = Rounds(desk)
        self._busy: dict[asyncio.Task[None], None] = {}  # In their order, so that what is cancelled is too.
        self._patience_s: float | None = None
        self._visited_at: datetime | None = None
        self._swept_at: datetime | None = None
        self._takers: dict[waiting.Kind, Callable[[], Awaitable[int]]] = {
            "events": self._events,
            "calls": self._calls,
            "looks": self._looks,
            "expiries": self._expiries,
            "reminders": self._reminders,
            "holds": self._holds,
            "remedies": self._remedies,
        }

    async def run(self) -> None:
        """Work until cancelled."""
        self._patience_s = PATIENCE_S
        try:
            await self._work_on()
        finally:
            for task in self._busy:
                task.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)

    async def _work_on(self) -> None:
        pause_s = self._interval_s
        while True:
            while len(self._busy) > BUSY_MAX:
                await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            self._desk.wake.clear()
            try:
                done = await self.run_once()
                pause_s = 0 if done else self._interval_s
            except Exception:
                # The database is away, most likely: it is asked again, ever more patiently.
                log.exception("a round of jobs failed")
                pause_s = min(PAUSE_MAX_S, 2 * max(pause_s, self._interval_s))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._desk.wake.wait()

    async def run_once(self) -> int:
        """One round: everything that is due now. Answers with how many things were done."""
        await self._probe()
        due, done = await self._due(), 0
        for kind, take in self._takers.items():
            if kind in due and (taken := await take()):
                done += taken
                due = await self._due()  # What was done a moment ago may have made something else due.
        await self._visits()
        await self._sweep()
        await self._each(["rounds"], lambda _: self._rounds.run_due())
        return done

    async def _due(self) -> frozenset[waiting.Kind]:
        return await waiting.kinds(self._desk.database, self._desk.now())

    async def _probe(self) -> None:
        """While the provider does not answer it is asked by nobody but this, and what waits for it goes on at once."""
        gateway = self._desk.gateway
        if gateway.held_back_s():
            self._away = True
            await gateway.ping()
        if self._away and not gateway.held_back_s():
            self._away = False
            now = self._desk.now()
            sent, events = await payments.hurry(self._desk.database, now), await inbox.hurry(self._desk.database, now)
            log.warning("the provider answers again", calls=sent, events=events)

    async def _events(self) -> int:
        claimed = await inbox.claim(self._desk.database, self._desk.now(), limit=AT_ONCE)
        rows = {row.event_id: row for row in claimed}
        return await self._each(list(rows), lambda event: self._event(rows[event]))

    async def _event(self, row: InboxRow) -> None:
        desk = self._desk
        try:
            await webhooks.process(desk, row)
        except Unknown as doubt:
            log.warning("the provider does not answer", type=row.type, attempts=row.attempts, reason=doubt.reason)
            await self._failed(row, f"{type(doubt).__name__}: {doubt.reason}")
        except Exception as error:
            log.exception("an event could not be worked on", type=row.type, attempts=row.attempts)
            await self._failed(row, type(error).__name__)
        else:
            await inbox.done(desk.database, row, desk.now())
            desk.measures.worked_on(webhooks.created_at(row), desk.now())

    async def _failed(self, row: InboxRow, error: str) -> None:
        desk = self._desk
        if await inbox.failed(desk.database, row, desk.now(), error, jitter=desk.chance.random()):
            log.critical("an event is given up", type=row.type, id=row.event_id)
            facts = {"type": row.type, "object": row.object_id or "", "error": error, "attempts": row.attempts}
            await raise_finding(desk, "dead_event", row.event_id, facts=facts)

    async def _calls(self) -> int:
        rows = await payments.claim_calls(self._desk.database, self._desk.now(), limit=AT_ONCE)
        leases = {row.key: row.next_at for row in rows}
        return await self._each(list(leases), lambda key: calls.send(self._desk, key, lease=leases[key]))

    async def _looks(self) -> int:
        rows = await payments.claim_looks(self._desk.database, self._desk.now(), limit=AT_ONCE)
        return await self._each([row.id for row in rows], self._look)

    async def _look(self, payment: str) -> None:
        try:
            await attend(self._desk, payment)
        except Unknown:
            # A look that saw nothing was none: the next one may be hours away.
            await payments.look_at(self._desk.database, payment, self._desk.now() + LOOK_AGAIN)
            raise

    async def _expiries(self) -> int:
        rows = await payments.expired(self._desk.database, self._desk.now())
        return await self._each([row.id for row in rows if self._is_due(row)], lambda it: attend(self._desk, it))

    async def _holds(self) -> int:
        rows = await holds.claim_due(self._desk.database, self._desk.now(), limit=AT_ONCE)
        return await self._each([row.id for row in rows], lambda hold: hold_looks.attend(self._desk, hold))

    async def _remedies(self) -> int:
        """Money that goes back by itself, and refunds that are under way."""
        desk = self._desk
        due = {row.stream: row for row in await refunds.claim_remedies(desk.database, desk.now(), limit=AT_ONCE)}
        looks = await refunds.claim_looks(desk.database, desk.now(), limit=AT_ONCE)
        done = await self._each(list(due), lambda stream: remedies.put_right(desk, due[stream]))
        return done + await self._each([row.id for row in looks], self._look_at_refund)

    async def _look_at_refund(self, refund: str) -> None:
        try:
            await refund_looks.observe_refund(self._desk, refund)
        except Unknown:
            await refunds.look_at(self._desk.database, refund, self._desk.now() + LOOK_AGAIN)
            raise

    async def _reminders(self) -> int:
        rows = {row.id: row for row in await tenders.claim_reminders(self._desk.database, self._desk.now())}
        return await self._each(list(rows), lambda group: groups.remind_due(self._desk, rows[group]))

    def _is_due(self, row: Payment) -> bool:
        """An expired payment stays in the list until the provider let go of it: not every second is worth a look."""
        now = self._desk.now()
        if now - self._attended.get(row.id, now - EXPIRED_AGAIN) < EXPIRED_AGAIN:
            return False
        if len(self._attended) >= ATTENDED_MAX:
            self._attended.clear()
        self._attended[row.id] = now
        return True

    async def _each(self, subjects: Sequence[str], work: Callable[[str], Awaitable[None]]) -> int:
        """Do `work` for each, a few at once; one that fails is taken up again when its lease is over.

        What takes longer than our patience goes on beside the next round: it must not hold up everything else.
        """
        places = asyncio.Semaphore(AT_ONCE)

        async def one(subject: str) -> None:
            async with places:
                with bind_trace(subject):
                    await _attempt(subject, work)

        tasks = [asyncio.create_task(one(subject)) for subject in subjects]
        for task in tasks:
            self._busy[task] = None
            task.add_done_callback(self._busy.pop)
        if tasks:
            await asyncio.wait(tasks, timeout=self._patience_s)
        return len(subjects)

    async def _visits(self) -> None:
        """End visits that nothing keeps open: paid and left alone, or idle with nothing owed."""
        desk, now = self._desk, self._desk.now()
        if self._visited_at is not None and now - self._visited_at < VISITS_EVERY:
            return
        self._visited_at = now
        await bookings.lapse(desk)
        shortest = min(desk.policies.session_grace, desk.policies.session_idle)
        for row in await restaurants.idle_sessions(desk.database, now - shortest):
            await self._each([row.id], self._end_if_stale)

    async def _sweep(self) -> None:
        """Forget answers to requests and stored events whose time of keeping is over."""
        desk, now = self._desk, self._desk.now()
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now
        answers = await idempotency.purge(desk.database, now)
        events = await inbox.purge(desk.database, now - desk.policies.webhooks_kept)
        if answers or events:
            log.info("old rows are forgotten", answers=answers, events=events)

    def figures(self) -> dict[str, float]:
        """What waits, what was found and what was counted, for the metrics; not older than half a minute."""
        return {**self._rounds.figures, **self._desk.tally, "circuit_open": float(self._desk.gateway.held_back_s() > 0)}

    async def _end_if_stale(self, stream: str) -> None:
        with suppress(errors.NotFound):
            bill = (await bills.newest(self._desk, stream)).bill
            if visits.standing(bill, self._desk.now(), self._desk.policies) == "stale":
                await visits.end(self._desk, stream, "time is over")


async def _attempt(subject: str, work: Callable[[str], Awaitable[None]]) -> None:
    try:
        await work(subject)
    except GatewayError as error:
        log.warning("the provider does not answer", subject=subject, error=repr(error))
    except Exception:
        log.exception("a job failed", subject=subject)


async def run_once(desk: Desk) -> int:
    """One round of a fresh worker: what is due now, once."""
    return await Worker(desk).run_once()
