import asyncio

import httpx

from stripe_sandbox.idempotency import LIFE_S
from tests.stripe_sandbox.bench import Bench
from tests.stripe_sandbox.process import Running

PARAMS = {"amount": "1250", "currency": "eur"}


def test_the_same_key_and_parameters_give_the_first_answer_again(bench: Bench) -> None:
    first = bench.call("POST", "payment_intents", PARAMS, key="k")
    again = bench.call("POST", "payment_intents", dict(reversed(PARAMS.items())), key="k")
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"].startswith("req_")
    assert bench.sandbox.store.count("payment_intent") == 1


def test_other_parameters_under_the_same_key_are_an_error(bench: Bench) -> None:
    bench.post("payment_intents", PARAMS, key="k")
    status, error = bench.refused("payment_intents", {**PARAMS, "amount": "1300"}, key="k")
    assert (status, error["type"]) == (400, "idempotency_error")
    assert "same parameters" in error["message"]


def test_another_endpoint_under_the_same_key_is_an_error(bench: Bench) -> None:
    intent = bench.post("payment_intents", PARAMS, key="k")
    status, error = bench.refused(f"payment_intents/{intent['id']}/cancel", {}, key="k")
    assert (status, error["type"]) == (400, "idempotency_error")
    assert "same endpoint" in error["message"]


def test_a_decline_is_kept_and_replayed(bench: Bench) -> None:
    asked = {
        **PARAMS,
        "payment_method": "pm_card_visa_chargeDeclined",
        "confirm": "true",
        "return_url": "https://x.test/",
    }
    first = bench.refused("payment_intents", asked, key="k")
    assert bench.refused("payment_intents", asked, key="k") == first
    assert first[0] == 402
    assert bench.sandbox.store.count("payment_intent") == 1


def test_a_step_the_status_forbids_is_kept_even_when_it_would_work_later(bench: Bench) -> None:
    intent = bench.intent()
    first = bench.refused(f"payment_intents/{intent['id']}/capture", {}, key="k")
    bench.post(f"payment_intents/{intent['id']}", {"description": "changed"})
    assert bench.refused(f"payment_intents/{intent['id']}/capture", {}, key="k") == first


def test_parameters_that_do_not_pass_validation_keep_nothing(bench: Bench) -> None:
    bench.refused("payment_intents", {"currency": "eur"}, key="k")
    assert bench.post("payment_intents", PARAMS, key="k")["status"] == "requires_payment_method"


def test_a_call_without_a_good_api_key_keeps_nothing(bench: Bench) -> None:
    assert bench.refused("payment_intents", PARAMS, key="k", auth="sk_wrong")[0] == 401
    assert bench.post("payment_intents", PARAMS, key="k")["id"]


def test_keys_expire_after_a_day(bench: Bench) -> None:
    first = bench.post("payment_intents", PARAMS, key="k")
    bench.time += LIFE_S
    assert bench.post("payment_intents", PARAMS, key="k")["id"] != first["id"]


def test_keys_of_different_accounts_do_not_meet(bench: Bench) -> None:
    first = bench.post("payment_intents", PARAMS, key="k")
    assert bench.post("payment_intents", PARAMS, key="k", account="acct_1")["id"] != first["id"]


def test_a_key_of_more_than_255_characters_is_refused(bench: Bench) -> None:
    assert bench.refused("payment_intents", PARAMS, key="k" * 256)[0] == 400


def test_reads_do_not_care_about_keys(bench: Bench) -> None:
    intent = bench.intent()
    bench.get(f"payment_intents/{intent['id']}", key="k")
    assert bench.post("payment_intents", PARAMS, key="k")["id"]


async def test_a_second_call_while_the_first_runs_is_a_conflict(running: Running) -> None:
    held = running.fault("slow", key="k")
    headers = {"authorization": f"Bearer {running.secret_key}", "idempotency-key": "k"}
    async with httpx.AsyncClient(base_url=running.url, headers=headers, trust_env=False, timeout=20) as http:
        both = [asyncio.create_task(http.post("/v1/payment_intents", data=PARAMS)) for _ in range(2)]
        done, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        conflict = done.pop().result()
        running.remove_fault(held)
        first = await waiting.pop()
        again = await http.post("/v1/payment_intents", data=PARAMS)
    assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert conflict.headers["stripe-should-retry"] == "true"
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")


def test_an_injected_500_that_is_saved_is_replayed_for_ever(running: Running) -> None:
    running.fault("error", status=500, effect="done", saved=True, key="k")
    headers = {"authorization": f"Bearer {running.secret_key}", "idempotency-key": "k"}
    with httpx.Client(base_url=running.url, headers=headers, trust_env=False) as http:
        statuses = [http.post("/v1/payment_intents", data=PARAMS).status_code for _ in range(3)]
    assert statuses == [500, 500, 500]
    lines = running.journal(key="k")
    assert [line["outcome"] for line in lines] == ["executed", "replayed", "replayed"]
    assert (lines[0]["fault"], lines[0]["status"], lines[0]["answered"]) == ("error", 200, 500)
