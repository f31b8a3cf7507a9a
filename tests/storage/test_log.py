import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.domain.events import CoversChanged
from app.storage.database import Database, execute
from app.storage.log import (
    Add,
    Change,
    Conflict,
    Duplicate,
    Log,
    Missing,
    NotAppended,
    Put,
    Reused,
    SoldOut,
    TableTaken,
    Taken,
    TakePortions,
)
from app.storage.tables import GuestName, MenuItem, Payment, TableSession
from tests.storage.making import HOUSE, NOON, append, command, facts, opening, payment, seat


async def test_what_was_appended_is_read_back_in_order(log: Log) -> None:
    (committed,) = await log.append(opening("s1", facts=facts(1, 2, 3), command=command(1)))
    assert committed.version == 3
    assert [event.seq for event in committed.events] == [1, 2, 3]
    assert await log.since("s1") == list(committed.events)
    assert committed.events[0].cause == "phone:1"
    assert committed.events[0].at == NOON


async def test_since_begins_after_a_number_and_ends_at_a_limit(log: Log) -> None:
    await log.append(opening("s1", facts=facts(1, 2, 3, 4)))
    assert [event.seq for event in await log.since("s1", 1, limit=2)] == [2, 3]


async def test_whole_histories_of_several_streams_are_one_read(log: Log) -> None:
    await log.append(opening("s1", facts=facts(1, 2, 3)))
    await log.append(opening("s2", table="t2", facts=facts(4)))
    found = await log.histories(["s2", "nobody", "s1"])
    assert set(found) == {"s1", "s2"}
    for stream, bodies in found.items():
        assert log.decoded(bodies) == await log.since(stream)


async def test_the_head_says_where_the_stream_stands(log: Log) -> None:
    (committed,) = await log.append(opening("s1", facts=facts(1, 2)))
    head = await log.head("s1")
    assert head is not None
    assert (head.version, head.epoch, head.status) == (2, committed.epoch, "open")
    assert (head.table_id, head.restaurant_id) == ("t1", HOUSE)
    assert set(await log.heads(["s1", "nobody"])) == {"s1"}
    assert await log.head("nobody") is None


async def test_any_number_of_heads_is_read(log: Log) -> None:
    await log.append(opening("s1"))
    assert set(await log.heads([*(f"x{n}" for n in range(1200)), "s1"])) == {"s1"}
    assert await log.heads([]) == {}


async def test_an_append_decided_on_an_old_version_conflicts(log: Log) -> None:
    await log.append(opening("s1"))
    await log.append(append("s1", 1))
    for expected in (0, 1, 3):
        with pytest.raises(Conflict):
            await log.append(append("s1", expected))
    with pytest.raises(Conflict):
        await log.append(append("unopened", 0))
    with pytest.raises(Conflict):
        await log.append(opening("s1"))


