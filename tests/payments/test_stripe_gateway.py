import asyncio
import dataclasses
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
import stripe
import stripe.params

from app.payments.circuit import FAILURES_MAX, PAUSE_MAX_S
from app.payments.gateway import (
    BadSignature,
    CreateIntent,
    CreateRefund,
    Declined,
    Misused,
    Refused,
    Unavailable,
    Unknown,
)
from app.payments.keys import StripeKeys
from app.payments.stripe_gateway import StripeGateway
from stripe_sandbox import faults
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.web import create_app
from tests.payments.conftest import MakeGateway
from tests.stripe_sandbox.process import Running

DINNER = CreateIntent("P1", "T1", "R1", 1250, "EUR")
BACK = "https://table.test/back"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def token_for(running: Running, card: str) -> str:
    """A confirmation token as a browser would collect it."""
    headers = {"authorization": f"Bearer {running.secret_key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=headers, trust_env=False) as http:
        made = await http.post(
            "/v1/test_helpers/confirmation_tokens", data={"payment_method": card, "return_url": BACK}
        )
    return str(made.json()["id"])


async def paid(gateway: StripeGateway, params: CreateIntent = DINNER, card: str = "pm_card_visa") -> str:
    """The id of an intent that was paid, or held."""
    intent = await gateway.create_intent(params, key=f"pay:{params.payment}:create")
    confirmed = await gateway.confirm_intent(intent.id, card, key=f"pay:{params.payment}:confirm:1", return_url=BACK)
    assert confirmed.status in {"succeeded", "requires_capture"}
    return intent.id


async def test_an_intent_is_made_for_our_payment(gateway: StripeGateway) -> None:
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    assert (intent.status, intent.amount, intent.currency, intent.livemode) == (
        "requires_payment_method",
        1250,
        "EUR",
        False,
    )
    assert intent.metadata == {"payment": "P1", "table_session": "T1", "restaurant": "R1", "environment": "test"}
    assert intent.client_secret
    assert intent.client_secret.startswith(intent.id)


async def test_what_is_sent_is_what_stripe_has_parameters_for(gateway: StripeGateway, running: Running) -> None:
    held = dataclasses.replace(DINNER, capture="manual", description="Table 4")
    intent_id = await paid(gateway, held)
    await gateway.raise_hold(intent_id, 2000, "EUR", key="hold:P1:raise:1")
    await gateway.capture_intent(intent_id, 1000, "EUR", key="pay:P1:capture:1")
    await gateway.refund(CreateRefund("F1", intent_id, 100, "EUR"), key="ref:F1:create")
    known = {
        "payment_intents.create": stripe.params.PaymentIntentCreateParams,
        "payment_intents.confirm": stripe.params.PaymentIntentConfirmParams,
        "payment_intents.increment_authorization": stripe.params.PaymentIntentIncrementAuthorizationParams,
        "payment_intents.capture": stripe.params.PaymentIntentCaptureParams,
        "refunds.create": stripe.params.RefundCreateParams,
    }
    sent = {line["operation"]: set(line["params"]) for line in running.journal()}
    assert sent.keys() == known.keys()
    assert all(sent[name] <= set(known[name].__annotations__) for name in known)
    assert [line["key"] for line in running.journal()] == [
        "pay:P1:create",
        "pay:P1:confirm:1",
        "hold:P1:raise:1",
        "pay:P1:capture:1",
        "ref:F1:create",
    ]


async def test_create_and_confirm_in_one_step(gateway: StripeGateway, running: Running) -> None:
    token = await token_for(running, "pm_card_mastercard")
    asked = dataclasses.replace(DINNER, confirmation_token=token, return_url=BACK)
    intent = await gateway.create_intent(asked, key="pay:P1:create")
    assert (intent.status, intent.amount_received) == ("succeeded", 1250)
    assert intent.card is not None
    assert (intent.card.brand, intent.card.last4) == ("mastercard", "4444")
    assert await gateway.create_intent(asked, key="pay:P1:create", sends=2) == intent


async def test_a_decline_in_one_step_leaves_an_intent_that_waits(gateway: StripeGateway, running: Running) -> None:
    token = await token_for(running, "pm_card_visa_chargeDeclinedInsufficientFunds")
    with pytest.raises(Declined) as caught:
        await gateway.create_intent(
            dataclasses.replace(DINNER, confirmation_token=token, return_url=BACK), key="pay:P1:create"
        )
    declined = caught.value
    assert (declined.code, declined.decline_code) == ("card_declined", "insufficient_funds")
    assert declined.message == "Your card has insufficient funds."
    assert declined.intent
    assert (declined.intent.status, declined.intent.payment_id) == ("requires_payment_method", "P1")
    found = await gateway.retrieve_intent(declined.intent.id)
    assert found.last_error
    assert found.last_error.decline_code == "insufficient_funds"


async def test_3d_secure_comes_back_with_the_client_secret(gateway: StripeGateway, running: Running) -> None:
    token = await token_for(running, "pm_card_authenticationRequired")
    asked = dataclasses.replace(DINNER, confirmation_token=token, return_url=BACK)
    intent = await gateway.create_intent(asked, key="pay:P1:create")
    assert (intent.status, bool(intent.client_secret)) == ("requires_action", True)


async def test_a_canceled_intent_cannot_be_paid_and_a_paid_one_not_canceled(gateway: StripeGateway) -> None:
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    assert (await gateway.cancel_intent(intent.id, key="pay:P1:cancel")).status == "canceled"
    with pytest.raises(Refused) as unpaid:
        await gateway.confirm_intent(intent.id, "pm_card_visa", key="pay:P1:confirm:1", return_url=BACK)
    other = await paid(gateway, dataclasses.replace(DINNER, payment="P2"))
    with pytest.raises(Refused) as uncanceled:
        await gateway.cancel_intent(other, key="pay:P2:cancel")
    assert unpaid.value.code == uncanceled.value.code == "payment_intent_unexpected_state"


async def test_a_hold_is_taken_in_part_and_what_is_released_is_no_refund(gateway: StripeGateway) -> None:
    held = await paid(gateway, dataclasses.replace(DINNER, capture="manual"))
    before = await gateway.retrieve_intent(held)
    taken = await gateway.capture_intent(held, 1000, "EUR", key="pay:P1:capture:1")
    assert (before.status, before.amount_capturable) == ("requires_capture", 1250)
    assert before.capture_before
    assert before.capture_before > before.created + timedelta(days=6)
    assert (taken.status, taken.amount_received, taken.amount_refunded) == ("succeeded", 1000, 0)


async def test_a_hold_is_raised_where_its_bank_offers_that(gateway: StripeGateway) -> None:
    held = await paid(gateway, dataclasses.replace(DINNER, capture="manual"))
    raised = await gateway.raise_hold(held, 2000, "EUR", key="hold:P1:raise:1")
    assert (raised.capture, raised.can_raise, raised.amount, raised.amount_capturable) == ("manual", True, 2000, 2000)
    assert await gateway.raise_hold(held, 2000, "EUR", key="hold:P1:raise:1", sends=2) == raised
    with pytest.raises(Refused):
        await gateway.raise_hold(held, 1000, "EUR", key="hold:P1:raise:2")


async def test_a_declined_raise_says_so_and_leaves_the_hold(gateway: StripeGateway) -> None:
    """F41."""
    intent = await gateway.create_intent(dataclasses.replace(DINNER, capture="manual"), key="hold:P1:create")
    await gateway.confirm_intent(intent.id, "pm_card_raiseDeclined", key="pay:P1:confirm:1", return_url=BACK)
    with pytest.raises(Declined) as declined:
        await gateway.raise_hold(intent.id, 2000, "EUR", key="hold:P1:raise:1")
    assert (declined.value.code, declined.value.decline_code) == ("card_declined", "generic_decline")
    held = await gateway.retrieve_intent(intent.id)
    assert (held.status, held.amount_capturable) == ("requires_capture", 1250)


async def test_money_goes_back_and_is_seen_on_the_intent(gateway: StripeGateway) -> None:
    intent_id = await paid(gateway)
    first = await gateway.refund(CreateRefund("F1", intent_id, 250, "EUR"), key="ref:F1:create")
    again = await gateway.refund(CreateRefund("F1", intent_id, 250, "EUR"), key="ref:F1:create", sends=2)
    second = await gateway.refund(CreateRefund("F2", intent_id, 100, "EUR"), key="ref:F2:create")
    assert (first, first.refund_id, first.status) == (again, "F1", "succeeded")
    assert (await gateway.retrieve_intent(intent_id)).amount_refunded == 350
    assert await gateway.retrieve_refund(first.id) == first
    assert await gateway.refunds_of(intent_id) == (first, second)


@pytest.mark.parametrize(
    ("currency", "amount", "stripes"), [("ISK", 1500, "150000"), ("KWD", 3340, "3340"), ("JPY", 900, "900")]
)
async def test_amounts_cross_in_stripes_unit_and_come_back_in_ours(
    gateway: StripeGateway, running: Running, currency: str, amount: int, stripes: str
) -> None:
    params = dataclasses.replace(DINNER, amount=amount, currency=currency)
    intent = await gateway.retrieve_intent(await paid(gateway, params))
    assert (intent.amount, intent.amount_received, intent.currency) == (amount, amount, currency)
    assert running.journal(operation="payment_intents.create")[0]["params"]["amount"] == stripes


async def test_an_amount_below_the_minimum_is_refused_for_good(gateway: StripeGateway) -> None:
    with pytest.raises(Refused) as caught:
        await gateway.create_intent(dataclasses.replace(DINNER, amount=49), key="pay:P1:create")
    assert (caught.value.code, caught.value.param) == ("amount_too_small", "amount")


async def test_an_unknown_intent_is_refused(gateway: StripeGateway) -> None:
    with pytest.raises(Refused) as caught:
        await gateway.retrieve_intent("pi_unknown")
    assert caught.value.code == "resource_missing"


async def test_the_same_key_with_other_parameters_is_our_mistake(gateway: StripeGateway) -> None:
    await gateway.create_intent(DINNER, key="pay:P1:create")
    with pytest.raises(Misused):
        await gateway.create_intent(dataclasses.replace(DINNER, amount=1300), key="pay:P1:create", sends=2)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"fault": "error", "status": 500}, "http_500"),
        ({"fault": "error", "status": 500, "effect": "done", "shouldRetry": False}, "http_500"),
        ({"fault": "error", "status": 503}, "http_503"),
        ({"fault": "error", "status": 429}, "rate_limit"),
        ({"fault": "error", "status": 429, "code": "lock_timeout"}, "lock_timeout"),
        ({"fault": "error", "status": 409, "code": "idempotency_key_in_use"}, "idempotency_key_in_use"),
        ({"fault": "error", "status": 424}, "http_424"),
        ({"fault": "error", "status": 401}, "http_401"),
        ({"fault": "cut"}, "connection"),
        ({"fault": "cut", "effect": "done"}, "connection"),
        ({"fault": "truncated"}, "connection"),
        ({"fault": "garbled"}, "http_502"),
    ],
)
async def test_an_answer_that_says_nothing_leaves_it_unknown_and_the_same_key_settles_it(
    gateway: StripeGateway, running: Running, fault: dict[str, Any], reason: str
) -> None:
    running.fault(operation="payment_intents.create", **fault)
    with pytest.raises(Unknown) as caught:
        await gateway.create_intent(DINNER, key="pay:P1:create")
    assert caught.value.reason == reason
    assert len(running.journal()) == 1, "a write is sent once"
    intent = await gateway.create_intent(DINNER, key="pay:P1:create", sends=2)
    assert (await gateway.find_intent("P1", since=intent.created)) == intent


