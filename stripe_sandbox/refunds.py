"""Refunds: at once, later, or failing after they seemed to have worked.

Who steers the sandbox may make refunds as the dashboard does, say how the next ones begin, and what becomes of one.
"""

from typing import Any

from stripe_sandbox import balance, charges, connect, currencies, errors, events, forms, lists, timers
from stripe_sandbox.sandbox import SELF, Call, Sandbox
from stripe_sandbox.store import Obj

ENDED = ("failed", "canceled")
REASONS = ("duplicate", "fraudulent", "requested_by_customer")

_CREATE = frozenset({
    "amount", "charge", "instructions_email", "metadata", "payment_intent", "reason", "refund_application_fee",
    "reverse_transfer",
})  # fmt: skip


def create(sandbox: Sandbox, call: Call) -> Obj:
    """Give back an amount of a charge, or all that is left of it."""
    forms.known_only(call.params, _CREATE)
    reason = forms.choice(call.params, "reason", REASONS)
    charge = _charge(sandbox, call)
    _check_dispute(sandbox, charge)
    amount = _amount(call, charge)
    if charge["transfer_data"] and timers.run_due(sandbox, {"settle": charges.settle}, subject=charge["id"]):
        # What was not passed on yet is passed on first, so that there is something to take back.
        charge = charges.retrieve(sandbox, call, charge["id"])
    later = charges.card_of(sandbox, charge)
    refund = {
        **_new(sandbox, charge, amount),
        "metadata": forms.metadata(call.params),
        "reason": reason,
        "status": (steered := _steered(sandbox)) or ("pending" if later == "succeeds" else "succeeded"),
    }
    refund = sandbox.keep("refund", connect.give_back(sandbox, call, charge, refund))
    if later != "now" and not steered:
        timers.plan(sandbox, "finish_refund", refund, sandbox.config.refund_s)
    events.emit(sandbox, call, "refund.created", refund)
    _count(sandbox, call, charge, amount)
    return refund


def _steered(sandbox: Sandbox) -> str | None:
    """How this refund begins, if somebody has said so: `pending` is what a balance that is too low makes of it."""
    setting = sandbox.store.get("setting", "refunds")
    if setting is None or setting["times"] == 0:
        return None
    sandbox.store.put("setting", "refunds", {**setting, "times": setting["times"] - 1})
    status: str = setting["status"]
    return status


def steer(sandbox: Sandbox, given: dict[str, Any]) -> Obj:
    """Say how the next `times` refunds begin."""
    setting = {"status": str(given.get("status", "pending")), "times": int(given.get("times", 1))}
    return sandbox.store.put("setting", "refunds", setting)


def from_dashboard(sandbox: Sandbox, given: dict[str, Any]) -> Obj:
    """A refund that somebody makes by hand: it has no metadata and no key.

    `released` makes the entry that a capture of less than the hold leaves: it looks like a refund, and no captured
    money went back.
    """
    params: dict[str, Any] = {
        name: str(given[name]) for name in ("payment_intent", "charge", "amount", "reason") if name in given
    }
    call = Call(params=params, account=given.get("account"))
    return _released(sandbox, call) if given.get("released") else create(sandbox, call)


def _released(sandbox: Sandbox, call: Call) -> Obj:
    charge = _charge(sandbox, call)
    amount = forms.integer(call.params, "amount") or charge["amount"]
    entry = {**_new(sandbox, charge, amount), "metadata": {}, "reason": None, "status": "succeeded"}
    refund = sandbox.keep("refund", entry)
    events.emit(sandbox, call, "charge.refunded", charge)
    return refund


def become(sandbox: Sandbox, refund: Obj, status: str, failure_reason: str | None = None) -> Obj:
    """Let a refund become `failed`, `canceled`, `succeeded` or anything else, and tell about it."""
    before = {"status": refund["status"]}
    if status in ENDED and refund["status"] not in ENDED:
        return _fail(sandbox, refund, status, failure_reason or "unknown")
    changed = sandbox.keep("refund", {**refund, "status": status})
    events.emit(sandbox, SELF, "refund.updated", changed, before)
    return changed


