import httpx
import stripe

from stripe_sandbox import webhooks
from stripe_sandbox.courier import Courier
from tests.stripe_sandbox.bench import Bench
from tests.stripe_sandbox.hooks import Receiver
from tests.stripe_sandbox.process import Running

PARAMS: stripe.params.PaymentIntentCreateParams = {"amount": 1250, "currency": "eur"}


async def test_an_event_arrives_signed_for_stripes_own_code(
    running: Running, receiver: Receiver, sdk: stripe.StripeClient
) -> None:
    made = sdk.v1.payment_intents.create(PARAMS)
    delivery = await receiver.next("payment_intent.created")
    event = sdk.construct_event(delivery.raw, delivery.signature, running.webhook_secret)
    assert event.data.object["id"] == made.id


async def test_a_refused_event_comes_again_until_it_is_taken(
    running: Running, receiver: Receiver, sdk: stripe.StripeClient
) -> None:
    receiver.answers.extend([500, 503, 400])
    sdk.v1.payment_intents.create(PARAMS)
    await running.quiet()
    assert len({delivery.event["id"] for delivery in receiver.all}) == 1
    (event,) = running.events()
    assert event["pending_webhooks"] == 0
    assert event["deliveries"][0]["answers"] == [500, 503, 400, 200]


async def test_nobody_listening_is_a_failed_attempt(
    running: Running, receiver: Receiver, sdk: stripe.StripeClient, free_port: int
) -> None:
    running.send_events_to(f"http://127.0.0.1:{free_port}/stripe", attemptsMax=2)
    sdk.v1.payment_intents.create(PARAMS)
    await running.quiet()
    assert running.events()[0]["deliveries"][0]["answers"] == [None, None]
    running.send_events_to(receiver.url)
    running.control("POST", f"events/{running.events()[0]['id']}/deliver")
    await receiver.next("payment_intent.created")


async def test_a_dropped_event_comes_late_on_request(
    running: Running, receiver: Receiver, sdk: stripe.StripeClient
) -> None:
    running.fault("drop", event="payment_intent.created")
    sdk.v1.payment_intents.create(PARAMS)
    await running.quiet()
    (event,) = running.events()
    assert (receiver.all, [one.id for one in sdk.v1.events.list({"delivery_success": False}).data]) == (
        [],
        [event["id"]],
    )
    running.control("POST", f"events/{event['id']}/deliver")
    assert (await receiver.next("payment_intent.created")).event["id"] == event["id"]


async def test_a_duplicated_event_comes_twice(running: Running, receiver: Receiver, sdk: stripe.StripeClient) -> None:
    running.fault("duplicate", event="payment_intent.created")
    sdk.v1.payment_intents.create(PARAMS)
    await running.quiet()
    assert [delivery.event["id"] for delivery in receiver.all] == [running.events()[0]["id"]] * 2


async def test_a_held_event_comes_when_it_is_let_go(
    running: Running, receiver: Receiver, sdk: stripe.StripeClient
) -> None:
    fault = running.fault("delay", event="payment_intent.created")
    sdk.v1.payment_intents.create(
        {**PARAMS, "confirm": True, "payment_method": "pm_card_visa", "return_url": "https://t.test/"}
    )
    await receiver.next("payment_intent.succeeded")
    assert running.control("GET", "health")["held"] == 1
    running.remove_fault(fault)
    await receiver.next("payment_intent.created")


async def test_a_reordered_event_comes_after_a_later_one(
    running: Running, receiver: Receiver, sdk: stripe.StripeClient
) -> None:
    running.fault("reorder", event="payment_intent.created")
    sdk.v1.payment_intents.create(
        {**PARAMS, "confirm": True, "payment_method": "pm_card_visa", "return_url": "https://t.test/"}
    )
    await receiver.next("payment_intent.created")
    assert receiver.types.index("payment_intent.created") > 0


async def test_a_slow_card_reports_by_itself(running: Running, receiver: Receiver, sdk: stripe.StripeClient) -> None:
    sdk.v1.payment_intents.create(
        {**PARAMS, "confirm": True, "payment_method": "pm_card_processing", "return_url": "https://t.test/"}
    )
    await receiver.next("payment_intent.processing")
    await receiver.next("payment_intent.succeeded")


async def test_step_by_step_it_needs_neither_a_process_nor_real_time(bench: Bench) -> None:
    receiver = Receiver()
    receiver.answers.append(500)
    courier = Courier(bench.sandbox, transport=httpx.ASGITransport(app=receiver.app()))
    bench.sandbox.store.put("endpoint", "only", {**webhooks.endpoint(bench.sandbox), "url": "http://t.test/stripe"})
    bench.intent("pm_card_processing")
    assert [await courier.step(), await courier.step()] == [2, 0]
    bench.time += 3
    assert await courier.step() == 3
    await courier.close()
    assert receiver.types[2:] == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
