"""The API itself: who calls, what is asked for, and the answer with its headers. Knows nothing of sockets."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stripe_sandbox import (
    balance,
    charges,
    confirming,
    connect,
    disputes,
    errors,
    events,
    expand,
    forms,
    holds,
    idempotency,
    intents,
    journal,
    methods,
    refunds,
    timers,
)
from stripe_sandbox.sandbox import API_VERSION, Call, Sandbox, public
from stripe_sandbox.store import Obj

Handler = Callable[..., Obj]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `operation` is its name in the journal and for faults; browsers may use a few of them."""

    method: str
    pattern: re.Pattern[str]
    operation: str
    handler: Handler
    for_browsers: bool = False

    @property
    def answers(self) -> str:
        """The kind of object that comes back: `charge`, or `list:charge`."""
        resource, _, verb = self.operation.partition(".")
        kind = "payment_intent" if resource == "three_d_secure" else resource.removesuffix("s")
        return f"list:{kind}" if verb in {"list", "search"} else kind


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, a JSON document, headers of its own."""

    status: int
    body: Obj
    headers: Mapping[str, str] = field(default_factory=dict)


def _route(method: str, path: str, operation: str, handler: Handler, *, for_browsers: bool = False) -> Route:
    return Route(method, re.compile(path.replace("{id}", r"([A-Za-z0-9_]+)")), operation, handler, for_browsers)


ROUTES = (
    _route("POST", "/v1/payment_intents", "payment_intents.create", intents.create),
    _route("GET", "/v1/payment_intents", "payment_intents.list", intents.index),
    _route("GET", "/v1/payment_intents/search", "payment_intents.search", intents.search),
    _route("GET", "/v1/payment_intents/{id}", "payment_intents.retrieve", intents.retrieve, for_browsers=True),
    _route("POST", "/v1/payment_intents/{id}", "payment_intents.update", intents.update),
    _route("POST", "/v1/payment_intents/{id}/confirm", "payment_intents.confirm", intents.confirm, for_browsers=True),
    _route("POST", "/v1/payment_intents/{id}/capture", "payment_intents.capture", intents.capture),
    _route("POST", "/v1/payment_intents/{id}/cancel", "payment_intents.cancel", intents.cancel),
    _route(
        "POST",
        "/v1/payment_intents/{id}/increment_authorization",
        "payment_intents.increment_authorization",
        holds.increment,
    ),
    _route("POST", "/v1/3ds2/{id}/authenticate", "three_d_secure.answer", intents.authenticate, for_browsers=True),
    _route("POST", "/v1/refunds", "refunds.create", refunds.create),
    _route("GET", "/v1/refunds", "refunds.list", refunds.index),
    _route("GET", "/v1/refunds/{id}", "refunds.retrieve", refunds.retrieve),
    _route("GET", "/v1/disputes", "disputes.list", disputes.index),
    _route("GET", "/v1/disputes/{id}", "disputes.retrieve", disputes.retrieve),
    _route("POST", "/v1/disputes/{id}", "disputes.update", disputes.update),
    _route("POST", "/v1/disputes/{id}/close", "disputes.close", disputes.close),
    _route("GET", "/v1/charges", "charges.list", charges.index),
    _route("GET", "/v1/charges/{id}", "charges.retrieve", charges.retrieve),
    _route("GET", "/v1/events", "events.list", events.index),
    _route("GET", "/v1/events/{id}", "events.retrieve", events.retrieve),
    _route("POST", "/v1/payment_methods", "payment_methods.create", methods.create, for_browsers=True),
    _route("GET", "/v1/payment_methods/{id}", "payment_methods.retrieve", methods.retrieve),
    _route("POST", "/v1/confirmation_tokens", "confirmation_tokens.create", methods.create_token, for_browsers=True),
    _route("POST", "/v1/test_helpers/confirmation_tokens", "confirmation_tokens.create", methods.create_token),
    _route("GET", "/v1/confirmation_tokens/{id}", "confirmation_tokens.retrieve", methods.retrieve_token),
    _route("POST", "/v1/customers", "customers.create", methods.create_customer),
    _route("GET", "/v1/customers", "customers.list", methods.list_customers),
    _route("GET", "/v1/customers/{id}", "customers.retrieve", methods.retrieve_customer),
    _route("POST", "/v1/accounts", "accounts.create", connect.create_account),
    _route("GET", "/v1/accounts/{id}", "accounts.retrieve", connect.retrieve_account),
    _route("GET", "/v1/application_fees/{id}", "application_fees.retrieve", connect.retrieve_fee),
    _route("GET", "/v1/transfers/{id}", "transfers.retrieve", connect.retrieve_transfer),
    _route("POST", "/v1/payouts", "payouts.create", connect.create_payout),
    _route("GET", "/v1/payouts", "payouts.list", connect.list_payouts),
    _route("GET", "/v1/balance_transactions", "balance_transactions.list", balance.list_transactions),
    _route("GET", "/v1/balance_transactions/{id}", "balance_transactions.retrieve", balance.retrieve_transaction),
)

STEPS = {
    "expire_hold": intents.expire_hold,
    "dispute_fraudulent": disputes.begin_fraudulent,
    "dispute_inquiry": disputes.begin_inquiry,
    "finish_charge": confirming.finish,
    "finish_refund": refunds.finish,
    "settle": charges.settle,
}

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The endpoint that a request names, with the ids in its path."""
    for route in ROUTES:
        if route.method == method and (match := route.pattern.fullmatch(path)):
            return route, match.groups()
    return None


