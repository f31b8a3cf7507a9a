import pytest

from tests.stripe_sandbox.bench import Bench


def test_parts_of_a_payment_go_back_until_nothing_is_left(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    first = bench.post("refunds", {"payment_intent": paid["id"], "amount": "250", "metadata": {"refund": "R1"}})
    rest = bench.post("refunds", {"charge": paid["latest_charge"]})
    charge = bench.get(f"charges/{paid['latest_charge']}")
    assert (first["amount"], first["status"], first["metadata"]) == (250, "succeeded", {"refund": "R1"})
    assert (rest["amount"], charge["amount_refunded"], charge["refunded"]) == (1000, 1250, True)
    status, error = bench.refused("refunds", {"payment_intent": paid["id"]})
    assert (status, error["code"]) == (400, "charge_already_refunded")


def test_more_than_is_left_is_refused(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    _, error = bench.refused("refunds", {"payment_intent": paid["id"], "amount": "1251"})
    assert error["message"] == "Refund amount (€12.51 eur) is greater than unrefunded amount on charge (€12.50 eur)"


def test_what_a_partial_capture_released_cannot_be_refunded(bench: Bench) -> None:
    held = bench.intent("pm_card_visa", capture_method="manual")
    bench.post(f"payment_intents/{held['id']}/capture", {"amount_to_capture": "1000"})
    assert bench.refused("refunds", {"payment_intent": held["id"], "amount": "1001"})[0] == 400
    assert bench.post("refunds", {"payment_intent": held["id"]})["amount"] == 1000


@pytest.mark.parametrize(
    "params", [{}, {"payment_intent": "pi_no"}, {"charge": "ch_no"}, {"charge": "x", "reason": "why"}]
)
def test_a_refund_of_nothing_is_refused(bench: Bench, params: dict[str, str]) -> None:
    assert bench.refused("refunds", params)[0] in {400, 404}


def test_an_unpaid_intent_has_nothing_to_refund(bench: Bench) -> None:
    assert "successful charge" in bench.refused("refunds", {"payment_intent": bench.intent()["id"]})[1]["message"]


def test_a_slow_refund_arrives_later(bench: Bench) -> None:
    paid = bench.intent("pm_card_pendingRefund")
    refund = bench.post("refunds", {"payment_intent": paid["id"]})
    bench.later(3)
    assert refund["status"] == "pending"
    assert bench.get(f"refunds/{refund['id']}")["status"] == "succeeded"
    assert bench.events()[-1] == "refund.updated"


def test_a_refund_may_fail_after_it_succeeded(bench: Bench) -> None:
    paid = bench.intent("pm_card_refundFail")
    refund = bench.post("refunds", {"payment_intent": paid["id"]})
    bench.later(3)
    after = bench.get(f"refunds/{refund['id']}")
    assert (refund["status"], after["status"], after["failure_reason"]) == ("succeeded", "failed", "unknown")
    assert bench.get(f"charges/{paid['latest_charge']}")["amount_refunded"] == 0
    assert bench.events()[-3:] == ["charge.updated", "refund.updated", "refund.failed"]


def test_refunds_are_listed_by_intent_newest_first(bench: Bench) -> None:
    paid, other = bench.intent("pm_card_visa"), bench.intent("pm_card_visa")
    made = [bench.post("refunds", {"payment_intent": paid["id"], "amount": "100"})["id"] for _ in range(2)]
    bench.post("refunds", {"payment_intent": other["id"], "amount": "100"})
    listed = bench.get("refunds", {"payment_intent": paid["id"]})
    assert [one["id"] for one in listed["data"]] == made[::-1]


def test_refunds_of_thousandths_come_in_tens(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa", amount="10000", currency="kwd")
    assert bench.refused("refunds", {"payment_intent": paid["id"], "amount": "1001"})[0] == 400
