"""Refunds on their way to the provider: lost answers, refusals, keys that are too old."""

from app.actions import calls
from app.actions.refund_calls import refund_key
from app.storage import payments as rows
from tests.actions.evening import Evening, Provider
from tests.actions.returning import BURGER, findings, give_back, paid, row_of


async def test_f32_a_lost_reply_is_asked_for_with_the_same_key_and_one_refund_comes_of_it(
    paying: Evening, provider: Provider
) -> None:
    """F32: in doubt it counts as on its way, and nothing new is made of it."""
    ana, payment = await paid(paying, provider)
    await provider.fault("cut", operation="refunds.create", effect="done")
    (refund,) = await give_back(paying, payment.id)
    assert refund.state == "planned"
    assert (await paying.bill(ana.stream)).payments[payment.id].on_its_way == BURGER
    paying.clock.pass_(seconds=31)
    await paying.work()
    assert (await row_of(paying, refund.id)).state == "succeeded"
    assert [line["key"] for line in await provider.journal("refunds.create")] == [refund_key(refund.id)] * 2
    assert len(await provider.refunds()) == 1


async def test_a_key_older_than_a_day_is_looked_up_by_its_metadata(paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider)
    await provider.fault("cut", operation="refunds.create", effect="done")
    (refund,) = await give_back(paying, payment.id)
    paying.clock.pass_(hours=23, minutes=1)
    await calls.send(paying.desk, refund_key(refund.id))
    assert len(await provider.journal("refunds.create")) == 1
    assert (await row_of(paying, refund.id)).state == "succeeded"
    assert (await paying.bill(ana.stream)).payments[payment.id].returned == BURGER
    call = await rows.call(paying.desk.database, refund_key(refund.id))
    assert call is not None
    assert call.state == "looked_up"


async def test_a_refund_that_never_happened_is_given_up_after_a_day_and_somebody_is_told(
    paying: Evening, provider: Provider
) -> None:
    ana, payment = await paid(paying, provider)
    await provider.fault("cut", operation="refunds.create", times=0)
    (refund,) = await give_back(paying, payment.id, owedAgain=True)
    paying.clock.pass_(hours=23, minutes=1)
    await calls.send(paying.desk, refund_key(refund.id))
    assert (await row_of(paying, refund.id)).failure_reason == "never_created"
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].on_its_way, bill.status) == (0, "settled")
    assert ("refund_failed", refund.id) in await findings(paying)


async def test_a_definitive_refusal_leaves_the_money_where_it_was(paying: Evening, provider: Provider) -> None:
    """The dashboard was faster: ours is refused, and theirs is booked instead."""
    ana, payment = await paid(paying, provider)
    await provider.control("refunds", payment_intent=(await provider.intents())[0]["id"])
    (refund,) = await give_back(paying, payment.id)
    assert (refund.state, refund.failure_reason) == ("failed", "charge_already_refunded")
    assert ("refund_failed", refund.id) in await findings(paying)
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].returned, bill.payments[payment.id].on_its_way) == (BURGER, 0)
    assert {each.cause: each.status for each in bill.refunds.values()} == {"staff": "failed", "provider": "succeeded"}
