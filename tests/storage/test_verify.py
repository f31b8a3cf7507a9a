from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from app.domain.events import Event
from app.storage.database import Database, execute
from app.storage.log import Log, Put
from app.storage.verify import Replayed, verify
from tests.storage.making import append, command, facts, opening, payment

SUMMARY = {"total": 7}
PAYMENTS = {"p1": {"state": "initiated", "captured": 0}}


def replay(events: Sequence[Event]) -> Replayed:
    """What the streams of these tests say: all of them the same."""
    broken = ((2, "a cent is missing"),) if len(events) == 13 else ()
    return Replayed(status="settling", table_id="t1", summary=SUMMARY, payments=PAYMENTS, broken=broken)


@pytest.fixture
async def whole(log: Log) -> Log:
    rows = (Put(payment("s1", id="p1")),)
    await log.append(opening("s1", facts=facts(1, 2), status="settling", summary=SUMMARY, rows=rows))
    await log.append(append("s1", 2, status="settling", summary=SUMMARY, command=command(1)))
    return log


async def test_books_that_agree_with_the_log_are_clean(database: Database, whole: Log) -> None:
    report = await verify(database, replay)
    assert report.is_clean
    assert (report.streams, report.events) == (1, 3)


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        ("UPDATE table_sessions SET status = 'settled'", "the row is settled, the log settling"),
        ("UPDATE table_sessions SET table_id = 't2'", "the row is at table t2, the log at t1"),
        ("""UPDATE table_sessions SET summary = '{"total": 8}'""", "the row's summary is not the log's"),
        ("UPDATE table_sessions SET version = 4", "the head is at 4, the last event at 3"),
        ("UPDATE payments SET state = 'awaiting'", "payment p1 differs from the log in state"),
        ("UPDATE payments SET refunded = 1", "payment p1 has more refunded than captured"),
        ("UPDATE payments SET id = 'p2'", "payment p2 is not in the log"),
        ("DELETE FROM payments", "payment p1 has no row"),
        ("DELETE FROM commands", "command phone:1 is not remembered"),
    ],
)
async def test_a_row_that_says_otherwise_is_found(database: Database, whole: Log, edit: str, what: str) -> None:
    async with database.write() as session:
        await execute(session, sa.text(edit))
    assert what in [fault.what for fault in (await verify(database, replay)).faults]


async def test_events_without_their_stream_are_found(database: Database, whole: Log) -> None:
    async with database.write() as session:
        await execute(session, sa.text("DELETE FROM payments"))
        await execute(session, sa.text("DELETE FROM table_sessions"))
    report = await verify(database, replay)
    assert [(fault.stream, fault.what) for fault in report.faults] == [("s1", "events of a stream that is not there")]


async def test_a_broken_invariant_is_reported_at_its_event(database: Database, whole: Log) -> None:
    more = append("s1", 3, facts=facts(*range(10)), status="settling", summary=SUMMARY)
    await whole.append(more)
    report = await verify(database, replay)
    assert [(fault.seq, fault.what) for fault in report.faults] == [(2, "a cent is missing")]


async def test_every_stream_is_looked_at_however_many_there_are(database: Database, whole: Log) -> None:
    for n in range(230):
        await whole.append(opening(f"x{n:03}", "t3", status="closed"))
    assert (await verify(database, replay)).streams == 231
