"""The API's description, made from the URL table and the shapes: what is not in there is not served, and vice versa."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.actions.shapes import COMMANDS
from app.web.access import ACTING_AS, Who
from app.web.calls import Call
from app.web.errors import CODES, MEDIA_TYPE, status_of, title_of
from app.web.replies import ProblemDetails
from app.web.shapes import DoCommand, Nothing, Unread

REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
_NO_BODY = frozenset({204, 304})

Document = dict[str, Any]


def describe(calls: Sequence[Call], version: str) -> Document:
    """The OpenAPI 3.1 document of ``calls``."""
    paths: dict[str, Document] = {}
    for call in calls:
        paths.setdefault(_PARAMETER.sub(r"{\1}", call.path), {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Splittable", "version": version, "description": _INTRODUCTION},
        "paths": paths,
        "components": {"schemas": _schemas(calls), "securitySchemes": _SECURITY},
        "tags": [{"name": name} for name in dict.fromkeys(_tag(call) for call in calls)],
    }


def codes_of(call: Call) -> list[str]:
    """Every word a call may answer with instead of doing what it is for."""
    codes = ["internal", "unavailable"]
    if call.who is not Who.ANYONE:
        codes += ["not_signed_in", "not_found", "forbidden"]
    if call.method not in {"GET", "HEAD"}:
        codes += ["wrong_origin", "too_large", "wrong_type", "bad_json", "invalid"]
    if "{" in call.path:
        codes.append("not_found")
    if call.query:
        codes.append("invalid")
    if call.limits:
        codes.append("too_many")
    if call.keyed:
        codes += ["idempotency_key_required", "idempotency_key_reused", "duplicate_in_progress"]
    return list(dict.fromkeys([*codes, *call.codes]))


def _operation(call: Call) -> Document:
    operation: Document = {
        "operationId": call.id,
        "summary": call.summary,
        "tags": [_tag(call)],
        "description": f"For {call.who.value}.",
        "parameters": _parameters(call),
        "responses": _responses(call),
    }
    if call.who is not Who.ANYONE:
        operation["security"] = _security(call.who)
    if call.takes not in {Nothing, Unread}:
        content = {"application/json": {"schema": _ref(call.takes)}}
        is_required = any(field.is_required() for field in call.takes.model_fields.values())
        operation["requestBody"] = {"required": is_required, "content": content}
    return operation


def _parameters(call: Call) -> list[Document]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(call.path)
    ]
    found += [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in call.query.items()
    ]
    if call.keyed:
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": schema})
    if call.who is Who.TABLE:
        schema = {"type": "string", "enum": ["staff"]}
        found.append({"name": ACTING_AS, "in": "header", "required": False, "schema": schema})
    return found


def _responses(call: Call) -> Document:
    answers: Document = {str(call.status): _success(call)}
    for status, gives in call.also.items():
        answers[str(status)] = _content(gives) if gives is not None else {"description": _phrase(status)}
    by_status: dict[int, list[str]] = {}
    for code in codes_of(call):
        by_status.setdefault(status_of(code), []).append(code)
    for status, codes in sorted(by_status.items()):
        text = "; ".join(f"`{code}`: {title_of(code)}" for code in codes)
        schema = {"schema": _ref(ProblemDetails)}
        answers.setdefault(str(status), {"description": text, "content": {MEDIA_TYPE: schema}})
    return answers


def _success(call: Call) -> Document:
    if call.status in _NO_BODY or call.gives is None:
        return {"description": _phrase(call.status)}
    if isinstance(call.gives, str):
        return {"description": _phrase(call.status), "content": {call.gives: {"schema": {"type": "string"}}}}
    return _content(call.gives)


def _content(gives: type[BaseModel]) -> Document:
    return {"description": (gives.__doc__ or "").strip(), "content": {"application/json": {"schema": _ref(gives)}}}


def _phrase(status: int) -> str:
    return {200: "Done.", 201: "Made.", 202: "Taken.", 204: "Done; nothing to say.", 304: "You have it."}[status]


def _schemas(calls: Iterable[Call]) -> Document:
    asked = [call.takes for call in calls if call.takes not in {Nothing, Unread}]
    asked += [shape for shape in COMMANDS.values() if shape.model_fields]
    told: list[type[BaseModel]] = [ProblemDetails]
    for call in calls:
        told += [gives for gives in (call.gives, *call.also.values()) if isinstance(gives, type)]
    _, requests = models_json_schema([(one, "validation") for one in dict.fromkeys(asked)], ref_template=REF)
    _, answers = models_json_schema([(one, "serialization") for one in dict.fromkeys(told)], ref_template=REF)
    return {**without_nulls(answers["$defs"]), **requests["$defs"], DoCommand.__name__: _any_command()}


def _any_command() -> Document:
    """The body of ``POST …/commands``: its ``d`` has the shape that its ``k`` asks for."""
    common = {"cid": _plain(DoCommand, "cid"), "id": _plain(DoCommand, "id")}
    return {"title": DoCommand.__name__, "oneOf": [_command(k, shape, common) for k, shape in COMMANDS.items()]}


def _command(k: str, shape: type[BaseModel], common: Document) -> Document:
    d: Document = _ref(shape) if shape.model_fields else {"type": "object", "additionalProperties": False}
    return {
        "title": k,
        "type": "object",
        "properties": {**common, "k": {"const": k}, "d": d},
        "required": ["cid", "id", "k", *(["d"] if shape.model_fields else [])],
        "additionalProperties": False,
    }


def _plain(model: type[BaseModel], member: str) -> Document:
    schema: Document = model.model_json_schema()["properties"][member]
    return schema


def without_nulls(schema: Any) -> Any:
    """Answers hold no null: what is not there is absent."""
    match schema:
        case {"anyOf": [only, {"type": "null"}], **rest}:
            return without_nulls({**{k: v for k, v in rest.items() if k != "default"}, **only})
        case dict():
            return {name: without_nulls(value) for name, value in schema.items() if (name, value) != ("default", None)}
        case list():
            return [without_nulls(value) for value in schema]
    return schema


def _ref(model: type[BaseModel]) -> Document:
    return {"$ref": REF.format(model=model.__name__)}


def _tag(call: Call) -> str:
    return call.id.partition(".")[0]


def _security(who: Who) -> list[Mapping[str, list[str]]]:
    seat: list[Mapping[str, list[str]]] = [{"seat": []}]
    member: list[Mapping[str, list[str]]] = [{"staff": []}]
    return {Who.GUEST: seat, Who.STAFF: member, Who.TABLE: seat + member}[who]


_SECURITY = {
    "seat": {
        "type": "http",
        "scheme": "bearer",
        "description": "the token that joining a table returned; a browser has it as a cookie, one per table session",
    },
    "staff": {
        "type": "apiKey",
        "in": "cookie",
        "name": "splittable_staff",
        "description": "set by logging in; `__Host-splittable_staff` where the public address is https",
    },
}

_INTRODUCTION = f"""One table, one bill, many payers. Money is integer minor units beside a `currency`, rates are
integer parts per million, times are RFC 3339 in UTC. Errors are RFC 9457 problem details with a stable `code`;
there are {len(CODES)} of them. Unknown members in a request are refused. What moves money needs an
`Idempotency-Key`."""
