import orjson
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from app.actions import errors as actions
from app.domain.refusals import STATUS, Refusal
from app.storage.appends import Unavailable
from app.telemetry import bind_trace
from app.web.errors import CODES, MEDIA_TYPE, CatchAll, Fault, Problem, answer, of_action, response, status_of
from tests.web.requests import request

MEMBERS = {"type", "title", "status", "detail", "code", "traceId"}


@pytest.mark.parametrize("code", sorted({*STATUS, *CODES}))
def test_every_refusal_has_one_shape(code: str) -> None:
    with bind_trace("trace-1"):
        answered = response(Problem(code, "Because."))
    body = orjson.loads(answered.body)
    assert set(body) == MEMBERS
    assert body["status"] == answered.status_code == status_of(code)
    assert (body["code"], body["detail"], body["traceId"]) == (code, "Because.", "trace-1")
    assert body["type"] == f"/api/v1/docs#problem-{code}"
    assert body["title"]
    assert answered.headers["content-type"] == MEDIA_TYPE
    assert answered.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("code", STATUS)
def test_every_refusal_of_the_domain_is_documented_with_its_status(code: str) -> None:
    assert CODES[code][0] == STATUS[code]


def test_figures_of_a_refusal_are_members_in_camel_case() -> None:
    refusal = Refusal("amount_changed", "It is 12.34 now.", {"expected_amount": 1200, "amount": 1234})
    body = orjson.loads(response(of_action(actions.Refused(refusal))).body)
    assert (body["expectedAmount"], body["amount"], body["status"]) == (1200, 1234, 409)


def test_figures_cannot_replace_the_members_of_the_problem() -> None:
    refusal = Refusal("payment_open", "Go on with that one.", {"status": "awaiting", "code": "x", "payment": "p1"})
    body = orjson.loads(response(of_action(actions.Refused(refusal))).body)
    assert (body["status"], body["code"], body["payment"]) == (409, "payment_open", "p1")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (actions.NotSignedIn(), 401, "not_signed_in"),
        (actions.NotFound(), 404, "not_found"),
        (actions.NotFound(code="unknown_code"), 404, "unknown_code"),
        (actions.NotAllowed(), 403, "forbidden"),
        (actions.NotAllowed(code="wrong_pin"), 403, "wrong_pin"),
        (actions.NotAllowed(code="wrong_login"), 401, "wrong_login"),
        (actions.Reused(), 409, "command_reused"),
        (actions.ChooseVisit({"join": "", "new": ""}), 409, "choose_visit"),
        (actions.TooMany("slowly"), 429, "too_many"),
        (actions.Unavailable("later"), 503, "unavailable"),
        (HTTPException(404), 404, "not_found"),
        (Unavailable("OSError"), 503, "unavailable"),
        (HTTPException(405), 405, "wrong_method"),
    ],
)
async def test_every_error_of_an_action_has_its_status(error: Exception, status: int, code: str) -> None:
    answered = await answer(request(), error)
    assert (answered.status_code, orjson.loads(answered.body)["code"]) == (status, code)


def test_wrong_members_are_listed() -> None:
    error = actions.Invalid([actions.FieldError(("items", "0", "quantity"), "too_small", "at least 1")])
    body = orjson.loads(response(of_action(error)).body)
    assert body["errors"] == [{"field": "items.0.quantity", "code": "too_small", "detail": "at least 1"}]


def test_choices_of_a_visit_are_told() -> None:
    body = orjson.loads(response(of_action(actions.ChooseVisit({"join": "a", "new": "b"}))).body)
    assert body["choices"] == {"join": "a", "new": "b"}


@pytest.mark.parametrize(
    "error", [actions.TooMany("slowly", retry_after_s=7), actions.Unavailable("x", retry_after_s=7)]
)
def test_who_has_to_wait_is_told_how_long(error: actions.ActionError) -> None:
    assert response(of_action(error)).headers["retry-after"] == "7"


def test_a_fault_without_a_field_is_about_the_whole_body() -> None:
    body = orjson.loads(response(Problem("invalid", faults=[Fault("", "model_type", "an object")])).body)
    assert body["errors"][0]["field"] == ""


async def swallow(message: Message) -> None:
    pass


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError("a secret of the inside")


async def broken_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


async def test_what_nobody_expected_is_500_without_its_inside() -> None:
    sent: list[Message] = []

    async def collect(message: Message) -> None:
        sent.append(message)

    asked: Request = request()
    await CatchAll(broken)(asked.scope, asked.receive, collect)
    assert sent[0]["status"] == 500
    assert orjson.loads(sent[1]["body"])["code"] == "internal"
    assert b"secret" not in sent[1]["body"]


async def test_an_answer_that_has_begun_is_cut_rather_than_completed_with_an_error() -> None:
    asked = request()
    with pytest.raises(ZeroDivisionError):
        await CatchAll(broken_late)(asked.scope, asked.receive, swallow)


async def test_a_caller_who_left_is_no_error_of_ours() -> None:
    async def left() -> Message:
        return {"type": "http.disconnect"}

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    await CatchAll(read)(request().scope, left, swallow)
