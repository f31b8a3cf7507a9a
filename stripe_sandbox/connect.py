"""Connected accounts: destination charges, the platform's fee, what refunds take back of both, and payouts."""

from stripe_sandbox import currencies, errors, events, forms, lists
from stripe_sandbox.balance import book
from stripe_sandbox.sandbox import SELF, Call, Sandbox
from stripe_sandbox.store import Obj

DAY_S = 24 * 3600
PAYOUT_STATUSES = ("canceled", "failed", "in_transit", "paid", "pending")


def create_account(sandbox: Sandbox, call: Call) -> Obj:
    """A restaurant's own account, ready to be paid."""
    forms.known_only(call.params, {"country", "default_currency", "email", "metadata", "type"})
    account: Obj = {
        "id": sandbox.new_id("account"), "object": "account", "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"}, "charges_enabled": True,
        "country": forms.text(call.params, "country") or "US", "created": sandbox.now(),
        "default_currency": forms.text(call.params, "default_currency") or "usd", "details_submitted": True,
        "email": forms.text(call.params, "email"), "metadata": forms.metadata(call.params), "payouts_enabled": True,
        "type": forms.choice(call.params, "type", ("custom", "express", "standard")) or "express",
    }  # fmt: skip
    return sandbox.keep("account", account)


def retrieve_account(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One connected account."""
    account = sandbox.store.get("account", id)
    if account is None or call.account not in (None, id):
        raise errors.no_such("account", id)
    return account


def check(sandbox: Sandbox, intent: Obj) -> None:
    """Refuse a destination that nobody knows, and a fee that is more than there is or has nobody to take it from."""
    destination = (intent["transfer_data"] or {}).get("destination")
    if destination is not None and sandbox.store.get("account", destination) is None:
        raise errors.no_such("destination", destination, param="transfer_data[destination]", status=400)
    fee = intent["application_fee_amount"]
    if fee is None:
        return
    if destination is None and intent["_account"] is None:
        raise errors.invalid(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param="application_fee_amount",
        )
    if fee > intent["amount"]:
        raise errors.invalid(
            "The application fee cannot be greater than the amount of the payment.", param="application_fee_amount"
        )


def settle(sandbox: Sandbox, charge: Obj) -> Obj:
    """Pass a settled destination charge on: a transfer of all of it, of which the platform takes its fee."""
    destination = (charge["transfer_data"] or {}).get("destination")
    if destination is None:
        return charge
    amount = charge["amount_captured"]
    transfer = _transfer(sandbox, charge, destination, amount)
    fee_id = None
    if fee := min(charge["application_fee_amount"] or 0, amount):
        fee_id = _fee(sandbox, charge, destination, transfer["destination_payment"], fee)["id"]
    arrived = {**charge, "id": transfer["destination_payment"], "_account": destination}
    book(sandbox, arrived, "payment", amount, fee=fee)
    return {**charge, "transfer": transfer["id"], "application_fee": fee_id}


def _transfer(sandbox: Sandbox, charge: Obj, destination: str, amount: int) -> Obj:
    transfer_id = sandbox.new_id("transfer")
    booked = book(sandbox, {**charge, "id": transfer_id}, "transfer", -amount)
    transfer: Obj = {
        "id": transfer_id, "object": "transfer", "amount": amount, "amount_reversed": 0,
        "balance_transaction": booked["id"], "created": sandbox.now(), "currency": charge["currency"],
        "description": None, "destination": destination, "destination_payment": sandbox.new_id("payment"),
        "livemode": False, "metadata": {}, "reversals": {"object": "list", "data": [], "has_more": False,
                                                         "url": f"/v1/transfers/{transfer_id}/reversals"},
        "reversed": False, "source_transaction": charge["id"], "source_type": "card",
        "transfer_group": charge["transfer_group"] or f"group_{charge['payment_intent']}",
        "_account": charge["_account"],
    }  # fmt: skip
    return sandbox.keep("transfer", transfer)


def _fee(sandbox: Sandbox, charge: Obj, destination: str, payment: str, amount: int) -> Obj:
    fee_id = sandbox.new_id("application_fee")
    booked = book(sandbox, {**charge, "id": fee_id}, "application_fee", amount, fee=0)
    fee: Obj = {
        "id": fee_id, "object": "application_fee", "account": destination, "amount": amount, "amount_refunded": 0,
        "application": "ca_sandbox", "balance_transaction": booked["id"], "charge": payment,
        "created": sandbox.now(), "currency": charge["currency"], "fee_source": None, "livemode": False,
        "originating_transaction": charge["id"], "refunded": False,
        "refunds": {"object": "list", "data": [], "has_more": False, "url": f"/v1/application_fees/{fee_id}/refunds"},
        "_account": charge["_account"],
    }  # fmt: skip
    return sandbox.keep("application_fee", fee)


def give_back(sandbox: Sandbox, call: Call, charge: Obj, refund: Obj) -> Obj:
    """Take a refund back from the connected account, and the fee from the platform, as far as the call says so."""
    if forms.flag(call.params, "refund_application_fee"):
        _refund_fee(sandbox, call, charge, refund["amount"])
    if not forms.flag(call.params, "reverse_transfer"):
        return refund
    transfer = sandbox.store.get("transfer", charge.get("transfer") or "")
    if transfer is None:
        raise errors.invalid("Cannot reverse transfer on a charge that has no transfer.", param="reverse_transfer")
    back = transfer["amount_reversed"] + refund["amount"]
    reversal = sandbox.new_id("transfer_reversal")
    sandbox.keep("transfer", {**transfer, "amount_reversed": back, "reversed": back == transfer["amount"]})
    book(sandbox, {**charge, "id": reversal}, "transfer_refund", refund["amount"], fee=0)
    taken = {**charge, "id": transfer["destination_payment"], "_account": transfer["destination"]}
    book(sandbox, taken, "payment_refund", -refund["amount"])
    return {**refund, "transfer_reversal": reversal}


def _refund_fee(sandbox: Sandbox, call: Call, charge: Obj, amount: int) -> None:
    """The platform gives back its fee in proportion to what is refunded."""
    fee = sandbox.store.get("application_fee", charge.get("application_fee") or "")
    if fee is None:
        raise errors.invalid("Application fee was not applied to this charge.", param="refund_application_fee")
    refunded = min(fee["amount"], fee["amount"] * (charge["amount_refunded"] + amount) // charge["amount_captured"])
    before = {"amount_refunded": fee["amount_refunded"]}
    changed = sandbox.keep(
        "application_fee", {**fee, "amount_refunded": refunded, "refunded": refunded == fee["amount"]}
    )
    back = fee["amount_refunded"] - refunded
    book(sandbox, {**charge, "id": fee["id"]}, "application_fee_refund", back)
    events.emit(sandbox, call, "application_fee.refunded", changed, before)


def retrieve_fee(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One fee of the platform."""
    return _own(sandbox, call, "application_fee", id)


def retrieve_transfer(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One transfer to a connected account."""
    return _own(sandbox, call, "transfer", id)


def _own(sandbox: Sandbox, call: Call, kind: str, id: str) -> Obj:
    found = sandbox.store.get(kind, id)
    if found is None or found["_account"] != call.account:
        raise errors.no_such(kind, id)
    return found


# Payouts


def create_payout(sandbox: Sandbox, call: Call) -> Obj:
    """Send money of the account to its bank; it arrives two days later and says `paid` at once."""
    forms.known_only(call.params, {"amount", "currency", "description", "metadata", "method", "statement_descriptor"})
    amount = forms.integer(call.params, "amount")
    if amount is None:
        raise errors.missing("amount")
    payout_id, currency = sandbox.new_id("payout"), currencies.check_currency(forms.required(call.params, "currency"))
    source: Obj = {"id": payout_id, "currency": currency, "_account": call.account}
    payout: Obj = {
        "id": payout_id, "object": "payout", "amount": amount, "application_fee": None,
        "application_fee_amount": None, "arrival_date": sandbox.now() + 2 * DAY_S, "automatic": False,
        "balance_transaction": book(sandbox, source, "payout", -amount)["id"], "created": sandbox.now(),
        "currency": currency, "description": forms.text(call.params, "description"), "destination": "ba_sandbox",
        "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "livemode": False,
        "metadata": forms.metadata(call.params), "method": "standard", "original_payout": None, "payout_method": None,
        "reconciliation_status": "not_applicable", "reversed_by": None, "source_type": "card",
        "statement_descriptor": forms.text(call.params, "statement_descriptor"), "status": "paid", "trace_id": None,
        "type": "bank_account", "_account": call.account,
    }  # fmt: skip
    kept = sandbox.keep("payout", payout)
    events.emit(sandbox, SELF, "payout.paid", kept)
    return kept


def list_payouts(sandbox: Sandbox, call: Call) -> Obj:
    """The payouts of the account, newest first."""
    forms.known_only(call.params, {*lists.PARAMS, "arrival_date", "destination", "status"})
    status = forms.choice(call.params, "status", PAYOUT_STATUSES)
    return lists.page(call, sandbox.store.all("payout"), status=status)
