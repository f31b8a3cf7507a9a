from typing import Any

import pytest

from tests.stripe_sandbox.bench import Bench


@pytest.fixture
def account(bench: Bench) -> str:
    """A connected account."""
    return str(bench.post("accounts", {"type": "express", "country": "CH"})["id"])


def dinner(bench: Bench, account: str, **params: Any) -> dict[str, Any]:
    """A destination charge over 12.50 with a fee of 0.50, settled."""
    asked = {"transfer_data": {"destination": account}, "application_fee_amount": "50", **params}
    intent = bench.intent("pm_card_visa", **asked)
    bench.later(1)
    charge = bench.get(f"charges/{intent['latest_charge']}", {"expand": ["application_fee", "transfer"]})
    return {"intent": intent["id"], "charge": charge}


def kinds(bench: Bench, **headers: str) -> list[tuple[str, int]]:
    """The balance transactions of an account, oldest first."""
    found = bench.get("balance_transactions", {"limit": "100"}, **headers)["data"]
    return [(one["type"], one["amount"]) for one in reversed(found)]


def test_transfer_and_fee_are_known_only_when_the_charge_settles(bench: Bench, account: str) -> None:
    asked = {"transfer_data": {"destination": account}, "application_fee_amount": "50"}
    before = bench.get(f"charges/{bench.intent('pm_card_visa', **asked)['latest_charge']}")
    after = dinner(bench, account)["charge"]
    assert before["application_fee"] is None
    assert before.get("transfer") is None
    assert (after["application_fee"]["amount"], after["transfer"]["amount"]) == (50, 1250)
    assert after["transfer"]["destination"] == account


def test_the_balances_of_both_sides_tell_of_a_destination_charge(bench: Bench, account: str) -> None:
    dinner(bench, account)
    assert kinds(bench) == [("charge", 1250), ("transfer", -1250), ("application_fee", 50)]
    (arrived,) = bench.get("balance_transactions", account=account)["data"]
    assert (arrived["type"], arrived["amount"], arrived["fee"], arrived["net"]) == ("payment", 1250, 50, 1200)


def test_a_refund_takes_back_only_what_it_says(bench: Bench, account: str) -> None:
    paid = dinner(bench, account)
    bench.post("refunds", {"payment_intent": paid["intent"], "amount": "250"})
    flags = {"reverse_transfer": "true", "refund_application_fee": "true"}
    bench.post("refunds", {"payment_intent": paid["intent"], "amount": "500", **flags})
    fee = bench.get(f"application_fees/{paid['charge']['application_fee']['id']}")
    transfer = bench.get(f"transfers/{paid['charge']['transfer']['id']}")
    assert (fee["amount_refunded"], transfer["amount_reversed"]) == (30, 500)
    assert kinds(bench, account=account) == [("payment", 1250), ("payment_refund", -500)]


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"application_fee_amount": "50"}, "destination payment"),
        ({"application_fee_amount": "5000", "transfer_data": {"destination": "HERE"}}, "cannot be greater"),
        ({"transfer_data": {"destination": "acct_nobody"}}, "No such destination"),
    ],
)
def test_a_fee_needs_somebody_to_take_it_from(bench: Bench, account: str, params: dict[str, Any], word: str) -> None:
    if "transfer_data" in params:
        destination = params["transfer_data"]["destination"].replace("HERE", account)
        params = {**params, "transfer_data": {"destination": destination}}
    status, error = bench.refused("payment_intents", {"amount": "1250", "currency": "eur", **params})
    assert (status, word in error["message"]) == (400, True)


def test_flags_of_a_refund_need_a_transfer_and_a_fee(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    for flag in ("reverse_transfer", "refund_application_fee"):
        status, error = bench.refused("refunds", {"payment_intent": paid["id"], flag: "true"})
        assert (status, error["param"]) == (400, flag)


def test_payouts_are_listed_for_the_account_they_belong_to(bench: Bench, account: str) -> None:
    made = bench.post("payouts", {"amount": "700", "currency": "eur"}, account=account)
    assert bench.get("payouts", account=account)["data"] == [made]
    assert bench.get("payouts")["data"] == []
    assert bench.get(f"accounts/{account}")["country"] == "CH"


def test_a_balance_transaction_expands_to_the_charge_or_the_refund_behind_it(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa", metadata={"payment": "P1"})
    bench.later(1)
    bench.post("refunds", {"payment_intent": paid["id"], "amount": "250"})
    found = bench.get("balance_transactions", {"expand": ["data.source"]})["data"]
    assert [one["source"]["object"] for one in found] == ["refund", "charge"]