def _charge(sandbox: Sandbox, call: Call) -> Obj:
    intent_id, charge_id = forms.text(call.params, "payment_intent"), forms.text(call.params, "charge")
    if not intent_id and not charge_id:
        raise errors.invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if intent_id:
        intent = sandbox.store.get("payment_intent", intent_id)
        if intent is None or intent["_account"] != call.account:
            raise errors.no_such("payment_intent", intent_id, param="payment_intent")
        charge_id = intent["latest_charge"] if intent["status"] == "succeeded" else None
    if not charge_id:
        raise errors.ApiError(
            400, f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.", saved=True
        )
    return charges.retrieve(sandbox, call, charge_id)


def _check_dispute(sandbox: Sandbox, charge: Obj) -> None:
    """What the bank has taken back, or may, cannot go back a second time; once it was won, it can."""
    own = (dispute for dispute in sandbox.store.all("dispute") if dispute["charge"] == charge["id"])
    if any(dispute["status"] not in ("won", "warning_closed") for dispute in own):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise errors.ApiError(400, message, code="charge_disputed", saved=True)


def _amount(call: Call, charge: Obj) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if left <= 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise errors.ApiError(400, message, code="charge_already_refunded", saved=True)
    amount = forms.integer(call.params, "amount") or left
    currencies.check_step(amount, charge["currency"])
    if amount > left:
        asked, rest = (currencies.shown(one, charge["currency"]) for one in (amount, left))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise errors.ApiError(400, message, param="amount", saved=True)
    return amount


def _new(sandbox: Sandbox, charge: Obj, amount: int) -> Obj:
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    source = {**charge, "id": "", "description": None}
    refund: Obj = {
        "id": sandbox.new_id("refund"), "object": "refund", "amount": amount, "charge": charge["id"],
        "created": sandbox.now(), "currency": charge["currency"],
        "destination_details": {"card": reference, "type": "card"}, "payment_intent": charge["payment_intent"],
        "receipt_number": None, "source_transfer_reversal": None, "transfer_reversal": None,
        "_account": charge["_account"],
    }  # fmt: skip
    booked = balance.book(sandbox, {**source, "id": refund["id"]}, "refund", -amount)
    return {**refund, "balance_transaction": booked["id"]}


def _count(sandbox: Sandbox, call: Call, charge: Obj, amount: int) -> None:
    """Show on the charge what was refunded of it; a failed refund counts backwards."""
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    total = charge["amount_refunded"] + amount
    changed = sandbox.keep("charge", {**charge, "amount_refunded": total, "refunded": total == charge["amount"]})
    events.emit(sandbox, call, "charge.refunded" if amount > 0 else "charge.updated", changed, before)


def finish(sandbox: Sandbox, refund: Obj) -> None:
    """The slow refund arrives, or the bank sends it back."""
    charge = sandbox.store.get("charge", refund["charge"])
    if charge is None or refund["status"] in ENDED:
        return
    if charges.card_of(sandbox, charge) == "succeeds":
        become(sandbox, refund, "succeeded")
    else:
        become(sandbox, refund, "failed")


def _fail(sandbox: Sandbox, refund: Obj, status: str, reason: str) -> Obj:
    """The money is back on our balance, and the charge counts it as not refunded."""
    before = {"status": refund["status"]}
    booked = balance.book(sandbox, refund, "refund_failure", refund["amount"])
    failure = {"status": status, "failure_reason": reason, "failure_balance_transaction": booked["id"]}
    failed = sandbox.keep("refund", {**refund, **failure})
    if charge := sandbox.store.get("charge", refund["charge"]):
        _count(sandbox, SELF, charge, -refund["amount"])
    events.emit(sandbox, SELF, "refund.updated", failed, before)
    if status == "failed":
        events.emit(sandbox, SELF, "refund.failed", failed)
    return failed


def retrieve(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One refund as it is now."""
    refund = sandbox.store.get("refund", id)
    if refund is None or refund["_account"] != call.account:
        raise errors.no_such("refund", id)
    return refund


def index(sandbox: Sandbox, call: Call) -> Obj:
    """The refunds, newest first, of one charge or intent if named."""
    forms.known_only(call.params, {*lists.PARAMS, "charge", "payment_intent"})
    equal = {name: forms.text(call.params, name) for name in ("charge", "payment_intent")}
    return lists.page(call, sandbox.store.all("refund"), **equal)
