"""The socket's description (AsyncAPI 3), made from the frame types, the commands' shapes and the view.

A frame's members on the wire have short names; the table of them is here, everything else is read from the dataclasses
of `realtime.frames`. The examples are what those dataclasses encode.
"""

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.actions.shapes import COMMANDS
from app.domain.events import FACTS
from app.web.openapi import without_nulls
from app.web.replies import Floor
from app.web.shown import View
from realtime import frames
from realtime.errors import CloseCode, retry_ms

Document = dict[str, Any]

ADDRESS = "/api/v1/live"
REF = "#/components/schemas/{model}"

WIRE = {"room": "r", "epoch": "e", "kind": "k", "data": "d", "body": "d", "start": "from"}
"""What a member of a frame is called on the wire, where that is not its name."""

ROOM, EPOCH, CID, GUEST = "table:01JD0Z4W6T8Q2V5X7Y9A1B3C5D", "x7f2", "c_91", "01JD0Z4W6T8Q2V5X7Y9A1B3C5E"
AT = datetime(2026, 11, 21, 18, 4, 5, 123456, tzinfo=UTC)

FROM_CLIENT: Mapping[str, type] = {"hello": frames.Hello, "do": frames.Do, "sync": frames.Sync, "pong": frames.Pong}

_PATCH = {"guests": {GUEST: {"due": 1270}}}
_LIMITS = {"frame_bytes": 16384, "burst": 20, "per_s": 5}

EXAMPLES: Mapping[str, Sequence[Document]] = {
    "hello": (
        {"t": "hello", "v": 1, "cid": CID, "app": "guest/1.4", "rooms": [{"r": ROOM}]},
        {"t": "hello", "v": 1, "cid": CID, "rooms": [{"r": ROOM, "since": {"e": EPOCH, "n": 1839}}]},
    ),
    "do": (
        {"t": "do", "id": 17, "r": ROOM, "k": "split.set", "d": {"mode": "even", "shares": 3}},
        {"t": "do", "id": 18, "r": ROOM, "k": "request.make", "d": {"kind": "water"}},
    ),
    "sync": ({"t": "sync", "r": ROOM, "n": 1839},),
    "pong": ({"t": "pong"},),
    **{
        one.t: (orjson.loads(one.encode()),)
        for one in (
            frames.Welcome(sid="s_5c1d2e3f4a5b", now=AT, ping_s=25, limits=_LIMITS),
            frames.Resumed(ROOM, EPOCH, 1839, 1842, 16),
            frames.Ack(17, ROOM, 1843),
            frames.Err("already_paid", ROOM, 17, msg="Ana has paid for Tacos.", n=1843),
            frames.Ping(ROOM, 1843),
            frames.Head(ROOM, 1843),
            frames.Pres(ROOM, 32, (GUEST,), full=True),
            frames.Bye(CloseCode.RESTART, retry_ms(CloseCode.RESTART)),
        )
    },
    "ev": (
        orjson.loads(
            frames.encode_event(
                ROOM,
                1843,
                "claims.changed",
                at=AT,
                by=GUEST,
                patch={"guests": {GUEST: {"due": 1270}}},
                cause=f"{CID}:17",
            )
        ),
    ),
}
"""What each frame looks like. A `snap` carries the whole view, which the API's description shows."""


def describe(version: str) -> Document:
    """The AsyncAPI 3 document of the socket."""
    says = {**dict.fromkeys(FROM_CLIENT, "receive"), **dict.fromkeys([*_to_client(), "ev"], "send")}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Splittable, the socket", "version": version, "description": _INTRODUCTION},
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": ADDRESS,
                "description": f"A WebSocket, subprotocol `{frames.SUBPROTOCOL}`: text frames, one JSON object each.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in says},
                "bindings": {"ws": {"method": "GET"}},
            }
        },
        "operations": {f"{action}-{name}": _operation(name, action) for name, action in says.items()},
        "components": {"messages": {name: _message(name) for name in says}, "schemas": _schemas()},
    }


def _operation(name: str, action: str) -> Document:
    messages = [{"$ref": f"#/channels/live/messages/{name}"}]
    return {"action": action, "channel": {"$ref": "#/channels/live"}, "messages": messages}


