"""Every error a caller can see, as RFC 9457 problem details: one table from codes to statuses and titles."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import telemetry
from app.actions import errors as actions
from app.domain.refusals import STATUS, Refusal
from app.storage.appends import Unavailable

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
PROBLEM_DOCS = "/api/v1/docs#problem-"

CODES: Mapping[str, tuple[int, str]] = {
    # The request itself
    "bad_json": (400, "The body is not JSON that we can read"),
    "idempotency_key_required": (400, "This call moves money and needs an Idempotency-Key"),
    "bad_signature": (400, "The webhook is not signed by the payment provider"),
    "not_signed_in": (401, "There is no session"),
    "wrong_login": (401, "E-mail address or password do not match"),
    "forbidden": (403, "This session may not do that"),
    "wrong_origin": (403, "The request comes from another site"),
    "wrong_pin": (403, "The table's PIN is another one"),
    "payment_blocked": (403, "No card payment from this phone for now"),
    "expired_code": (403, "This code of the table is no longer valid"),
    "not_found": (404, "There is nothing here for you"),
    "unknown_code": (404, "No table has this code"),
    "wrong_method": (405, "This address does not take that method"),
    "too_large": (413, "The body is too large"),
    "wrong_type": (415, "The body has the wrong content type"),
    "invalid": (422, "Something in the request is not valid"),
    "idempotency_key_reused": (422, "This Idempotency-Key was used with another request"),
    "second_person": (403, "Another person has to decide about this"),
    "nothing_to_refund": (409, "There is nothing of this to send back"),
    "payment_disputed": (409, "The payer's bank has asked for this money already"),
    "refund_ended": (409, "This has been decided already"),
    "too_many": (429, "Too many requests"),
    "internal": (500, "Something went wrong on our side"),
    "unavailable": (503, "Not available right now"),
    "provider_unavailable": (503, "Cards cannot be taken right now"),
    # The state of the bill
    "not_open": (409, "The table is not open for ordering"),
    "choose_visit": (409, "A visit just ended here: join it or start a new one"),
    "session_closed": (409, "This visit is over"),
    "needs_approval": (409, "Staff have to approve this payment first"),
    "review_decided": (409, "Somebody has decided this before"),
    "request_claimed": (409, "Somebody is on the way already"),
    "already_paid": (409, "Somebody has paid for this"),
    "share_being_paid": (409, "Somebody is paying for this right now"),
    "payment_open": (409, "A payment of yours is still open"),
    "payment_ended": (409, "This payment has ended"),
    "payment_refused": (409, "The payment provider refused this payment"),
    "amount_changed": (409, "The amount is another one by now"),
    "line_voided": (409, "This line was taken off the bill"),
    "sold_out": (409, "This is sold out"),
    "below_minimum": (409, "This is less than a card can pay"),
    "percent_over_100": (409, "The percentages add up to more than 100 %"),
    "nothing_to_pay": (409, "There is nothing to pay"),
    "still_owed": (409, "The table still owes money"),
    "hold_open": (409, "A tab of yours is open already"),
    "hold_busy": (409, "The bank is being asked about this tab"),
    "hold_ended": (409, "This tab is not open"),
    "raise_not_offered": (409, "This card's bank does not raise a hold"),
    "fully_booked": (409, "No table is free then"),
    "not_bookable": (409, "This cannot be booked"),
    "booking_ended": (409, "This booking has ended"),
    "table_taken": (409, "The table already has an open visit"),
    "not_connected": (409, "The restaurant has no account of its own at the provider"),
    "drawer_open": (409, "The drawer is open already"),
    "no_drawer": (409, "No drawer is open"),
    "finding_closed": (409, "This finding is not open any more"),
    "group_open": (409, "This table is paying together already"),
    "unknown_gift_card": (404, "No gift card has this code"),
    "gift_card_empty": (409, "There is nothing left on this gift card"),
    "gift_card_expired": (409, "This gift card is not valid now"),
    "gift_card_blocked": (409, "This gift card is blocked"),
    "gift_card_not_for_this": (409, "This gift card is not for this"),
    "gift_card_short": (409, "This gift card holds less than the share"),
    "gift_card_used": (409, "This gift card was used meanwhile"),
    "command_reused": (409, "This command id was used with another command"),
    "duplicate_in_progress": (409, "The same request is still being worked on"),
    "conflict": (409, "Somebody else was faster; try again"),
}
"""Code → status and title. The codes of :data:`app.domain.refusals.STATUS` keep their status."""

_OF_STATUS: Mapping[int, str] = {404: "not_found", 405: "wrong_method", 413: "too_large", 415: "wrong_type"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one member of a request: ``Fault("items.0.quantity", "greater_than_equal", "…")``."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """An answer that is an error; raised anywhere in the web rooms, answered in one place."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def status_of(code: str) -> int:
    """The HTTP status of ``code``: ours first, then the domain's."""
    return CODES[code][0] if code in CODES else STATUS.get(code, 409)


