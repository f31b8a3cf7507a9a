"""Faults on request: which calls and which events go wrong, how, and how often.

A fault names what goes wrong and matches calls or events by what it mentions; what it does not mention matches
everything. It fires `times` times (0: always) after letting the first `skip` matches pass, each with `chance`.

Calls:  `error` (status, code; effect none or done; saved under the key or not), `cut` (the connection breaks before or
        after the effect), `slow` (waits `seconds`, or until the fault is removed, before or after the effect),
        `garbled` (an answer that is no JSON), `truncated` (half an answer, then the connection breaks).
Events: `drop` (never sent by itself), `delay` (`seconds`, or until the fault is removed), `duplicate` (`copies` more
        of the same), `twin` (a second event object for the same change), `reorder` (sent after the next event).
"""

import fnmatch
from typing import Any, Literal

from stripe_sandbox import errors, forms
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Obj

Effect = Literal["none", "done"]

CALL_FAULTS = ("error", "cut", "slow", "garbled", "truncated")
EVENT_FAULTS = ("drop", "delay", "duplicate", "twin", "reorder")
MATCHED = ("operation", "key", "intent", "payment", "session", "event")

_NUMBERS = {"times": 1, "skip": 0, "status": 500, "copies": 1, "chance": 1.0, "seconds": None, "retryAfter": None}
_MEMBERS = {"fault", "effect", "saved", "code", "message", "shouldRetry", *MATCHED, *_NUMBERS}


def add(sandbox: Sandbox, given: Any) -> Obj:
    """Plan a fault from the JSON of the control endpoint, or refuse what it does not understand."""
    if not isinstance(given, dict) or given.get("fault") not in CALL_FAULTS + EVENT_FAULTS:
        raise errors.invalid(f"fault must be one of {', '.join(CALL_FAULTS + EVENT_FAULTS)}", param="fault")
    forms.known_only(given, _MEMBERS)
    for name in _NUMBERS:
        if isinstance(given.get(name), bool) or not isinstance(given.get(name, 0), int | float):
            raise errors.invalid(f"{name} must be a number", param=name)
    if given.get("effect", "none") not in {"none", "done"}:
        raise errors.invalid("effect must be none or done", param="effect")
    fault = {**_NUMBERS, "effect": "none", "saved": False, **given, "seen": 0, "fired": 0}
    return sandbox.keep("fault", {"id": sandbox.new_id("fault"), **fault})


def remove(sandbox: Sandbox, id: str | None = None) -> None:
    """Take one fault away, or all of them; what waits for them goes on."""
    for fault in sandbox.store.all("fault"):
        if id in {None, fault["id"]}:
            sandbox.store.remove("fault", fault["id"])


def exists(sandbox: Sandbox, id: str) -> bool:
    """Whether a fault is still there."""
    return sandbox.store.get("fault", id) is not None


def take(sandbox: Sandbox, kinds: tuple[str, ...], subject: dict[str, str | None]) -> list[Obj]:
    """The faults of these kinds that strike this subject now, counted as fired."""
    return [
        dict(fault)
        for fault in sandbox.store.all("fault")
        if fault["fault"] in kinds and _matches(fault, subject) and _fires(sandbox, fault)
    ]


def _matches(fault: Obj, subject: dict[str, str | None]) -> bool:
    return all(
        fnmatch.fnmatchcase(subject.get(name) or "", fault[name]) for name in MATCHED if fault.get(name) is not None
    )


def _fires(sandbox: Sandbox, fault: Obj) -> bool:
    if fault["times"] and fault["fired"] >= fault["times"]:
        return False
    fault["seen"] += 1
    fires = fault["seen"] > fault["skip"] and sandbox.chance.random() < fault["chance"]
    fault["fired"] += fires
    sandbox.keep("fault", fault)
    return bool(fires)
