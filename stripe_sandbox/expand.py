"""`expand[]`: ids that are replaced by the objects they name, on request."""

from typing import Any

from stripe_sandbox import errors
from stripe_sandbox.sandbox import Call, Sandbox
from stripe_sandbox.store import Obj

DEPTH_MAX = 4

EXPANDABLE = {
    "payment_intent": {"customer": "customer", "latest_charge": "charge", "payment_method": "payment_method"},
    "charge": {
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
    "payment_method": {"customer": "customer"},
    "customer": {},
    "event": {},
    "confirmation_token": {},
    "balance_transaction": {"source": "charge"},
}


def expand(sandbox: Sandbox, call: Call, body: Obj) -> Obj:
    """The answer with what `expand[]` asks for in place of ids."""
    wanted = call.params.get("expand", [])
    if not isinstance(wanted, list):
        raise errors.invalid("Invalid array", param="expand")
    for path in wanted:
        steps = str(path).split(".")
        if len(steps) > DEPTH_MAX:
            raise errors.invalid("You cannot expand more than 4 levels of a property.", param="expand")
        body = _along(sandbox, body, steps, str(path))
    return body


def _along(sandbox: Sandbox, body: Any, steps: list[str], path: str) -> Any:
    if not steps or body is None:
        return body
    if isinstance(body, list):
        return [_along(sandbox, one, steps, path) for one in body]
    if body.get("object") in {"list", "search_result"} and steps[0] == "data":
        return {**body, "data": _along(sandbox, body["data"], steps[1:], path)}
    if body.get("object") == "charge" and steps[0] == "refunds":
        return {**body, "refunds": _refunds(sandbox, body)}
    kind = EXPANDABLE.get(body.get("object", ""), {}).get(steps[0])
    if kind is None:
        raise errors.invalid(f"This property cannot be expanded ({path}).", param="expand")
    inner = body.get(steps[0])
    found = sandbox.store.get(kind, inner) if isinstance(inner, str) else inner
    return {**body, steps[0]: _along(sandbox, found, steps[1:], path)}


def _refunds(sandbox: Sandbox, charge: Obj) -> Obj:
    rows = [refund for refund in reversed(sandbox.store.all("refund")) if refund["charge"] == charge["id"]]
    return {"object": "list", "url": f"/v1/charges/{charge['id']}/refunds", "has_more": False, "data": rows}
