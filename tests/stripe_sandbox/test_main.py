from pathlib import Path

import httpx
import stripe

from stripe_sandbox.__main__ import arguments, config
from tests.stripe_sandbox.hooks import Receiver
from tests.stripe_sandbox.process import Running

PARAMS: stripe.params.PaymentIntentCreateParams = {"amount": 1250, "currency": "eur"}


def client(running: Running) -> stripe.StripeClient:
    http = stripe.RequestsClient()
    return stripe.StripeClient(running.secret_key, base_addresses={"api": running.url}, http_client=http)


def test_the_command_line_sets_everything() -> None:
    asked = config(arguments(["--secret-key", "sk_test_x", "--webhook-url", "http://w", "--settle-seconds", "9"]))
    assert (asked.secret_key, asked.webhook_url, asked.settle_s) == ("sk_test_x", "http://w", 9.0)
    assert asked.publishable_key == "pk_test_sandbox"


def test_with_a_state_file_everything_outlives_a_kill(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"), "--settle-seconds", "3600")
    first = Running(*state)
    made = client(first).v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    first.fault("cut", key="later")
    first.kill()
    second = Running(*state, port=first.port)
    again = client(second).v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    assert again.id == made.id
    assert [line["outcome"] for line in second.journal(key="k")] == ["executed", "replayed"]
    assert [fault["key"] for fault in second.control("GET", "faults")["data"]] == ["later"]
    first.close()
    second.close()


async def test_what_was_not_delivered_before_a_kill_is_delivered_after_it(
    tmp_path: Path, receiver_server: Receiver, free_port: int
) -> None:
    receiver_server.forget()
    state = ("--state", str(tmp_path / "state"), "--webhook-url")
    first = Running(*state, f"http://127.0.0.1:{free_port}/nobody")
    made = client(first).v1.payment_intents.create(PARAMS)
    first.kill()
    second = Running(*state, receiver_server.url)
    delivery = await receiver_server.next("payment_intent.created")
    first.close()
    second.close()
    assert delivery.event["data"]["object"]["id"] == made.id


def test_two_runs_with_one_seed_make_the_same_ids(free_port: int) -> None:
    ids = []
    for _ in range(2):
        running = Running("--seed", "7", port=free_port)
        headers = {"authorization": f"Bearer {running.secret_key}"}
        made = httpx.post(f"{running.url}/v1/payment_intents", data=PARAMS, headers=headers, trust_env=False)
        ids.append(made.json()["id"])
        running.close()
    assert ids[0] == ids[1]
