"""The sandbox as an ASGI application: API, card form, control endpoints, pages. Waiting and cutting happen here."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from stripe_sandbox import api, control, errors, faults, idempotency, journal, pages
from stripe_sandbox.api import Answer
from stripe_sandbox.courier import Courier
from stripe_sandbox.sandbox import API_VERSION, Call, Sandbox
from stripe_sandbox.store import Obj

ABORT = "stripe_sandbox.abort"
"""The ASGI extension that breaks the connection; without it a cut raises `ConnectionCut` to whoever calls."""

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "authorization, content-type, idempotency-key, stripe-version, stripe-account",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-expose-headers": "request-id, stripe-version, idempotent-replayed",
    "access-control-max-age": "600",
}

BODY_BYTES_MAX = 256 * 1024

Sleep = Callable[[float], Awaitable[None]]

_RATE_LIMITED = (
    "Request rate limit exceeded. You can learn more about rate limits here https://docs.stripe.com/rate-limits."
)
_MESSAGES = {
    429: ("invalid_request_error", "rate_limit", _RATE_LIMITED),
    503: ("api_error", None, "Stripe is temporarily unavailable. Please try again."),
}
_ANY_FAILURE = ("api_error", None, "An unknown error occurred. Please contact us at https://support.stripe.com/.")
_LOCKED = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "
    "If you see this error intermittently, retry the request."
)


class ConnectionCut(ConnectionError):
    """The connection broke, where there is no socket to break: an in-process caller sees this instead."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Not an answer: the connection breaks, after half of this text if there is one."""

    half: bytes = b""


class Api:
    """Everything under `/v1`: reads a call, lets the faults strike, answers."""

    def __init__(self, sandbox: Sandbox, sleep: Sleep = asyncio.sleep) -> None:
        self.sandbox = sandbox
        self.sleep = sleep

    async def answer(self, request: Request) -> Response:
        """One request, one answer or a broken connection."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=CORS)
        body = await request.body()
        if len(body) > BODY_BYTES_MAX:
            return PlainTextResponse("Request Entity Too Large", 413)
        url = (request.url.path, request.url.query)
        call = Call(method=request.method, path=url[0], request_id=self.sandbox.new_id("request"))
        try:
            call = api.read(self.sandbox, request.method, url, request.headers, body)
            outcome = await self._faulty(call)
        except errors.ApiError as error:
            outcome = api.refuse(self.sandbox, call, error)
        return self._response(call, outcome, request.headers.get("stripe-version", API_VERSION))

    async def _faulty(self, call: Call) -> Answer | Cut | Response:
        """The call with every fault that strikes it, in the order: wait, fail, execute, wait, break."""
        async with self._locked(call):
            struck = faults.take(self.sandbox, faults.CALL_FAULTS, api.subject(self.sandbox, call))
            await self._wait(struck, "none")
            spoiling = [fault for fault in struck if fault["fault"] != "slow"]
            answer = self._spoiled(call, spoiling[0]) if spoiling else api.execute(self.sandbox, call)
        await self._wait(struck, "done")
        return answer

    @contextlib.asynccontextmanager
    async def _locked(self, call: Call) -> AsyncIterator[None]:
        idempotency.lock(self.sandbox, call)
        try:
            yield
        finally:
            idempotency.unlock(self.sandbox, call)

    async def _wait(self, struck: list[Obj], effect: faults.Effect) -> None:
        for fault in struck:
            if fault["fault"] == "slow" and fault["effect"] == effect:
                if fault["seconds"] is not None:
                    await self.sleep(fault["seconds"])
                while fault["seconds"] is None and faults.exists(self.sandbox, fault["id"]):
                    await self.sleep(0.01)

    def _spoiled(self, call: Call, fault: Obj) -> Answer | Cut | Response:
        """What the fault makes of the call, and a line in the journal that says so."""
        happens = fault["effect"] == "done" or fault["fault"] in {"garbled", "truncated"}
        if happens:
            answer = api.execute(self.sandbox, call)
        else:
            answer = Answer(0, {})
            about = api.subject(self.sandbox, call)
            journal.write(self.sandbox, call, about.pop("operation") or "", 0, "prevented", about)
        outcome = self._instead(call, fault, answer)
        journal.amend(self.sandbox, call, fault["fault"], _status(outcome))
        self.sandbox.commit()
        return outcome

    def _instead(self, call: Call, fault: Obj, answer: Answer) -> Answer | Cut | Response:
        match fault["fault"]:
            case "cut":
                return Cut()
            case "truncated":
                return Cut(json.dumps(answer.body).encode())
            case "garbled":
                return Response("<html><body><h1>502 Bad Gateway</h1></body></html>", 502, media_type="text/html")
            case _:
                return self._error(call, fault)

    def _error(self, call: Call, fault: Obj) -> Answer:
        kind, code, message = _MESSAGES.get(int(fault["status"]), _ANY_FAILURE)
        code = fault.get("code") or code
        message = fault.get("message") or (_LOCKED if code == "lock_timeout" else message)
        error = errors.ApiError(int(fault["status"]), message, type=kind, code=code)
        if fault.get("shouldRetry") is not None:
            error.headers["stripe-should-retry"] = str(bool(fault["shouldRetry"])).lower()
        if fault["retryAfter"] is not None:
            error.headers["retry-after"] = str(fault["retryAfter"])
        if fault["saved"]:
            idempotency.save(self.sandbox, call, error.status, error.body())
        return Answer(error.status, error.body(), error.headers)

    def _response(self, call: Call, outcome: Answer | Cut | Response, version: str) -> Response:
        headers = {"request-id": call.request_id or "", "stripe-version": version, **CORS, "cache-control": "no-store"}
        if call.key:
            headers["idempotency-key"] = call.key
        if isinstance(outcome, Cut):
            return CutResponse(outcome.half)
        if isinstance(outcome, Response):
            outcome.headers.update(headers)
            return outcome
        content = json.dumps(outcome.body, ensure_ascii=False, indent=2).encode()
        return Response(content, outcome.status, {**headers, **outcome.headers}, "application/json")


class CutResponse(Response):
    """Breaks the connection instead of answering, after half of the content if there is any."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort the transport; an in-process caller gets `ConnectionCut`."""
        if self.body:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        abort = scope.get("extensions", {}).get(ABORT)
        if abort is None:
            raise ConnectionCut
        abort["abort" if not self.body else "close"]()
        while (await receive())["type"] != "http.disconnect":
            pass


def _status(outcome: Answer | Cut | Response) -> int:
    """The status a caller gets to see; 0 for a broken connection."""
    match outcome:
        case Answer():
            return outcome.status
        case Cut():
            return 0
        case Response():
            return outcome.status_code


def create_app(sandbox: Sandbox, courier: Courier | None = None, *, sleep: Sleep = asyncio.sleep) -> Starlette:
    """The application. With a courier it delivers events and runs timers for as long as it lives."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(courier.run()) if courier else None
        try:
            yield
        finally:
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            if courier:
                await courier.close()
            sandbox.store.close()

    return Starlette(
        routes=[
            Route("/v1/{path:path}", Api(sandbox, sleep).answer, methods=["GET", "POST", "DELETE", "OPTIONS"]),
            *control.routes(sandbox),
            *pages.routes(sandbox),
        ],
        lifespan=lifespan,
    )
