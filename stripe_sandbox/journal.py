"""A line for every request that arrived, what became of it, and which key it carried: the witness of a test."""

from typing import Any

from stripe_sandbox.sandbox import Call, Sandbox
from stripe_sandbox.store import Obj

LINES_MAX = 20_000

_SECRET = ("number", "cvc", "client_secret")


def write(sandbox: Sandbox, call: Call, operation: str, status: int, outcome: str, about: dict[str, Any]) -> Obj:
    """Add one line. `outcome` is `executed`, `replayed`, `refused`, or `prevented` by a fault.

    `status` is what the endpoint said. A fault that struck is named in `fault`, and `answered` is then the status that
    the caller got to see, 0 for a broken connection.
    """
    n = sandbox.store.get("counter", "journal") or {"n": 0}
    n["n"] += 1
    sandbox.store.put("counter", "journal", n)
    line = {
        "n": n["n"],
        "at": sandbox.clock(),
        "requestId": call.request_id,
        "method": call.method,
        "path": call.path,
        "operation": operation,
        "key": call.key,
        "account": call.account,
        "byBrowser": call.publishable,
        "params": _without_secrets(call.params),
        "status": status,
        "answered": status,
        "fault": None,
        "outcome": outcome,
        **about,
    }
    sandbox.store.put("journal", str(n["n"]), line)
    sandbox.store.remove("journal", str(n["n"] - LINES_MAX))
    return line


def amend(sandbox: Sandbox, call: Call, fault: str, answered: int) -> None:
    """Note on the call's line which fault spoiled its answer."""
    n = str((sandbox.store.get("counter", "journal") or {"n": 0})["n"])
    line = sandbox.store.get("journal", n)
    if line and line["requestId"] == call.request_id:
        sandbox.store.put("journal", n, {**line, "fault": fault, "answered": answered})


def read(sandbox: Sandbox, *, after: int = 0, key: str | None = None, operation: str | None = None) -> list[Obj]:
    """The lines after number `after`, of one key or one operation if named, oldest first."""
    return [
        line
        for line in sandbox.store.all("journal")
        if line["n"] > after and key in {None, line["key"]} and operation in {None, line["operation"]}
    ]


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in _SECRET else _without_secrets(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_secrets(member) for member in value]
    return value
