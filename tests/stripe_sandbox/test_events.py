import pytest

from stripe_sandbox import events, faults, webhooks
from stripe_sandbox.sandbox import API_VERSION
from tests.stripe_sandbox.bench import Bench


def test_an_event_shows_the_object_as_it_was_then(bench: Bench) -> None:
    intent = bench.intent(metadata={"payment": "P1"})
    bench.post(f"payment_intents/{intent['id']}", {"metadata": {"payment": "P2"}})
    event = bench.get("events")["data"][0]
    assert (event["type"], event["data"]["object"]["metadata"]["payment"]) == ("payment_intent.created", "P1")
    assert (event["api_version"], event["livemode"], event["object"]) == (API_VERSION, False, "event")
    assert bench.get(f"events/{event['id']}") == event


def test_an_event_names_the_request_and_the_key_behind_it(bench: Bench) -> None:
    bench.post("payment_intents", {"amount": "1250", "currency": "eur"}, key="pay:P1:create")
    request = bench.get("events")["data"][0]["request"]
    assert (request["idempotency_key"], request["id"][:4]) == ("pay:P1:create", "req_")


def test_events_of_an_account_name_it_and_stay_there(bench: Bench) -> None:
    bench.post("payment_intents", {"amount": "1250", "currency": "eur"}, account="acct_1")
    event = bench.get("events", account="acct_1")["data"][0]
    assert event["account"] == "acct_1"
    assert bench.get("events")["data"] == []
    assert bench.call("GET", f"events/{event['id']}").status == 404


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"type": "charge.succeeded"}, 1),
        ({"type": "payment_intent.*"}, 2),
        ({"types": ["charge.succeeded", "payment_intent.created"]}, 2),
        ({"delivery_success": "false"}, 3),
        ({"delivery_success": "true"}, 0),
    ],
)
def test_events_are_found_by_type_and_by_delivery(bench: Bench, params: dict[str, str], count: int) -> None:
    bench.intent("pm_card_visa")
    assert len(bench.get("events", params)["data"]) == count


def test_a_delivered_event_counts_as_success(bench: Bench) -> None:
    bench.intent()
    webhooks.settle(bench.sandbox, webhooks.due(bench.sandbox)[0], 204)
    assert len(bench.get("events", {"delivery_success": "true"})["data"]) == 1


def test_a_twin_is_a_second_event_for_the_same_change(bench: Bench) -> None:
    faults.add(bench.sandbox, {"fault": "twin", "event": "payment_intent.created"})
    bench.intent()
    assert bench.events() == ["payment_intent.created"] * 2
    assert len(webhooks.due(bench.sandbox)) == 2


def test_an_event_belongs_to_the_intent_behind_its_object(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa", metadata={"payment": "P1"})
    charge = bench.get(f"charges/{paid['latest_charge']}")
    assert events.subject(bench.sandbox, charge) == {"intent": paid["id"], "payment": "P1", "session": None}