async def test_unknown_says_how_long_to_wait(gateway: StripeGateway, running: Running) -> None:
    running.fault("error", status=429, retryAfter=7)
    with pytest.raises(Unknown) as caught:
        await gateway.create_intent(DINNER, key="pay:P1:create")
    assert (caught.value.retry_after, caught.value.status) == (7.0, 429)


async def test_a_call_ends_with_the_deadline_and_is_unknown(make_gateway: MakeGateway, running: Running) -> None:
    held = running.fault("slow", operation="payment_intents.create")
    with pytest.raises(Unknown) as caught:
        await make_gateway(deadline_s=0.2).create_intent(DINNER, key="pay:P1:create")
    running.remove_fault(held)
    assert caught.value.reason == "timeout"


async def test_nobody_listening_is_unknown(make_gateway: MakeGateway, free_port: int) -> None:
    with pytest.raises(Unknown) as caught:
        await make_gateway(api_base=f"http://127.0.0.1:{free_port}").create_intent(DINNER, key="pay:P1:create")
    assert caught.value.reason == "connection"


async def test_a_refusal_without_a_code_proves_nothing_about_the_first_send(gateway: StripeGateway) -> None:
    wrong = dataclasses.replace(DINNER, currency="XXX")
    with pytest.raises(Refused):
        await gateway.create_intent(wrong, key="pay:P1:create")
    with pytest.raises(Unknown):
        await gateway.create_intent(wrong, key="pay:P1:create", sends=2)


