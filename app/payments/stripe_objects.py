"""Reading what Stripe's objects say, as plain documents: intents, refunds and the events that speak of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from app.payments.gateway import (
    Card,
    Decline,
    Dispute,
    DisputeStatus,
    Intent,
    IntentStatus,
    Refund,
    RefundStatus,
    WebhookEvent,
)
from app.payments.units import from_stripe

Document = Mapping[str, Any]

_INTENT_STATUSES: dict[str, IntentStatus] = {status: status for status in get_args(IntentStatus)}
_REFUND_STATUSES: dict[str, RefundStatus] = {status: status for status in get_args(RefundStatus)}
_DISPUTE_STATUSES: dict[str, DisputeStatus] = {
    "warning_needs_response": "open",
    "warning_under_review": "open",
    "warning_closed": "withdrawn",
    "needs_response": "open",
    "under_review": "open",
    "prevented": "withdrawn",
    "won": "won",
    "lost": "lost",
}


def read_intent(document: Document) -> Intent:
    """The intent that a document describes. An expanded latest charge adds the card, refunds and the hold's end."""
    currency = str(document["currency"]).upper()
    charge = document.get("latest_charge")
    attempt: Document = charge if isinstance(charge, Mapping) else {}
    captured = document.get("status") == "succeeded"
    return Intent(
        id=document["id"],
        status=_INTENT_STATUSES.get(document["status"], "other"),
        provider_status=str(document["status"]),
        amount=from_stripe(document["amount"], currency),
        amount_capturable=from_stripe(document.get("amount_capturable") or 0, currency),
        amount_received=from_stripe(document.get("amount_received") or 0, currency),
        amount_refunded=from_stripe(_refunded(attempt), currency) if captured else 0,
        currency=currency,
        metadata=dict(document.get("metadata") or {}),
        client_secret=document.get("client_secret"),
        last_error=_decline(document.get("last_payment_error")),
        card=_card(attempt),
        charge_id=attempt.get("id") if attempt else charge,
        capture_before=_capture_before(attempt) if document["status"] == "requires_capture" else None,
        livemode=bool(document["livemode"]),
        created=_time(document["created"]),
        capture="manual" if document.get("capture_method") == "manual" else "automatic",
        can_raise=_can_raise(attempt),
    )


def _refunded(charge: Document) -> int:
    """What was refunded of captured money. What a partial capture released shows as refunded, but was never ours."""
    released = int(charge.get("amount", 0)) - int(charge.get("amount_captured", 0))
    return max(0, int(charge.get("amount_refunded", 0)) - released)


def _decline(error: Document | None) -> Decline | None:
    if not error:
        return None
    code = error.get("code") or error.get("type") or "unknown"
    return Decline(code, error.get("decline_code"), error.get("message") or "")


def _card(charge: Document) -> Card | None:
    details = (charge.get("payment_method_details") or {}).get("card") or {}
    if not (details.get("brand") and details.get("last4")):
        return None
    return Card(details["brand"], details["last4"], details.get("fingerprint"))


def _can_raise(charge: Document) -> bool:
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return (card.get("incremental_authorization") or {}).get("status") == "available"


def _capture_before(charge: Document) -> datetime | None:
    stamp = ((charge.get("payment_method_details") or {}).get("card") or {}).get("capture_before")
    return _time(stamp) if stamp else None


def read_refund(document: Document) -> Refund:
    """The refund that a document describes."""
    currency = str(document["currency"]).upper()
    status = str(document.get("status") or "other")
    return Refund(
        id=document["id"],
        status=_REFUND_STATUSES.get(status, "other"),
        provider_status=status,
        amount=from_stripe(document["amount"], currency),
        currency=currency,
        intent_id=_id_of(document.get("payment_intent")),
        refund_id=(document.get("metadata") or {}).get("refund"),
        failure_reason=document.get("failure_reason"),
        created=_time(document["created"]),
    )


def read_dispute(document: Document) -> Dispute:
    """The dispute that a document describes."""
    currency = str(document["currency"]).upper()
    amount = from_stripe(document["amount"], currency)
    due = (document.get("evidence_details") or {}).get("due_by")
    return Dispute(
        id=document["id"],
        status=_DISPUTE_STATUSES.get(document["status"], "other"),
        provider_status=str(document["status"]),
        amount=amount,
        withdrawn=_withdrawn(document, amount, currency),
        currency=currency,
        reason=str(document.get("reason") or ""),
        intent_id=_id_of(document.get("payment_intent")),
        respond_by=_time(due) if due else None,
        created=_time(document["created"]),
    )


def _withdrawn(document: Document, amount: int, currency: str) -> int:
    """What left our balance and did not come back; fees apart, and in the payment's currency whatever ours is."""
    moves = document.get("balance_transactions") or []
    net = -sum(int(move["amount"]) for move in moves)
    if any(str(move["currency"]).upper() != currency for move in moves):
        return amount if net > 0 else 0
    return from_stripe(max(0, net), currency)


def read_event(document: Document) -> WebhookEvent:
    """What an event is about. Raises `KeyError`, `TypeError` or `ValueError` when it is no event at all."""
    if document["object"] != "event":
        raise ValueError("not an event")
    about = document["data"]["object"]
    is_intent = about.get("object") == "payment_intent"
    account = document.get("account")
    return WebhookEvent(
        id=_text(document["id"]),
        type=_text(document["type"]),
        # A few objects, like the balance, have no id. Their events are real and say nothing to us.
        object_id=_optional_text(about.get("id")) or "",
        intent_id=_text(about["id"]) if is_intent else _id_of(about.get("payment_intent")),
        payment_id=_optional_text((about.get("metadata") or {}).get("payment")),
        account=_optional_text(account),
        livemode=document["livemode"] is True,
        created=_time(document["created"]),
    )


def _id_of(reference: Any) -> str | None:
    return reference.get("id") if isinstance(reference, Mapping) else _optional_text(reference)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("not a text")
    return value


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _time(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
