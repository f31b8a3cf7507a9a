import asyncio
from datetime import timedelta

import pytest

from app.storage import payments
from app.storage.database import Database
from app.storage.log import Add, Log, Put, Taken
from app.storage.payments import LEASE
from app.storage.tables import StripeCall
from tests.storage.making import NOON, append, opening, payment

KEY = "pay:p1:create"
HOUR = timedelta(hours=1)


def planned(key: str = KEY) -> StripeCall:
    return payments.planned(
        key=key, operation="create", subject="p1", stream="s1", parameters={"b": 1, "a": 2}, now=NOON
    )


@pytest.fixture(autouse=True)
async def started(log: Log) -> None:
    soon = {"next_look_at": NOON + payments.LOOKS[0], "expires_at": NOON + timedelta(minutes=5)}
    row = payment("s1", id="p1", receipt_token="r", intent_id="pi_1", **soon)
    await log.append(opening("s1", rows=(Put(row), Add(planned()))))


async def test_a_payment_is_found_by_its_ids(database: Database) -> None:
    for found in (
        await payments.payment(database, "p1"),
        await payments.by_receipt(database, "r"),
        await payments.by_intent(database, "pi_1"),
        *(await payments.of_stream(database, "s1")),
    ):
        assert found is not None
        assert found.id == "p1"
    assert await payments.by_receipt(database, "guess") is None


async def test_an_intent_belongs_to_one_payment(log: Log) -> None:
    with pytest.raises(Taken):
        await log.append(append("s1", 1, rows=(Put(payment("s1", id="p2", intent_id="pi_1")),)))


async def test_an_open_payment_expires_and_an_ended_one_does_not(database: Database, log: Log) -> None:
    assert await payments.expired(database, NOON) == []
    assert [row.id for row in await payments.expired(database, NOON + HOUR)] == ["p1"]
    done = payment("s1", id="p1", state="succeeded", captured=1000)
    await log.append(append("s1", 1, rows=(Put(done),)))
    assert await payments.expired(database, NOON + HOUR) == []


async def test_an_open_payment_is_looked_at_ever_less_often(database: Database) -> None:
    now, waits = NOON, []
    for _ in range(8):
        row = await payments.payment(database, "p1")
        assert row is not None
        assert row.next_look_at is not None
        waits.append(row.next_look_at - NOON)
        assert await payments.claim_looks(database, row.next_look_at - timedelta(microseconds=1)) == []
        now = row.next_look_at
        assert [row.id for row in await payments.claim_looks(database, now)] == ["p1"]
    assert tuple(waits[:6]) == payments.LOOKS
    assert waits[6] - waits[5] == waits[7] - waits[6] == timedelta(days=1)


async def test_a_payment_can_be_looked_at_sooner_or_no_more(database: Database) -> None:
    await payments.look_at(database, "p1", NOON)
    assert len(await payments.claim_looks(database, NOON)) == 1
    await payments.look_at(database, "p1", None)
    assert await payments.claim_looks(database, NOON + timedelta(days=9)) == []


async def test_the_parameters_of_a_call_are_frozen(database: Database) -> None:
    call = await payments.call(database, KEY)
    assert call is not None
    assert (call.parameters, call.state, call.sends) == (b'{"a":2,"b":1}', "planned", 0)
    assert planned().parameters_hash == call.parameters_hash


async def test_a_call_is_planned_once(log: Log) -> None:
    with pytest.raises(Taken):
        await log.append(append("s1", 1, rows=(Add(planned()),)))


async def test_a_call_is_counted_before_it_is_sent_and_leased_meanwhile(database: Database) -> None:
    assert await payments.claim_calls(database, NOON) == []
    assert await payments.mark_sent(database, KEY, NOON + HOUR) == 1
    assert await payments.claim_calls(database, NOON + HOUR) == []
    assert await payments.mark_sent(database, KEY, NOON + 2 * HOUR) == 2
    call = await payments.call(database, KEY)
    assert call is not None
    assert (call.state, call.sends, call.first_sent_at) == ("sent", 2, NOON + HOUR)


async def test_a_call_whose_sender_died_is_taken_over_by_one(database: Database) -> None:
    after = NOON + LEASE
    claims = await asyncio.gather(*(payments.claim_calls(database, after) for _ in range(5)))
    assert [call.key for claim in claims for call in claim] == [KEY]
    assert [call.key for call in await payments.claim_calls(database, after + LEASE)] == [KEY]


async def test_a_call_in_doubt_is_put_off(database: Database) -> None:
    await payments.mark_sent(database, KEY, NOON)
    await payments.put_off(database, KEY, NOON + HOUR, "timeout")
    assert await payments.claim_calls(database, NOON + HOUR - timedelta(seconds=1)) == []
    assert [call.error for call in await payments.claim_calls(database, NOON + HOUR)] == ["timeout"]


async def test_a_call_ends_once(database: Database) -> None:
    assert [call.key for call in await payments.open_calls(database, "s1")] == [KEY]
    await payments.mark_ended(database, KEY, "answered", NOON, answer={"id": "pi_1"})
    await payments.mark_ended(database, KEY, "refused", NOON, error="too late")
    (call,) = await payments.calls_of(database, "p1")
    assert (call.state, call.answer, call.error) == ("answered", {"id": "pi_1"}, None)
    assert await payments.open_calls(database, "s1") == []
    assert await payments.mark_sent(database, KEY, NOON) == 0


async def test_an_id_of_the_provider_leads_to_ours(database: Database) -> None:
    for _ in range(2):
        await payments.remember(database, "pi_9", "payment", "p1", "s1")
    found = await payments.reference(database, "pi_9")
    assert found is not None
    assert (found.kind, found.our_id, found.stream) == ("payment", "p1", "s1")
    assert await payments.reference(database, "pi_8") is None
