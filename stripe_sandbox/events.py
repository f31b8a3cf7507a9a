"""Events: what happened, as an object of its own, listed for thirty days and sent to the webhook."""

from typing import Any

from stripe_sandbox import errors, faults, forms, lists, webhooks
from stripe_sandbox.sandbox import API_VERSION, Call, Sandbox, public
from stripe_sandbox.store import Obj


def emit(sandbox: Sandbox, call: Call, type: str, about: Obj, before: dict[str, Any] | None = None) -> Obj:
    """Record that `type` happened to `about` and plan its delivery. `before` holds members as they were."""
    struck = faults.take(sandbox, faults.EVENT_FAULTS, {**subject(sandbox, about), "event": type, "key": call.key})
    event = _event(sandbox, call, type, about, before)
    webhooks.plan(sandbox, event, struck)
    for _ in [fault for fault in struck if fault["fault"] == "twin"]:
        webhooks.plan(sandbox, _event(sandbox, call, type, about, before), [])
    return event


def _event(sandbox: Sandbox, call: Call, type: str, about: Obj, before: dict[str, Any] | None) -> Obj:
    body: dict[str, Any] = {"object": public(about)}
    if before is not None:
        body["previous_attributes"] = public(before)
    event: Obj = {
        "id": sandbox.new_id("event"),
        "object": "event",
        "api_version": API_VERSION,
        "created": sandbox.now(),
        "data": body,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.key},
        "type": type,
        "_account": about.get("_account"),
    }
    if event["_account"]:
        event["account"] = event["_account"]
    return sandbox.keep("event", event)


def subject(sandbox: Sandbox, about: Obj) -> dict[str, str | None]:
    """The intent an object belongs to, and the payment and table session its metadata names, for faults."""
    intent_id = about["id"] if about.get("object") == "payment_intent" else about.get("payment_intent")
    intent = sandbox.store.get("payment_intent", intent_id) if intent_id else None
    named = (intent or about).get("metadata") or {}
    return {"intent": intent_id, **named_in(named)}


def named_in(metadata: object) -> dict[str, str | None]:
    """What the metadata of our objects say they are about."""
    named = metadata if isinstance(metadata, dict) else {}
    return {"payment": named.get("payment"), "session": named.get("table_session")}


def retrieve(sandbox: Sandbox, call: Call, id: str) -> Obj:
    """One event."""
    event = sandbox.store.get("event", id)
    if event is None or event["_account"] != call.account:
        raise errors.no_such("event", id)
    return event


def index(sandbox: Sandbox, call: Call) -> Obj:
    """The events, newest first, filtered by type and by whether every delivery succeeded."""
    forms.known_only(call.params, {*lists.PARAMS, "delivery_success", "type", "types"})
    types = forms.mapping(call.params, "types").values()
    wanted = forms.text(call.params, "type")
    found = sandbox.store.all("event")
    if wanted or types:
        found = [event for event in found if event["type"] in types or _is_type(event["type"], wanted)]
    if "delivery_success" in call.params:
        delivered = forms.flag(call.params, "delivery_success")
        found = [event for event in found if (event["pending_webhooks"] == 0) is delivered]
    return lists.page(call, found)


def _is_type(type: str, wanted: str | None) -> bool:
    if wanted is None:
        return False
    return type.startswith(wanted[:-1]) if wanted.endswith("*") else type == wanted
