"""Confirming an intent: ask the bank, take or hold the money, or find out that the card does not want to."""

from dataclasses import dataclass

from stripe_sandbox import charges, errors, events, methods, timers
from stripe_sandbox.cards import PROCESSING, Card, Decline
from stripe_sandbox.sandbox import SELF, Call, Sandbox, public
from stripe_sandbox.store import Obj

AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
AUTHENTICATION_FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """How the confirmation was asked for: who can answer the bank's question, and where the payer goes after it."""

    return_url: str | None = None
    by_script: bool = False
    no_questions: bool = False


def confirm(sandbox: Sandbox, call: Call, intent: Obj, method: Obj, asked: Asked) -> Obj:
    """Try to pay. Raises the 402 of a declined card; the intent then waits for another one."""
    card = methods.card_of(method)
    intent = keep(sandbox, {**intent, "payment_method": method["id"], "next_action": None})
    if card.challenge == "broken":
        raise declined(sandbox, call, intent, method, PROCESSING)
    if _must_ask(card, intent):
        if asked.no_questions:
            raise declined(sandbox, call, intent, method, AUTHENTICATION_REQUIRED)
        return _ask(sandbox, call, intent, asked)
    return _charge(sandbox, call, intent, method, authenticated=False)


def keep(sandbox: Sandbox, intent: Obj) -> Obj:
    """Keep the intent as it is now."""
    return sandbox.keep("payment_intent", intent)


def _must_ask(card: Card, intent: Obj) -> bool:
    wanted = intent["payment_method_options"]["card"]["request_three_d_secure"]
    return card.challenge == "always" or (card.challenge == "optional" and wanted in {"any", "challenge"})


def _ask(sandbox: Sandbox, call: Call, intent: Obj, asked: Asked) -> Obj:
    """The bank wants to hear from the payer: in the page's own script, or on a page of the bank."""
    if asked.by_script or not asked.return_url:
        sdk = {
            "type": "three_d_secure_redirect",
            "stripe_js": f"{call.origin}/3ds/{intent['id']}",
            "source": intent["id"],
        }
        action: Obj = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    else:
        url = f"{call.origin}/3ds/{intent['id']}?payment_intent_client_secret={intent['client_secret']}"
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": asked.return_url, "url": url}}
    intent = keep(sandbox, {**intent, "status": "requires_action", "next_action": action})
    events.emit(sandbox, call, "payment_intent.requires_action", intent)
    return intent


def answer(sandbox: Sandbox, call: Call, intent: Obj, *, authenticated: bool) -> Obj:
    """What follows from the payer's answer to the bank. A decline after it is told by the intent, not by an error."""
    method = sandbox.store.get("payment_method", intent["payment_method"])
    if intent["status"] != "requires_action" or method is None:
        raise errors.unexpected_state(public(intent), "This PaymentIntent does not wait for an authentication.")
    if not authenticated:
        return _unauthenticated(sandbox, call, intent, method)
    try:
        return _charge(sandbox, call, {**intent, "next_action": None}, method, authenticated=True)
    except errors.ApiError as error:
        if error.status != 402:
            raise
        return sandbox.store.get("payment_intent", intent["id"]) or intent


def _unauthenticated(sandbox: Sandbox, call: Call, intent: Obj, method: Obj) -> Obj:
    failure = errors.invalid(AUTHENTICATION_FAILED, code="payment_intent_authentication_failure").error
    return _back_to_start(sandbox, call, intent, {**failure, "payment_method": public(method)})


def _charge(sandbox: Sandbox, call: Call, intent: Obj, method: Obj, *, authenticated: bool) -> Obj:
    card = methods.card_of(method)
    if card.charge != "now":
        return _process(sandbox, call, intent)
    if card.decline:
        raise declined(sandbox, call, intent, method, card.decline, authenticated=authenticated)
    return _paid(sandbox, call, intent, method, authenticated=authenticated)


def _process(sandbox: Sandbox, call: Call, intent: Obj) -> Obj:
    intent = keep(sandbox, {**intent, "status": "processing", "processing": {"type": "card", "card": {}}})
    events.emit(sandbox, call, "payment_intent.processing", intent)
    timers.plan(sandbox, "finish_charge", intent, sandbox.config.processing_s)
    return intent


def finish(sandbox: Sandbox, intent: Obj) -> None:
    """The slow card's answer has come."""
    method = sandbox.store.get("payment_method", intent["payment_method"] or "")
    if intent["status"] != "processing" or method is None:
        return
    intent = {**intent, "processing": None}
    decline = methods.card_of(method).decline
    if decline:
        declined(sandbox, SELF, intent, method, decline)
    else:
        _paid(sandbox, SELF, intent, method, authenticated=False)


def _paid(sandbox: Sandbox, call: Call, intent: Obj, method: Obj, *, authenticated: bool) -> Obj:
    """The bank agreed: a hold stays a hold, everything else is captured at once."""
    charge = charges.attempt(sandbox, intent, method, None, authenticated=authenticated)
    intent = {**intent, "latest_charge": charge["id"], "last_payment_error": None}
    if intent["capture_method"] == "manual":
        intent = keep(sandbox, {**intent, "status": "requires_capture", "amount_capturable": intent["amount"]})
        events.emit(sandbox, call, "charge.succeeded", charge)
        events.emit(sandbox, call, "payment_intent.amount_capturable_updated", intent)
        timers.plan(sandbox, "expire_hold", intent, sandbox.config.hold_s)
        return intent
    charge = charges.capture(sandbox, charge, intent["amount"])
    events.emit(sandbox, call, "charge.succeeded", charge)
    return succeed(sandbox, call, intent, intent["amount"])


def succeed(sandbox: Sandbox, call: Call, intent: Obj, amount: int) -> Obj:
    """The money is there: the intent is over."""
    done = {"status": "succeeded", "amount_received": amount, "amount_capturable": 0, "next_action": None}
    intent = keep(sandbox, {**intent, **done})
    events.emit(sandbox, call, "payment_intent.succeeded", intent)
    return intent


def declined(
    sandbox: Sandbox, call: Call, intent: Obj, method: Obj, decline: Decline, *, authenticated: bool = False
) -> errors.ApiError:
    """Note the decline and make the error that tells of it."""
    charge = charges.attempt(sandbox, intent, method, decline, authenticated=authenticated)
    error = errors.ApiError(
        402,
        decline.message,
        type="card_error",
        code=decline.code,
        saved=True,
        charge=charge["id"],
        decline_code=decline.decline_code,
        network_decline_code=charge["outcome"]["network_decline_code"],
        payment_method=public(method),
    )
    if decline.code == "incorrect_cvc":
        error.error["param"] = "cvc"
    events.emit(sandbox, call, "charge.failed", charge)
    intent = _back_to_start(sandbox, call, {**intent, "latest_charge": charge["id"]}, dict(error.error))
    error.error["payment_intent"] = public(intent)
    return error


def _back_to_start(sandbox: Sandbox, call: Call, intent: Obj, failure: Obj) -> Obj:
    again = {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent = keep(sandbox, {**intent, **again, "last_payment_error": failure})
    events.emit(sandbox, call, "payment_intent.payment_failed", intent)
    return intent
