from datetime import timedelta

import httpx

from app.payments.gateway import CreateIntent, CreateRefund
from app.payments.stripe_gateway import StripeGateway
from tests.payments.test_stripe_gateway import DINNER, paid
from tests.stripe_sandbox.process import Running

HOUR = timedelta(hours=1)


async def test_intents_since_a_moment_are_all_there_newest_first(gateway: StripeGateway) -> None:
    made = []
    for n in range(101):  # One more than a page holds.
        params = CreateIntent(f"P{n}", "T1", "R1", 1250, "EUR")
        made.append(await gateway.create_intent(params, key=f"pay:P{n}:create"))
    found = [intent.id async for intent in gateway.intents_since(made[0].created)]
    assert found == [intent.id for intent in reversed(made)]
    later = made[-1].created + HOUR
    assert [intent async for intent in gateway.intents_since(later)] == []


async def test_what_was_paid_and_given_back_is_listed_with_amounts_of_ours(gateway: StripeGateway) -> None:
    intent = await paid(gateway, CreateIntent("P1", "T1", "R1", 1250, "ISK"))
    await gateway.refund(CreateRefund("F1", intent, 250, "ISK"), key="ref:F1:create")
    now = (await gateway.retrieve_intent(intent)).created
    (listed,) = [one async for one in gateway.intents_since(now - HOUR)]
    assert (listed.amount_received, listed.status, listed.card is not None) == (1250, "succeeded", True)
    (refund,) = [one async for one in gateway.refunds_since(now - HOUR)]
    assert (refund.amount, refund.intent_id, refund.refund_id) == (250, intent, "F1")
    assert [one async for one in gateway.disputes_since(now - HOUR)] == []


async def test_events_that_no_webhook_took_are_listed_with_their_bytes(
    gateway: StripeGateway, running: Running
) -> None:
    async with httpx.AsyncClient(base_url=running.url, trust_env=False) as http:
        await http.post("/_sandbox/webhooks", json={"url": "http://127.0.0.1:9/nobody"})
        intent = await gateway.create_intent(DINNER, key="pay:P1:create")
        (lost,) = [one async for one in gateway.undelivered_since(intent.created - HOUR)]
        await http.post("/_sandbox/reset")
    assert (lost.event.type, lost.event.payment_id) == ("payment_intent.created", "P1")
    assert lost.event.id.encode() in lost.raw