def title_of(code: str) -> str:
    """A short sentence that is the same for every occurrence of ``code``."""
    return CODES[code][1] if code in CODES else HTTPStatus(status_of(code)).phrase


def of_refusal(refusal: Refusal) -> Problem:
    """A refusal of the domain, with its figures as extra members in camelCase."""
    members = {to_camel(name): value for name, value in refusal.figures.items()}
    wait = refusal.figures.get("retryAfterS")
    headers = _retry(wait) if isinstance(wait, int) else {}
    return Problem(refusal.code, refusal.detail, members=members, headers=headers)


def of_action(error: actions.ActionError) -> Problem:
    """An action's error as the answer for its caller."""
    match error:
        case actions.Refused():
            return of_refusal(error.refusal)
        case actions.Invalid():
            faults = [Fault(".".join(one.path), one.code, one.detail) for one in error.errors]
            return Problem(error.code, "Something in the request is not valid; `errors` says what.", faults=faults)
        case actions.NeedsApproval():
            return Problem(error.code, error.detail, members={"review": error.review})
        case actions.ChooseVisit():
            return Problem(error.code, error.detail, members={"choices": error.choices})
        case actions.TooMany():
            return Problem(error.code, error.detail, headers=_retry(error.retry_after_s or 1))
        case actions.Unavailable():
            return Problem(error.code, error.detail, headers=_retry(error.retry_after_s))
        case _:
            return Problem(error.code, error.detail)


def of_http(error: HTTPException) -> Problem:
    """What Starlette itself raises: no such address, no such method."""
    return Problem(_OF_STATUS.get(error.status_code, "internal"), headers=error.headers)


def _retry(after_s: int) -> dict[str, str]:
    return {"retry-after": str(after_s)}


def document(problem: Problem) -> dict[str, object]:
    """The members of the problem details, without nulls."""
    status = status_of(problem.code)
    body: dict[str, object] = {**problem.members}
    body |= {"type": PROBLEM_DOCS + problem.code, "title": title_of(problem.code), "status": status}
    body |= {"detail": problem.detail or title_of(problem.code) + ".", "code": problem.code}
    if problem.faults:
        body["errors"] = [{"field": f.field, "code": f.code, "detail": f.detail} for f in problem.faults]
    body["traceId"] = telemetry.trace_id()
    return body


def response(problem: Problem) -> Response:
    """``problem`` as an HTTP answer. Nothing about an error is ever cached."""
    headers = {"cache-control": "no-store", **problem.headers}
    body = orjson.dumps(document(problem), default=str)
    return Response(body, status_code=status_of(problem.code), media_type=MEDIA_TYPE, headers=headers)


async def answer(request: Request[Any], error: Exception) -> Response:  # noqa: ARG001 - Starlette's signature
    """Starlette's exception handler for everything that is a decision of ours."""
    match error:
        case Problem():
            return response(error)
        case actions.ActionError():
            return response(of_action(error))
        case HTTPException():
            return response(of_http(error))
        case Unavailable():
            log.warning("the database does not answer", error=str(error))
            return response(Problem("unavailable", headers=_retry(1)))
    raise error


HANDLERS: Mapping[type[Exception], Callable[[Request[Any], Exception], Awaitable[Response]]] = {
    Problem: answer,
    actions.ActionError: answer,
    HTTPException: answer,
    Unavailable: answer,
}


class CatchAll:
    """The net under everything: what nobody expected is logged with its trace id and answered without its inside."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 if it fails before anything was said."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            log.info("caller left before the request was complete")
        except Exception:
            log.exception("request failed", method=scope["method"])
            if has_started:
                raise
            await response(Problem("internal"))(scope, receive, send)
