"""PaymentIntents: create, look, change, confirm, capture, cancel."""

from typing import Any

from stripe_sandbox import charges, confirming, connect, currencies, errors, events, forms, lists, methods
from stripe_sandbox.confirming import Asked
from stripe_sandbox.sandbox import SELF, Call, Sandbox, public
from stripe_sandbox.store import Obj

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
CANCELLATION_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")

_TEXTS = ("customer", "description", "on_behalf_of", "receipt_email", "setup_future_usage", "statement_descriptor",
          "statement_descriptor_suffix", "transfer_group")  # fmt: skip
_CONFIRM = frozenset({
    "capture_method", "client_secret", "confirmation_token", "error_on_requires_action", "mandate_data", "off_session",
    "payment_method", "payment_method_data", "payment_method_options", "receipt_email", "return_url",
    "setup_future_usage", "use_stripe_sdk",
})  # fmt: skip
_CHANGEABLE = frozenset({
    "amount", "application_fee_amount", "capture_method", "currency", "metadata", "payment_method",
    "payment_method_data", "payment_method_options", "transfer_data", *_TEXTS,
}) - {"on_behalf_of"}  # fmt: skip
_CREATE = (_CONFIRM | _CHANGEABLE | {"allowed_payment_method_types", "automatic_payment_methods", "confirm",
                                     "confirmation_method", "on_behalf_of"}) - {"client_secret"}  # fmt: skip
_UNPAID = ("requires_payment_method", "requires_confirmation", "requires_action")

# What a publishable key gets to see of an intent.
_FOR_BROWSERS = (
    "id", "object", "amount", "amount_details", "automatic_payment_methods", "canceled_at", "cancellation_reason",
    "capture_method", "client_secret", "confirmation_method", "created", "currency", "description",
    "last_payment_error", "livemode", "next_action", "payment_method", "payment_method_types", "processing",
    "receipt_email", "setup_future_usage", "shipping", "source", "status",
)  # fmt: skip


def create(sandbox: Sandbox, call: Call) -> Obj:
    """A new intent, confirmed in the same step when `confirm` says so."""
    forms.known_only(call.params, _CREATE)
    intent = _new(sandbox, call)
    confirms = forms.flag(call.params, "confirm")
    if not confirms:
        _refuse_without_confirm(call.params)
    if confirms:
        _check_return_url(sandbox, call, intent)
    method = _method(sandbox, call, intent)
    confirming.keep(sandbox, intent)
    events.emit(sandbox, call, "payment_intent.created", intent)
    if not confirms:
        return _with_method(sandbox, intent, method)
    return confirming.confirm(sandbox, call, intent, _needed(method, intent), _asked(sandbox, call))


def _refuse_without_confirm(params: dict[str, Any]) -> None:
    for name in ("confirmation_token", "return_url", "off_session", "error_on_requires_action", "mandate_data"):
        if name in params:
            raise errors.invalid(
                f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is set to "
                "true.",
                param=name,
            )


def _new(sandbox: Sandbox, call: Call) -> Obj:
    params = call.params
    amount = forms.integer(params, "amount")
    if amount is None:
        raise errors.missing("amount")
    currency = currencies.check_currency(forms.required(params, "currency"))
    new_id = sandbox.new_id("payment_intent")
    intent: Obj = {
        "id": new_id, "object": "payment_intent", "amount": currencies.check_amount(amount, currency),
        "allowed_payment_method_types": ["card"] if "allowed_payment_method_types" in params else None,
        "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0, "application": None,
        "application_fee_amount": forms.integer(params, "application_fee_amount", least=0),
        "automatic_payment_methods": _automatic(params), "canceled_at": None, "cancellation_reason": None,
        "capture_method": forms.choice(params, "capture_method", CAPTURE_METHODS) or "automatic_async",
        "client_secret": f"{new_id}_secret_{sandbox.token(25)}",
        "confirmation_method": forms.choice(params, "confirmation_method", ("automatic", "manual")) or "automatic",
        "created": sandbox.now(), "currency": currency, "customer_account": None,
        "excluded_payment_method_types": None, "last_payment_error": None, "latest_charge": None, "livemode": False,
        "metadata": forms.metadata(params), "next_action": None, "payment_method": None,
        "payment_method_configuration_details": None, "payment_method_options": {"card": _card_options(params)},
        "payment_method_types": ["card"], "processing": None, "review": None, "shipping": None, "source": None,
        "status": "requires_payment_method", "transfer_data": forms.mapping(params, "transfer_data") or None,
        **{name: forms.text(params, name) for name in _TEXTS}, "_account": call.account,
    }  # fmt: skip
    connect.check(sandbox, intent)
    if intent["customer"]:
        methods.retrieve_customer(sandbox, call, intent["customer"])
    return intent


