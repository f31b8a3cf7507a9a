from typing import Any

import pytest
import stripe

from stripe_sandbox import faults
from stripe_sandbox.errors import ApiError
from tests.stripe_sandbox.bench import Bench
from tests.stripe_sandbox.process import Running

CREATE = "payment_intents.create"
NOWHERE: dict[str, str | None] = {
    "operation": CREATE,
    "key": "pay:P1:create",
    "intent": None,
    "payment": "P1",
    "session": "S1",
}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"fault": "flood"},
        [],
        {"fault": "cut", "colour": "red"},
        {"fault": "cut", "times": "two"},
        {"fault": "cut", "effect": "half"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(bench: Bench, given: Any) -> None:
    with pytest.raises(ApiError):
        faults.add(bench.sandbox, given)


@pytest.mark.parametrize(
    ("match", "strikes"),
    [
        ({}, True),
        ({"operation": "payment_intents.*"}, True),
        ({"operation": "refunds.*"}, False),
        ({"key": "pay:P1:*"}, True),
        ({"key": "pay:P2:*"}, False),
        ({"payment": "P1"}, True),
        ({"session": "S1"}, True),
        ({"session": "S2"}, False),
        ({"intent": "pi_1"}, False),
    ],
)
def test_a_fault_strikes_what_it_mentions(bench: Bench, match: dict[str, str], strikes: bool) -> None:
    faults.add(bench.sandbox, {"fault": "cut", **match})
    assert bool(faults.take(bench.sandbox, ("cut",), NOWHERE)) is strikes


def test_a_fault_lets_some_pass_and_then_strikes_so_often(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "cut", "skip": 1, "times": 2})
    assert [len(faults.take(bench.sandbox, ("cut",), NOWHERE)) for _ in range(5)] == [0, 1, 1, 0, 0]


def test_a_fault_without_a_limit_strikes_for_ever_and_one_without_chance_never(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "cut", "times": 0})
    faults.add(bench.sandbox, {"fault": "slow", "times": 0, "chance": 0})
    struck = [faults.take(bench.sandbox, faults.CALL_FAULTS, NOWHERE) for _ in range(20)]
    assert [[fault["fault"] for fault in one] for one in struck] == [["cut"]] * 20


PARAMS: stripe.params.PaymentIntentCreateParams = {"amount": 1250, "currency": "eur"}


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (429, "rate_limit", stripe.RateLimitError),
        (429, "lock_timeout", stripe.RateLimitError),
        (500, None, stripe.APIError),
        (503, None, stripe.APIError),
    ],
)
@pytest.mark.parametrize("effect", ["none", "done"])
def test_an_error_comes_before_or_after_the_effect(
    running: Running, sdk: stripe.StripeClient, status: int, code: str | None, error: type[Exception], effect: str
) -> None:
    running.fault("error", operation=CREATE, effect=effect, status=status, **({"code": code} if code else {}))
    with pytest.raises(error) as caught:
        sdk.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    assert isinstance(caught.value, stripe.StripeError)
    told = caught.value.error
    assert (caught.value.http_status, told.code if told else None) == (status, code)
    assert len(sdk.v1.payment_intents.list().data) == (effect == "done")
    assert len({sdk.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"}).id for _ in range(2)}) == 1


def test_an_error_says_whether_and_when_to_retry(running: Running, sdk: stripe.StripeClient) -> None:
    running.fault("error", status=500, shouldRetry=False, retryAfter=7)
    with pytest.raises(stripe.APIError) as caught:
        sdk.v1.payment_intents.create(PARAMS)
    headers = caught.value.headers or {}
    assert (headers["stripe-should-retry"], headers["retry-after"]) == ("false", "7")


@pytest.mark.parametrize("effect", ["none", "done"])
def test_the_connection_breaks_before_or_after_the_effect(
    running: Running, sdk: stripe.StripeClient, effect: str
) -> None:
    running.fault("cut", key="k", effect=effect)
    with pytest.raises(stripe.APIConnectionError):
        sdk.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    assert len(sdk.v1.payment_intents.list().data) == (effect == "done")
    line = running.journal(key="k")[0]
    assert (line["fault"], line["answered"], line["outcome"]) == (
        "cut",
        0,
        "executed" if effect == "done" else "prevented",
    )


@pytest.mark.parametrize("fault", ["truncated", "garbled"])
def test_an_answer_may_be_unreadable_though_the_effect_is_there(
    running: Running, sdk: stripe.StripeClient, fault: str
) -> None:
    running.fault(fault, operation=CREATE)
    with pytest.raises(stripe.StripeError):
        sdk.v1.payment_intents.create(PARAMS)
    assert len(sdk.v1.payment_intents.list().data) == 1


@pytest.mark.parametrize("effect", ["none", "done"])
def test_a_slow_answer_comes_in_the_end(running: Running, sdk: stripe.StripeClient, effect: str) -> None:
    running.fault("slow", seconds=0.05, effect=effect)
    assert sdk.v1.payment_intents.create(PARAMS).status == "requires_payment_method"


def test_a_fault_can_be_meant_for_one_intent(running: Running, sdk: stripe.StripeClient) -> None:
    one, other = (sdk.v1.payment_intents.create(PARAMS) for _ in range(2))
    running.fault("error", status=503, intent=one.id)
    assert sdk.v1.payment_intents.cancel(other.id).status == "canceled"
    with pytest.raises(stripe.APIError):
        sdk.v1.payment_intents.cancel(one.id)


def test_the_sdks_own_retry_gets_past_a_fault(running: Running, sdk: stripe.StripeClient) -> None:
    running.fault("cut", operation=CREATE, effect="done")
    made = sdk.v1.payment_intents.create(PARAMS, {"max_network_retries": 1})
    assert [one.id for one in sdk.v1.payment_intents.list().data] == [made.id]
    assert [line["outcome"] for line in running.journal(operation=CREATE)] == ["executed", "replayed"]
