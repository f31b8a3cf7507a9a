import pytest
import stripe

from stripe_sandbox import faults, webhooks
from stripe_sandbox.errors import ApiError
from stripe_sandbox.store import Obj
from tests.stripe_sandbox.bench import WEBHOOK, Bench


def only(bench: Bench) -> Obj:
    (delivery,) = webhooks.due(bench.sandbox)
    return delivery


def test_stripes_own_code_verifies_the_signature(bench: Bench) -> None:
    bench.intent()
    url, body, headers = webhooks.request(bench.sandbox, only(bench))
    assert url == WEBHOOK
    assert stripe.WebhookSignature.verify_header(body, headers["stripe-signature"], "whsec_sandbox")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(body + b" ", headers["stripe-signature"], "whsec_sandbox")


def test_while_a_secret_is_replaced_both_sign(bench: Bench) -> None:
    webhooks.configure(bench.sandbox, {"secrets": ["whsec_old", "whsec_new"]})
    bench.intent()
    _, body, headers = webhooks.request(bench.sandbox, only(bench))
    for secret in ("whsec_old", "whsec_new"):
        assert stripe.WebhookSignature.verify_header(body, headers["stripe-signature"], secret)


@pytest.mark.parametrize("status", [None, 500, 404, 301])
def test_anything_but_success_is_tried_again_ever_later(bench: Bench, status: int | None) -> None:
    bench.intent()
    waits = []
    for _ in range(4):
        webhooks.settle(bench.sandbox, only(bench), status)
        waits.append((webhooks.next_due(bench.sandbox) or 0) - bench.time)
        assert webhooks.due(bench.sandbox) == []
        bench.time += waits[-1]
    assert waits == [0.5, 1, 2, 4]


def test_after_the_last_attempt_it_gives_up(bench: Bench) -> None:
    webhooks.configure(bench.sandbox, {"attemptsMax": 2})
    bench.intent()
    for _ in range(2):
        webhooks.settle(bench.sandbox, only(bench), 500)
        bench.time += 600
    assert webhooks.due(bench.sandbox) == []
    assert bench.sandbox.store.all("sent")[0]["state"] == "given_up"
    assert bench.get("events")["data"][0]["pending_webhooks"] == 1


def test_what_is_owed_waits_for_the_next_address_when_there_is_none(bench: Bench) -> None:
    bench.intent()
    webhooks.configure(bench.sandbox, {"url": None})
    assert webhooks.due(bench.sandbox) == []
    assert webhooks.next_due(bench.sandbox) is None
    webhooks.configure(bench.sandbox, {"url": WEBHOOK})
    assert webhooks.request(bench.sandbox, only(bench))[0] == WEBHOOK
    with pytest.raises(ApiError):
        webhooks.configure(bench.sandbox, {"url": 5})


def test_only_the_chosen_types_are_sent_and_without_an_address_none(bench: Bench) -> None:
    webhooks.configure(bench.sandbox, {"events": ["charge.succeeded"]})
    bench.intent("pm_card_visa")
    assert only(bench)["type"] == "charge.succeeded"
    webhooks.configure(bench.sandbox, {"url": None})
    bench.intent("pm_card_visa")
    assert len(bench.sandbox.store.all("delivery")) == 1


@pytest.mark.parametrize("given", [{"colour": "red"}, {"secrets": "whsec"}, ["url"]])
def test_an_endpoint_that_makes_no_sense_is_refused(bench: Bench, given: object) -> None:
    with pytest.raises(ApiError):
        webhooks.configure(bench.sandbox, given)


def test_a_dropped_event_is_delivered_only_on_request(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "drop"})
    bench.intent()
    assert webhooks.due(bench.sandbox) == []
    webhooks.deliver_now(bench.sandbox, bench.sandbox.store.all("event")[0]["id"])
    assert only(bench)["type"] == "payment_intent.created"


def test_a_delayed_event_waits_for_its_time(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "delay", "seconds": 30})
    bench.intent()
    assert webhooks.due(bench.sandbox) == []
    bench.time += 30
    assert only(bench)


def test_a_delayed_event_without_a_time_waits_for_the_fault_to_end(bench: Bench) -> None:
    fault = faults.add(bench.sandbox, {"fault": "delay"})
    bench.intent()
    assert (webhooks.due(bench.sandbox), webhooks.next_due(bench.sandbox)) == ([], None)
    faults.remove(bench.sandbox, fault["id"])
    assert only(bench)


def test_a_duplicated_event_is_owed_several_times(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "duplicate", "copies": 2})
    bench.intent()
    assert len({delivery["event"] for delivery in webhooks.due(bench.sandbox)}) == 1
    assert len(webhooks.due(bench.sandbox)) == 3


def test_a_reordered_event_follows_the_next_one(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "reorder", "event": "payment_intent.created"})
    bench.intent("pm_card_visa")
    assert [one["type"] for one in webhooks.due(bench.sandbox)] == ["charge.succeeded", "payment_intent.succeeded"]
    webhooks.settle(bench.sandbox, webhooks.due(bench.sandbox)[0], 200)
    assert "payment_intent.created" in [one["type"] for one in webhooks.due(bench.sandbox)]


def test_a_reordered_event_that_nothing_follows_goes_anyway(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "reorder"})
    bench.intent()
    assert webhooks.due(bench.sandbox) == []
    bench.time += webhooks.REORDER_WAIT_S
    assert only(bench)
