"""What the provider says about refunds: ours, those of its dashboard, and what only looks like one."""

import pytest

from app.actions import refund_looks
from app.payments.gateway import Unknown
from app.storage import refunds as kept
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider
from tests.actions.returning import BURGER, findings, give_back, paid, row_of


async def _intent(provider: Provider) -> str:
    found: str = (await provider.intents())[0]["id"]
    return found


@pytest.mark.parametrize("status", ["pending", "requires_action"])
async def test_f34_a_refund_that_waits_is_not_shown_as_returned(
    paying: Evening, provider: Provider, status: str
) -> None:
    """F34: the balance is too low, say. No new key, and the payer is told the truth."""
    ana, payment = await paid(paying, provider)
    await provider.control("refunds/outcome", status=status)
    (refund,) = await give_back(paying, payment.id)
    assert (refund.state, refund.provider_status) == ("pending", status)
    shown = (await paying.bill(ana.stream)).payments[payment.id]
    assert (shown.on_its_way, shown.returned) == (BURGER, 0)
    await provider.control(f"refunds/{refund.stripe_id}", status="succeeded")
    paying.clock.pass_(seconds=31)
    await paying.work()
    shown = (await paying.bill(ana.stream)).payments[payment.id]
    assert (shown.on_its_way, shown.returned) == (0, BURGER)
    assert len(await provider.journal("refunds.create")) == 1


async def test_f33_a_refund_that_fails_after_it_arrived_is_owed_again_and_somebodys_task(
    paying: Evening, provider: Provider
) -> None:
    """F33: the money is back with us, so the guest is owed it again; nothing is sent by itself."""
    ana, payment = await paid(paying, provider, "Burger", "Pasta")
    bill = await paying.bill(ana.stream)
    pasta = next(line.id for line in bill.lines.values() if line.name == "Pasta")
    await paying.do(paying.team["waiter"], ana.stream, "line.void", line=pasta, reason="never came")
    (refund,) = await give_back(paying, payment.id, credits=True)
    assert refund.state == "succeeded"
    await provider.control(f"refunds/{refund.stripe_id}", status="failed", failureReason="lost_or_stolen_card")
    await refund_looks.look(paying.desk, payment.id)
    await refund_looks.look(paying.desk, payment.id)
    row = await row_of(paying, refund.id)
    assert (row.state, row.failure_reason) == ("failed", "lost_or_stolen_card")
    bill = await paying.bill(ana.stream)
    assert (bill.lines[pasta].unpaid, bill.payments[payment.id].returned) == (-980, 0)
    assert ("refund_failed", refund.id) in await findings(paying)
    paying.clock.pass_(minutes=1)
    await paying.work()
    waiting = [each.state for each in await kept.of_payment(paying.desk.database, payment.id)]
    assert waiting == ["failed", "asked"], "laid before staff, not sent again"


async def test_what_was_fetched_before_a_refund_failed_is_no_finding(paying: Evening, provider: Provider) -> None:
    _ana, payment = await paid(paying, provider)
    (refund,) = await give_back(paying, payment.id)
    assert refund.stripe_id is not None
    fetched = await paying.desk.gateway.retrieve_refund(refund.stripe_id)
    await provider.control(f"refunds/{refund.stripe_id}", status="failed")
    await refund_looks.look(paying.desk, payment.id)
    await refund_looks.record(paying.desk, await row_of(paying, refund.id), fetched)
    assert ("missing_here", refund.id) not in await findings(paying)
    assert (await row_of(paying, refund.id)).state == "failed"


async def test_a_refund_that_another_node_started_is_looked_at_on_the_newest_bill(
    make_desk: MakeDesk, provider: Provider
) -> None:
    first = await Evening.at(await make_desk(provider=provider.url))
    second = await Evening.at(await make_desk(provider=provider.url))
    ana, payment = await paid(first, provider)
    await second.bill(ana.stream)
    await provider.control("refunds/outcome", status="pending")
    (refund,) = await give_back(first, payment.id)
    await refund_looks.observe_refund(second.desk, refund.id)
    assert (await row_of(second, refund.id)).state == "pending"