async def test_of_many_appends_on_one_version_exactly_one_wins(log: Log) -> None:
    await log.append(opening("s1"))
    outcomes = await asyncio.gather(*(log.append(append("s1", 1)) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 49
    assert [event.seq for event in await log.since("s1")] == [1, 2]


async def test_two_nodes_on_one_version_collide(database: Database, log: Log) -> None:
    await log.append(opening("s1"))
    async with Log(database) as other:
        for version in range(1, 30):
            outcomes = await asyncio.gather(
                log.append(append("s1", version, by="here")),
                other.append(append("s1", version, by="there")),
                return_exceptions=True,
            )
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "tuple"]
    assert await log.verify("s1") == []


async def test_a_chain_of_appends_shares_a_transaction(log: Log) -> None:
    await log.append(opening("s1"))
    outcomes = await asyncio.gather(*(log.append(append("s1", version)) for version in range(1, 40)))
    assert [outcome[0].version for outcome in outcomes] == list(range(2, 41))
    assert log.stats.batches < 10
    assert await log.verify("s1") == []


async def test_a_command_is_applied_once_and_answered_again(log: Log) -> None:
    await log.append(opening("s1"))
    await log.append(append("s1", 1, facts=facts(5, 6), command=command(1)))
    await log.append(append("s1", 3))
    for expected in (1, 4):
        with pytest.raises(Duplicate) as again:
            await log.append(append("s1", expected, command=command(1)))
        assert again.value.version == 3
    assert (await log.head("s1")).version == 4  # type: ignore[union-attr]  # it was just opened


async def test_a_command_sent_twice_at_once_is_applied_once(log: Log) -> None:
    await log.append(opening("s1"))
    outcomes = await asyncio.gather(
        *(log.append(append("s1", 1, command=command(1))) for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Duplicate"] * 4 + ["tuple"]


async def test_a_command_id_with_another_body_is_reused(log: Log) -> None:
    await log.append(opening("s1"))
    await log.append(append("s1", 1, command=command(1, "a")))
    with pytest.raises(Reused):
        await log.append(append("s1", 2, command=command(1, "b")))
    await log.append(append("s1", 2, command=command(1, "b", cid="other phone")))


async def test_a_command_without_facts_is_remembered(log: Log) -> None:
    await log.append(opening("s1"))
    (committed,) = await log.append(append("s1", 1, facts=(), command=command(7)))
    assert (committed.version, committed.events) == (1, ())
    with pytest.raises(Duplicate):
        await log.append(append("s1", 1, command=command(7)))
    assert await log.applied("s1", "phone", 7) == (b"a", 1)
    assert await log.applied("s1", "phone", 8) is None
    assert await log.highest_commands([("s1", "phone"), ("s1", "nobody")]) == {("s1", "phone"): 7}


async def test_a_refused_append_does_not_remember_its_command(log: Log) -> None:
    await log.append(opening("s1"))
    with pytest.raises(Conflict):
        await log.append(append("s1", 5, command=command(1)))
    assert await log.applied("s1", "phone", 1) is None


async def test_a_table_has_one_open_session(log: Log) -> None:
    await log.append(opening("s1", "t1"))
    with pytest.raises(TableTaken):
        await log.append(opening("s2", "t1"))
    await log.append(opening("s3", "t2"))
    await log.append(append("s1", 1, status="closed"))
    await log.append(opening("s2", "t1"))
    with pytest.raises(TableTaken):
        await log.append(append("s1", 2, status="settling"))


async def test_many_phones_open_a_table_once(log: Log) -> None:
    outcomes = await asyncio.gather(*(log.append(opening(f"s{n}")) for n in range(20)), return_exceptions=True)
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, TableTaken) for outcome in outcomes) == 19


async def test_a_new_visit_closes_the_old_one_in_the_same_append(log: Log) -> None:
    await log.append(opening("s1"))
    await log.append(append("s1", 1, status="closed"), opening("s2"))
    heads = await log.heads(["s1", "s2"])
    assert (heads["s1"].status, heads["s2"].status) == ("closed", "open")


async def test_an_append_moves_its_session_to_a_free_table_only(log: Log) -> None:
    await log.append(opening("s1", "t1"))
    await log.append(opening("s2", "t2"))
    with pytest.raises(TableTaken):
        await log.append(append("s1", 1, table_id="t2"))
    await log.append(append("s1", 1, table_id="t3"))
    assert (await log.head("s1")).table_id == "t3"  # type: ignore[union-attr]  # it was just opened


async def test_appends_to_two_streams_happen_both_or_not_at_all(log: Log) -> None:
    await log.append(opening("s1", "t1"))
    await log.append(opening("s2", "t2"))
    with pytest.raises(Conflict):
        await log.append(append("s1", 1), append("s2", 7))
    assert [head.version for head in (await log.heads(["s1", "s2"])).values()] == [1, 1]
    await log.append(append("s1", 1), append("s2", 1))
    assert [head.version for head in (await log.heads(["s1", "s2"])).values()] == [2, 2]


async def test_crossing_appends_to_two_streams_do_not_block_each_other(database: Database, log: Log) -> None:
    await log.append(opening("s1", "t1"))
    await log.append(opening("s2", "t2"))
    async with Log(database) as other:
        for version in range(1, 20):
            outcomes = await asyncio.gather(
                log.append(append("s1", version), append("s2", version)),
                other.append(append("s2", version), append("s1", version)),
                return_exceptions=True,
            )
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "tuple"]