def _automatic(params: dict[str, Any]) -> Obj | None:
    if "allowed_payment_method_types" in params:
        if list(forms.mapping(params, "allowed_payment_method_types").values()) != ["card"]:
            raise errors.invalid("This account takes cards only.", param="allowed_payment_method_types")
        return None
    given = forms.mapping(params, "automatic_payment_methods")
    forms.known_only(given, {"allow_redirects", "enabled"})
    redirects = forms.choice(given, "allow_redirects", ("always", "never")) or "always"
    return {"allow_redirects": redirects, "enabled": "enabled" not in given or forms.flag(given, "enabled")}


def _card_options(params: dict[str, Any]) -> Obj:
    card = forms.mapping(forms.mapping(params, "payment_method_options"), "card")
    wanted = forms.choice(card, "request_three_d_secure", ("any", "automatic", "challenge"))
    raising = forms.choice(card, "request_incremental_authorization", ("if_available", "never"))
    return {"installments": None, "mandate_options": None, "network": None,
            **({"request_incremental_authorization": raising} if raising else {}),
            "request_three_d_secure": wanted or "automatic"}  # fmt: skip


def _method(sandbox: Sandbox, call: Call, intent: Obj) -> Obj | None:
    """The payment method that the call names in one of its three ways; None when it names none."""
    params = call.params
    if token_id := forms.text(params, "confirmation_token"):
        token = methods.spend_token(sandbox, call, token_id, intent)
        return sandbox.store.get("payment_method", token["_method"])
    if data := forms.mapping(params, "payment_method_data"):
        return methods.from_details(sandbox, call, data)
    if method_id := forms.text(params, "payment_method"):
        return methods.find(sandbox, call, method_id)
    return sandbox.store.get("payment_method", intent["payment_method"] or "")


def _with_method(sandbox: Sandbox, intent: Obj, method: Obj | None) -> Obj:
    if method is None:
        return intent
    status = {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}
    return confirming.keep(sandbox, {**intent, **status})


def _needed(method: Obj | None, intent: Obj) -> Obj:
    if method is None:
        raise errors.ApiError(
            400,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
            saved=True,
            payment_intent=public(intent),
        )
    return method


def _asked(sandbox: Sandbox, call: Call) -> Asked:
    token = sandbox.store.get("confirmation_token", forms.text(call.params, "confirmation_token") or "") or {}
    return Asked(
        return_url=forms.text(call.params, "return_url") or token.get("return_url"),
        by_script=forms.flag(call.params, "use_stripe_sdk") or bool(token.get("use_stripe_sdk")),
        no_questions=forms.flag(call.params, "off_session") or forms.flag(call.params, "error_on_requires_action"),
    )


def _check_return_url(sandbox: Sandbox, call: Call, intent: Obj) -> None:
    automatic = intent["automatic_payment_methods"] or {}
    if automatic.get("allow_redirects") != "always" or _asked(sandbox, call).return_url:
        return
    raise errors.invalid(
        "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
        "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't "
        "want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
        "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
        param="return_url",
    )


