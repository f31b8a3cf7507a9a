from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from app.storage import audit, retention, staff
from app.storage.bookings import Person, person, sealed
from app.storage.database import Database, execute
from app.storage.guests import named
from app.storage.log import Add, Log, Put
from app.storage.payments import planned
from app.storage.restaurants import save
from app.storage.tables import Booking, CardTry, Staff, StaffSession
from app.storage.verify import Replayed, verify
from tests.storage.making import NOON, append, opening, payment, seat

LATER = NOON + timedelta(days=40)


def replay(events: Any) -> Replayed:
    return Replayed(status="closed", table_id="t2", summary={}, payments={"p2": {}})


@pytest.fixture(autouse=True)
async def visits(database: Database, log: Log) -> None:
    """Two visits that ended, one of them with a payment, and one that goes on."""
    for stream, table, status in (("s1", "t1", "open"), ("s2", "t2", "closed"), ("s3", "t3", "abandoned")):
        rows = (Add(seat(stream, stream)), Put(named(database.sealer, stream, f"ana-{stream}", "Ana")))
        paid = (Put(payment(stream, id="p2")),) if stream == "s2" else ()
        await log.append(opening(stream, table, status=status, rows=(*rows, *paid)))


async def count(database: Database, table: str) -> int:
    return int((await database.rows(sa.text(f"SELECT count(*) FROM {table}")))[0][0])


async def test_phones_and_names_go_with_the_visit_that_ended_long_ago(database: Database) -> None:
    assert (await retention.sweep_sessions(database, NOON)).total == 0
    swept = await retention.sweep_sessions(database, LATER)
    assert (swept.guests, swept.names) == (2, 2)
    left = await database.rows(sa.text("SELECT stream FROM guest_sessions UNION ALL SELECT stream FROM guest_names"))
    assert [row[0] for row in left] == ["s1", "s1"]


async def test_who_booked_is_forgotten_with_the_visit_and_not_before_it_was(database: Database) -> None:
    """The visits s2 and s3 began as bookings, closed until somebody comes; that of s3 is for a day far ahead."""
    for stream, days in (("s2", 1), ("s3", 90)):
        row = booking(stream, NOON + timedelta(days=days))
        await save(database, row, sealed(database.sealer, row, Person("Ana Lindt", "ana@example.com")))
    swept = await retention.sweep_sessions(database, LATER)
    assert (swept.guests, swept.names, swept.contacts) == (1, 1, 1)
    assert await person(database, "b-s2") == Person()
    assert await person(database, "b-s3") == Person("Ana Lindt", "ana@example.com")


def booking(stream: str, at: datetime) -> Booking:
    return Booking(
        id=f"b-{stream}", restaurant_id="r1", table_id="t1", stream=stream, guest_id=f"ana-{stream}", starts_at=at,
        ends_at=at, people=2, currency="EUR", cancel_before=at, token_hash=stream.encode(), created_at=NOON,
    )  # fmt: skip


async def test_logins_go_when_they_ended_long_ago(database: Database) -> None:
    anna = Staff(
        id="anna", restaurant_id="r1", email="a@b.c", name="A", role="waiter", password_hash="-", created_at=NOON
    )
    await staff.save(database, anna)
    for name, expires, revoked in (("a", NOON, None), ("b", LATER, NOON), ("c", LATER, None)):
        async with database.write() as session:
            session.add(login(name, expires, revoked))
    assert (await retention.sweep_sessions(database, NOON + timedelta(days=1))).logins == 2
    assert [row[0] for row in await database.rows(sa.text("SELECT id FROM staff_sessions"))] == ["c"]


def login(name: str, expires: datetime, revoked: datetime | None) -> StaffSession:
    hashed = name.encode()
    return StaffSession(
        id=name, staff_id="anna", token_hash=hashed, created_at=NOON, expires_at=expires, revoked_at=revoked
    )


async def test_tries_with_cards_go_after_their_time(database: Database) -> None:
    async with database.write() as session:
        for days in (0, 39):
            session.add(card_try(NOON + timedelta(days=days)))
    assert (await retention.sweep_sessions(database, NOON + timedelta(days=10))).cards == 1


def card_try(at: datetime) -> CardTry:
    return CardTry(
        payment_id="p2", attempt=str(at), stream="s2", restaurant_id="r1", table_id="t2", outcome="declined", at=at
    )


