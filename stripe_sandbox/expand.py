"""`expand[]`: ids that are replaced by the objects they name, on request."""

from typing import Any

from stripe_sandbox import errors
from stripe_sandbox.sandbox import Call, Sandbox
from stripe_sandbox.store import Obj

DEPTH_MAX = 4

EXPANDABLE = {
    "payment_intent": {"customer": "customer", "latest_charge": "charge", "payment_method": "payment_method"},
    "account": {},
    "application_fee": {"balance_transaction": "balance_transaction", "originating_transaction": "charge"},
    "payout": {"balance_transaction": "balance_transaction"},
    "transfer": {"balance_transaction": "balance_transaction", "source_transaction": "charge"},
    "charge": {
        "application_fee": "application_fee",
        "transfer": "transfer",
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "payment_intent": "payment_intent",
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "payment_method": {"customer": "customer"},
    "customer": {},
    "event": {},
    "confirmation_token": {},
    "balance_transaction": {"source": "charge"},
}


def check(call: Call, kind: str) -> None:
    """Refuse, before anything happens, to expand what an answer of this kind does not have."""
    for path in _paths(call):
        steps = path.split(".")
        if len(steps) > DEPTH_MAX:
            raise errors.invalid("You cannot expand more than 4 levels of a property.", param="expand")
        at: str | None = kind
        for step in steps:
            at = _next(at, step)
            if at is None:
                raise errors.invalid(f"This property cannot be expanded ({path}).", param="expand")


def _paths(call: Call) -> list[str]:
    wanted = call.params.get("expand", [])
    if not isinstance(wanted, list) or not all(isinstance(path, str) for path in wanted):
        raise errors.invalid("Invalid array", param="expand")
    return wanted


def _next(kind: str | None, step: str) -> str | None:
    """What one step of a path leads to from a kind of object; lists are written `list:charge`."""
    if kind is None or kind.startswith("list:"):
        return kind.removeprefix("list:") if kind and step == "data" else None
    if (kind, step) == ("charge", "refunds"):
        return "list:refund"
    return EXPANDABLE.get(kind, {}).get(step)


def expand(sandbox: Sandbox, call: Call, body: Obj) -> Obj:
    """The answer with what `expand[]` asks for in place of ids; `check` has looked at the paths before."""
    for path in _paths(call):
        body = _along(sandbox, body, path.split("."))
    return body


def _along(sandbox: Sandbox, body: Any, steps: list[str]) -> Any:
    if not steps or body is None:
        return body
    if isinstance(body, list):
        return [_along(sandbox, one, steps) for one in body]
    inner = body.get(steps[0])
    if (body["object"], steps[0]) == ("charge", "refunds"):
        inner = _refunds(sandbox, body)
    elif isinstance(inner, str):
        # A balance transaction's source is of many kinds: what is not of the one named here stays an id.
        inner = sandbox.store.get(_kind(body, steps[0], inner), inner) or inner
    return {**body, steps[0]: _along(sandbox, inner, steps[1:])}


def _kind(body: Obj, step: str, id: str) -> str:
    is_refund = step == "source" and id.startswith("re_")
    return "refund" if is_refund else EXPANDABLE[body["object"]][step]


def _refunds(sandbox: Sandbox, charge: Obj) -> Obj:
    rows = [refund for refund in reversed(sandbox.store.all("refund")) if refund["charge"] == charge["id"]]
    return {"object": "list", "url": f"/v1/charges/{charge['id']}/refunds", "has_more": False, "data": rows}