def tick(sandbox: Sandbox) -> None:
    """Let happen what is due by now."""
    if timers.run_due(sandbox, STEPS):
        sandbox.commit()


def read(sandbox: Sandbox, method: str, url: tuple[str, str], headers: Mapping[str, str], body: bytes) -> Call:
    """The call behind a request: `url` is path and query. Raises the 400, 401 or 403 of one that is no good."""
    path, query = url
    call = Call(
        method=method,
        path=path,
        key=headers.get("idempotency-key") or None,
        request_id=sandbox.new_id("request"),
        account=headers.get("stripe-account") or None,
        origin=f"{headers.get('x-forwarded-proto', 'http')}://{headers.get('host', 'localhost')}",
    )
    return replace(call, publishable=_authenticate(sandbox, call, headers), params=_params(method, query, body))


def _params(method: str, query: str, body: bytes) -> dict[str, Any]:
    try:
        return forms.decode(body.decode() if method == "POST" else query)
    except UnicodeDecodeError:
        raise errors.invalid("Invalid request: the body is not UTF-8.") from None


def _authenticate(sandbox: Sandbox, call: Call, headers: Mapping[str, str]) -> bool:
    """Whether the key is the publishable one."""
    key = _api_key(headers.get("authorization", ""))
    if not key:
        raise errors.ApiError(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
            "https://docs.stripe.com/api#authentication for details, or we can help at https://support.stripe.com/.",
        )
    if key not in {sandbox.config.secret_key, sandbox.config.publishable_key}:
        raise errors.ApiError(401, f"Invalid API Key provided: {key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}")
    found = find_route(call.method, call.path)
    publishable = key == sandbox.config.publishable_key
    if publishable and not (found and found[0].for_browsers):
        raise errors.ApiError(
            403,
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list "
            "of your API keys at https://dashboard.stripe.com/account/apikeys.",
            code="secret_key_required",
        )
    version = headers.get("stripe-version", API_VERSION)
    if not _VERSION.fullmatch(version):
        raise errors.invalid(f"Invalid Stripe API version: {version}")
    return publishable


def _api_key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except ValueError:
        return ""


def execute(sandbox: Sandbox, call: Call) -> Answer:
    """Answer one call: a saved answer again, or what the endpoint says now. Everything it did is committed."""
    tick(sandbox)
    found = find_route(call.method, call.path)
    operation = found[0].operation if found else "unknown"
    try:
        if saved := idempotency.replay(sandbox, call):
            return _replayed(sandbox, call, operation, saved)
        if found is None:
            raise errors.unrecognized(call.method, call.path)
        answer = _executed(sandbox, call, *found)
        journal.write(sandbox, call, operation, answer.status, "executed", _about(answer.body))
    except errors.ApiError as error:
        answer = _refused(sandbox, call, operation, error)
    sandbox.commit()
    return answer


def _executed(sandbox: Sandbox, call: Call, route: Route, ids: tuple[str, ...]) -> Answer:
    expand.check(call, route.answers)
    body = route.handler(sandbox, call, *ids)
    if call.publishable and body.get("object") == "payment_intent":
        body = intents.for_browser(body)
    answer = Answer(200, public(expand.expand(sandbox, call, body)))
    idempotency.save(sandbox, call, answer.status, answer.body)
    return answer


def _replayed(sandbox: Sandbox, call: Call, operation: str, saved: Obj) -> Answer:
    journal.write(sandbox, call, operation, saved["status"], "replayed", _about(saved["body"]))
    sandbox.commit()
    headers = {"idempotent-replayed": "true", "original-request": saved["request_id"]}
    return Answer(saved["status"], saved["body"], headers)


def _refused(sandbox: Sandbox, call: Call, operation: str, error: errors.ApiError) -> Answer:
    if call.publishable and "payment_intent" in error.error:
        error.error["payment_intent"] = intents.for_browser(error.error["payment_intent"])
    answer = Answer(error.status, error.body(), error.headers)
    if error.saved:
        idempotency.save(sandbox, call, answer.status, answer.body)
    journal.write(sandbox, call, operation, error.status, "refused", _about(answer.body))
    return answer


def refuse(sandbox: Sandbox, call: Call, error: errors.ApiError) -> Answer:
    """Answer a call that never got as far as its endpoint."""
    found = find_route(call.method, call.path)
    answer = _refused(sandbox, call, found[0].operation if found else "unknown", error)
    sandbox.commit()
    return answer


def _about(body: Obj) -> dict[str, Any]:
    """The intent and the payment that an answer is about, and the code of an error, for the journal."""
    error = body.get("error", {})
    subject = error.get("payment_intent") or body
    intent = subject.get("id") if subject.get("object") == "payment_intent" else subject.get("payment_intent")
    payment = (subject.get("metadata") or {}).get("payment")
    return {"intent": intent, "payment": payment, "code": error.get("code") or error.get("type")}


def subject(sandbox: Sandbox, call: Call) -> dict[str, str | None]:
    """What faults may match a call by: operation, key, intent, payment and table session."""
    found = find_route(call.method, call.path)
    named = found[1][0] if found and found[1] else call.params.get("payment_intent")
    about = {"operation": found[0].operation if found else "unknown", "key": call.key, "event": None}
    intent = sandbox.store.get("payment_intent", named) if isinstance(named, str) else None
    if intent:
        return {**about, **events.subject(sandbox, intent)}
    return {**about, "intent": None, **events.named_in(call.params.get("metadata"))}
