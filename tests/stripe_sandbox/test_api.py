import base64

import httpx
import pytest

from stripe_sandbox.sandbox import API_VERSION
from tests.stripe_sandbox.bench import Bench
from tests.stripe_sandbox.process import Running


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ("", "did not provide an API key"),
        ("Bearer", "did not provide an API key"),
        ("Digest x", "did not provide an API key"),
        ("Basic !", "did not provide an API key"),
        ("Bearer sk_test_somebody_elses", "Invalid API Key provided: sk_test_"),
    ],
)
def test_without_a_good_key_there_is_no_answer(running: Running, authorization: str, message: str) -> None:
    answer = httpx.get(f"{running.url}/v1/events", headers={"authorization": authorization}, trust_env=False)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (401, "invalid_request_error")
    assert message in error["message"]
    assert "somebody" not in error["message"]


def test_the_key_may_be_the_user_of_basic_authentication(running: Running) -> None:
    basic = base64.b64encode(f"{running.secret_key}:".encode()).decode()
    answer = httpx.get(f"{running.url}/v1/events", headers={"authorization": f"Basic {basic}"}, trust_env=False)
    assert answer.status_code == 200


def test_a_publishable_key_is_not_enough_for_a_server_s_call(bench: Bench) -> None:
    status, error = bench.refused("refunds", {}, auth="pk_test_sandbox")
    assert (status, error["code"]) == (403, "secret_key_required")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/unicorns"), ("DELETE", "/v1/payment_intents/pi_1"), ("GET", "/v1/payment_intents/../x")],
)
def test_an_unknown_address_is_named(running: Running, method: str, path: str) -> None:
    headers = {"authorization": f"Bearer {running.secret_key}"}
    answer = httpx.request(method, running.url + path, headers=headers, trust_env=False)
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_every_answer_has_a_request_id_and_says_the_version(running: Running) -> None:
    headers = {"authorization": f"Bearer {running.secret_key}"}
    with httpx.Client(base_url=running.url, headers=headers, trust_env=False) as http:
        plain = http.get("/v1/events")
        older = http.get("/v1/events", headers={"stripe-version": "2025-01-27.acacia"})
        wrong = http.get("/v1/events", headers={"stripe-version": "yesterday"})
        keyed = http.post("/v1/customers", headers={"idempotency-key": "k"})
    assert plain.headers["request-id"] != older.headers["request-id"]
    assert (plain.headers["stripe-version"], older.headers["stripe-version"]) == (API_VERSION, "2025-01-27.acacia")
    assert wrong.status_code == 400
    assert keyed.headers["idempotency-key"] == "k"


@pytest.mark.parametrize("body", [b"amount=\xff", b"a=1&a[b]=2"])
def test_a_body_that_cannot_be_read_is_refused(running: Running, body: bytes) -> None:
    headers = {"authorization": f"Bearer {running.secret_key}"}
    answer = httpx.post(f"{running.url}/v1/payment_intents", content=body, headers=headers, trust_env=False)
    assert answer.status_code == 400


def test_a_huge_body_is_refused(running: Running) -> None:
    headers = {"authorization": f"Bearer {running.secret_key}"}
    answer = httpx.post(f"{running.url}/v1/customers", content=b"a" * 300_000, headers=headers, trust_env=False)
    assert answer.status_code == 413


def test_browsers_of_any_origin_may_ask(running: Running) -> None:
    answer = httpx.options(f"{running.url}/v1/payment_intents/pi_1", trust_env=False)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert "authorization" in answer.headers["access-control-allow-headers"]