async def test_f35_refunds_of_the_dashboard_are_imported_once_each(paying: Evening, provider: Provider) -> None:
    """F35: partial, twice; however often they are looked at, by whomever."""
    ana, payment = await paid(paying, provider, tipAmount=200)
    intent = await _intent(provider)
    made = [await provider.control("refunds", payment_intent=intent, amount=amount) for amount in (300, 500)]
    for _ in range(2):
        await refund_looks.look(paying.desk, payment.id)
    rows = await kept.of_payment(paying.desk.database, payment.id)
    assert {(row.cause, row.stripe_id, row.amount, row.state) for row in rows} == {
        ("provider", each["id"], each["amount"], "succeeded") for each in made
    }
    assert len(rows) == 2
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].returned, bill.unpaid, bill.status) == (800, 0, "settled")
    await provider.control("refunds", payment_intent=intent)
    await refund_looks.look(paying.desk, payment.id)
    assert (await paying.bill(ana.stream)).payments[payment.id].returned == BURGER + 200


async def test_a_refund_of_the_dashboard_is_booked_as_soon_as_ours_is_out_of_its_way(
    paying: Evening, provider: Provider
) -> None:
    """Ours could not be sent, theirs took a part of it: the provider refuses ours, and then theirs fits."""
    ana, payment = await paid(paying, provider)
    await provider.fault("cut", operation="refunds.create", times=0)
    (ours,) = await give_back(paying, payment.id)
    await provider.heal()
    theirs = await provider.control("refunds", payment_intent=await _intent(provider), amount=500)
    with pytest.raises(Unknown):
        await refund_looks.look(paying.desk, payment.id)
    assert ("missing_here", theirs["id"]) in await findings(paying)
    paying.clock.pass_(seconds=31)
    await paying.work()
    assert (await row_of(paying, ours.id)).state == "failed"
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].returned, bill.payments[payment.id].on_its_way) == (500, 0)
    assert await findings(paying) == {("refund_failed", ours.id)}


async def test_f44_what_a_partial_capture_released_is_not_booked_as_a_refund(
    paying: Evening, provider: Provider
) -> None:
    """F44: it is in the list of refunds, and no captured money went back."""
    ana, payment = await paid(paying, provider)
    await provider.control("refunds", payment_intent=await _intent(provider), amount=300, released=True)
    await refund_looks.look(paying.desk, payment.id)
    assert await kept.of_payment(paying.desk.database, payment.id) == []
    await provider.control("refunds", payment_intent=await _intent(provider), amount=200)
    await refund_looks.look(paying.desk, payment.id)
    assert (await paying.bill(ana.stream)).payments[payment.id].returned == 200


async def test_f39_an_unknown_status_is_kept_as_text_and_moves_no_money(paying: Evening, provider: Provider) -> None:
    """F39: a version of the provider that nobody here knows."""
    ana, payment = await paid(paying, provider)
    await provider.control("refunds/outcome", status="held_at_customs")
    (refund,) = await give_back(paying, payment.id)
    assert (refund.state, refund.provider_status) == ("pending", "held_at_customs")
    shown = (await paying.bill(ana.stream)).payments[payment.id]
    assert (shown.on_its_way, shown.returned) == (BURGER, 0)
    assert ("unknown_status", refund.id) in await findings(paying)


async def test_another_amount_than_ours_is_no_evidence(paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider)
    await provider.control("refunds/outcome", status="pending")
    (refund,) = await give_back(paying, payment.id, amount=500)
    row = await row_of(paying, refund.id)
    assert row.stripe_id is not None
    found = await paying.desk.gateway.retrieve_refund(row.stripe_id)
    row.amount = 499
    await refund_looks.record(paying.desk, row, found)
    assert ("mismatch", refund.id) in await findings(paying)
    assert (await paying.bill(ana.stream)).payments[payment.id].on_its_way == 500
