from datetime import UTC, datetime
from typing import Any

import pytest

from app.payments.gateway import Card, Decline
from app.payments.stripe_objects import read_dispute, read_event, read_intent, read_refund

INTENT: dict[str, Any] = {
    "id": "pi_1",
    "status": "succeeded",
    "amount": 1250,
    "amount_capturable": 0,
    "amount_received": 1250,
    "currency": "eur",
    "metadata": {"payment": "P1"},
    "client_secret": "pi_1_secret_x",
    "last_payment_error": None,
    "latest_charge": "ch_1",
    "livemode": False,
    "created": 1_800_000_000,
}
CHARGE: dict[str, Any] = {
    "id": "ch_1",
    "amount": 1250,
    "amount_captured": 1250,
    "amount_refunded": 250,
    "payment_method_details": {"card": {"brand": "visa", "last4": "4242", "capture_before": 1_800_600_000}},
}
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "created": 1_800_000_000,
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"payment": "P1"}}},
}


def test_an_intent_is_read_with_and_without_its_charge() -> None:
    bare, whole = read_intent(INTENT), read_intent({**INTENT, "latest_charge": CHARGE})
    assert (bare.charge_id, bare.card, bare.amount_refunded) == ("ch_1", None, 0)
    assert (whole.charge_id, whole.card, whole.amount_refunded) == ("ch_1", Card("visa", "4242"), 250)
    assert (whole.payment_id, whole.currency) == ("P1", "EUR")
    assert whole.created == datetime.fromtimestamp(1_800_000_000, UTC)


def test_what_a_partial_capture_released_was_never_refunded() -> None:
    """F44."""
    charge = {**CHARGE, "amount_captured": 1000, "amount_refunded": 350}
    assert read_intent({**INTENT, "amount_received": 1000, "latest_charge": charge}).amount_refunded == 100


def test_a_released_hold_was_never_refunded() -> None:
    charge = {**CHARGE, "amount_captured": 0, "amount_refunded": 1250}
    canceled = read_intent({**INTENT, "status": "canceled", "amount_received": 0, "latest_charge": charge})
    assert (canceled.amount_refunded, canceled.capture_before) == (0, None)


def test_a_hold_knows_its_end() -> None:
    held = read_intent({**INTENT, "status": "requires_capture", "latest_charge": CHARGE})
    assert held.capture_before == datetime.fromtimestamp(1_800_600_000, UTC)


DISPUTE: dict[str, Any] = {
    "id": "dp_1",
    "status": "needs_response",
    "amount": 1250,
    "currency": "eur",
    "reason": "fraudulent",
    "payment_intent": "pi_1",
    "created": 1_800_000_000,
    "evidence_details": {"due_by": 1_800_600_000},
    "balance_transactions": [{"amount": -1250, "currency": "eur"}],
}


def test_a_dispute_says_what_is_held_back_and_until_when_to_answer() -> None:
    dispute = read_dispute(DISPUTE)
    assert (dispute.status, dispute.amount, dispute.withdrawn, dispute.intent_id) == ("open", 1250, 1250, "pi_1")
    assert dispute.respond_by == datetime.fromtimestamp(1_800_600_000, UTC)
    back = {"amount": 1250, "currency": "eur"}
    won = read_dispute({**DISPUTE, "status": "won", "balance_transactions": [*DISPUTE["balance_transactions"], back]})
    assert (won.status, won.withdrawn) == ("won", 0)


def test_a_balance_in_another_currency_tells_only_whether_the_money_is_gone() -> None:
    dollars = read_dispute({**DISPUTE, "balance_transactions": [{"amount": -1377, "currency": "usd"}]})
    assert dollars.withdrawn == 1250
    assert read_dispute({**DISPUTE, "balance_transactions": []}).withdrawn == 0


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("warning_needs_response", "open"), ("warning_under_review", "open"), ("warning_closed", "withdrawn"),
        ("under_review", "open"), ("prevented", "withdrawn"), ("lost", "lost"), ("in_arbitration", "other"),
    ],
)  # fmt: skip
def test_f39_every_word_for_a_dispute_is_decided_about_or_kept_as_text(word: str, status: str) -> None:
    """F39."""
    dispute = read_dispute({**DISPUTE, "status": word})
    assert (dispute.status, dispute.provider_status) == (status, word)


def test_a_status_that_nobody_knows_is_kept_as_text() -> None:
    strange = read_intent({**INTENT, "status": "requires_patience"})
    assert (strange.status, strange.provider_status) == ("other", "requires_patience")


def test_a_decline_is_read_for_the_card_holder() -> None:
    error = {"code": "card_declined", "decline_code": "lost_card", "message": "No.", "type": "card_error"}
    assert read_intent({**INTENT, "last_payment_error": error}).last_error == Decline(
        "card_declined", "lost_card", "No."
    )


def test_amounts_are_ours_again() -> None:
    assert read_intent({**INTENT, "currency": "isk", "amount": 150_000, "amount_received": 150_000}).amount == 1500


def test_an_intent_does_not_show_its_client_secret() -> None:
    assert "secret" not in repr(read_intent(INTENT))


@pytest.mark.parametrize(
    ("status", "ours"), [("succeeded", "succeeded"), ("pending", "pending"), ("lost_at_sea", "other"), (None, "other")]
)
def test_a_refund_is_read(status: str | None, ours: str) -> None:
    document = {
        "id": "re_1",
        "status": status,
        "amount": 250,
        "currency": "eur",
        "payment_intent": "pi_1",
        "created": 1,
    }
    refund = read_refund({**document, "metadata": {"refund": "R1"}, "failure_reason": None})
    assert (refund.status, refund.amount, refund.intent_id, refund.refund_id) == (ours, 250, "pi_1", "R1")


def test_an_event_says_what_to_look_at() -> None:
    event = read_event(EVENT)
    assert (event.object_id, event.intent_id, event.payment_id, event.account) == ("pi_1", "pi_1", "P1", None)


def test_an_event_about_a_charge_names_the_intent_behind_it() -> None:
    about = {"id": "ch_1", "object": "charge", "payment_intent": {"id": "pi_1"}, "metadata": None}
    event = read_event({**EVENT, "data": {"object": about}, "account": "acct_1"})
    assert (event.object_id, event.intent_id, event.payment_id, event.account) == ("ch_1", "pi_1", None, "acct_1")


def test_an_event_about_something_without_an_id_is_still_an_event() -> None:
    event = read_event({**EVENT, "type": "balance.available", "data": {"object": {"object": "balance"}}})
    assert (event.object_id, event.intent_id, event.payment_id) == ("", None, None)


@pytest.mark.parametrize(
    "change",
    [{"object": "v2.core.event"}, {"id": 5}, {"type": ""}, {"data": {}}, {"data": {"object": []}}, {"created": "now"}],
)
def test_what_is_no_event_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_event({**EVENT, **change})
