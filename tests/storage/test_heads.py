from dataclasses import replace
from datetime import timedelta

import pytest

from app.storage import audit, heads, retention
from app.storage.audit import Entry
from app.storage.database import Database
from app.storage.heads import ChainHead
from app.storage.log import Log
from tests.storage.making import NOON, append, opening

LATER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
async def chains(database: Database, log: Log) -> None:
    await log.append(opening("s1"))
    await log.append(opening("s2", "t2", status="closed"))
    await audit.note(database, Entry("r1", NOON, "anna", "staff.login"))


async def kept(database: Database) -> list[ChainHead]:
    return [head async for head in heads.heads(database)]


async def test_every_chain_says_where_it_stands(database: Database, log: Log) -> None:
    head = await log.head("s1")
    assert head is not None
    found = await kept(database)
    assert [(one.kind, one.id, one.seq) for one in found] == [
        ("audit", "r1", 1),
        ("table_session", "s1", 1),
        ("table_session", "s2", 1),
    ]
    assert found[1].hash == head.hash
    assert [one async for one in heads.heads(database, "r2")] == []
    assert [one async for one in heads.heads(database, "r1")] == found


async def test_chains_that_went_on_still_have_the_heads_that_were_kept(database: Database, log: Log) -> None:
    before = await kept(database)
    await log.append(append("s1", 1))
    await audit.note(database, Entry("r1", NOON, "anna", "staff.logout"))
    assert await heads.differences(database, before) == []


async def test_what_was_forgotten_in_the_open_is_no_difference(database: Database, log: Log) -> None:
    await log.append(append("s2", 1, status="closed"))
    before = await kept(database)
    await retention.forget(database, "s2", LATER, LATER)
    await audit.forget(database, LATER, LATER)
    assert await heads.differences(database, before) == []
    assert [one.kind for one in await kept(database) if one.id == "s2"] == ["forgotten"]
    older = ChainHead("table_session", "s2", 1, b"what it was")
    assert await heads.differences(database, [older]) == []


async def test_a_chain_that_was_written_anew_is_found(database: Database) -> None:
    other = [replace(head, hash=bytes(32)) for head in await kept(database)]
    found = await heads.differences(database, other)
    assert [(fault.stream, fault.seq) for fault in found] == [("audit r1", 1), ("s1", 1), ("s2", 1)]
    await retention.forget(database, "s2", LATER, LATER)
    assert len(await heads.differences(database, other)) == 3


async def test_a_chain_that_is_gone_is_found(database: Database) -> None:
    gone = [ChainHead("table_session", "s9", 1, b"?"), ChainHead("audit", "r1", 7, b"?")]
    assert [fault.what for fault in await heads.differences(database, gone)] == [
        "was there when the heads were kept, and is not any more"
    ] * 2