async def test_reads_are_repeated(gateway: StripeGateway, running: Running) -> None:
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    running.fault("cut", operation="payment_intents.retrieve")
    assert await gateway.retrieve_intent(intent.id) == intent
    assert [line["answered"] for line in running.journal(operation="payment_intents.retrieve")] == [0, 200]


async def test_a_lost_intent_is_found_by_its_payment(make_gateway: MakeGateway) -> None:
    gateway, elsewhere = make_gateway(), make_gateway(environment="staging")
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    await gateway.create_intent(dataclasses.replace(DINNER, payment="P2"), key="pay:P2:create")
    assert await gateway.find_intent("P1") == intent
    assert await gateway.find_intent("P1", since=intent.created) == intent
    assert await gateway.find_intent("P3", since=intent.created) is None
    assert await gateway.find_intent("P1", since=intent.created + timedelta(hours=1)) is None
    assert await elsewhere.find_intent("P1") is None


async def test_a_lost_intent_is_found_behind_a_hundred_others(gateway: StripeGateway, running: Running) -> None:
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    headers = {"authorization": f"Bearer {running.secret_key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=headers, trust_env=False) as http:
        for _ in range(101):
            await http.post("/v1/payment_intents", data={"amount": 1250, "currency": "eur"})
    assert await gateway.find_intent("P1", since=intent.created) == intent


async def test_of_copies_the_one_with_money_counts(gateway: StripeGateway) -> None:
    await gateway.create_intent(DINNER, key="by hand")
    with_money = await paid(gateway)
    await gateway.create_intent(DINNER, key="by hand again")
    found = await gateway.find_intent("P1")
    assert found
    assert found.id == with_money


async def test_a_connected_account_has_its_own_intents(gateway: StripeGateway) -> None:
    intent = await gateway.create_intent(DINNER, key="pay:P1:create", account="acct_1")
    assert (await gateway.retrieve_intent(intent.id, account="acct_1")).id == intent.id
    with pytest.raises(Refused):
        await gateway.retrieve_intent(intent.id)


async def test_after_many_failures_nothing_is_sent_until_a_trial_succeeds(
    make_gateway: MakeGateway, running: Running
) -> None:
    now = [0.0]
    gateway = make_gateway(monotonic=lambda: now[0])
    running.fault("error", status=503, times=FAILURES_MAX)
    for _ in range(FAILURES_MAX):
        with pytest.raises(Unknown):
            await gateway.create_intent(DINNER, key="pay:P1:create")
    with pytest.raises(Unavailable):
        await gateway.create_intent(DINNER, key="pay:P1:create")
    assert len(running.journal()) == FAILURES_MAX
    assert (await gateway.create_intent(DINNER, key="pay:P1:create", account="acct_1")).id
    now[0] += PAUSE_MAX_S
    assert (await gateway.create_intent(DINNER, key="pay:P1:create")).id
    assert (await gateway.ping()).circuit == "closed"


async def test_a_cancelled_call_does_not_block_the_circuit(make_gateway: MakeGateway) -> None:
    waiting, never = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        waiting.set()
        await never.wait()

    sandbox = Sandbox()
    faults.add(sandbox, {"fault": "slow", "seconds": 60})
    transport = httpx.ASGITransport(app=create_app(sandbox, sleep=sleep))
    gateway = make_gateway(transport=transport, api_base="http://sandbox.test")
    task = asyncio.create_task(gateway.create_intent(DINNER, key="pay:P1:create"))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await gateway.create_intent(DINNER, key="pay:P1:create", sends=2)).id