async def test_a_visit_is_forgotten_with_all_that_names_it_and_leaves_its_head(database: Database, log: Log) -> None:
    head = await log.head("s2")
    assert head is not None
    assert await retention.forgettable(database, LATER) == ["s2", "s3"]
    assert await retention.forget(database, "s2", LATER, LATER)
    assert [await count(database, table) for table in ("payments", "events", "forgotten")] == [0, 2, 1]
    ((kept, version),) = await database.rows(sa.text("SELECT head_hash, version FROM forgotten"))
    assert (bytes(kept), version) == (head.hash, head.version)
    (entry,) = await audit.newest(database, "r1")
    assert (entry.entry.what, entry.entry.subject) == ("visit.forgotten", "s2")
    assert entry.entry.detail["hash"] == head.hash.hex()


async def test_the_books_are_clean_after_something_was_forgotten(database: Database) -> None:
    await retention.forget(database, "s3", LATER, LATER)
    about = [fault.stream for fault in (await verify(database, replay)).faults]
    assert "s3" not in about
    assert not [stream for stream in about if stream.startswith("audit")]


@pytest.mark.parametrize(("stream", "before"), [("s1", LATER), ("s2", NOON - timedelta(days=1)), ("nobody", LATER)])
async def test_what_goes_on_or_is_not_old_enough_stays(database: Database, stream: str, before: datetime) -> None:
    assert not await retention.forget(database, stream, before, LATER)
    assert stream not in await retention.forgettable(database, before)
    assert await count(database, "forgotten") == 0


async def test_a_visit_with_an_open_call_is_not_due(database: Database, log: Log) -> None:
    call = planned(key="k", operation="cancel", subject="p2", stream="s2", parameters={}, now=NOON)
    await log.append(append("s2", 1, status="closed", rows=(Add(call),)))
    assert await retention.forgettable(database, LATER) == ["s3"]


FORGET = """INSERT INTO forgotten SELECT id, restaurant_id, version{more}, head_hash, opened_at, last_at, last_at
FROM table_sessions WHERE id = '{stream}'"""
EDITS = [
    ("DELETE FROM events WHERE stream = 's2'", "events are never edited"),
    ("UPDATE events SET kind = 'x'", "events are never edited"),
    (FORGET.format(stream="s1", more=""), "only a visit that has ended"),
    (FORGET.format(stream="s2", more=" + 1"), "only a visit that has ended"),
]


@pytest.mark.parametrize(("statement", "says"), EDITS)
async def test_the_database_lets_events_go_in_no_other_way(database: Database, statement: str, says: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=says):
        async with database.write() as session:
            await execute(session, sa.text(statement))


@pytest.mark.parametrize("statement", ["UPDATE forgotten SET version = 1", "DELETE FROM forgotten"])
async def test_what_is_left_of_a_visit_is_never_edited(database: Database, statement: str) -> None:
    await retention.forget(database, "s2", LATER, LATER)
    with pytest.raises(sa.exc.DBAPIError, match="never edited"):
        async with database.write() as session:
            await execute(session, sa.text(statement))


async def test_a_visit_forgotten_in_secret_is_found(database: Database) -> None:
    async with database.write() as session:
        await execute(session, sa.text(FORGET.format(stream="s3", more="")))
        await execute(session, sa.text("DELETE FROM events WHERE stream = 's3'"))
    assert ("s3", "forgotten otherwise than the audit log says") in [
        (fault.stream, fault.what) for fault in await retention.faults(database)
    ]


async def test_the_audit_log_may_be_forgotten_before_what_it_says_was(database: Database) -> None:
    await retention.forget(database, "s2", LATER, LATER)
    assert await audit.forget(database, LATER + timedelta(days=1), LATER + timedelta(days=2)) == 1
    assert await retention.faults(database) == []


def test_whatever_leans_on_a_visit_goes_with_it_and_before_what_it_leans_on() -> None:
    going = [table for table, _ in retention.rows_of("s1")]
    for place, table in enumerate(going):
        for key in table.foreign_keys:
            assert key.column.table not in going[:place], (table.name, key.column.table.name)
    left = [table for table in SQLModel.metadata.sorted_tables if table not in going]
    assert [
        (table.name, key.target_fullname) for table in left for key in table.foreign_keys if key.column.table in going
    ] == []
