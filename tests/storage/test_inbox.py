import asyncio
from datetime import datetime, timedelta

from sqlmodel import select

from app.storage import inbox
from app.storage.database import Database
from app.storage.tables import InboxRow
from tests.storage.making import NOON

HOUR = timedelta(hours=1)


def event(event_id: str = "evt_1") -> InboxRow:
    return InboxRow(
        source="stripe", event_id=event_id, type="x", object_id="pi_1", body=b"{}", received_at=NOON, next_at=NOON
    )


async def _claimed(database: Database, now: datetime = NOON) -> list[str]:
    return [row.event_id for row in await inbox.claim(database, now)]


async def test_an_event_is_kept_once_however_often_it_comes(database: Database) -> None:
    kept = await asyncio.gather(*(inbox.receive(database, event()) for _ in range(3)))
    assert sorted(kept) == [False, False, True]
    assert await inbox.counts(database) == {"received": 1}


async def test_an_event_is_worked_on_by_one_at_a_time(database: Database) -> None:
    for n in range(6):
        await inbox.receive(database, event(f"evt_{n}"))
    claims = await asyncio.gather(*(inbox.claim(database, NOON, limit=2) for _ in range(4)))
    taken = [row.event_id for claim in claims for row in claim]
    assert len(taken) == len(set(taken)) == 6 - len(await inbox.claim(database, NOON))


async def test_an_event_whose_worker_died_is_due_again(database: Database) -> None:
    await inbox.receive(database, event())
    assert await _claimed(database) == ["evt_1"]
    assert await _claimed(database) == []
    (again,) = await inbox.claim(database, NOON + inbox.LEASE)
    assert (again.event_id, again.attempts) == ("evt_1", 2)


async def test_what_is_done_stays_done(database: Database) -> None:
    await inbox.receive(database, event())
    (row,) = await inbox.claim(database, NOON)
    await inbox.done(database, row, NOON)
    assert not await inbox.failed(database, row, NOON, "too late")
    assert await _claimed(database, NOON + HOUR) == []
    assert await inbox.counts(database) == {"done": 1}
    assert await inbox.oldest_waiting(database) is None


async def test_a_failure_is_tried_again_ever_later(database: Database) -> None:
    await inbox.receive(database, event())
    now, delays = NOON, []
    for _ in range(12):
        (row,) = await inbox.claim(database, now)
        assert not await inbox.failed(database, row, now, "no answer")
        failed_at, now = now, await _next_at(database)
        delays.append((now - failed_at).total_seconds())
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (2, inbox.DELAY_MAX_S)


async def test_after_a_day_of_failures_an_event_is_dead_until_somebody_revives_it(database: Database) -> None:
    await inbox.receive(database, event())
    (row,) = await inbox.claim(database, NOON)
    late = NOON + inbox.GIVE_UP
    assert await inbox.oldest_waiting(database) == NOON
    assert await inbox.failed(database, row, late, "x" * 1000)
    assert await inbox.counts(database) == {"dead": 1}
    assert await _claimed(database, late + HOUR) == []
    assert await inbox.revive(database, "stripe", "evt_1", late)
    assert not await inbox.revive(database, "stripe", "evt_2", late)
    (again,) = await inbox.claim(database, late)
    assert not await inbox.failed(database, again, late, "still")


async def test_what_was_done_long_ago_is_forgotten_and_nothing_else(database: Database) -> None:
    for name in ("evt_old", "evt_new", "evt_waiting", "evt_dead"):
        await inbox.receive(database, event(name))
    rows = {row.event_id: row for row in await inbox.claim(database, NOON)}
    await inbox.done(database, rows["evt_old"], NOON)
    await inbox.done(database, rows["evt_new"], NOON + HOUR)
    assert await inbox.failed(database, rows["evt_dead"], NOON + inbox.GIVE_UP, "no")
    assert await inbox.purge(database, NOON + HOUR) == 1
    assert await inbox.counts(database) == {"done": 1, "received": 1, "dead": 1}


async def _next_at(database: Database) -> datetime:
    async with database.read() as session:
        return (await session.exec(select(InboxRow.next_at))).one()