async def test_a_ping_says_whether_stripe_answers_and_is_asked_rarely(
    make_gateway: MakeGateway, running: Running, free_port: int
) -> None:
    gateway = make_gateway(clock=lambda: NOW)
    health = await gateway.ping()
    assert (health.reachable, health.reason, health.circuit, health.checked_at) == (True, None, "closed", NOW)
    assert await gateway.ping() is health
    assert len(running.journal()) == 1
    down = await make_gateway(api_base=f"http://127.0.0.1:{free_port}").ping()
    assert (down.reachable, down.reason, down.latency_ms) == (False, "connection", None)
    stranger = await make_gateway(keys=StripeKeys("sk_test_wrong", ())).ping()
    assert (stranger.reachable, stranger.reason) == (False, "http_401")


async def test_no_secret_reaches_a_log(
    gateway: StripeGateway, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    running.fault("error", status=500)
    with pytest.raises(Unknown) as caught:
        await gateway.cancel_intent(intent.id, key="pay:P1:cancel")
    assert intent.client_secret
    assert intent.client_secret not in caplog.text + repr(caught.value) + repr(intent)
    assert running.secret_key not in caplog.text
    assert caught.value.__cause__ is None


def test_a_live_key_goes_to_stripe_alone() -> None:
    with pytest.raises(ValueError, match="live key"):
        StripeGateway(StripeKeys("sk_live_1", ()), environment="production", api_base="http://127.0.0.1:1")


async def test_the_sandbox_may_live_in_the_same_process(make_gateway: MakeGateway) -> None:
    sandbox = Sandbox()
    transport = httpx.ASGITransport(app=create_app(sandbox))
    gateway = make_gateway(transport=transport, api_base="http://sandbox.test")
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    faults.add(sandbox, {"fault": "cut", "effect": "done"})
    with pytest.raises(Unknown):
        await gateway.cancel_intent(intent.id, key="pay:P1:cancel")
    assert (await gateway.retrieve_intent(intent.id)).status == "canceled"


EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "created": 1_800_000_000,
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"payment": "P1"}}},
}