def find(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One intent of the caller's account; a publishable key must bring the intent's client secret."""
    intent = sandbox.store.get("payment_intent", id)
    if intent is None or intent["_account"] != call.account:
        raise errors.no_such("payment_intent", id, param="intent")
    if call.publishable and call.params.get("client_secret") != intent["client_secret"]:
        raise errors.no_such("payment_intent", id, param="client_secret")
    return intent


def for_browser(intent: Obj) -> Obj:
    """As much of an intent as a publishable key gets to see."""
    return {name: intent[name] for name in _FOR_BROWSERS}


def retrieve(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One intent as it is now."""
    return find(sandbox, call, id)


def index(sandbox: Sandbox, call: Call) -> Obj:
    """The intents, newest first."""
    forms.known_only(call.params, {*lists.PARAMS, "customer"})
    found = sandbox.store.all("payment_intent")
    return lists.page(call, found, customer=forms.text(call.params, "customer"))


def search(sandbox: Sandbox, call: Call) -> Obj:
    """The intents that match a query over metadata, status, amount, currency or customer."""
    return lists.search(call, sandbox.store.all("payment_intent"))


def update(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """Change an intent. Money and card only while it is unpaid, words and metadata at any time."""
    forms.known_only(call.params, _CHANGEABLE)
    intent = find(sandbox, call, id)
    fixed = {"amount", "currency", "capture_method", "payment_method", "payment_method_data"} & set(call.params)
    if fixed and intent["status"] not in _UNPAID:
        name = min(fixed)
        raise errors.unexpected_state(
            public(intent),
            f"This PaymentIntent's {name} could not be updated because it has a status of {intent['status']}. You may "
            f"only update the {name} of a PaymentIntent with one of the following statuses: {', '.join(_UNPAID)}.",
        )
    changed = {**intent, **_changes(call.params, intent), "metadata": forms.metadata(call.params, intent["metadata"])}
    if fixed and intent["status"] == "requires_action":
        changed |= {"status": "requires_confirmation", "next_action": None}
    method = _method(sandbox, call, changed) if fixed & {"payment_method", "payment_method_data"} else None
    return _with_method(sandbox, confirming.keep(sandbox, changed), method)


def _changes(params: dict[str, Any], intent: Obj) -> Obj:
    changes: Obj = {name: forms.text(params, name) for name in _TEXTS if name in params}
    currency = currencies.check_currency(forms.text(params, "currency") or intent["currency"])
    amount = currencies.check_amount(forms.integer(params, "amount") or intent["amount"], currency)
    capture = forms.choice(params, "capture_method", CAPTURE_METHODS) or intent["capture_method"]
    if "application_fee_amount" in params:
        changes["application_fee_amount"] = forms.integer(params, "application_fee_amount", least=0)
    return {**changes, "amount": amount, "capture_method": capture, "currency": currency}


def confirm(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """Try to pay the intent with the method the call names, or the one it already has."""
    forms.known_only(call.params, _CONFIRM)
    intent = find(sandbox, call, id)
    if intent["status"] == "succeeded":
        raise errors.unexpected_state(
            public(intent),
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        )
    if intent["status"] not in _UNPAID:
        raise errors.unexpected_state(
            public(intent),
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "
            "requires_action.",
        )
    _check_return_url(sandbox, call, intent)
    method = _needed(_method(sandbox, call, intent), intent)
    return confirming.confirm(sandbox, call, intent, method, _asked(sandbox, call))


def authenticate(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """The payer's answer to the bank, given in the browser with the intent's client secret."""
    intent = find(sandbox, call, id)
    outcome = forms.choice(call.params, "outcome", ("succeeded", "failed"))
    return confirming.answer(sandbox, call, intent, authenticated=outcome == "succeeded")


def capture(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """Take a hold, or a part of it; the rest is released."""
    forms.known_only(call.params, {"amount_to_capture", "application_fee_amount", "final_capture", "metadata"})
    intent = find(sandbox, call, id)
    if intent["status"] != "requires_capture":
        raise errors.unexpected_state(
            public(intent),
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
        )
    amount = forms.integer(call.params, "amount_to_capture") or intent["amount_capturable"]
    currencies.check_step(amount, intent["currency"], param="amount_to_capture")
    if amount > intent["amount_capturable"]:
        raise errors.invalid(
            "The amount to capture is greater than the amount that can be captured.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    held = charges.retrieve(sandbox, call, intent["latest_charge"])
    if "application_fee_amount" in call.params:
        fee = forms.integer(call.params, "application_fee_amount", least=0)
        held, intent = {**held, "application_fee_amount": fee}, {**intent, "application_fee_amount": fee}
    charge = charges.capture(sandbox, held, amount)
    events.emit(sandbox, call, "charge.captured", charge)
    intent = {**intent, "metadata": forms.metadata(call.params, intent["metadata"])}
    return confirming.succeed(sandbox, call, intent, amount)


def cancel(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """Let go of an intent that has not succeeded; a hold goes back to the card."""
    forms.known_only(call.params, {"cancellation_reason"})
    reason = forms.choice(call.params, "cancellation_reason", CANCELLATION_REASONS)
    intent = find(sandbox, call, id)
    allowed = (*_UNPAID, "requires_capture")
    if intent["status"] not in allowed:
        raise errors.unexpected_state(
            public(intent),
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be canceled: {', '.join(allowed)}.",
        )
    return _cancel(sandbox, call, intent, reason)


def _cancel(sandbox: Sandbox, call: Call, intent: Obj, reason: str | None) -> Obj:
    if intent["status"] == "requires_capture":
        charges.release(sandbox, call, charges.retrieve(sandbox, call, intent["latest_charge"]))
    over = {"status": "canceled", "canceled_at": sandbox.now(), "cancellation_reason": reason}
    intent = confirming.keep(sandbox, {**intent, **over, "amount_capturable": 0, "next_action": None})
    events.emit(sandbox, call, "payment_intent.canceled", intent)
    return intent


def expire_hold(sandbox: Sandbox, intent: Obj) -> None:
    """The hold was never captured and lapses."""
    charge = sandbox.store.get("charge", intent["latest_charge"] or "")
    if intent["status"] == "requires_capture" and charge:
        call = Call(account=intent["_account"])
        _cancel(sandbox, call, intent, "automatic")
        events.emit(sandbox, SELF, "charge.expired", sandbox.store.get("charge", charge["id"]) or charge)
