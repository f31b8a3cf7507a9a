"""Refunds beside the log: unique where money could go twice, found where somebody looks."""

from datetime import timedelta
from typing import Any

import pytest

from app.storage import refunds
from app.storage.database import Database
from app.storage.log import Add, Log, Put, Taken
from app.storage.refunds import Wanted
from app.storage.tables import Refund, Remedy
from tests.storage.making import HOUSE, NOON, append, opening, payment


def row(refund: str, **more: Any) -> Refund:
    usual: dict[str, Any] = {
        "id": refund, "batch": refund, "stream": "s1", "restaurant_id": HOUSE, "payment_id": "p1", "cause": "staff",
        "state": "planned", "currency": "USD", "amount": 100, "asked_at": NOON, "decided_at": NOON,
    }  # fmt: skip
    return Refund(**(usual | more))


async def kept(log: Log, *rows: Refund) -> None:
    """A visit with one payment and these refunds."""
    await log.append(opening("s1", rows=(Put(payment("s1", id="p1")),)))
    await log.append(append("s1", 1, rows=tuple(Add(each) for each in rows)))


async def test_one_refund_of_the_provider_is_here_once(log: Log, database: Database) -> None:
    """F35: whoever is second is told so, and nothing of its append happened."""
    await kept(log, row("a", stripe_id="re_1"))
    with pytest.raises(Taken):
        await log.append(append("s1", 2, rows=(Add(row("b", stripe_id="re_1")),)))
    assert await refunds.refund(database, "b") is None
    found = await refunds.by_stripe_id(database, "re_1")
    assert found is not None
    assert found.id == "a"


async def test_one_cause_has_one_automatic_refund(log: Log) -> None:
    """F28, F29: two nodes that see the same credit send it once."""
    await kept(log, row("a", cause="credit", cause_reference="p1:1"), row("c", cause="staff"), row("d", cause="staff"))
    with pytest.raises(Taken):
        await log.append(append("s1", 2, rows=(Add(row("b", cause="credit", cause_reference="p1:1")),)))
    await log.append(append("s1", 2, rows=(Add(row("b", cause="surplus", cause_reference="p1:1")),)))


async def test_lists_are_filtered_and_paged(log: Log, database: Database) -> None:
    await kept(
        log,
        row("a", state="asked", asked_at=NOON - timedelta(days=2)),
        row("b", state="succeeded", cause="credit"),
        row("c", state="failed", batch="b"),
    )

    async def ids(**more: Any) -> list[str]:
        return [each.id for each in await refunds.listed(database, Wanted(HOUSE, **more))]

    assert await ids() == ["c", "b", "a"]
    assert await ids(limit=2) == ["c", "b"]
    assert await ids(before="b") == ["a"]
    assert await ids(states=("asked", "failed")) == ["c", "a"]
    assert await ids(causes=("credit",), payment="p1", stream="s1") == ["b"]
    assert await ids(since=NOON - timedelta(days=1), until=NOON + timedelta(days=1)) == ["c", "b"]
    assert await ids(payment="other") == []
    assert [each.id for each in await refunds.of_batch(database, "b")] == ["b", "c"]
    assert await refunds.tables_of(database, ["s1"]) == {"s1": "t1"}


async def test_a_shift_counts_what_somebody_decided_alone(log: Log, database: Database) -> None:
    alone = {"asked_by": "max", "decided_by": "max"}
    await kept(
        log,
        row("a", **alone),
        row("b", batch="a", **alone),
        row("c", asked_by="max", decided_by="olga"),
        row("d", asked_at=NOON - timedelta(days=1), **alone),
    )
    assert await refunds.count_of(database, "max", NOON - timedelta(hours=12)) == 1


async def test_what_is_under_way_is_looked_at_ever_less_often(log: Log, database: Database) -> None:
    await kept(log, row("a", next_look_at=NOON), row("b", next_look_at=None))
    (due,) = await refunds.claim_looks(database, NOON + timedelta(seconds=1))
    assert (due.id, due.next_look_at, due.looks) == ("a", NOON + timedelta(seconds=30), 1)
    assert await refunds.claim_looks(database, NOON + timedelta(seconds=2)) == []
    assert refunds.next_look(NOON, NOON + timedelta(days=3)) == NOON + timedelta(days=4)


async def test_a_remedy_is_one_nodes_until_its_lease_ends_and_a_newer_note_stays(log: Log, database: Database) -> None:
    await kept(log)
    await log.append(append("s1", 2, rows=(Put(Remedy(stream="s1", due_at=NOON)),)))
    (taken,) = await refunds.claim_remedies(database, NOON)
    assert await refunds.claim_remedies(database, NOON) == []
    await log.append(append("s1", 3, rows=(Put(Remedy(stream="s1", due_at=NOON + timedelta(seconds=5))),)))
    await refunds.remedied(database, taken)
    (again,) = await refunds.claim_remedies(database, NOON + timedelta(seconds=6))
    await refunds.put_off_remedy(database, again, NOON + timedelta(minutes=1))
    assert await refunds.claim_remedies(database, NOON + timedelta(seconds=50)) == []
    (last,) = await refunds.claim_remedies(database, NOON + timedelta(minutes=2))
    await refunds.remedied(database, last)
    assert await refunds.claim_remedies(database, NOON + timedelta(days=1)) == []
