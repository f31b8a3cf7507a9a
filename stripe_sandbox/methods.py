"""Payment methods, confirmation tokens and customers: what the browser collects before anything is charged."""

import datetime as dt
import hashlib
from typing import Any

from stripe_sandbox import cards, errors, forms, lists
from stripe_sandbox.sandbox import Call, Sandbox
from stripe_sandbox.store import Obj

TOKEN_LIFE_S = 12 * 3600

_BILLING: Obj = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def create(sandbox: Sandbox, call: Call) -> Obj:
    """A payment method from a card number (browsers) or from one of Stripe's test tokens."""
    forms.known_only(call.params, {"type", "card", "billing_details", "metadata", "allow_redisplay", "client_secret"})
    return from_details(sandbox, call, call.params)


def retrieve(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One payment method."""
    return find(sandbox, call, id, param="payment_method", status=404)


def find(sandbox: Sandbox, call: Call, id: str, *, param: str = "payment_method", status: int = 400) -> Obj:
    """A payment method by id; a `pm_card_…` token makes a fresh one, as often as it is named."""
    if id in cards.BY_TOKEN:
        return _keep(sandbox, call, cards.BY_TOKEN[id], {"exp_month": 12, "exp_year": _year(sandbox) + 1}, {})
    method = sandbox.store.get("payment_method", id)
    if method is None or method["_account"] != call.account:
        raise errors.no_such("PaymentMethod", id, param=param, status=status)
    return method


def from_details(sandbox: Sandbox, call: Call, given: dict[str, Any]) -> Obj:
    """A payment method from `type`, `card` and `billing_details`."""
    if forms.required(given, "type") != "card":
        raise errors.invalid("Invalid type: this account takes cards only.", param="type")
    card = forms.mapping(given, "card")
    if not card:
        raise errors.missing("card")
    if token := forms.text(card, "token"):
        token = token.replace("tok_", "pm_card_", 1)
        if token not in cards.BY_TOKEN:
            raise errors.no_such("token", token, param="card[token]", status=400)
        return find(sandbox, call, token)
    return _keep(sandbox, call, _known(_number(card)), _expiry(sandbox, card), forms.mapping(given, "billing_details"))


def _number(card: dict[str, Any]) -> str:
    number = forms.required(card, "number").replace(" ", "").replace("-", "")
    if not number.isdecimal() or not 12 <= len(number) <= 19 or not cards.passes_luhn(number):
        raise _card_error("incorrect_number", "Your card number is incorrect.", "number")
    cvc = forms.text(card, "cvc")
    if cvc is not None and (not cvc.isdecimal() or len(cvc) not in {3, 4}):
        raise _card_error("invalid_cvc", "Your card's security code is invalid.", "cvc")
    return number


def _known(number: str) -> cards.Card:
    """The test card; any other number is refused before anything of it is kept."""
    if number not in cards.BY_NUMBER:
        raise errors.ApiError(
            402,
            "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of "
            "valid test cards, visit: https://docs.stripe.com/testing.",
            type="card_error",
            code="card_declined",
            param="number",
            decline_code="test_mode_live_card",
        )
    return cards.BY_NUMBER[number]


def _expiry(sandbox: Sandbox, card: dict[str, Any]) -> dict[str, int]:
    month, year = forms.integer(card, "exp_month"), forms.integer(card, "exp_year", least=0)
    if month is None or month > 12:
        raise _card_error("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    year = None if year is None else year + 2000 * (year < 100)
    if year is None or not _year(sandbox) <= year <= _year(sandbox) + 50:
        raise _card_error("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    today = dt.datetime.fromtimestamp(sandbox.now(), dt.UTC)
    if (year, month) < (today.year, today.month):
        raise _card_error("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    return {"exp_month": month, "exp_year": year}


def _year(sandbox: Sandbox) -> int:
    return dt.datetime.fromtimestamp(sandbox.now(), dt.UTC).year


def _card_error(code: str, message: str, param: str) -> errors.ApiError:
    return errors.ApiError(402, message, type="card_error", code=code, param=param, saved=True)


def _keep(sandbox: Sandbox, call: Call, card: cards.Card, expiry: dict[str, int], billing: dict[str, Any]) -> Obj:
    method: Obj = {
        "id": sandbox.new_id("payment_method"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {**_BILLING, **billing, "address": {**_NO_ADDRESS, **forms.mapping(billing, "address")}},
        "card": _card(card, expiry),
        "created": sandbox.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_account": call.account,
        "_token": card.token,
    }
    return sandbox.keep("payment_method", method)


def _card(card: cards.Card, expiry: dict[str, int]) -> Obj:
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country,
        "display_brand": card.brand,
        **expiry,
        "fingerprint": fingerprint(card),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.challenge != "never"},
        "wallet": None,
    }


def fingerprint(card: cards.Card) -> str:
    """The same sixteen letters for the same number, as Stripe gives them to tell cards apart."""
    return hashlib.sha256(card.number.encode()).hexdigest()[:16]


def card_of(method: Obj) -> cards.Card:
    """The test card behind a payment method."""
    return cards.BY_TOKEN[method["_token"]]


def create_token(sandbox: Sandbox, call: Call) -> Obj:
    """A confirmation token: what a payer entered, good for one confirmation within twelve hours."""
    allowed = {
        "payment_method",
        "payment_method_data",
        "return_url",
        "setup_future_usage",
        "shipping",
        "client_context",
    }
    forms.known_only(call.params, {*allowed, "payment_method_options", "use_stripe_sdk"})
    data = forms.mapping(call.params, "payment_method_data")
    if data:
        method = from_details(sandbox, call, data)
    else:
        method = find(sandbox, call, forms.required(call.params, "payment_method"))
    token: Obj = {
        "id": sandbox.new_id("confirmation_token"),
        "object": "confirmation_token",
        "created": sandbox.now(),
        "expires_at": sandbox.now() + TOKEN_LIFE_S,
        "livemode": False,
        "mandate_data": None,
        "metadata": {},
        "payment_intent": None,
        "payment_method_options": {"card": {"cvc_token": None}},
        "payment_method_preview": _preview(method),
        "return_url": forms.text(call.params, "return_url"),
        "setup_future_usage": None,
        "setup_intent": None,
        "shipping": None,
        "use_stripe_sdk": True,
        "_account": call.account,
        "_method": method["id"],
    }
    return sandbox.keep("confirmation_token", token)


def _preview(method: Obj) -> Obj:
    return {name: method[name] for name in ("allow_redisplay", "billing_details", "card", "customer", "type")}


def retrieve_token(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One confirmation token."""
    token = sandbox.store.get("confirmation_token", id)
    if token is None or token["_account"] != call.account:
        raise errors.no_such("confirmation_token", id)
    return token


def spend_token(sandbox: Sandbox, call: Call, id: str, intent: Obj) -> Obj:
    """The token, now bound to this intent; a second use, or one after twelve hours, is refused."""
    token = sandbox.store.get("confirmation_token", id)
    if token is None or token["_account"] != call.account or token["expires_at"] <= sandbox.now():
        raise errors.no_such("confirmation_token", id, param="confirmation_token", status=400)
    if token["payment_intent"]:
        raise errors.invalid(
            f"The ConfirmationToken {id} was already used to confirm a PaymentIntent. A ConfirmationToken can only be "
            "used once.",
            param="confirmation_token",
        )
    return sandbox.keep("confirmation_token", {**token, "payment_intent": intent["id"]})


def create_customer(sandbox: Sandbox, call: Call) -> Obj:
    """A customer with a name, an address for mail and metadata."""
    forms.known_only(call.params, {"name", "email", "phone", "description", "metadata"})
    customer: Obj = {
        "id": sandbox.new_id("customer"), "object": "customer", "address": None, "balance": 0,
        "created": sandbox.now(), "currency": None, "customer_account": None, "default_source": None,
        "delinquent": False, "description": forms.text(call.params, "description"), "discount": None,
        "email": forms.text(call.params, "email"), "invoice_prefix": sandbox.token(8).upper(),
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None,
                             "rendering_options": None},
        "livemode": False, "metadata": forms.metadata(call.params), "name": forms.text(call.params, "name"),
        "next_invoice_sequence": 1, "phone": forms.text(call.params, "phone"), "preferred_locales": [],
        "shipping": None, "tax_exempt": "none", "test_clock": None, "_account": call.account,
    }  # fmt: skip
    return sandbox.keep("customer", customer)


def retrieve_customer(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One customer."""
    customer = sandbox.store.get("customer", id)
    if customer is None or customer["_account"] != call.account:
        raise errors.no_such("customer", id)
    return customer


def list_customers(sandbox: Sandbox, call: Call) -> Obj:
    """The customers, newest first."""
    forms.known_only(call.params, {*lists.PARAMS, "email"})
    return lists.page(call, sandbox.store.all("customer"), email=forms.text(call.params, "email"))
