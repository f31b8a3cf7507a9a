from typing import Any

import pytest

from tests.stripe_sandbox.bench import Bench

CARD = {"number": "4242 4242 4242 4242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "42"}, "incorrect_number"),
        ({"number": "4111111111111111"}, "card_declined"),
        ({"exp_month": "13"}, "invalid_expiry_month"),
        ({"exp_year": "2020"}, "invalid_expiry_year"),
        ({"exp_year": "2099"}, "invalid_expiry_year"),
        ({"cvc": "12"}, "invalid_cvc"),
    ],
)
def test_a_card_that_cannot_be_is_refused(bench: Bench, change: dict[str, str], code: str) -> None:
    status, error = bench.refused("payment_methods", {"type": "card", "card": {**CARD, **change}})
    assert (status, error["code"]) == (402, code)


def test_the_number_of_a_real_card_is_not_kept(bench: Bench) -> None:
    status, error = bench.refused("payment_methods", {"type": "card", "card": {**CARD, "number": "4111111111111111"}})
    assert (status, error["decline_code"]) == (402, "test_mode_live_card")
    assert "4111111111111111" not in str(bench.sandbox.store.all("journal"))


def test_last_month_is_over_and_this_month_is_not(bench: Bench) -> None:
    for month, year, status in (("1", "2027", 200), ("12", "26", 402), ("2", "27", 200)):
        answer = bench.call(
            "POST", "payment_methods", {"type": "card", "card": {**CARD, "exp_month": month, "exp_year": year}}
        )
        assert answer.status == status


def test_a_method_shows_its_card_but_for_the_number(bench: Bench) -> None:
    method = bench.post("payment_methods", {"type": "card", "card": CARD}, auth="pk_test_sandbox")
    assert (method["card"]["brand"], method["card"]["last4"], method["card"]["exp_year"]) == ("visa", "4242", 2030)
    assert bench.get(f"payment_methods/{method['id']}") == method
    assert not any(name.startswith("_") for name in method)


@pytest.mark.parametrize(
    "params", [{}, {"type": "ideal"}, {"type": "card"}, {"type": "card", "card": {"token": "tok_no"}}]
)
def test_a_method_needs_a_card(bench: Bench, params: dict[str, Any]) -> None:
    assert bench.refused("payment_methods", params)[0] == 400


def test_a_confirmation_token_shows_what_was_collected(bench: Bench) -> None:
    asked = {"payment_method_data": {"type": "card", "card": CARD}, "return_url": "https://table.test/"}
    token = bench.post("confirmation_tokens", asked, auth="pk_test_sandbox")
    assert token["payment_method_preview"]["card"]["last4"] == "4242"
    assert bench.get(f"confirmation_tokens/{token['id']}")["expires_at"] == bench.time + 12 * 3600
    assert bench.call("GET", "confirmation_tokens/ctoken_no").status == 404


def test_customers_are_kept_and_listed(bench: Bench) -> None:
    made = bench.post("customers", {"name": "Ada", "email": "ada@example.org"})
    bench.post("customers", {"name": "Bob"})
    assert bench.get(f"customers/{made['id']}")["name"] == "Ada"
    assert [one["id"] for one in bench.get("customers", {"email": "ada@example.org"})["data"]] == [made["id"]]
    assert bench.intent(customer=made["id"])["customer"] == made["id"]
    assert bench.call("GET", "customers/cus_no").status == 404
