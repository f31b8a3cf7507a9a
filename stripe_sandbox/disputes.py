"""Disputes: a payer's bank asks for the money back, takes it meanwhile, and decides some day."""

from typing import Any

from stripe_sandbox import balance, errors, events, forms, lists, refunds
from stripe_sandbox.sandbox import SELF, Call, Sandbox
from stripe_sandbox.store import Obj

FEE = 1500
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
REASONS = (
    "bank_cannot_process", "credit_not_processed", "customer_initiated", "debit_not_authorized", "duplicate",
    "fraudulent", "general", "incorrect_account_details", "insufficient_funds", "product_not_received",
    "product_unacceptable", "subscription_canceled", "unrecognized",
)  # fmt: skip
EVIDENCE_S = 7 * 24 * 3600

_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def begin_fraudulent(sandbox: Sandbox, charge: Obj) -> None:
    """The payer says that it was not them."""
    begin(sandbox, charge, "fraudulent")


def begin_inquiry(sandbox: Sandbox, charge: Obj) -> None:
    """The payer's bank only asks; no money leaves."""
    begin(sandbox, charge, "fraudulent", status="warning_needs_response")


def begin(
    sandbox: Sandbox, charge: Obj, reason: str, *, amount: int | None = None, status: str = "needs_response"
) -> Obj:
    """Open a dispute of a charge. An inquiry (`warning_…`) takes no money; refunds that wait are stopped by it."""
    dispute: Obj = {
        "id": sandbox.new_id("dispute"), "object": "dispute", "amount": amount or charge["amount_captured"],
        "balance_transactions": [], "charge": charge["id"], "created": sandbox.now(), "currency": charge["currency"],
        "enhanced_eligibility_types": [], "evidence": dict.fromkeys(_EVIDENCE),
        "evidence_details": {
            "due_by": sandbox.now() + EVIDENCE_S, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False, "livemode": False, "metadata": {}, "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"}, "type": "card",
        },
        "reason": reason, "status": status, "_account": charge["_account"],
    }  # fmt: skip
    dispute["evidence"]["enhanced_evidence"] = {}
    sandbox.keep("charge", {**charge, "disputed": True})
    dispute = sandbox.keep("dispute", dispute)
    events.emit(sandbox, SELF, "charge.dispute.created", dispute)
    _stop_refunds(sandbox, charge)
    return dispute if status.startswith("warning_") else _withdraw(sandbox, dispute)


def _stop_refunds(sandbox: Sandbox, charge: Obj) -> None:
    for refund in sandbox.store.all("refund"):
        if refund["charge"] == charge["id"] and refund["status"] == "pending":
            refunds.become(sandbox, refund, "failed", "charge_for_pending_refund_disputed")


def _withdraw(sandbox: Sandbox, dispute: Obj) -> Obj:
    return _moved(sandbox, dispute, -dispute["amount"], "charge.dispute.funds_withdrawn", fee=FEE)


def _moved(sandbox: Sandbox, dispute: Obj, amount: int, type: str, *, fee: int = 0) -> Obj:
    source = {**dispute, "description": f"Chargeback for {dispute['charge']}"}
    booked = balance.book(sandbox, source, "adjustment", amount, fee=fee)
    moves = [*dispute["balance_transactions"], booked]
    changed = sandbox.keep("dispute", {**dispute, "balance_transactions": moves})
    events.emit(sandbox, SELF, type, changed)
    return changed


def become(sandbox: Sandbox, dispute: Obj, status: str) -> Obj:
    """Let a dispute become `under_review`, `won`, `lost`, `warning_closed` or anything else, and tell about it."""
    before = {"status": dispute["status"]}
    changed = sandbox.keep("dispute", {**dispute, "status": status})
    if status == "needs_response" and not changed["balance_transactions"]:
        changed = _withdraw(sandbox, changed)
    if status == "won" and sum(move["amount"] for move in changed["balance_transactions"]) < 0:
        changed = _moved(sandbox, changed, changed["amount"], "charge.dispute.funds_reinstated")
    is_over = status not in OPEN
    events.emit(sandbox, SELF, "charge.dispute.closed" if is_over else "charge.dispute.updated", changed, before)
    return changed


def start(sandbox: Sandbox, given: dict[str, Any]) -> Obj:
    """Open a dispute by hand, of an intent's charge or of a charge."""
    intent = sandbox.store.get("payment_intent", str(given.get("payment_intent", "")))
    charge_id = str(intent["latest_charge"] if intent else given.get("charge", ""))
    charge = sandbox.store.get("charge", charge_id)
    if charge is None or not charge["captured"]:
        raise errors.invalid("Name a payment_intent or a charge that has taken money.")
    reason, status = str(given.get("reason", "fraudulent")), str(given.get("status", "needs_response"))
    amount = int(given["amount"]) if "amount" in given else None
    return begin(sandbox, charge, reason, amount=amount, status=status)


# The API


def retrieve(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One dispute as it is now."""
    dispute = sandbox.store.get("dispute", id)
    if dispute is None or dispute["_account"] != call.account:
        raise errors.no_such("dispute", id)
    return dispute


def index(sandbox: Sandbox, call: Call) -> Obj:
    """The disputes, newest first, of one charge or intent if named."""
    forms.known_only(call.params, {*lists.PARAMS, "charge", "payment_intent"})
    equal = {name: forms.text(call.params, name) for name in ("charge", "payment_intent")}
    return lists.page(call, sandbox.store.all("dispute"), **equal)


def update(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """Hand in evidence; with `submit` the bank looks at it."""
    forms.known_only(call.params, {"evidence", "metadata", "submit"})
    dispute = retrieve(sandbox, call, id)
    if dispute["status"] not in OPEN:
        raise errors.ApiError(400, "This dispute is already closed", saved=True)
    given = forms.mapping(call.params, "evidence")
    forms.known_only(given, frozenset(_EVIDENCE))
    details = {**dispute["evidence_details"], "has_evidence": True}
    changed = {**dispute, "evidence": {**dispute["evidence"], **given}, "evidence_details": details}
    changed["metadata"] = forms.metadata(call.params, dispute["metadata"])
    if not forms.flag(call.params, "submit"):
        return sandbox.keep("dispute", changed)
    details["submission_count"] += 1
    warning = "warning_" if dispute["status"].startswith("warning_") else ""
    return become(sandbox, changed, f"{warning}under_review")


def close(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """Give in: the money stays with the payer."""
    forms.known_only(call.params, frozenset())
    return become(sandbox, retrieve(sandbox, call, id), "lost")
