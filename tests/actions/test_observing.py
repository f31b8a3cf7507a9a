"""What the provider says, and what of it is believed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.actions import observing
from app.actions.guests import Joined
from app.payments.gateway import Decline, Intent
from app.storage import findings
from app.storage import payments as rows
from app.storage.tables import Payment
from tests.actions.evening import Evening, Provider


async def _started(paying: Evening) -> tuple[Joined, Payment, Intent]:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream, tipAmount=100)
    row = await rows.payment(paying.desk.database, started.id)
    assert row is not None
    assert row.intent_id is not None
    return ana, row, await paying.desk.gateway.retrieve_intent(row.intent_id)


async def _status(paying: Evening, row: Payment) -> str:
    return (await paying.bill(row.stream)).payments[row.id].status


async def test_looking_twice_is_the_same_as_looking_once(paying: Evening, provider: Provider) -> None:
    ana, row, _ = await _started(paying)
    before = (await paying.bill(ana.stream)).version
    for _ in range(3):
        await observing.observe(paying.desk, row.id)
    assert (await paying.bill(ana.stream)).version == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 1},
        {"amount": 2000, "amount_received": 2000},
        {"amount_received": 1},
        {"currency": "EUR"},
        {"metadata": {}},
        {"metadata": {"payment": "another"}},
        {"id": "pi_another"},
    ],
    ids=["amount", "more", "received", "currency", "no metadata", "another payment", "second intent"],
)
async def test_an_object_that_is_not_what_we_asked_for_moves_no_money(
    paying: Evening, wrong: dict[str, object]
) -> None:
    """F26."""
    _, row, intent = await _started(paying)
    taken = replace(intent, status="succeeded", amount_received=intent.amount)
    await observing.record(paying.desk, row, replace(taken, **wrong))  # type: ignore[arg-type]
    assert await _status(paying, row) == "awaiting"
    assert await findings.subjects(paying.desk.database, "mismatch") == {row.id}


async def test_a_status_nobody_decided_about_is_kept_as_text_and_moves_nothing(paying: Evening) -> None:
    """F39."""
    _, row, intent = await _started(paying)
    await observing.record(paying.desk, row, replace(intent, status="other", provider_status="quantum"))
    assert await _status(paying, row) == "awaiting"
    kept = await rows.payment(paying.desk.database, row.id)
    assert kept is not None
    assert kept.provider_status == "quantum"
    assert await findings.subjects(paying.desk.database, "unknown_status") == {row.id}


async def test_each_failed_attempt_counts_once(paying: Evening) -> None:
    _, row, intent = await _started(paying)
    decline = Decline("card_declined", "insufficient_funds", "no")
    for charge in ("ch_1", "ch_1", "ch_2"):
        await observing.record(paying.desk, row, replace(intent, last_error=decline, charge_id=charge))
    kinds = [event.fact.kind for event in await paying.desk.log.since(row.stream)]
    assert kinds.count("payment.declined") == 2


async def test_processing_may_step_back_and_still_succeed(paying: Evening) -> None:
    _, row, intent = await _started(paying)
    for status in ("processing", "requires_payment_method", "processing"):
        await observing.record(paying.desk, row, replace(intent, status=status))
    taken = replace(intent, status="succeeded", amount_received=intent.amount)
    await observing.record(paying.desk, row, taken)
    assert await _status(paying, row) == "succeeded"
    await observing.record(paying.desk, row, replace(intent, status="processing"))
    assert await _status(paying, row) == "succeeded"


async def test_a_payment_under_way_is_held_longer_but_not_for_ever(paying: Evening) -> None:
    ana, row, intent = await _started(paying)
    for _ in range(9):
        paying.clock.pass_(minutes=3)
        await observing.record(paying.desk, row, replace(intent, status="processing"))
    expires = (await paying.bill(ana.stream)).payments[row.id].expires_at
    assert expires is not None
    assert expires <= row.created_at + timedelta(minutes=20)


async def test_what_the_provider_lost_is_nothing_we_invent(paying: Evening, provider: Provider) -> None:
    _, row, _ = await _started(paying)
    await provider.fault("error", operation="payment_intents.retrieve", status=404, code="resource_missing")
    await observing.observe(paying.desk, row.id)
    assert await _status(paying, row) == "awaiting"


async def test_evidence_is_kept_of_what_was_taken(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    await observing.observe(paying.desk, started.id)
    row = await rows.payment(paying.desk.database, started.id)
    assert row is not None
    assert row.evidence is not None
    assert (row.evidence["amountReceived"], row.evidence["currency"]) == (1579, "USD")
    assert (row.card_brand, row.card_last4, row.captured) == ("visa", "4242", 1579)
