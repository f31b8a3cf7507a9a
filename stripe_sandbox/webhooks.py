"""Which event is owed to the webhook when: planning, back-off, faults. The sending itself is the courier's."""

import hashlib
import hmac
import json
from collections.abc import Collection, Sequence
from typing import Any

from stripe_sandbox import errors, faults, forms
from stripe_sandbox.sandbox import Sandbox, public
from stripe_sandbox.store import Obj

REORDER_WAIT_S = 5.0
"""How long a reordered event waits for a later one before it goes anyway."""


def endpoint(sandbox: Sandbox) -> Obj:
    """Where events go and with which secrets they are signed."""
    saved = sandbox.store.get("endpoint", "only")
    config = sandbox.config
    return saved or {
        "url": config.webhook_url,
        "secrets": [config.webhook_secret],
        "events": ["*"],
        "retryBase": config.retry_base_s,
        "attemptsMax": config.attempts_max,
    }


def configure(sandbox: Sandbox, given: Any) -> Obj:
    """Change the endpoint: `url` (null: none), `secret` or `secrets` (all of them sign), `events`, `retryBase`."""
    changed = {**endpoint(sandbox), **(given if isinstance(given, dict) else {"": given})}
    if "secret" in changed:
        changed["secrets"] = [changed.pop("secret")]
    forms.known_only(changed, {"url", "secrets", "events", "retryBase", "attemptsMax"})
    if not (isinstance(changed["secrets"], list) and isinstance(changed["events"], list)):
        raise errors.invalid("secrets and events must be lists", param="secrets")
    if not isinstance(changed["url"], str | None):
        raise errors.invalid("url must be an address, or null for none", param="url")
    return sandbox.store.put("endpoint", "only", changed)


def plan(sandbox: Sandbox, event: Obj, struck: Sequence[Obj]) -> None:
    """Owe an event to the webhook, as the faults that struck it allow."""
    to = endpoint(sandbox)
    if not to["url"] or not ({"*", event["type"]} & set(to["events"])):
        return
    event["pending_webhooks"] = 1
    kinds = {fault["fault"]: fault for fault in struck}
    for _ in range(1 + (kinds["duplicate"]["copies"] if "duplicate" in kinds else 0)):
        sandbox.keep("sent" if "drop" in kinds else "delivery", _delivery(sandbox, event, kinds))
    sandbox.keep("event", event)


def _delivery(sandbox: Sandbox, event: Obj, kinds: dict[str, Obj]) -> Obj:
    delivery: Obj = {
        "id": sandbox.new_id("delivery"), "event": event["id"], "type": event["type"], "attempt": 0, "state": "waiting",
        "due": sandbox.clock(), "heldBy": None, "behind": None, "answers": [],
    }  # fmt: skip
    if "drop" in kinds:
        delivery["state"] = "dropped"
    if delay := kinds.get("delay"):
        delivery["due"] += delay["seconds"] or 0
        delivery["heldBy"] = None if delay["seconds"] else delay["id"]
    if reorder := kinds.get("reorder"):
        delivery["due"] += reorder["seconds"] or REORDER_WAIT_S
        delivery["behind"] = sandbox.store.count("event")
    return delivery


def due(sandbox: Sandbox) -> list[Obj]:
    """The deliveries whose time has come, oldest first."""
    now = sandbox.clock()
    return [
        delivery
        for delivery in _waiting(sandbox)
        if (delivery["due"] <= now or _overtaken(sandbox, delivery)) and not _held(sandbox, delivery)
    ]


def next_due(sandbox: Sandbox, but: Collection[str] = ()) -> float | None:
    """When the next delivery's time comes, but for those named; None when nothing waits for time alone."""
    waiting = [one for one in _waiting(sandbox) if one["id"] not in but and not _held(sandbox, one)]
    return min((one["due"] for one in waiting), default=None)


def _waiting(sandbox: Sandbox) -> list[Obj]:
    """What is owed; nothing is while there is no endpoint: it waits for the next one."""
    return sandbox.store.all("delivery") if endpoint(sandbox)["url"] else []


def _held(sandbox: Sandbox, delivery: Obj) -> bool:
    return bool(delivery["heldBy"]) and faults.exists(sandbox, delivery["heldBy"])


def _overtaken(sandbox: Sandbox, delivery: Obj) -> bool:
    """Whether an event that came later has arrived before this one."""
    if delivery["behind"] is None or delivery["attempt"]:
        return False
    newer = {event["id"] for event in sandbox.store.all("event")[delivery["behind"] :]}
    return any(one["event"] in newer and one["state"] == "delivered" for one in sandbox.store.all("sent"))


def request(sandbox: Sandbox, delivery: Obj) -> tuple[str, bytes, dict[str, str]]:
    """The address, body and headers of one attempt."""
    event = sandbox.store.get("event", delivery["event"])
    body = json.dumps(public(event), ensure_ascii=False, indent=2).encode()
    to = endpoint(sandbox)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": signature(body, sandbox.now(), to["secrets"]),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return to["url"], body, headers


def signature(body: bytes, at: int, secrets: Sequence[str]) -> str:
    """The `Stripe-Signature` header: one v1 signature for each secret, which is how a rotation looks."""
    signed = str(at).encode() + b"." + body
    sums = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={one}" for one in sums)])


def settle(sandbox: Sandbox, delivery: Obj, status: int | None) -> None:
    """Note what an attempt was answered (None: no answer) and plan the next one if it was no success."""
    delivery["attempt"] += 1
    delivery["answers"].append(status)
    to = endpoint(sandbox)
    if status is not None and 200 <= status < 300:
        _finish(sandbox, delivery, "delivered")
        event = sandbox.store.get("event", delivery["event"])
        if event:
            sandbox.keep("event", {**event, "pending_webhooks": 0})
    elif delivery["attempt"] >= to["attemptsMax"]:
        _finish(sandbox, delivery, "given_up")
    else:
        wait = to["retryBase"] * 2 ** (delivery["attempt"] - 1)
        sandbox.keep("delivery", {**delivery, "due": sandbox.clock() + min(wait, sandbox.config.retry_max_s)})


def _finish(sandbox: Sandbox, delivery: Obj, state: str) -> None:
    sandbox.store.remove("delivery", delivery["id"])
    sandbox.keep("sent", {**delivery, "state": state})


def deliver_now(sandbox: Sandbox, event_id: str) -> Obj:
    """Owe an event to the webhook once more, at once and past every fault: the late or repeated delivery."""
    event = sandbox.store.get("event", event_id)
    if event is None:
        raise errors.no_such("event", event_id)
    return sandbox.keep("delivery", _delivery(sandbox, event, {}))
