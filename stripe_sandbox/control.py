"""The control endpoints: faults, the journal, deliveries, a clean slate. Stripe has none of these.

They ask for no key, so that a test or a demo needs the address only; requests of foreign web pages are refused.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stripe_sandbox import api, disputes, errors, faults, journal, refunds, timers, webhooks
from stripe_sandbox.sandbox import Sandbox, public

QUIET_WAIT_MAX_S = 30.0

Action = Callable[[Sandbox, Request], Awaitable[Any]]


def routes(sandbox: Sandbox) -> list[Route]:
    """The control endpoints of this sandbox."""
    table: list[tuple[str, str, Action]] = [
        ("GET", "/_sandbox/health", _health),
        ("GET", "/_sandbox/quiet", _quiet),
        ("GET", "/_sandbox/faults", _list_faults),
        ("POST", "/_sandbox/faults", _add_fault),
        ("DELETE", "/_sandbox/faults", _remove_faults),
        ("DELETE", "/_sandbox/faults/{id}", _remove_faults),
        ("GET", "/_sandbox/journal", _journal),
        ("GET", "/_sandbox/events", _events),
        ("POST", "/_sandbox/events/{id}/deliver", _deliver),
        ("GET", "/_sandbox/webhooks", _webhooks),
        ("POST", "/_sandbox/webhooks", _configure),
        ("POST", "/_sandbox/objects/{id}/finish", _finish),
        ("POST", "/_sandbox/refunds", _refund),
        ("POST", "/_sandbox/refunds/outcome", _steer_refunds),
        ("POST", "/_sandbox/refunds/{id}", _change_refund),
        ("POST", "/_sandbox/disputes", _dispute),
        ("POST", "/_sandbox/disputes/{id}", _change_dispute),
        ("POST", "/_sandbox/reset", _reset),
    ]
    return [Route(path, _endpoint(sandbox, action), methods=[method]) for method, path, action in table]


def _endpoint(sandbox: Sandbox, action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return JSONResponse({"error": {"message": "This page may not control the sandbox."}}, 403)
        try:
            answer = await action(sandbox, request)
        except errors.ApiError as error:
            return JSONResponse(error.body(), error.status)
        sandbox.commit()
        return JSONResponse(answer)

    return endpoint


async def _given(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError:
        raise errors.invalid("The body is not JSON.") from None


def _counts(sandbox: Sandbox) -> dict[str, int]:
    waiting = sandbox.store.all("delivery")
    free = [one for one in waiting if not (one["heldBy"] and faults.exists(sandbox, one["heldBy"]))]
    planned = [timer for timer in sandbox.store.all("timer") if timer["what"] != "expire_hold"]
    return {"waiting": len(free), "held": len(waiting) - len(free), "timers": len(planned)}


async def _health(sandbox: Sandbox, _request: Request) -> Any:
    """Whether it lives, and what it still has to deliver or to let happen."""
    return {"ok": True, **_counts(sandbox)}


async def _quiet(sandbox: Sandbox, request: Request) -> Any:
    """Answer when nothing is left to deliver or to let happen, or after `timeout` seconds."""
    last = asyncio.get_running_loop().time() + min(float(request.query_params.get("timeout", 5)), QUIET_WAIT_MAX_S)
    while True:
        counts = _counts(sandbox)
        quiet = not counts["waiting"] and not counts["timers"]
        if quiet or asyncio.get_running_loop().time() > last:
            return {"quiet": quiet, **counts}
        await asyncio.sleep(0.01)


async def _list_faults(sandbox: Sandbox, _request: Request) -> Any:
    return {"data": sandbox.store.all("fault")}


async def _add_fault(sandbox: Sandbox, request: Request) -> Any:
    return faults.add(sandbox, await _given(request))


async def _remove_faults(sandbox: Sandbox, request: Request) -> Any:
    faults.remove(sandbox, request.path_params.get("id"))
    return {"data": sandbox.store.all("fault")}


async def _journal(sandbox: Sandbox, request: Request) -> Any:
    query = request.query_params
    lines = journal.read(
        sandbox, after=int(query.get("after", 0)), key=query.get("key"), operation=query.get("operation")
    )
    return {"data": lines}


async def _events(sandbox: Sandbox, _request: Request) -> Any:
    """Every event, oldest first, with its deliveries and what each attempt was answered."""
    deliveries: dict[str, list[Any]] = {}
    for one in [*sandbox.store.all("sent"), *sandbox.store.all("delivery")]:
        deliveries.setdefault(one["event"], []).append(one)
    events = sandbox.store.all("event")
    return {"data": [{**public(event), "deliveries": deliveries.get(event["id"], [])} for event in events]}


async def _deliver(sandbox: Sandbox, request: Request) -> Any:
    return webhooks.deliver_now(sandbox, request.path_params["id"])


async def _webhooks(sandbox: Sandbox, _request: Request) -> Any:
    return webhooks.endpoint(sandbox)


async def _configure(sandbox: Sandbox, request: Request) -> Any:
    return webhooks.configure(sandbox, await _given(request))


async def _finish(sandbox: Sandbox, request: Request) -> Any:
    """Let happen at once what is planned for an intent, a charge or a refund."""
    return {"steps": timers.run_due(sandbox, api.STEPS, subject=request.path_params["id"])}


async def _refund(sandbox: Sandbox, request: Request) -> Any:
    """A refund as somebody makes it in the dashboard."""
    return public(refunds.from_dashboard(sandbox, await _given(request)))


async def _steer_refunds(sandbox: Sandbox, request: Request) -> Any:
    """How the next refunds begin."""
    return refunds.steer(sandbox, await _given(request))


async def _change_refund(sandbox: Sandbox, request: Request) -> Any:
    """What becomes of a refund."""
    given = await _given(request)
    refund = _found(sandbox, "refund", request)
    return public(refunds.become(sandbox, refund, str(given.get("status", "failed")), given.get("failureReason")))


async def _dispute(sandbox: Sandbox, request: Request) -> Any:
    """A payer's bank disputes a charge."""
    return public(disputes.start(sandbox, await _given(request)))


async def _change_dispute(sandbox: Sandbox, request: Request) -> Any:
    """What becomes of a dispute."""
    given = await _given(request)
    return public(disputes.become(sandbox, _found(sandbox, "dispute", request), str(given.get("status", "won"))))


def _found(sandbox: Sandbox, kind: str, request: Request) -> Any:
    found = sandbox.store.get(kind, request.path_params["id"])
    if found is None:
        raise errors.no_such(kind, request.path_params["id"])
    return found


async def _reset(sandbox: Sandbox, _request: Request) -> Any:
    """Forget everything but how the process was started."""
    sandbox.store.clear()
    sandbox.keys_in_use.clear()
    return {"ok": True}
