"""Fees, the balance's own list and payouts, asked of the sandbox."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.payments.gateway import CreateIntent, CreateRefund
from app.payments.settling import Settlement
from app.payments.stripe_gateway import StripeGateway
from app.payments.stripe_gateway.balance import read_settlement, read_transaction
from tests.payments.test_stripe_gateway import paid
from tests.stripe_sandbox.process import Running

LONG = timedelta(hours=1)


@pytest.fixture
async def stripe_api(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    """Stripe's API as its dashboard uses it."""
    headers = {"authorization": f"Bearer {running.secret_key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=headers, trust_env=False) as http:
        yield http


async def settled(http: httpx.AsyncClient, gateway: StripeGateway, intent_id: str) -> Settlement:
    """What becomes of the intent's charge, brought about now."""
    charge = (await gateway.retrieve_intent(intent_id)).charge_id
    assert charge is not None
    await http.post(f"/_sandbox/objects/{charge}/finish")
    return await gateway.settlement(charge)


async def test_a_fee_is_unknown_until_the_charge_has_settled(
    gateway: StripeGateway, stripe_api: httpx.AsyncClient
) -> None:
    """F45: what is null at the success is None here, and no error."""
    intent = await paid(gateway)
    charge = (await gateway.retrieve_intent(intent)).charge_id
    assert charge is not None
    early = await gateway.settlement(charge)
    assert (early.fee, early.application_fee, early.transfer_id) == (None, None, None)
    assert (await settled(stripe_api, gateway, intent)).fee == 30 + 36


async def test_money_goes_to_the_restaurants_account_less_our_fee(
    gateway: StripeGateway, stripe_api: httpx.AsyncClient
) -> None:
    account = (await stripe_api.post("/v1/accounts", data={"type": "express"})).json()["id"]
    there = CreateIntent("P2", "T1", "R1", 1250, "EUR", destination=account, application_fee=50)
    intent = await paid(gateway, there)
    known = await settled(stripe_api, gateway, intent)
    assert (known.application_fee, known.transfer_id is not None) == (50, True)
    back = CreateRefund("r1", intent, 500, "EUR", reverse_transfer=True, refund_application_fee=True)
    await gateway.refund(back, key="ref:r1:create")
    charge = (await gateway.retrieve_intent(intent)).charge_id
    assert charge is not None
    assert (await gateway.settlement(charge)).application_fee == 30
    await stripe_api.post("/v1/payouts", data={"amount": "700", "currency": "eur"}, headers={"stripe-account": account})
    (payout,) = await gateway.payouts(account=account)
    assert (payout.amount, payout.currency, payout.status) == (700, "EUR", "paid")
    assert await gateway.payouts() == ()


async def test_the_balance_lists_charges_and_refunds_with_their_restaurant(
    gateway: StripeGateway, stripe_api: httpx.AsyncClient
) -> None:
    intent = await paid(gateway)
    await settled(stripe_api, gateway, intent)
    await gateway.refund(CreateRefund("r1", intent, 250, "EUR"), key="ref:r1:create")
    now = datetime.now(UTC)
    charge, refund = await gateway.balance_transactions(now - LONG, now + LONG)
    assert (charge.kind, charge.amount, charge.fee, charge.restaurant) == ("charge", 1250, 66, "R1")
    assert (refund.kind, refund.amount, refund.intent_id) == ("refund", -250, intent)
    assert await gateway.balance_transactions(now - 2 * LONG, now - LONG) == ()


async def test_a_part_of_a_hold_that_was_given_back_is_no_refund(
    gateway: StripeGateway, stripe_api: httpx.AsyncClient
) -> None:
    """F44: a partial capture looks like a refund on the charge, and is none on the balance nor on the intent."""
    hold = CreateIntent("P3", "T1", "R1", 1250, "EUR", capture="manual")
    intent = await paid(gateway, hold)
    await gateway.capture_intent(intent, 1000, "EUR", key="pay:P3:capture:1")
    await settled(stripe_api, gateway, intent)
    canceled = await paid(gateway, CreateIntent("P4", "T1", "R1", 1250, "EUR", capture="manual"))
    await gateway.cancel_intent(canceled, key="pay:P4:cancel")
    now = datetime.now(UTC)
    assert [(one.kind, one.amount) for one in await gateway.balance_transactions(now - LONG, now + LONG)] == [
        ("charge", 1000)
    ]
    assert [(await gateway.retrieve_intent(each)).amount_refunded for each in (intent, canceled)] == [0, 0]


def test_a_fee_in_another_currency_is_not_ours_to_book() -> None:
    charge = {"id": "ch_1", "currency": "eur", "balance_transaction": {"currency": "usd", "fee": 66}}
    assert read_settlement(charge).fee is None


def test_a_line_of_a_kind_nobody_knows_is_other() -> None:
    line = {"id": "txn_1", "type": "climate", "amount": 1, "fee": 0, "currency": "eur", "source": None, "created": 0}
    assert (read_transaction(line).kind, read_transaction(line).source_id) == ("other", None)
