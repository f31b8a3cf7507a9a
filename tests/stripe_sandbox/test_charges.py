from tests.stripe_sandbox.bench import Bench


def test_a_charge_settles_a_moment_after_its_success(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    before = bench.get(f"charges/{paid['latest_charge']}")
    bench.later(1)
    after = bench.get(f"charges/{paid['latest_charge']}", {"expand": ["balance_transaction"]})
    assert before["balance_transaction"] is None
    assert after["balance_transaction"]["net"] == 1250 - (30 + 36)
    assert bench.events()[-1] == "charge.updated"
    assert bench.get(f"balance_transactions/{after['balance_transaction']['id']}")["source"] == before["id"]


def test_a_charge_carries_the_intents_metadata(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa", metadata={"payment": "P1"})
    assert bench.get(f"charges/{paid['latest_charge']}")["metadata"] == {"payment": "P1"}


def test_every_attempt_is_a_charge_of_the_intent(bench: Bench) -> None:
    intent = bench.intent()
    back = {"return_url": "https://table.test/"}
    for token in ("pm_card_visa_chargeDeclined", "pm_card_visa"):
        bench.call("POST", f"payment_intents/{intent['id']}/confirm", {**back, "payment_method": token})
    charges = bench.get("charges", {"payment_intent": intent["id"]})["data"]
    assert [charge["status"] for charge in charges] == ["succeeded", "failed"]


def test_an_unknown_charge_is_missing(bench: Bench) -> None:
    assert bench.call("GET", "charges/ch_1").status == bench.call("GET", "balance_transactions/txn_1").status == 404
