"""Trying the payer's card on a payment that is there, with what their page collected."""

import asyncio

import pytest

from app.actions import confirming, errors
from app.actions.capturing import confirm_key
from app.actions.guests import Joined
from app.actions.payments import PaymentStarted
from app.storage import payments as rows
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider, access


async def collected(provider: Provider, card: str = "pm_card_visa") -> str:
    """What the card form hands over."""
    made = await provider.http.post(
        "/v1/test_helpers/confirmation_tokens",
        data={"payment_method": card},
        headers={"authorization": "Bearer sk_test_sandbox"},
    )
    token: str = made.json()["id"]
    return token


async def begun(evening: Evening) -> tuple[Joined, PaymentStarted]:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    return ana, await evening.pay(ana, ana.stream)


async def test_another_card_is_another_decision_and_another_key(paying: Evening, provider: Provider) -> None:
    ana, started = await begun(paying)
    first = await collected(provider, "pm_card_visa_chargeDeclined")
    told = await confirming.pay(paying.desk, started.id, first, by=access(ana), attempt="1")
    assert (told.status, told.decline) == ("awaiting", "generic_decline")
    second = await collected(provider)
    told = await confirming.pay(paying.desk, started.id, second, by=access(ana), attempt="2")
    assert told.status == "succeeded"
    keys = [line["key"] for line in await provider.journal("payment_intents.confirm")]
    assert keys == [confirm_key(started.id, 1), confirm_key(started.id, 2)]


async def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(
    paying: Evening, provider: Provider
) -> None:
    ana, started = await begun(paying)
    await provider.fault("cut", operation="payment_intents.confirm", effect="done")
    token = await collected(provider)
    told = await confirming.pay(paying.desk, started.id, token, by=access(ana), attempt="1")
    assert told.status == "awaiting"
    with pytest.raises(errors.Refused) as refused:
        await confirming.pay(paying.desk, started.id, token, by=access(ana), attempt="2")
    assert refused.value.code == "payment_open"
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert (await paying.bill(ana.stream)).status == "settled"
    assert {line["key"] for line in await provider.journal("payment_intents.confirm")} == {confirm_key(started.id, 1)}
    assert len(await provider.intents()) == 1


async def test_a_confirm_that_is_a_day_old_stays_in_doubt_until_somebody_could_look(
    paying: Evening, provider: Provider
) -> None:
    ana, started = await begun(paying)
    await provider.fault("cut", operation="payment_intents.confirm", effect="done")
    await confirming.pay(paying.desk, started.id, await collected(provider), by=access(ana), attempt="1")
    await provider.fault("cut", operation="payment_intents.retrieve", times=0)
    paying.clock.pass_(hours=23, minutes=1)
    await paying.work()
    call = await rows.call(paying.desk.database, confirm_key(started.id, 1))
    assert call is not None
    assert call.state == "sent"
    await provider.heal()
    paying.clock.pass_(minutes=6)
    await paying.work()
    assert (await paying.bill(ana.stream)).status == "settled"
    assert len(await provider.journal("payment_intents.confirm")) == 1


async def test_the_same_attempt_over_two_nodes_is_one_try(make_desk: MakeDesk, provider: Provider) -> None:
    first = await Evening.at(await make_desk(provider=provider.url))
    second = await Evening.at(await make_desk(provider=provider.url, clock=first.clock))
    ana, started = await begun(first)
    token = await collected(provider)
    tries = [
        confirming.pay(node.desk, started.id, token, by=access(ana), attempt=name)
        for node, name in ((first, "1"), (second, "2"))
    ]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert [end.code for end in ends if isinstance(end, errors.Refused)] in ([], ["payment_open"], ["already_paid"])
    assert len({line["key"] for line in await provider.journal("payment_intents.confirm")}) == 1
    assert (await second.bill(ana.stream)).status == "settled"


async def test_a_payment_that_was_given_up_takes_no_card(paying: Evening, provider: Provider) -> None:
    ana, started = await begun(paying)
    await paying.do(paying.team["manager"], ana.stream, "payment.release", payment=started.id, reason="gone")
    with pytest.raises(errors.Refused) as refused:
        await confirming.pay(paying.desk, started.id, await collected(provider), by=access(ana), attempt="1")
    assert refused.value.code == "payment_ended"
    assert await rows.call(paying.desk.database, confirm_key(started.id, 1)) is None


async def test_what_is_not_a_card_takes_none(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    cash = await evening.pay(ana, ana.stream, paymentMethod="cash")
    with pytest.raises(errors.NotAllowed):
        await confirming.pay(evening.desk, cash.id, "ctoken_1", by=access(ana), attempt="1")
