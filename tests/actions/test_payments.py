import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.actions import errors, payments
from app.actions.shapes import PaymentRequest
from app.domain.tile import summary
from app.storage import payments as rows
from app.storage.appends import Append, Committed, Unavailable
from app.storage.log import Log
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider, access, start


async def test_a_card_payment_goes_from_the_quoted_share_to_a_settled_bill(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream, tipAmount=200)
    assert (started.status, started.amount, started.tip_amount) == ("awaiting", 1579, 200)
    assert started.publishable_key == "pk_test_sandbox"
    await provider.confirm(started)
    told = await payments.state(paying.desk, started.id, by=access(ana))
    assert told.status == "succeeded"
    bill = await paying.bill(ana.stream)
    assert (bill.status, bill.unpaid) == ("settled", 0)


async def test_what_the_provider_charges_is_what_the_page_said(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger", "Pasta")
    started = await paying.pay(ana, ana.stream, tipAmount=77)
    (intent,) = await provider.intents()
    assert intent["amount"] == started.amount + started.tip_amount
    assert intent["metadata"] == {
        "payment": started.id,
        "table_session": ana.stream,
        "restaurant": paying.restaurant,
        "environment": "development",
        "tip": "77",
    }


async def test_nobody_but_the_payer_learns_the_client_secret(paying: Evening) -> None:
    ana, ben = await paying.seat("Ana"), await paying.seat("Ben")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    told = await payments.state(paying.desk, started.id, by=paying.team["waiter"])
    assert told.client_secret is None
    with pytest.raises(errors.NotFound):
        await payments.state(paying.desk, started.id, by=access(ben))
    assert started.client_secret is not None
    assert started.client_secret not in repr(started)


async def test_the_same_payment_asked_for_twice_is_one(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    asked = PaymentRequest(payment_method="card")
    mine, wanted = access(ana), paying.desk.new_id()
    first = await payments.start(paying.desk, ana.stream, asked, by=mine, payment=wanted)
    again = await payments.start(paying.desk, ana.stream, asked, by=mine, payment=wanted)
    assert again == first
    assert len(await provider.intents()) == 1


async def test_a_double_tap_over_two_nodes_takes_the_money_once(make_desk: MakeDesk) -> None:
    nodes = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await nodes[0].seat("Ana")
    await nodes[0].order(ana, "Burger")
    asked, waiter, wanted = PaymentRequest(payment_method="cash", amount=500), nodes[0].team["waiter"], "p" * 26
    taps = (payments.start(node.desk, ana.stream, asked, by=waiter, payment=wanted) for node in nodes)
    first, second = await asyncio.gather(*taps)
    assert first == second
    assert (await nodes[0].bill(ana.stream)).reserved == 500


async def test_a_second_payment_of_a_guest_names_the_first(paying: Evening) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    with pytest.raises(errors.Refused) as caught:
        await paying.pay(ana, ana.stream)
    assert caught.value.code == "payment_open"
    assert caught.value.refusal.figures["payment"] == started.id


async def test_a_stale_figure_is_refused_with_both(paying: Evening) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    with pytest.raises(errors.Refused) as caught:
        await paying.pay(ana, ana.stream, expectedAmount=1)
    assert caught.value.code == "amount_changed"
    assert caught.value.refusal.figures == {"amount": 1579, "expectedAmount": 1}


async def test_too_little_for_a_card_is_refused_before_anything_is_sent(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Mint")
    with pytest.raises(errors.Refused) as caught:
        await paying.pay(ana, ana.stream)
    assert caught.value.code == "below_minimum"
    assert await provider.intents() == []


async def test_a_declined_card_keeps_the_share_and_another_may_be_tried(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started, "pm_card_visa_chargeDeclinedInsufficientFunds")
    told = await payments.state(paying.desk, started.id, by=access(ana))
    assert (told.status, told.decline) == ("awaiting", "insufficient_funds")
    assert (await paying.bill(ana.stream)).reserved == 1579
    await provider.confirm(started)
    paying.clock.pass_(seconds=3)
    told = await payments.state(paying.desk, started.id, by=access(ana))
    assert (told.status, told.decline) == ("succeeded", None)


async def test_staff_who_do_not_say_what_take_all_that_is_left(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger", "Pasta")
    taken = await evening.pay(evening.team["waiter"], ana.stream, paymentMethod="cash")
    assert taken.amount == (await evening.bill(ana.stream)).reserved == 2559


async def test_with_a_confirmation_token_one_call_creates_and_confirms(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    made = await provider.http.post(
        "/v1/test_helpers/confirmation_tokens",
        data={"payment_method": "pm_card_visa"},
        headers={"authorization": "Bearer sk_test_sandbox"},
    )
    started = await paying.pay(ana, ana.stream, confirmationToken=made.json()["id"])
    assert started.status == "succeeded"
    assert (await paying.bill(ana.stream)).status == "settled"


async def test_a_canceled_payment_frees_the_share_once_the_provider_agrees(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    told = await payments.cancel(paying.desk, started.id, by=access(ana))
    assert told.status == "canceled"
    assert (await paying.bill(ana.stream)).reserved == 0
    (intent,) = await provider.intents()
    assert intent["status"] == "canceled"


async def test_a_cancel_that_comes_too_late_settles(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    told = await payments.cancel(paying.desk, started.id, by=access(ana))
    assert told.status == "succeeded"


async def test_nobody_cancels_a_strangers_payment(paying: Evening) -> None:
    ana, ben = await paying.seat("Ana"), await paying.seat("Ben")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    with pytest.raises(errors.NotFound):
        await payments.cancel(paying.desk, started.id, by=access(ben))


async def test_cash_is_held_until_staff_confirm_it(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    assert (started.status, started.expires_at) == ("awaiting", None)
    assert (await evening.bill(ana.stream)).reserved == 1579
    with pytest.raises(errors.NotAllowed):
        await evening.do(ana, ana.stream, "payment.confirm", payment=started.id)
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id, given=2000)
    assert (await evening.bill(ana.stream)).status == "settled"


async def test_of_many_who_pay_the_same_share_one_wins(make_desk: MakeDesk, provider: Provider) -> None:
    """F01: at the same moment, over two nodes."""
    nodes = [await Evening.at(await make_desk(provider=provider.url)) for _ in range(2)]
    people = [await nodes[0].seat(f"Guest {number}") for number in range(6)]
    (line,) = await nodes[0].order(people[0], "Burger")
    wishes = [
        start(nodes[number % 2].desk, person, person.stream, pays={"lines": [line]})
        for number, person in enumerate(people)
    ]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    won = [one for one in outcomes if not isinstance(one, BaseException)]
    lost = [one for one in outcomes if isinstance(one, errors.Refused)]
    assert (len(won), len(lost)) == (1, 5)
    assert {one.code for one in lost} == {"share_being_paid"}
    assert all("Guest" in one.detail for one in lost)
    assert len(await provider.intents()) == 1


async def test_free_amounts_never_add_up_to_more_than_is_left(make_desk: MakeDesk) -> None:
    """F02: at the same moment, over two nodes; whoever is refused is told what is left."""
    nodes = [await Evening.at(await make_desk()) for _ in range(2)]
    people = [await nodes[0].seat(f"Guest {number}") for number in range(5)]
    await nodes[0].order(people[0], "Burger")
    wishes = [
        start(nodes[number % 2].desk, person, person.stream, paymentMethod="cash", amount=500)
        for number, person in enumerate(people)
    ]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 3
    refused = [one.refusal for one in outcomes if isinstance(one, errors.Refused)]
    assert [(each.code, each.figures["amount"]) for each in refused] == [("amount_changed", 79)] * 2
    bill = await nodes[1].bill(people[0].stream)
    assert (bill.reserved, bill.unpaid) == (1500, 79)


async def test_cash_marked_by_two_waiters_at_once_is_marked_once(make_desk: MakeDesk) -> None:
    """F50: over two nodes; the other one is told that it was confirmed."""
    nodes = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await nodes[0].seat("Ana")
    await nodes[0].order(ana, "Burger")
    started = await start(nodes[0].desk, ana, ana.stream, paymentMethod="cash")
    waiters = nodes[0].team["waiter"], nodes[0].team["manager"]
    marks = [
        node.do(waiter, ana.stream, "payment.confirm", payment=started.id, given=2000)
        for node, waiter in zip(nodes, waiters, strict=True)
    ]
    outcomes = await asyncio.gather(*marks, return_exceptions=True)
    assert [one.code for one in outcomes if isinstance(one, errors.Refused)] == ["already_paid"]
    assert (await nodes[1].bill(ana.stream)).status == "settled"


async def test_cash_for_a_share_whose_card_is_processing_is_warned_about_and_both_are_recorded(
    paying: Evening, provider: Provider
) -> None:
    """F49: staff are told who is paying; if a manager insists and both land, what is too much shows at once."""
    ana, waiter = await paying.seat("Ana"), paying.team["waiter"]
    await paying.order(ana, "Burger")
    card = await paying.pay(ana, ana.stream)
    with pytest.raises(errors.Refused) as refused:
        await paying.pay(waiter, ana.stream, paymentMethod="cash")
    assert refused.value.code == "share_being_paid"
    assert (refused.value.refusal.figures["payment"], "Ana" in refused.value.detail) == (card.id, True)
    await paying.do(paying.team["manager"], ana.stream, "payment.release", payment=card.id, reason="phone died")
    cash = await paying.pay(waiter, ana.stream, paymentMethod="cash")
    await paying.do(waiter, ana.stream, "payment.confirm", payment=cash.id)
    await provider.confirm(card)
    await payments.observe(paying.desk, card.id)
    bill = await paying.bill(ana.stream)
    assert (bill.payments[card.id].surplus, bill.payments[cash.id].surplus) == (1579, 0)
    assert "surplus" in summary(bill)["session"]["attention"]


NONSENSE: tuple[dict[str, Any], ...] = (
    {"pays": "mine", "includeOrders": ["x"]},
    {"amount": 0},
    {"amount": -5},
    {"amount": 1.5},
    {"amount": "5"},
    {"amount": 10**13},
    {"tipAmount": -1},
    {"paymentMethod": "giftCard"},
    {"paymentMethod": None},
    {"pays": {"lines": []}},
    {"pays": {"lines": ["x"], "guests": ["y"]}},
    {"surprise": True},
)


async def test_a_request_that_makes_no_sense_names_its_fault(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    for wrong in NONSENSE:
        with pytest.raises(errors.Invalid):
            await evening.pay(ana, ana.stream, **{"paymentMethod": "cash", **wrong})
    assert (await evening.bill(ana.stream)).payments == {}


async def test_orders_can_be_paid_by_their_ids(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    await evening.order(ana, "Pasta")
    first = next(iter((await evening.bill(ana.stream)).orders))
    started = await evening.pay(ana, ana.stream, paymentMethod="cash", includeOrders=[first])
    assert started.amount == 1579
    with pytest.raises(errors.NotFound):
        await evening.pay(ana, ana.stream, paymentMethod="cash", includeOrders=["elsewhere"])


@pytest.mark.parametrize("share", [{"pays": "mine"}, {"includeOrders": True}])
async def test_an_amount_beside_what_is_paid_must_be_the_right_one(evening: Evening, share: dict[str, object]) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    if "includeOrders" in share:
        share = {"includeOrders": list((await evening.bill(ana.stream)).orders)}
    with pytest.raises(errors.Refused) as caught:
        await evening.pay(ana, ana.stream, paymentMethod="cash", amount=1578, **share)
    assert (caught.value.refusal.code, caught.value.refusal.figures["amount"]) == ("amount_changed", 1579)
    assert (await evening.pay(ana, ana.stream, paymentMethod="cash", amount=1579, **share)).amount == 1579


async def test_a_seat_is_no_place_to_try_out_cards(make_desk: MakeDesk, provider: Provider) -> None:
    evening = await Evening.at(await make_desk(provider=provider.url, payment_starts_per_hour_max=2))
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    for _ in range(2):
        started = await evening.pay(ana, ana.stream)
        await payments.cancel(evening.desk, started.id, by=access(ana))
    with pytest.raises(errors.TooMany) as caught:
        await evening.pay(ana, ana.stream)
    assert caught.value.retry_after_s is not None
    with pytest.raises(errors.Refused, match="changed"):
        await evening.pay(ana, ana.stream, expectedAmount=1)
    cash = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await payments.cancel(evening.desk, cash.id, by=access(ana))
    evening.clock.pass_(hours=1)
    await evening.pay(ana, ana.stream)


async def test_whoever_had_too_many_cards_declined_pays_cash_or_waits(make_desk: MakeDesk, provider: Provider) -> None:
    """F57."""
    evening = await Evening.at(await make_desk(provider=provider.url, declines_max=2))
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    await evening.order(ana, "Burger")
    await evening.order(ben, "Pasta")
    for _ in range(2):
        started = await evening.pay(ana, ana.stream)
        await provider.confirm(started, "pm_card_visa_chargeDeclinedInsufficientFunds")
        evening.clock.pass_(seconds=60)
        await payments.state(evening.desk, started.id, by=access(ana))
        await payments.cancel(evening.desk, started.id, by=access(ana))
    with pytest.raises(errors.TooMany) as caught:
        await evening.pay(ana, ana.stream)
    assert caught.value.retry_after_s is not None
    assert 480 < caught.value.retry_after_s <= 541
    assert (await evening.pay(ben, ben.stream)).status == "awaiting"
    cash = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await payments.cancel(evening.desk, cash.id, by=access(ana))
    evening.clock.pass_(seconds=caught.value.retry_after_s)
    assert (await evening.pay(ana, ana.stream)).status == "awaiting"


async def test_the_payment_status_adds_up(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    await evening.order(ana, "Burger")
    await evening.order(ben, "Pasta")
    before = await payments.status(evening.desk, ana.stream)
    assert "lastPaymentAt" not in before
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id)
    await evening.pay(ben, ana.stream, paymentMethod="terminal", amount=300)
    told = await payments.status(evening.desk, ana.stream)
    assert (told["totalAmount"], told["paidAmount"], told["reservedAmount"]) == (2559, 1579, 300)
    assert told["remainingAmount"] == 2559 - 1579 - 300
    assert told["canAcceptNewPayment"] is True
    assert "lastPaymentAt" in told
    assert [one["status"] for one in told["payments"]] == ["succeeded", "awaiting"]


async def test_a_payment_and_its_planned_call_are_there_together_or_not_at_all(make_desk: MakeDesk) -> None:
    """F06: what is reserved can always be sent, because both are one transaction."""
    evening = await Evening.at(await make_desk())
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream)
    (call,) = await rows.calls_of(evening.desk.database, started.id)
    assert (call.key, call.state, call.sends) == (f"pay:{started.id}:create", "sent", 1)
    assert started.checking
    assert started.client_secret is None


class LastWord(Log):
    """A log that is gone after one append, as where its process is killed."""

    is_said = False

    async def submit(self, append: Append) -> asyncio.Future[tuple[Committed, ...]]:
        if self.is_said:
            raise Unavailable("killed")
        self.is_said = True
        return await super().submit(append)


async def test_whoever_dies_after_the_payment_was_written_has_written_its_call(make_desk: MakeDesk) -> None:
    """F06: as above, where the process ends right after its first append."""
    evening = await Evening.at(await make_desk())
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    async with LastWord(evening.desk.database) as log:
        with suppress(errors.Unavailable):
            await start(replace(evening.desk, log=log), ana, ana.stream)
    (payment,) = (await evening.bill(ana.stream)).payments
    assert [call.key for call in await rows.calls_of(evening.desk.database, payment)] == [f"pay:{payment}:create"]


async def test_a_page_that_keeps_asking_does_not_keep_us_asking(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    for _ in range(5):
        await payments.state(paying.desk, started.id, by=access(ana))
    assert len(await provider.journal("payment_intents.retrieve")) == 1
    paying.clock.pass_(seconds=timedelta(seconds=3).total_seconds())
    await payments.state(paying.desk, started.id, by=access(ana))
    assert len(await provider.journal("payment_intents.retrieve")) == 2