def _message(name: str) -> Document:
    frame = {**FROM_CLIENT, **_to_client()}.get(name)
    summary = " ".join((frame.__doc__ or "").split()) if frame else "One event of a room, as a merge patch of its view."
    examples = [{"payload": example} for example in EXAMPLES.get(name, ())]
    told = {"name": name, "summary": summary, "payload": {"$ref": REF.format(model=f"frame.{name}")}}
    return {**told, "examples": examples} if examples else told


def _to_client() -> dict[str, type]:
    return {frame.t: frame for frame in typing.get_args(frames.Outgoing)}


def _schemas() -> Document:
    shapes = [shape for shape in COMMANDS.values() if shape.model_fields]
    _, asked = models_json_schema([(one, "validation") for one in dict.fromkeys(shapes)], ref_template=REF)
    shown: list[type[BaseModel]] = [View, Floor]
    _, told = models_json_schema([(one, "serialization") for one in shown], ref_template=REF)
    mine = {f"frame.{name}": _frame(name, frame) for name, frame in {**FROM_CLIENT, **_to_client()}.items()}
    mine["frame.ev"] = _object({"t": {"const": "ev"}, **_EVENT}, [*_EVENT_NEEDS])
    mine["frame.do"] = {"oneOf": [_command(k, shape) for k, shape in COMMANDS.items()]}
    return {**without_nulls(told["$defs"]), **asked["$defs"], **mine}


def _frame(name: str, frame: type) -> Document:
    members: Document = {"t": {"const": name}}
    needed = ["t"]
    if name in {"hello", "welcome"}:
        members["v"] = {"const": frames.VERSION}
        needed.append("v")
    hints = typing.get_type_hints(frame)
    for field in fields(frame):
        wire = WIRE.get(field.name, field.name)
        members[wire] = _member(name, wire, hints[field.name])
        if _is_needed(field):
            needed.append(wire)
    return _object(members, needed)


def _is_needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _member(frame: str, wire: str, hint: Any) -> Document:
    if (frame, wire) == ("snap", "d"):
        return {"anyOf": [{"$ref": REF.format(model=View.__name__)}, {"$ref": REF.format(model=Floor.__name__)}]}
    return _type(hint)


def _type(hint: Any) -> Document:
    """The JSON schema of a Python type, as far as frames use them."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return _type(next(one for one in arguments if one is not types.NoneType))
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0])}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object"}
    if hint in {frames.Join, frames.Position}:
        hints = typing.get_type_hints(hint)
        named = {WIRE.get(each.name, each.name): _type(hints[each.name]) for each in fields(hint)}
        return _object(named, [WIRE.get(each.name, each.name) for each in fields(hint) if _is_needed(each)])
    return dict(_PLAIN[hint])


_PLAIN: Mapping[Any, Document] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
}


def _command(k: str, shape: type[BaseModel]) -> Document:
    d: Document = {"$ref": REF.format(model=shape.__name__)} if shape.model_fields else {"type": "object"}
    members: Document = {"t": {"const": "do"}, "id": {"type": "integer", "minimum": 1}, "r": {"type": "string"}}
    return {"title": k, **_object({**members, "k": {"const": k}, "d": d}, ["t", "id", "r", "k"])}


def _object(members: Document, needed: Sequence[str]) -> Document:
    """Receivers ignore members that they do not know: none is refused here."""
    return {"type": "object", "properties": members, "required": list(needed)}


_EVENT: Document = {
    "r": {"type": "string"},
    "n": {"type": "integer"},
    "k": {"type": "string", "examples": sorted(FACTS)},
    "at": {"type": "string", "format": "date-time"},
    "by": {"type": "string"},
    "m": {"type": "string", "description": "the command that made it, as <cid>:<id>"},
    "d": {"type": "object", "description": "RFC 7396 merge patch of the view, with absolute values"},
}
_EVENT_NEEDS = ("t", "r", "n", "k", "at", "by", "d")

_INTRODUCTION = """Rooms of tables (`table:<table session>`) and floors (`floor:<restaurant>`), live. The client says
hello with the rooms it wants and gets one answer for each: what it missed, a snapshot, or a refusal. Events carry merge
patches; commands are answered by `ack` or `err` and take effect once, however often they are sent."""
