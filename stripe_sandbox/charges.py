"""Charges: one attempt to take money from a card, and the balance transaction it settles into."""

from stripe_sandbox import connect, errors, events, forms, lists, methods, timers
from stripe_sandbox.balance import book
from stripe_sandbox.cards import Decline
from stripe_sandbox.sandbox import SELF, Call, Sandbox
from stripe_sandbox.store import Obj

_FROM_INTENT = (
    "_account", "application_fee_amount", "currency", "customer", "description", "on_behalf_of", "receipt_email",
    "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip
_FROM_METHOD = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")


def attempt(sandbox: Sandbox, intent: Obj, method: Obj, decline: Decline | None, *, authenticated: bool) -> Obj:
    """A charge for the intent's amount: authorized and not captured yet, or failed."""
    return sandbox.keep(
        "charge",
        {
            **_blank(sandbox, intent),
            "billing_details": method["billing_details"],
            "failure_code": decline.code if decline else None,
            "failure_message": decline.message if decline else None,
            "outcome": _outcome(decline),
            "paid": decline is None,
            "payment_method": method["id"],
            "payment_method_details": {
                "card": _card(sandbox, intent, method, decline, authenticated=authenticated),
                "type": "card",
            },
            "status": "failed" if decline else "succeeded",
        },
    )


def _blank(sandbox: Sandbox, intent: Obj) -> Obj:
    return {
        "id": sandbox.new_id("charge"), "object": "charge", "amount": intent["amount"], "amount_captured": 0,
        "amount_refunded": 0, "application": None, "application_fee": None, "balance_transaction": None,
        "calculated_statement_descriptor": "SANDBOX", "captured": False, "created": sandbox.now(), "disputed": False,
        "failure_balance_transaction": None, "fraud_details": {}, "livemode": False,
        "metadata": dict(intent["metadata"]), "payment_intent": intent["id"], "radar_options": {},
        "receipt_number": None, "receipt_url": None, "refunded": False, "review": None, "shipping": None,
        "source": None, "source_transfer": None, **{name: intent[name] for name in _FROM_INTENT},
    }  # fmt: skip


def _outcome(decline: Decline | None) -> Obj:
    blocked = decline is not None and decline.decline_code == "fraudulent"
    return {
        "advice_code": "try_again_later" if decline and decline.decline_code == "processing_error" else None,
        "network_advice_code": None,
        "network_decline_code": "01" if decline and not blocked else None,
        "network_status": "not_sent_to_network" if blocked else "declined_by_network" if decline else
                          "approved_by_network",
        "reason": "highest_risk_level" if blocked else decline.decline_code if decline else None,
        "risk_level": "highest" if blocked else "normal",
        "risk_score": 99 if blocked else 12,
        "seller_message": "The bank declined the payment." if decline else "Payment complete.",
        "type": "blocked" if blocked else "issuer_declined" if decline else "authorized",
    }  # fmt: skip


def _card(sandbox: Sandbox, intent: Obj, method: Obj, decline: Decline | None, *, authenticated: bool) -> Obj:
    card = method["card"]
    hold = intent["capture_method"] == "manual" and decline is None
    secure = {
        "authentication_flow": "challenge", "electronic_commerce_indicator": "05", "exemption_indicator": None,
        "result": "authenticated", "result_reason": None, "transaction_id": sandbox.token(24), "version": "2.2.0",
    }  # fmt: skip
    checks = {**card["checks"], "cvc_check": "fail" if decline and decline.code == "incorrect_cvc" else "pass"}
    return {
        "amount_authorized": None if decline else intent["amount"],
        "authorization_code": None if decline else sandbox.token(6).upper(),
        **({"capture_before": int(sandbox.now() + sandbox.config.hold_s)} if hold else {}),
        **{name: card[name] for name in _FROM_METHOD},
        "checks": checks,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "available" if _may_raise(intent, method) else "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": sandbox.token(15),
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": secure if authenticated else None,
        "wallet": None,
    }  # fmt: skip


def _may_raise(intent: Obj, method: Obj) -> bool:
    """Whether the bank may be asked for more later: a hold whose maker wished it, on a card that offers it."""
    wished = intent["payment_method_options"]["card"].get("request_incremental_authorization") == "if_available"
    return wished and intent["capture_method"] == "manual" and methods.card_of(method).raises != "never"


def capture(sandbox: Sandbox, charge: Obj, amount: int) -> Obj:
    """Take the money: the charge is captured and settles a moment later.

    What a capture leaves behind goes back to the card and shows as refunded, though no refund was ever made.
    """
    released = charge["amount"] - amount
    changed = {**charge, "captured": True, "amount_captured": amount, "amount_refunded": released}
    timers.plan(sandbox, "settle", changed, sandbox.config.settle_s)
    method = sandbox.store.get("payment_method", charge["payment_method"])
    if method and (wish := methods.card_of(method).dispute) != "never":
        timers.plan(sandbox, f"dispute_{wish}", changed, sandbox.config.dispute_s)
    return sandbox.keep("charge", changed)


def release(sandbox: Sandbox, call: Call, charge: Obj) -> Obj:
    """Give a hold back whole; Stripe shows that as a charge refunded in full."""
    changed = sandbox.keep("charge", {**charge, "amount_refunded": charge["amount"], "refunded": True})
    events.emit(sandbox, call, "charge.refunded", changed, {"amount_refunded": 0, "refunded": False})
    return changed


def settle(sandbox: Sandbox, charge: Obj) -> None:
    """The charge gets its balance transaction, which the success itself did not know yet."""
    transaction = book(sandbox, charge, "charge", charge["amount_captured"])
    settled = connect.settle(sandbox, {**charge, "balance_transaction": transaction["id"]})
    before = {"balance_transaction": None, **({"transfer": None} if "transfer" in settled else {})}
    events.emit(sandbox, SELF, "charge.updated", sandbox.keep("charge", settled), before)


def retrieve(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One charge."""
    charge = sandbox.store.get("charge", id)
    if charge is None or charge["_account"] != call.account:
        raise errors.no_such("charge", id)
    return charge


def index(sandbox: Sandbox, call: Call) -> Obj:
    """The charges, newest first, of one intent or customer if named."""
    forms.known_only(call.params, {*lists.PARAMS, "payment_intent", "customer"})
    equal = {name: forms.text(call.params, name) for name in ("payment_intent", "customer")}
    return lists.page(call, sandbox.store.all("charge"), **equal)


def card_of(sandbox: Sandbox, charge: Obj) -> str:
    """The refund behaviour of the card that was charged: `now`, `succeeds` or `fails`."""
    method = sandbox.store.get("payment_method", charge["payment_method"])
    return methods.card_of(method).refund if method else "now"