def signed(body: bytes, secret: str = "whsec_sandbox", at: datetime = NOW) -> str:
    text = body.decode(errors="replace")
    return str(stripe.WebhookSignature.generate_signature_header(text, secret, int(at.timestamp())))


THIN = orjson.dumps({**EVENT, "object": "v2.core.event"})
LIVE = orjson.dumps({**EVENT, "livemode": True})


@pytest.fixture
def at_noon(make_gateway: MakeGateway) -> StripeGateway:
    keys = StripeKeys("sk_test_sandbox", ("whsec_old", "whsec_sandbox"))
    return make_gateway(keys=keys, clock=lambda: NOW)


@pytest.mark.parametrize("secret", ["whsec_old", "whsec_sandbox"])
def test_a_webhook_is_accepted_under_every_secret_of_ours(at_noon: StripeGateway, secret: str) -> None:
    """F24: while they rotate, the old secret and the new one are both good."""
    body = orjson.dumps(EVENT)
    event = at_noon.verify_webhook(body, signed(body, secret))
    assert (event.id, event.type, event.object_id, event.payment_id) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
        "P1",
    )


def test_one_good_signature_among_several_is_enough(at_noon: StripeGateway) -> None:
    """F24: Stripe signs with both while a secret rotates."""
    body = orjson.dumps(EVENT)
    at_noon.verify_webhook(body, signed(body, "whsec_foreign") + "," + signed(body).split(",")[1])


@pytest.mark.parametrize(
    ("body", "header", "reason"),
    [
        (orjson.dumps(EVENT), None, "missing"),
        (orjson.dumps(EVENT), "", "missing"),
        (orjson.dumps(EVENT), "nonsense", "mismatch"),
        (orjson.dumps(EVENT), signed(b"{}"), "mismatch"),
        (orjson.dumps(EVENT), signed(orjson.dumps(EVENT), "whsec_foreign"), "mismatch"),
        (orjson.dumps(EVENT), signed(orjson.dumps(EVENT)).replace("v1=", "v0="), "mismatch"),
        (orjson.dumps(EVENT), signed(orjson.dumps(EVENT), at=NOW - timedelta(seconds=301)), "stale"),
        (orjson.dumps(EVENT), signed(orjson.dumps(EVENT), at=NOW + timedelta(seconds=301)), "future"),
        (b"\xff\xfe", signed(b"{}"), "not_text"),
        (b"[]", signed(b"[]"), "not_an_event"),
        (b"5", signed(b"5"), "not_an_event"),
        (b"{", signed(b"{"), "not_an_event"),
        (THIN, signed(THIN), "not_an_event"),
        (LIVE, signed(LIVE), "wrong_mode"),
    ],
)  # fmt: skip
def test_a_webhook_that_is_not_from_stripe_or_not_now_or_not_for_us_is_refused(
    at_noon: StripeGateway, body: bytes, header: str | None, reason: str
) -> None:
    with pytest.raises(BadSignature) as caught:
        at_noon.verify_webhook(body, header)
    assert caught.value.reason == reason
    assert caught.value.__cause__ is None
