"""Holds that are raised: more is set aside on the same card, where its bank offers that."""

from stripe_sandbox import charges, confirming, currencies, errors, events, forms, intents, methods
from stripe_sandbox.cards import GENERIC
from stripe_sandbox.sandbox import Call, Sandbox, public
from stripe_sandbox.store import Obj

_PARAMS = {"amount", "application_fee_amount", "description", "metadata", "statement_descriptor", "transfer_data"}


def increment(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """Set `amount` aside instead of what is held. Declined, the intent stays as it was and can still be captured."""
    forms.known_only(call.params, _PARAMS)
    intent = intents.find(sandbox, call, id)
    if intent["status"] != "requires_capture":
        raise errors.unexpected_state(
            public(intent),
            f"This PaymentIntent could not be incremented because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be incremented: requires_capture.",
        )
    charge = charges.retrieve(sandbox, call, intent["latest_charge"])
    amount = _amount(call, intent, charge)
    card = methods.card_of(sandbox.store.get("payment_method", intent["payment_method"]) or {})
    if card.raises == "declines":
        raise _declined(intent, charge)
    return _raised(sandbox, call, intent, charge, amount)


def _amount(call: Call, intent: Obj, charge: Obj) -> int:
    amount = forms.integer(call.params, "amount")
    if amount is None:
        raise errors.missing("amount")
    currencies.check_amount(amount, intent["currency"])
    if charge["payment_method_details"]["card"]["incremental_authorization"]["status"] != "available":
        message = "This PaymentIntent is not eligible for incremental authorization."
        raise errors.invalid(message, code="charge_not_eligible_for_incremental_authorization")
    if amount <= intent["amount"]:
        raise errors.invalid("The amount must be greater than the currently authorized amount.", param="amount")
    return amount


def _declined(intent: Obj, charge: Obj) -> errors.ApiError:
    return errors.ApiError(
        402,
        GENERIC.message,
        type="card_error",
        code=GENERIC.code,
        saved=True,
        charge=charge["id"],
        decline_code=GENERIC.decline_code,
        payment_intent=public(intent),
    )


def _raised(sandbox: Sandbox, call: Call, intent: Obj, charge: Obj, amount: int) -> Obj:
    details = charge["payment_method_details"]
    card = {**details["card"], "amount_authorized": amount}
    changed = {**charge, "amount": amount, "payment_method_details": {**details, "card": card}}
    events.emit(sandbox, call, "charge.updated", sandbox.keep("charge", changed), {"amount": charge["amount"]})
    intent = confirming.keep(sandbox, {**intent, "amount": amount, "amount_capturable": amount})
    events.emit(sandbox, call, "payment_intent.amount_capturable_updated", intent)
    return intent
