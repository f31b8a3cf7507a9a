from stripe_sandbox import journal
from tests.stripe_sandbox.bench import Bench

CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}


def test_every_request_has_a_line_with_its_key_and_what_became_of_it(bench: Bench) -> None:
    params = {"amount": "1250", "currency": "eur", "metadata": {"payment": "P1"}}
    intent = bench.post("payment_intents", params, key="pay:P1:create")
    bench.post("payment_intents", params, key="pay:P1:create")
    bench.refused("payment_intents", {}, key="other")
    lines = journal.read(bench.sandbox)
    assert [(line["operation"], line["key"], line["outcome"], line["status"]) for line in lines] == [
        ("payment_intents.create", "pay:P1:create", "executed", 200),
        ("payment_intents.create", "pay:P1:create", "replayed", 200),
        ("payment_intents.create", "other", "refused", 400),
    ]
    assert (lines[0]["intent"], lines[0]["payment"]) == (intent["id"], "P1")
    assert lines[2]["code"] == "parameter_missing"


def test_card_numbers_and_client_secrets_are_not_written_down(bench: Bench) -> None:
    intent = bench.intent()
    data = {"payment_method_data": {"type": "card", "card": CARD}, "client_secret": intent["client_secret"]}
    bench.post(
        f"payment_intents/{intent['id']}/confirm", {**data, "return_url": "https://t.test/"}, auth="pk_test_sandbox"
    )
    text = str(journal.read(bench.sandbox))
    assert CARD["number"] not in text
    assert intent["client_secret"] not in text
    assert journal.read(bench.sandbox)[-1]["byBrowser"]


def test_lines_are_found_by_number_key_and_operation(bench: Bench) -> None:
    bench.post("customers", {}, key="a")
    bench.post("customers", {}, key="b")
    assert [line["key"] for line in journal.read(bench.sandbox, after=1)] == ["b"]
    assert [line["n"] for line in journal.read(bench.sandbox, key="a")] == [1]
    assert journal.read(bench.sandbox, operation="refunds.create") == []
