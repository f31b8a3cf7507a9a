"""Letting go of a share: a reservation outlives doubt (payments.md, rule 2)."""

import asyncio

from app.actions import attending, payments
from app.actions.guests import Joined
from app.actions.shapes import PaymentRequest
from app.storage import payments as rows
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider, access


async def _ordered(evening: Evening, *names: str) -> Joined:
    ana = await evening.seat("Ana")
    await evening.order(ana, *(names or ("Burger",)))
    return ana


async def test_a_share_whose_time_is_over_is_free_once_the_provider_has_canceled(
    paying: Evening, provider: Provider
) -> None:
    ana = await _ordered(paying)
    started = await paying.pay(ana, ana.stream)
    paying.clock.pass_(minutes=5, seconds=1)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert (bill.payments[started.id].status, bill.reserved) == ("canceled", 0)
    assert [intent["status"] for intent in await provider.intents()] == ["canceled"]
    assert [line["key"] for line in await provider.journal("payment_intents.cancel")] == [f"pay:{started.id}:cancel"]


async def test_while_the_provider_does_not_answer_the_share_stays_held(paying: Evening, provider: Provider) -> None:
    ana = await _ordered(paying)
    started = await paying.pay(ana, ana.stream)
    fault = await provider.fault("cut", operation="payment_intents.cancel", times=0)
    paying.clock.pass_(minutes=5, seconds=1)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert (bill.payments[started.id].expiring, bill.reserved) == ("expired", 1579)
    await provider.http.delete(f"/_sandbox/faults/{fault}")
    paying.clock.pass_(minutes=10)
    await paying.work()
    assert (await paying.bill(ana.stream)).reserved == 0


async def test_a_payment_that_was_under_way_and_then_declined_is_cancelled_under_a_key_of_its_own(
    paying: Evening, provider: Provider
) -> None:
    """The provider refuses to cancel what is processing, and remembers that with the key."""
    ana = await _ordered(paying)
    started = await paying.pay(ana, ana.stream)
    code = "payment_intent_unexpected_state"
    await provider.fault("error", operation="payment_intents.cancel", status=400, code=code, saved=True)
    await payments.cancel(paying.desk, started.id, by=access(ana))
    assert (await paying.bill(ana.stream)).reserved == 1579
    paying.clock.pass_(minutes=5, seconds=1)
    await paying.work()
    assert (await paying.bill(ana.stream)).payments[started.id].status == "canceled"
    keys = [line["key"] for line in await provider.journal("payment_intents.cancel")]
    assert keys == [f"pay:{started.id}:cancel", f"pay:{started.id}:cancel:2"]


async def test_money_taken_while_the_share_was_being_let_go_settles(paying: Evening, provider: Provider) -> None:
    """F19, F27: what the provider holds wins over what we wanted."""
    ana = await _ordered(paying)
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    paying.clock.pass_(minutes=5, seconds=1)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert (bill.payments[started.id].status, bill.status) == ("succeeded", "settled")


async def test_what_was_never_sent_is_withdrawn_and_free_at_once(make_desk: MakeDesk, provider: Provider) -> None:
    evening = await Evening.at(await make_desk(provider=provider.url))
    ana = await _ordered(evening)
    request = PaymentRequest(payment_method="card")
    payment = evening.desk.new_id()
    await payments._reserve(evening.desk, ana.stream, request, payment, access(ana), None)  # noqa: SLF001
    row = await rows.payment(evening.desk.database, payment)
    assert row is not None
    await attending.cancel(evening.desk, row, "payer", by=access(ana).actor)
    assert (await evening.bill(ana.stream)).reserved == 0
    evening.clock.pass_(hours=1)
    await evening.work()
    assert await provider.intents() == []


