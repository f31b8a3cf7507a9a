"""What the provider says about a payment, compared with what the log says: the one way in which a card is ever paid.

Webhooks, jobs, pages that ask and the answers to our own calls all end here. An object is fetched outside of any
transaction; then the facts that the log lacks are appended. Doing it twice is the same as doing it once.
"""

from datetime import datetime
from typing import Any

from app.actions import bills, cards, errors
from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, Command, KeepPayment, ObservePayment
from app.payments.gateway import Intent, Refused
from app.storage import payments
from app.storage.log import Change, Put, Write
from app.storage.tables import Payment, StripeCall, StripeRef

STATUSES: dict[str, Any] = {
    "requires_payment_method": "awaiting",
    "requires_confirmation": "awaiting",
    "requires_action": "awaiting",
    "processing": "processing",
    "requires_capture": "authorized",
    "canceled": "canceled",
    "succeeded": "succeeded",
}


async def observe(desk: Desk, payment: str, *, intent_id: str | None = None) -> None:
    """Fetch the payment from the provider and append what the log does not know yet.

    `intent_id` is what a webhook said it is about, for a payment whose create was never answered.
    Raises `app.payments.gateway.Unknown` where the provider cannot be asked.
    """
    row = await payments.payment(desk.database, payment)
    known = row.intent_id if row and row.intent_id else intent_id
    if row is None or known is None:
        return
    try:
        intent = await desk.gateway.retrieve_intent(known, account=row.account)
    except Refused as refused:
        facts = {"intent": known, "code": refused.code}
        await raise_finding(desk, "missing_there", payment, stream=row.stream, facts=facts)
        return
    await record(desk, row, intent)


async def record(desk: Desk, row: Payment, intent: Intent, *, answered: str | None = None) -> None:
    """Append what `intent` says that the log lacks; `answered` is the call that this is the answer to."""
    now = desk.now()
    if (problem := mismatch(row, intent)) is not None:
        await _mismatched(desk, row, intent, problem, answered)
        return
    if intent.status not in STATUSES:
        facts = {"intent": intent.id, "status": intent.provider_status}
        await raise_finding(desk, "unknown_status", row.id, stream=row.stream, facts=facts)
    changed = _columns(row, intent)
    rows: tuple[Write, ...] = (Change(Payment, {"id": row.id}, {**changed, "updated_at": now}),) if changed else ()
    if row.intent_id is None:
        rows += (Put(StripeRef(stripe_id=intent.id, kind="payment_intent", our_id=row.id, stream=row.stream)),)
    if answered is not None:
        rows += (ended(answered, "answered", now, answer={"intent": intent.id, "status": intent.provider_status}),)
    given_up = await cards.exhausted(desk, row, intent)
    await bills.change(
        desk,
        row.stream,
        *_commands(desk, row, intent),
        *given_up,
        by=SYSTEM,
        rows=lambda bill, facts: rows + cards.tried(desk, row, intent, bill, facts),
    )
    if given_up:
        desk.wake.set()  # The jobs cancel it at the provider.


def ended(key: str, state: str, now: datetime, *, answer: dict[str, Any] | None = None, error: str = "") -> Change:
    """The definitive end of a call, as a row of the append that books it."""
    values = {"state": state, "answered_at": now, "answer": answer, "error": error[:200] or None}
    return Change(StripeCall, {"key": key}, values)


async def _mismatched(desk: Desk, row: Payment, intent: Intent, problem: str, answered: str | None) -> None:
    """The object is not what we asked for: it has no effect, a person has to look. Nothing more is sent for it."""
    facts = {
        "intent": intent.id,
        "problem": problem,
        "expected": row.amount + row.tip + row.rounding,
        "found": intent.amount,
        "received": intent.amount_received,
        "currency": intent.currency,
    }
    if answered is not None:
        await payments.mark_ended(desk.database, answered, "answered", desk.now(), error=f"mismatch: {problem}")
    await raise_finding(desk, "mismatch", row.id, stream=row.stream, facts=facts)


def mismatch(row: Payment, intent: Intent) -> str | None:
    """Why this object cannot be the evidence of that payment."""
    expected = row.amount + row.tip + row.rounding
    if intent.payment_id != row.id or intent.metadata.get("table_session") != row.stream:
        return "metadata"
    if intent.currency != row.currency:
        return "currency"
    fits = intent.amount >= expected if intent.capture == "manual" else intent.amount == expected
    if not fits or (intent.status == "succeeded" and intent.amount_received != expected):
        return "amount"
    if row.intent_id is not None and row.intent_id != intent.id:
        return "a second intent"
    return None


def _columns(row: Payment, intent: Intent) -> dict[str, Any]:
    """The columns that this object changes; none, if it says what is known."""
    seen = {
        "intent_id": intent.id,
        "client_secret": intent.client_secret or row.client_secret,
        "provider_status": intent.provider_status,
        "charge_id": intent.charge_id or row.charge_id,
        "card_brand": intent.card.brand if intent.card else row.card_brand,
        "card_last4": intent.card.last4 if intent.card else row.card_last4,
        "capture_before": intent.capture_before,
        "evidence": evidence(intent) if intent.status == "succeeded" else row.evidence,
    }
    return {name: value for name, value in seen.items() if getattr(row, name) != value}


def evidence(intent: Intent) -> dict[str, Any]:
    """What is kept of an object that money was booked for."""
    return {
        "intent": intent.id,
        "charge": intent.charge_id,
        "amountReceived": intent.amount_received,
        "currency": intent.currency,
        "livemode": intent.livemode,
    }


def _commands(desk: Desk, row: Payment, intent: Intent) -> tuple[Command, ...]:
    if intent.status not in STATUSES:
        return ()
    error = intent.last_error
    observed = ObservePayment(
        payment=row.id,
        status=STATUSES[intent.status],
        captured=intent.amount_received,
        action=intent.status == "requires_action",
        decline=(error.decline_code or error.code) if error else None,
        attempt=f"{intent.charge_id or ''}:{error.code}" if error else "",
    )
    if intent.status in ("requires_action", "processing"):
        return observed, _kept(desk, row)
    return (observed,)


def _kept(desk: Desk, row: Payment) -> Command:
    """A payer who confirms with a bank, or a payment under way, is a sign of life."""
    policies = desk.policies
    until = min(desk.now() + policies.payment_lifetime, row.created_at + policies.payment_lifetime_max)
    return KeepPayment(row.id, until)


async def bill_of(desk: Desk, row: Payment) -> Bill:
    """The newest bill of a payment."""
    try:
        return (await bills.newest(desk, row.stream)).bill
    except errors.NotFound:
        raise LookupError(f"payment {row.id} has no bill") from None
