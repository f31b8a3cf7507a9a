import pytest

from stripe_sandbox import disputes, refunds
from stripe_sandbox.errors import ApiError
from tests.stripe_sandbox.bench import Bench


def disputed(bench: Bench, token: str = "pm_card_createDispute") -> tuple[str, str]:
    """The intent and the dispute of a card that disputes what it has paid."""
    paid = bench.intent(token)
    bench.later(3)
    (dispute,) = bench.get("disputes", {"payment_intent": paid["id"]})["data"]
    return paid["id"], dispute["id"]


def test_a_disputing_card_takes_the_money_back_and_a_fee(bench: Bench) -> None:
    intent, dispute = disputed(bench)
    shown = bench.get(f"disputes/{dispute}", {"expand": ["charge"]})
    assert (shown["status"], shown["reason"], shown["amount"]) == ("needs_response", "fraudulent", 1250)
    assert [(move["amount"], move["fee"]) for move in shown["balance_transactions"]] == [(-1250, 1500)]
    assert shown["charge"]["disputed"] is True
    assert shown["payment_intent"] == intent
    assert bench.events()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_an_inquiry_takes_nothing_until_it_becomes_a_dispute(bench: Bench) -> None:
    _, dispute = disputed(bench, "pm_card_createDisputeInquiry")
    assert bench.get(f"disputes/{dispute}")["balance_transactions"] == []
    found = bench.sandbox.store.get("dispute", dispute)
    assert found is not None
    escalated = disputes.become(bench.sandbox, found, "needs_response")
    assert [move["amount"] for move in escalated["balance_transactions"]] == [-1250]


def test_a_dispute_that_is_won_gives_the_money_back(bench: Bench) -> None:
    _, dispute = disputed(bench)
    under_review = bench.post(f"disputes/{dispute}", {"evidence": {"product_description": "dinner"}, "submit": "true"})
    assert (under_review["status"], under_review["evidence"]["product_description"]) == ("under_review", "dinner")
    won = disputes.become(bench.sandbox, bench.sandbox.store.get("dispute", dispute) or {}, "won")
    assert sum(move["amount"] for move in won["balance_transactions"]) == 0
    assert bench.events()[-2:] == ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
    assert bench.refused(f"disputes/{dispute}", {"evidence": {"receipt": "file"}})[0] == 400


def test_a_dispute_that_is_given_up_is_lost(bench: Bench) -> None:
    _, dispute = disputed(bench)
    assert bench.post(f"disputes/{dispute}/close")["status"] == "lost"
    assert bench.events()[-1] == "charge.dispute.closed"


def test_a_disputed_charge_is_not_refunded_and_a_waiting_refund_is_stopped(bench: Bench) -> None:
    paid = bench.intent("pm_card_pendingRefund")
    refund = bench.post("refunds", {"payment_intent": paid["id"], "amount": "250"})
    disputes.start(bench.sandbox, {"payment_intent": paid["id"]})
    stopped = bench.get(f"refunds/{refund['id']}")
    assert (stopped["status"], stopped["failure_reason"]) == ("failed", "charge_for_pending_refund_disputed")
    bench.later(3)
    assert bench.get(f"refunds/{refund['id']}")["status"] == "failed"
    assert bench.refused("refunds", {"payment_intent": paid["id"]})[1]["code"] == "charge_disputed"


def test_only_what_has_taken_money_is_disputed(bench: Bench) -> None:
    with pytest.raises(ApiError):
        disputes.start(bench.sandbox, {"payment_intent": bench.intent()["id"]})
    assert bench.call("GET", "disputes/dp_no").status == 404


# Refunds that somebody steers


def test_a_refund_of_the_dashboard_has_no_metadata(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    made = refunds.from_dashboard(bench.sandbox, {"payment_intent": paid["id"], "amount": 300})
    assert (made["amount"], made["metadata"], made["status"]) == (300, {}, "succeeded")
    assert bench.get(f"charges/{paid['latest_charge']}")["amount_refunded"] == 300


def test_a_balance_that_is_too_low_lets_refunds_wait(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    refunds.steer(bench.sandbox, {"status": "pending"})
    waiting = bench.post("refunds", {"payment_intent": paid["id"], "amount": "300"})
    assert waiting["status"] == "pending"
    assert bench.post("refunds", {"payment_intent": paid["id"], "amount": "100"})["status"] == "succeeded"
    kept = bench.sandbox.store.get("refund", waiting["id"])
    assert kept is not None
    assert refunds.become(bench.sandbox, kept, "succeeded")["status"] == "succeeded"
    assert refunds.become(bench.sandbox, {**kept, "status": "succeeded"}, "held_at_customs")["status"] == (
        "held_at_customs"
    )
