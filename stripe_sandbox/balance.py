"""The balance of an account: a line for everything that moved it, with the fee that Stripe kept."""

from stripe_sandbox import errors, forms, lists
from stripe_sandbox.sandbox import Call, Sandbox
from stripe_sandbox.store import Obj

FEE_PPM = 29_000
FEE_FIXED = 30


def book(sandbox: Sandbox, source: Obj, type: str, amount: int, *, fee: int | None = None) -> Obj:
    """A line in the account's balance; charges pay a fee of 2.9 % and 30 in the smallest unit, unless one is given."""
    if fee is None:
        fee = FEE_FIXED + amount * FEE_PPM // 1_000_000 if amount > 0 else 0
    details = {"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee"}
    transaction: Obj = {
        "id": sandbox.new_id("balance_transaction"), "object": "balance_transaction", "amount": amount,
        "available_on": sandbox.now() + 2 * 24 * 3600, "balance_type": "payments", "created": sandbox.now(),
        "currency": source["currency"], "description": source.get("description"), "exchange_rate": None, "fee": fee,
        "fee_details": [{**details, "description": "Stripe processing fees"}] if fee else [], "net": amount - fee,
        "reporting_category": type, "source": source["id"], "status": "pending", "type": type,
        "_account": source["_account"],
    }  # fmt: skip
    return sandbox.keep("balance_transaction", transaction)


def retrieve_transaction(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One balance transaction."""
    transaction = sandbox.store.get("balance_transaction", id)
    if transaction is None or transaction["_account"] != call.account:
        raise errors.no_such("balance_transaction", id)
    return transaction


def list_transactions(sandbox: Sandbox, call: Call) -> Obj:
    """The balance transactions of the account, newest first, of one kind or source if named."""
    forms.known_only(call.params, {*lists.PARAMS, "currency", "payout", "source", "type"})
    equal = {name: forms.text(call.params, name) for name in ("currency", "source", "type")}
    return lists.page(call, sandbox.store.all("balance_transaction"), **equal)
