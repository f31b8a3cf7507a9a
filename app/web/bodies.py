"""Request bodies: read within a bound, parsed without mercy, and turned into one of our shapes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Never, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from app.web.errors import Fault, Problem

Shape = TypeVar("Shape", bound=BaseModel)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FAULTS_MAX = 20
FIELDS_MAX = 200
DIGITS_MAX = 18
"""Longer numbers than this cannot be amounts; they are refused before Python spends time on them."""


async def raw(request: Request[Any], bytes_max: int) -> bytes:
    """The whole body; Problem ``too_large`` as soon as it is known to be longer than ``bytes_max``."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > DIGITS_MAX or int(length) > bytes_max:
        raise _too_large(bytes_max)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
    return bytes(body)


async def read(request: Request[Any], shape: type[Shape], bytes_max: int) -> tuple[Shape, bytes]:
    """The body as ``shape``, and its bytes. In this order: 413, 415, 400 ``bad_json``, 422 ``invalid``."""
    body = await raw(request, bytes_max)
    if not body and not _requires_members(shape):
        return validated(shape, {}), body
    demand_type(request, JSON)
    return validated(shape, parse(body)), body


async def form(request: Request[Any], bytes_max: int) -> dict[str, str]:
    """A posted HTML form; of a repeated member the last one counts."""
    body = await raw(request, bytes_max)
    demand_type(request, FORM)
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        raise Problem("bad_json", "The form cannot be read.") from None
    if any("\0" in text for text in (*fields, *fields.values())):
        raise Problem("bad_json", "The form holds a NUL character.")
    return fields


def demand_type(request: Request[Any], wanted: str) -> None:
    """Problem ``wrong_type`` unless the body says that it is ``wanted``, in UTF-8 where it says."""
    given, _, parameters = request.headers.get("content-type", "").partition(";")
    name, _, charset = parameters.strip().lower().partition("=")
    is_utf8 = name != "charset" or charset.strip('"') in {"utf-8", "utf8"}
    if given.strip().lower() != wanted or not is_utf8:
        raise Problem("wrong_type", f"Send {wanted}.", headers={"accept-post": wanted})


def parse(body: bytes) -> object:
    """Strict JSON: UTF-8, no repeated members, no NaN, nothing that is not text inside strings."""
    try:
        value = json.loads(
            body.decode(), object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_int, parse_float=float
        )
        if b"\\u" in body:
            _demand_text(value)
    except UnicodeError:
        raise Problem("bad_json", "The body is not valid UTF-8.") from None
    except RecursionError:
        raise Problem("bad_json", "The body is nested too deeply.") from None
    except ValueError as error:
        detail = str(error) if isinstance(error, _Unreadable) else "The body is not valid JSON."
        raise Problem("bad_json", detail) from None
    return value


def validated(shape: type[Shape], value: object) -> Shape:
    """``value`` as ``shape``; Problem ``invalid`` naming every wrong member."""
    try:
        return shape.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        raise invalid(faults(error)) from None


def invalid(found: Sequence[Fault]) -> Problem:
    """422 with every fault, in one voice for bodies, queries and commands."""
    return Problem("invalid", "Something in the request is not valid; `errors` says what.", faults=found)


def faults(error: ValidationError) -> list[Fault]:
    """Pydantic's findings in our words, without echoing what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Fault(_field(one["loc"]), one["type"], one["msg"]) for one in found[:FAULTS_MAX]]


def _field(location: tuple[int | str, ...]) -> str:
    # Members of a union carry the name of the branch in angle brackets of ours; it means nothing to the caller.
    return ".".join(str(step) for step in location if not str(step).startswith("<"))[:200]


def _demand_text(value: object) -> None:
    # Lone surrogates and NUL are legal escapes in JSON; the first no encoder takes, the second no database.
    text = json.dumps(value, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text.replace("\\\\", ""):
        raise _Unreadable("The body holds a NUL character.")


class _Unreadable(ValueError):
    """Legal JSON to some, but two readers could take it for two things."""


def _object(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Unreadable("The body names a member twice.")
    return members


def _no_constant(name: str) -> Never:
    raise _Unreadable(f"{name} is not JSON.")


def _int(digits: str) -> int | float:
    # A float is never an amount, so a number too long to be one is refused by the shape, at its own field.
    return int(digits) if len(digits) <= DIGITS_MAX else float(digits[:DIGITS_MAX])


def _requires_members(shape: type[BaseModel]) -> bool:
    return any(field.is_required() for field in shape.model_fields.values())


def _too_large(bytes_max: int) -> Problem:
    return Problem("too_large", f"The body may have {bytes_max} bytes.")