async def test_rows_change_with_the_facts(database: Database, log: Log) -> None:
    paid = payment("s1", id="p1", evidence={"status": "succeeded"})
    await log.append(
        opening("s1", rows=(Add(seat("s1")), Put(GuestName(guest_id="g1", stream="s1", name="Ana")), Put(paid)))
    )
    async with database.read() as session:
        stored = await session.get_one(Payment, "p1")
        assert stored.model_dump() == paid.model_dump()
        assert (await session.get_one(GuestName, "g1")).name == "Ana"


async def test_a_put_of_a_row_that_is_there_changes_the_given_columns_only(database: Database, log: Log) -> None:
    await log.append(opening("s1", rows=(Put(payment("s1", id="p1", tip=150, intent_id="pi_1")),)))
    await log.append(append("s1", 1, rows=(Put(payment("s1", id="p1", state="succeeded", captured=1150)),)))
    async with database.read() as session:
        stored = await session.get_one(Payment, "p1")
    assert (stored.state, stored.captured, stored.tip, stored.intent_id) == ("succeeded", 1150, 150, "pi_1")


async def test_a_row_that_was_read_and_changed_is_put_back_by_its_changes(database: Database, log: Log) -> None:
    await log.append(opening("s1", rows=(Put(payment("s1", id="p1")),)))
    async with database.read() as session:
        stale = await session.get_one(Payment, "p1")
    await log.append(append("s1", 1, rows=(Change(Payment, {"id": "p1"}, {"tip": 99}),)))
    stale.state = "awaiting"
    await log.append(append("s1", 2, rows=(Put(stale),)))
    async with database.read() as session:
        stored = await session.get_one(Payment, "p1")
    assert (stored.state, stored.tip) == ("awaiting", 99)


async def test_a_put_of_a_row_with_a_key_only_leaves_it_alone(database: Database, log: Log) -> None:
    await log.append(opening("s1", rows=(Put(payment("s1", id="p1")),)))
    async with database.read() as session:
        stored = await session.get_one(Payment, "p1")
    await log.append(append("s1", 1, rows=(Put(stored),)))


async def test_a_changed_row_must_be_there(log: Log) -> None:
    await log.append(opening("s1"))
    with pytest.raises(Missing):
        await log.append(append("s1", 1, rows=(Change(Payment, {"id": "nobody"}, {"tip": 1}),)))
    assert (await log.head("s1")).version == 1  # type: ignore[union-attr]  # it was just opened


async def test_an_added_row_whose_place_is_taken_fails_the_append(log: Log) -> None:
    await log.append(opening("s1", rows=(Add(seat("s1", "g1")),)))
    with pytest.raises(Taken):
        await log.append(append("s1", 1, rows=(Add(seat("s1", "g2")),)))
    assert (await log.head("s1")).version == 1  # type: ignore[union-attr]  # it was just opened


async def test_a_poisoned_append_fails_alone(log: Log) -> None:
    for n, table in enumerate(("t1", "t2", "t3")):
        await log.append(opening(f"s{n}", table))
    bad = append("s1", 1, rows=(Add(payment("s1", currency=None)),))
    outcomes = await asyncio.gather(
        log.append(append("s0", 1)), log.append(bad), log.append(append("s2", 1)), return_exceptions=True
    )
    assert isinstance(outcomes[0], tuple)
    assert isinstance(outcomes[1], Exception)
    assert not isinstance(outcomes[1], NotAppended)
    assert isinstance(outcomes[2], tuple)


async def test_limited_portions_are_never_oversold(database: Database, log: Log) -> None:
    for n, table in enumerate(("t1", "t2", "t3")):
        await log.append(opening(f"s{n}", table))
    orders = [append(f"s{n}", 1, rows=(TakePortions("cake", 2),)) for n in range(3)]
    outcomes = await asyncio.gather(*(log.append(order) for order in orders), return_exceptions=True)
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, SoldOut)]
    assert [refusal.menu_item_id for refusal in refused] == ["cake", "cake"]
    assert await _portions(database, "cake") == 1


async def test_portions_are_given_back_and_uncounted_dishes_have_enough(database: Database, log: Log) -> None:
    await log.append(opening("s1", rows=(TakePortions("cake", 3), TakePortions("soup", 99))))
    await log.append(append("s1", 1, rows=(TakePortions("cake", -1), TakePortions("gone", -1))))
    assert await _portions(database, "cake") == 1
    assert await _portions(database, "soup") is None


