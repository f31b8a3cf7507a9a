from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.storage import audit
from app.storage.audit import Entry
from app.storage.database import Database
from tests.storage.making import NOON


def entry(number: int = 1, chain: str = "r1") -> Entry:
    detail = {"amount": 100 * number}
    return Entry(
        chain, NOON + timedelta(hours=number), "anna", "refund.approved", f"ref{number}", "manager", "::1", detail
    )


async def write(database: Database, count: int = 3, chain: str = "r1") -> None:
    for number in range(1, count + 1):
        assert await audit.note(database, entry(number, chain)) == number


async def tamper(database: Database, *statements: str) -> None:
    """Do what only somebody does who may drop triggers."""
    on = "" if database.dialect == "sqlite" else " ON audit_entries"
    names = ["audit_is_kept"] if on else ["audit_is_kept_UPDATE", "audit_is_kept_DELETE"]
    async with database.write() as session:
        for statement in [*(f"DROP TRIGGER {name}{on}" for name in names), *statements]:
            await (await session.connection()).execute(sa.text(statement))


async def test_entries_are_told_with_who_what_when_and_where(database: Database) -> None:
    await write(database)
    newest, *_ = found = await audit.newest(database, "r1")
    assert (newest.seq, newest.entry) == (3, entry(3))
    assert [one.seq for one in found] == [3, 2, 1]
    assert [one.seq for one in await audit.newest(database, "r1", before=3, limit=1)] == [2]
    assert await audit.newest(database, "r2") == []


async def test_every_chain_is_told_from_a_moment_on(database: Database) -> None:
    await write(database)
    await write(database, 2, "r2")
    told = [(one.entry.chain, one.seq) async for one in audit.since(database, NOON + timedelta(hours=2))]
    assert told == [("r1", 2), ("r1", 3), ("r2", 2)]
    assert [one.seq async for one in audit.since(database, NOON, "r2")] == [1, 2]


async def test_a_chain_proves_itself(database: Database) -> None:
    await write(database)
    await write(database, 2, "r2")
    assert await audit.faults(database) == (5, [])


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET what = 'x'", "DELETE FROM audit_entries"])
async def test_the_database_refuses_to_edit_the_audit_log(database: Database, statement: str) -> None:
    await write(database)
    with pytest.raises(sa.exc.DBAPIError, match="never edited"):
        async with database.write() as session:
            await (await session.connection()).execute(sa.text(statement))
    assert await audit.faults(database) == (3, [])


TAMPERED = [
    ("UPDATE audit_entries SET body = CAST(replace(CAST(body AS TEXT), 'anna', 'bert') AS BLOB) WHERE seq = 2", 2),
    ("UPDATE audit_entries SET hash = (SELECT hash FROM audit_heads) WHERE seq = 1", 1),
    ("UPDATE audit_entries SET what = 'nothing' WHERE seq = 2", 2),
    ("DELETE FROM audit_entries WHERE seq = 2", 2),
    ("DELETE FROM audit_entries WHERE seq = 3", 0),
    ("DELETE FROM audit_heads", 0),
]


@pytest.mark.parametrize(("statement", "seq"), TAMPERED)
async def test_f60_an_altered_audit_entry_is_found_at_its_number(database: Database, statement: str, seq: int) -> None:
    await write(database)
    if database.dialect == "postgresql" and "CAST" in statement:
        statement = "UPDATE audit_entries SET body = overlay(body placing 'X' from 20) WHERE seq = 2"
    await tamper(database, statement)
    _, (fault,) = await audit.faults(database)
    assert (fault.stream, fault.seq) == ("audit r1", seq)


async def test_old_entries_go_and_what_is_left_still_proves_itself(database: Database) -> None:
    await write(database)
    await write(database, 1, "r2")
    head = (await audit.heads(database, "r1"))[0].hash
    assert await audit.forget(database, NOON + timedelta(hours=3), NOON + timedelta(days=1)) == 3
    newest, *rest = await audit.newest(database, "r1")
    assert (newest.entry.what, newest.entry.detail["upTo"], [one.seq for one in rest]) == ("audit.forgotten", 2, [3])
    assert await audit.hash_at(database, "r1", 3) == head
    assert await audit.hash_at(database, "r1", 2) is not None
    assert await audit.hash_at(database, "r1", 1) is None
    assert (await audit.faults(database))[1] == []
    assert await audit.forget(database, NOON + timedelta(hours=3), NOON + timedelta(days=1)) == 0


async def test_what_follows_the_forgotten_is_watched_as_before(database: Database) -> None:
    await write(database)
    await audit.forget(database, NOON + timedelta(hours=2), NOON + timedelta(days=1))
    await tamper(database, "DELETE FROM audit_entries WHERE seq = 2")
    _, (fault,) = await audit.faults(database)
    assert (fault.stream, fault.seq) == ("audit r1", 2)