async def test_an_expiry_in_doubt_about_the_create_finds_and_cancels_it(paying: Evening, provider: Provider) -> None:
    ana = await _ordered(paying)
    await provider.fault("cut", operation="payment_intents.create", effect="done", times=1)
    started = await paying.pay(ana, ana.stream)
    paying.clock.pass_(minutes=6)
    await paying.work()
    paying.clock.pass_(minutes=10)
    await paying.work()
    assert (await paying.bill(ana.stream)).payments[started.id].status == "canceled"
    assert [intent["status"] for intent in await provider.intents()] == ["canceled"]


async def test_a_payer_who_keeps_the_page_open_keeps_the_share(paying: Evening) -> None:
    ana = await _ordered(paying)
    started = await paying.pay(ana, ana.stream)
    for _ in range(3):
        paying.clock.pass_(minutes=4)
        await paying.do(ana, ana.stream, "payment.keep", payment=started.id)
        await paying.work()
    assert (await paying.bill(ana.stream)).reserved == 1579
    for _ in range(3):
        paying.clock.pass_(minutes=4)
        await paying.do(ana, ana.stream, "payment.keep", payment=started.id)
    await paying.work()
    assert (await paying.bill(ana.stream)).reserved == 0


async def test_a_confirmation_by_the_bank_extends_the_share(paying: Evening, provider: Provider) -> None:
    ana = await _ordered(paying)
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started, "pm_card_authenticationRequired")
    paying.clock.pass_(minutes=4)
    told = await payments.state(paying.desk, started.id, by=access(ana))
    assert told.next_action == "requires_action"
    paying.clock.pass_(minutes=2)
    await paying.work()
    assert (await paying.bill(ana.stream)).reserved == 1579


async def test_whoever_is_asked_by_their_bank_when_the_time_is_over_gets_more(
    paying: Evening, provider: Provider
) -> None:
    """F27: a page that went to the bank gives no sign of life; the provider's word that it waits there is one."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started, "pm_card_threeDSecure2Required")
    paying.clock.pass_(minutes=2, seconds=1)
    await paying.work()
    for _ in range(3):
        paying.clock.pass_(minutes=5, seconds=1)
        await paying.work()
        assert (await paying.bill(ana.stream)).payments[started.id].holds
    paying.clock.pass_(minutes=5)
    await paying.work()
    assert (await paying.bill(ana.stream)).payments[started.id].status == "canceled"


async def test_a_success_after_a_forced_release_is_recorded_beside_the_lines(
    paying: Evening, provider: Provider
) -> None:
    """F28: captured money is never refused; what no line can take is the payment's surplus."""
    ana, ben = await paying.seat("Ana"), await paying.seat("Ben")
    (line,) = await paying.order(ana, "Burger")
    late = await paying.pay(ana, ana.stream)
    await paying.do(paying.team["manager"], ana.stream, "payment.release", payment=late.id, reason="they left")
    fault = await provider.fault("cut", operation="payment_intents.cancel", times=0)
    cash = await paying.pay(ben, ben.stream, paymentMethod="cash", pays={"lines": [line]})
    await paying.do(paying.team["waiter"], ben.stream, "payment.confirm", payment=cash.id)
    await provider.confirm(late)
    await provider.http.delete(f"/_sandbox/faults/{fault}")
    paying.clock.pass_(minutes=1)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert (bill.payments[late.id].status, bill.payments[late.id].surplus) == ("succeeded", 1579)
    row = await rows.payment(paying.desk.database, late.id)
    assert row is not None
    assert (row.surplus, row.captured) == (1579, 1579)


async def test_two_nodes_that_attend_at_once_cancel_once(make_desk: MakeDesk, provider: Provider) -> None:
    """F54: the journal of the provider shows one cancel."""
    nodes = [await Evening.at(await make_desk(provider=provider.url)) for _ in range(2)]
    ana = await _ordered(nodes[0])
    started = await nodes[0].pay(ana, ana.stream)
    for node in nodes:
        node.clock.pass_(minutes=6)
    await asyncio.gather(*(node.work() for node in nodes))
    assert (await nodes[0].bill(ana.stream)).payments[started.id].status == "canceled"
    assert len(await provider.journal("payment_intents.cancel")) == 1