async def test_a_dish_that_is_off_the_menu_is_sold_out(database: Database, log: Log) -> None:
    async with database.write() as session:
        await execute(session, sa.update(MenuItem).values(available=False))
    with pytest.raises(SoldOut):
        await log.append(opening("s1", rows=(TakePortions("soup", 1),)))
    assert await log.head("s1") is None


async def test_the_row_of_a_stream_tells_of_its_bill(database: Database, log: Log) -> None:
    await log.append(opening("s1", summary={"total": 0}))
    await log.append(append("s1", 1, status="settling", summary={"total": 650}))
    async with database.read() as session:
        row = await session.get_one(TableSession, "s1")
    assert (row.status, row.summary, row.opened_at, row.last_at) == ("settling", {"total": 650}, NOON, NOON)


async def test_f60_an_edited_event_is_seen_at_its_number(database: Database, log: Log) -> None:
    await log.append(opening("s1", facts=facts(1, 2, 3)))
    for edit in ("body = (SELECT body FROM events WHERE seq = 1)", "kind = 'x'", "by = 'y'", "cause = 'z'"):
        await _tamper(database, f"UPDATE events SET {edit} WHERE seq = 2")
        assert [fault.seq for fault in await log.verify("s1")] == [2]


async def test_a_removed_event_is_seen(database: Database, log: Log) -> None:
    await log.append(opening("s1", facts=facts(1, 2, 3)))
    await _tamper(database, "DELETE FROM events WHERE seq = 3")
    assert [fault.what for fault in await log.verify("s1")] == ["the head is at 3, the last event at 2"]
    await _tamper(database, "DELETE FROM events WHERE seq = 1")
    assert [fault.seq for fault in await log.verify("s1")] == [1]


async def test_a_stream_that_is_not_there_is_a_fault(log: Log) -> None:
    assert [fault.what for fault in await log.verify("s1")] == ["there is no such stream"]


async def test_the_database_itself_refuses_to_edit_events(database: Database, log: Log) -> None:
    await log.append(opening("s1"))
    for statement in ("UPDATE events SET kind = 'x'", "DELETE FROM events"):
        with pytest.raises(sa.exc.DBAPIError, match="never edited"):
            async with database.write() as session:
                await execute(session, sa.text(statement))


async def test_no_appends_are_no_work(log: Log) -> None:
    assert await log.append() == ()


async def test_a_new_log_goes_on_where_the_last_one_stopped(database: Database, log: Log) -> None:
    (first,) = await log.append(opening("s1"))
    async with Log(database) as later:
        (second,) = await later.append(append("s1", 1))
        assert second.epoch == first.epoch
        assert await later.verify("s1") == []
        assert [event.fact for event in await later.since("s1")] == [CoversChanged(1), CoversChanged(2)]


async def test_every_stream_has_an_epoch_of_its_own(log: Log) -> None:
    (first,) = await log.append(opening("s1", "t1"))
    (second,) = await log.append(opening("s2", "t2"))
    assert first.epoch != second.epoch


async def test_the_last_status_of_a_batch_is_the_one_that_stays(log: Log) -> None:
    await log.append(opening("s1"))
    await asyncio.gather(log.append(append("s1", 1, status="settling")), log.append(append("s1", 2, status="settled")))
    head = await log.head("s1")
    assert head is not None
    assert head == replace(head, status="settled", version=3)


async def _portions(database: Database, item: str) -> int | None:
    async with database.read() as session:
        return (await session.get_one(MenuItem, item)).portions


async def _tamper(database: Database, statement: str) -> None:
    """Edit the audit trail as somebody with the rights of its owner could."""
    drops = ["DROP TRIGGER IF EXISTS events_are_kept ON events"]
    if database.dialect == "sqlite":
        drops = ["DROP TRIGGER IF EXISTS events_are_kept_UPDATE", "DROP TRIGGER IF EXISTS events_are_kept_DELETE"]
    async with database.write() as session:
        for drop in drops:
            await execute(session, sa.text(drop))
        await execute(session, sa.text(statement))
