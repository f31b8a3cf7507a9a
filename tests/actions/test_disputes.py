"""Disputes: booked from what the provider holds now, whatever the order of the news; and no refund over one."""

from typing import Any

import pytest

from app.actions import errors, evidence
from app.actions.disputes import look, observe_dispute
from app.actions.refund_lists import disputes_page
from app.storage import disputes as kept
from app.storage import payments
from app.storage.tables import Dispute, Payment
from tests.actions.evening import Evening, Provider
from tests.actions.returning import BURGER, findings, give_back, paid, row_of


async def _row(evening: Evening, payment: str) -> Payment:
    row = await payments.payment(evening.desk.database, payment)
    assert row is not None
    return row


async def _dispute(evening: Evening, dispute: str) -> Dispute:
    row = await kept.dispute(evening.desk.database, dispute)
    assert row is not None
    return row


async def _disputed(evening: Evening, provider: Provider, payment: str, **more: Any) -> str:
    """The payer's bank asks for the money back, and we have heard of it."""
    row = await _row(evening, payment)
    made = await provider.control("disputes", payment_intent=row.intent_id, **more)
    await observe_dispute(evening.desk, row, made["id"])
    dispute: str = made["id"]
    return dispute


async def test_f37_a_dispute_that_closed_before_it_was_heard_of_ends_as_it_stands(
    paying: Evening, provider: Provider
) -> None:
    """F37: created and closed within half a second, in either order, each of them twice."""
    ana, payment = await paid(paying, provider)
    row = await _row(paying, payment.id)
    made = await provider.control("disputes", payment_intent=row.intent_id)
    await provider.control(f"disputes/{made['id']}", status="won")
    for _ in range(4):
        await observe_dispute(paying.desk, row, made["id"])
    bill = await paying.bill(ana.stream)
    assert (bill.disputes[made["id"]].status, bill.disputes[made["id"]].withdrawn) == ("won", 0)
    assert not bill.payments[payment.id].disputed
    assert [kind for kind in paying.ear.kinds if kind.startswith("dispute.")] == ["dispute.opened", "dispute.closed"]


async def test_money_that_is_withdrawn_and_given_back_are_facts_of_their_own(
    paying: Evening, provider: Provider
) -> None:
    ana, payment = await paid(paying, provider)
    dispute = await _disputed(paying, provider, payment.id)
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].disputed, bill.disputes[dispute].withdrawn) == (True, BURGER)
    await provider.control(f"disputes/{dispute}", status="won")
    await look(paying.desk, await _row(paying, payment.id))
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].disputed, bill.disputes[dispute].withdrawn) == (False, 0)
    row = await _dispute(paying, dispute)
    assert (row.state, row.withdrawn, row.closed_at is not None) == ("won", 0, True)


async def test_an_inquiry_takes_nothing_until_it_becomes_a_dispute(paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider)
    dispute = await _disputed(paying, provider, payment.id, status="warning_needs_response")
    assert (await paying.bill(ana.stream)).disputes[dispute].withdrawn == 0
    await provider.control(f"disputes/{dispute}", status="needs_response")
    await observe_dispute(paying.desk, await _row(paying, payment.id), dispute)
    assert (await paying.bill(ana.stream)).disputes[dispute].withdrawn == BURGER
    await provider.control(f"disputes/{dispute}", status="lost")
    await observe_dispute(paying.desk, await _row(paying, payment.id), dispute)
    bill = await paying.bill(ana.stream)
    assert (bill.disputes[dispute].status, bill.disputes[dispute].withdrawn) == ("lost", BURGER)


async def test_f38_nothing_is_sent_back_over_an_open_dispute(paying: Evening, provider: Provider) -> None:
    """F38: the bank has the money already; after it has decided for us, a refund is a refund again."""
    _, payment = await paid(paying, provider)
    dispute = await _disputed(paying, provider, payment.id)
    for by in ("manager", "waiter"):
        with pytest.raises(errors.Refused) as caught:
            await give_back(paying, payment.id, by=by)
        assert caught.value.code == "payment_disputed"
    assert await provider.journal("refunds.create") == []
    await provider.control(f"disputes/{dispute}", status="won")
    await observe_dispute(paying.desk, await _row(paying, payment.id), dispute)
    assert (await give_back(paying, payment.id, amount=500))[0].state == "succeeded"


async def test_f38_a_dispute_meets_a_refund_that_is_under_way(paying: Evening, provider: Provider) -> None:
    """F38: the provider stops the refund; people are told that the money might have gone twice."""
    _, payment = await paid(paying, provider)
    await provider.control("refunds/outcome", status="pending")
    (refund,) = await give_back(paying, payment.id)
    await _disputed(paying, provider, payment.id)
    paying.clock.pass_(seconds=31)
    await paying.work()
    row = await row_of(paying, refund.id)
    assert (row.state, row.failure_reason) == ("failed", "charge_for_pending_refund_disputed")
    assert {("dispute_over_refund", refund.id), ("refund_failed", refund.id)} <= await findings(paying)


async def test_f39_an_unknown_status_of_a_dispute_is_kept_as_text_and_moves_no_money(
    paying: Evening, provider: Provider
) -> None:
    """F39: no crash, no fact, a finding."""
    ana, payment = await paid(paying, provider)
    dispute = await _disputed(paying, provider, payment.id, status="in_arbitration")
    row = await _dispute(paying, dispute)
    assert (row.state, row.provider_status) == ("unknown", "in_arbitration")
    assert (await paying.bill(ana.stream)).disputes == {}
    assert ("unknown_status", dispute) in await findings(paying)


async def test_disputes_are_for_the_house_alone(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider)
    dispute = await _disputed(paying, provider, payment.id)
    page = await disputes_page(
        paying.desk, by=paying.team["manager"], is_open=True, payment=payment.id, before=None, limit=1
    )
    assert [(each["id"], each["state"], each["withdrawn"]) for each in page["disputes"]] == [(dispute, "open", BURGER)]
    rest = await disputes_page(
        paying.desk, by=paying.team["owner"], is_open=None, payment=None, before=page["next"], limit=1
    )
    assert rest == {"disputes": []}
    with pytest.raises(errors.NotAllowed):
        await disputes_page(paying.desk, by=paying.team["waiter"], is_open=None, payment=None, before=None, limit=1)


async def test_the_evidence_shows_the_bill_the_payment_and_every_event_and_no_names(
    paying: Evening, provider: Provider
) -> None:
    ana, payment = await paid(paying, provider, tipAmount=200)
    await give_back(paying, payment.id, amount=100)
    dispute = await _disputed(paying, provider, payment.id)
    bundle = await evidence.bundle(paying.desk, dispute, by=paying.team["manager"])
    assert [(line["name"], line["charged"]) for line in bundle["bill"]["lines"]] == [("Burger", BURGER - 100)]
    assert bundle["payment"]["provider"]["amountReceived"] == BURGER + 200
    assert bundle["payment"]["card"] == "visa 4242"
    assert [refund["amount"] for refund in bundle["refunds"]] == [100]
    kinds = [event["kind"] for event in bundle["events"]]
    assert kinds[0] == "session.opened"
    assert "payment.succeeded" in kinds
    assert "Ana" not in str(bundle)
    with pytest.raises(errors.NotFound):
        await evidence.bundle(paying.desk, "dp_nothing", by=paying.team["manager"])
    assert ana.stream == bundle["visit"]["tableSessionId"]
