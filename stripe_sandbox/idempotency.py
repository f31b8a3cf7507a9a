"""Idempotency keys as Stripe treats them.

The first answer to a key is kept for a day and given again to every later call with the same key and parameters,
errors of the endpoint and 500s included. Calls that never began to execute keep nothing: parameters that do not pass
validation, a missing key of the API, a rate limit, a conflict with the first call while it still runs.
"""

import hashlib
import json

from stripe_sandbox import errors
from stripe_sandbox.sandbox import Call, Sandbox
from stripe_sandbox.store import Obj

LIFE_S = 24 * 3600
LENGTH_MAX = 255


def replay(sandbox: Sandbox, call: Call) -> Obj | None:
    """The saved answer (`status`, `body`, `request_id`) of the call's key, or None when this is its first use."""
    if call.key is None or call.method != "POST":
        return None
    if len(call.key) > LENGTH_MAX:
        raise errors.invalid(f"Idempotency keys can be up to {LENGTH_MAX} characters long.")
    saved = sandbox.store.get("key", _scope(call))
    if saved is None or saved["created"] + LIFE_S <= sandbox.clock():
        return None
    _check_same(call, saved)
    return saved


def _check_same(call: Call, saved: Obj) -> None:
    hint = f"Try using a key other than '{call.key}' if you meant to execute a different request."
    if saved["path"] != call.path:
        raise errors.ApiError(
            400,
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{call.path}' vs '{saved['path']}'). {hint}",
            type="idempotency_error",
        )
    if saved["hash"] != _hash(call):
        raise errors.ApiError(
            400,
            f"Keys for idempotent requests can only be used with the same parameters they were first used with. {hint}",
            type="idempotency_error",
        )


def lock(sandbox: Sandbox, call: Call) -> None:
    """Mark the key as being executed; a second call meanwhile is a conflict."""
    if call.key is None or call.method != "POST":
        return
    if _scope(call) in sandbox.keys_in_use:
        error = errors.ApiError(
            409,
            "There is currently another in-progress request using this Stripe-Idempotent Key (that probably means you "
            "submitted twice, and the other request is still going through): "
            f"{call.key}. If you used the same key on purpose, wait for the first request to end.",
            code="idempotency_key_in_use",
        )
        error.headers["stripe-should-retry"] = "true"
        raise error
    sandbox.keys_in_use.add(_scope(call))


def unlock(sandbox: Sandbox, call: Call) -> None:
    """The call is over."""
    sandbox.keys_in_use.discard(_scope(call))


def save(sandbox: Sandbox, call: Call, status: int, body: Obj) -> None:
    """Keep the answer for the key. A later one for the same key replaces it only by a fault's wish."""
    if call.key is None or call.method != "POST":
        return
    saved = {"path": call.path, "hash": _hash(call), "status": status, "body": body, "created": sandbox.clock()}
    sandbox.store.put("key", _scope(call), {**saved, "request_id": call.request_id})


def _scope(call: Call) -> str:
    return f"{call.account or ''}/{call.key}"


def _hash(call: Call) -> str:
    return hashlib.sha256(json.dumps(call.params, sort_keys=True).encode()).hexdigest()
