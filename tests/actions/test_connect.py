"""Restaurants with an account of their own: money on its way there, fees booked late, events of others."""

from typing import Any

import orjson
import pytest

from app.actions import connect, errors, findings, proof, shapes, webhooks
from app.actions.connect import Terms
from app.storage import ledger, payments, restaurants
from app.storage.tables import InboxRow
from app.storage.verify import verify
from tests.actions.evening import Evening, Provider
from tests.actions.returning import give_back

HOUSE = {"applicationFeePpm": 15_000, "applicationFeeFixed": 10}


async def connected(paying: Evening, provider: Provider, **settings: Any) -> str:
    """Give the house an account of its own."""
    key = {"authorization": "Bearer sk_test_sandbox"}
    account = (await provider.http.post("/v1/accounts", data={"type": "express"}, headers=key)).json()["id"]
    asked = shapes.read(shapes.ConnectRequest, {"stripeAccount": account, **HOUSE, **settings})
    await connect.change(paying.desk, asked, by=paying.team["owner"])
    return str(account)


async def dinner(paying: Evening, provider: Provider, **request: Any) -> str:
    """A burger, paid by card; the id of its payment, of whose fee nobody knows yet."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream, **request)
    await provider.confirm(started)
    paying.clock.pass_(seconds=31)
    await paying.work()
    return started.id


async def settle(paying: Evening, provider: Provider, payment: str) -> None:
    """The charge settles at the provider now."""
    row = await payments.payment(paying.desk.database, payment)
    assert row is not None
    await provider.http.post(f"/_sandbox/objects/{row.charge_id}/finish")


async def booked(paying: Evening, kind: str = "fee") -> dict[str, int]:
    """What was booked of a kind, by account."""
    start, end = paying.clock.now.replace(year=2000), paying.clock.now.replace(year=2100)
    totals = await ledger.totals(paying.desk.database, paying.restaurant, start, end)
    return {each.account: each.amount for each in totals if each.kind == kind}


def test_the_fee_is_of_the_amount_in_whole_steps_and_never_more_than_there_is() -> None:
    assert Terms("acct_1", 15_000, 10).fee(1579, 1) == 34
    assert Terms("acct_1", 15_000, 13).fee(15_790, 10) == 240 + 10
    assert Terms("acct_1", 0, 500).fee(300, 1) == 300
    assert Terms(None, 15_000, 10).fee(1579, 1) == 0


async def test_a_payment_goes_to_the_restaurants_account_less_the_fee(paying: Evening, provider: Provider) -> None:
    account = await connected(paying, provider)
    payment = await dinner(paying, provider, tipAmount=200)
    (intent,) = await provider.intents()
    row = await payments.payment(paying.desk.database, payment)
    assert row is not None
    assert (intent["transfer_data"], intent["application_fee_amount"]) == ({"destination": account}, 34)
    assert (row.destination, row.application_fee) == (account, 34)


async def test_the_fee_is_booked_when_the_charge_settles_and_once(paying: Evening, provider: Provider) -> None:
    """F45: transfer and application fee are null at the success; what `charge.updated` leads to books them."""
    await connected(paying, provider)
    payment = await dinner(paying, provider)
    await settle(paying, provider, payment)
    row = await payments.payment(paying.desk.database, payment)
    assert row is not None
    event = InboxRow(
        source="stripe",
        event_id="evt_1",
        type="charge.updated",
        object_id=row.charge_id,
        body=orjson.dumps({"intent": row.intent_id, "payment": payment, "created": 1}),
        received_at=paying.clock(),
        next_at=paying.clock(),
    )
    await webhooks.process(paying.desk, event)
    await webhooks.process(paying.desk, event)
    assert await booked(paying) == {"application_fee": 34, "stripe_clearing": -34}
    row = await payments.payment(paying.desk.database, payment)
    assert row is not None
    assert row.fee == 34
    report = await verify(paying.desk.database, proof.replay)
    assert report.faults == []


async def test_a_refund_takes_the_money_back_from_the_account_and_the_fee_in_proportion(
    paying: Evening, provider: Provider
) -> None:
    await connected(paying, provider)
    payment = await dinner(paying, provider)
    await connect.book_fee(paying.desk, payment)
    (refund,) = await give_back(paying, payment, amount=790)
    (sent,) = await provider.refunds()
    assert (refund.state, sent["transfer_reversal"] is not None) == ("succeeded", True)
    await connect.book_fee(paying.desk, payment)
    assert await booked(paying) == {"application_fee": 34 - 17, "stripe_clearing": 17 - 34}


async def test_a_refund_gives_back_no_fee_where_none_was_taken(paying: Evening, provider: Provider) -> None:
    await connected(paying, provider, applicationFeePpm=0, applicationFeeFixed=0)
    payment = await dinner(paying, provider)
    (refund,) = await give_back(paying, payment)
    assert refund.state == "succeeded"


async def test_a_fee_that_nobody_knows_yet_is_no_error_and_asked_for_again(paying: Evening, provider: Provider) -> None:
    """F45: what cannot be asked for books nothing and breaks nothing."""
    await provider.fault("error", operation="charges.retrieve", status=500, times=100)
    payment = await dinner(paying, provider)
    paying.clock.pass_(minutes=2)
    await connect.book_missing_fees(paying.desk)
    assert await booked(paying) == {}
    await provider.heal()
    await settle(paying, provider, payment)
    await connect.book_missing_fees(paying.desk)
    fee = 30 + 1579 * 29 // 1000
    assert await booked(paying) == {"provider_fees": fee, "stripe_clearing": -fee}


async def test_an_event_of_another_account_is_not_believed(paying: Evening, provider: Provider) -> None:
    """F46: the event's account must be the payment's; otherwise nothing is looked at and a finding says so."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    row = await payments.payment(paying.desk.database, started.id)
    assert row is not None
    event = InboxRow(
        source="stripe",
        event_id="evt_1",
        type="payment_intent.succeeded",
        object_id=row.intent_id,
        account="acct_of_somebody_else",
        body=orjson.dumps({"intent": row.intent_id, "payment": started.id, "created": 1}),
        received_at=paying.clock(),
        next_at=paying.clock(),
    )
    await webhooks.process(paying.desk, event)
    assert (await paying.bill(ana.stream)).payments[started.id].status == "awaiting"
    (found,) = (await findings.listed(paying.desk, by=paying.team["manager"]))["findings"]
    assert (found["kind"], found["subject"]) == ("wrong_account", started.id)


