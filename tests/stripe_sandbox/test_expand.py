import pytest

from tests.stripe_sandbox.bench import Bench


def test_ids_become_objects_where_asked(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    bench.post("refunds", {"payment_intent": paid["id"], "amount": "100"})
    path = ["latest_charge.refunds", "latest_charge.payment_intent", "payment_method"]
    found = bench.get(f"payment_intents/{paid['id']}", {"expand": path})
    assert found["latest_charge"]["refunds"]["data"][0]["amount"] == 100
    assert found["latest_charge"]["payment_intent"]["id"] == paid["id"]
    assert found["payment_method"]["card"]["last4"] == "4242"
    assert isinstance(bench.get(f"payment_intents/{paid['id']}")["latest_charge"], str)


def test_lists_expand_their_rows(bench: Bench) -> None:
    bench.intent("pm_card_visa")
    bench.intent()
    rows = bench.get("payment_intents", {"expand": ["data.latest_charge"]})["data"]
    assert [row["latest_charge"] and row["latest_charge"]["object"] for row in rows] == [None, "charge"]


@pytest.mark.parametrize("path", ["amount", "latest_charge.amount", "a.b.c.d.e"])
def test_what_cannot_be_expanded_is_refused(bench: Bench, path: str) -> None:
    paid = bench.intent("pm_card_visa")
    assert bench.call("GET", f"payment_intents/{paid['id']}", {"expand": [path]}).status == 400


def test_expand_is_a_list(bench: Bench) -> None:
    assert bench.call("GET", "payment_intents", {"expand": "data"}).status == 400


def test_a_bad_path_is_refused_before_anything_happens(bench: Bench) -> None:
    assert bench.refused("payment_intents", {"amount": "1250", "currency": "eur", "expand": ["amount"]})[0] == 400
    assert bench.sandbox.store.count("payment_intent") == 0


@pytest.mark.parametrize("path", ["data", "latest_charge.refunds.latest_charge", "latest_charge.refunds.data.amount"])
def test_lists_inside_are_walked_through_their_data(bench: Bench, path: str) -> None:
    paid = bench.intent("pm_card_visa")
    assert bench.call("GET", f"payment_intents/{paid['id']}", {"expand": [path]}).status == 400
    assert bench.get(f"payment_intents/{paid['id']}", {"expand": ["latest_charge.refunds.data.charge"]})