async def test_payouts_are_listed_for_a_restaurant_with_an_account(paying: Evening, provider: Provider) -> None:
    with pytest.raises(errors.Refused) as refused:
        await connect.payouts(paying.desk, by=paying.team["manager"])
    assert refused.value.code == "not_connected"
    account = await connected(paying, provider)
    headers = {"authorization": "Bearer sk_test_sandbox", "stripe-account": account}
    await provider.http.post("/v1/payouts", data={"amount": "700", "currency": "usd"}, headers=headers)
    told = await connect.payouts(paying.desk, by=paying.team["manager"])
    assert [(each["amount"], each["status"]) for each in told["payouts"]] == [(700, "paid")]
    await provider.fault("error", operation="payouts.list", status=500, times=100)
    with pytest.raises(errors.Unavailable):
        await connect.payouts(paying.desk, by=paying.team["manager"])


async def test_only_an_owner_says_where_money_goes(evening: Evening) -> None:
    asked = shapes.read(shapes.ConnectRequest, {"stripeAccount": "acct_1", "dayStartsAt": "05:30"})
    with pytest.raises(errors.NotAllowed):
        await connect.change(evening.desk, asked, by=evening.team["manager"])
    await connect.change(evening.desk, asked, by=evening.team["owner"])
    assert await connect.settings(evening.desk, by=evening.team["manager"]) == {
        "stripeAccount": "acct_1",
        "applicationFeePpm": 0,
        "applicationFeeFixed": 0,
        "dayStartsAt": "05:30",
    }
    house = await restaurants.restaurant(evening.desk.database, evening.restaurant)
    assert house is not None
    assert house.day_starts_minutes == 330


async def test_what_is_no_account_is_refused(evening: Evening) -> None:
    asked = shapes.read(shapes.ConnectRequest, {"stripeAccount": "sk_live_1"})
    with pytest.raises(errors.Invalid):
        await connect.change(evening.desk, asked, by=evening.team["owner"])
