"""The wire format: one frozen dataclass per frame, its JSON, and the shared WebSocket frame around it.

Frames from the client are decoded strictly in what we use and ignore what we do not know. Frames to the client are
encoded once; `text_frame` wraps a body in the bytes that go to every socket as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

import orjson

from realtime.errors import BadRequest, Malformed

SUBPROTOCOL = "splittable.v1.json"
VERSION = 1

_OPTIONS = orjson.OPT_UTC_Z
_CID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ROOM_CHARS_MAX = 200
_KIND_CHARS_MAX = 64
_TOKEN_CHARS_MAX = 4096
_N_MAX = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a room's history: event `n` of the history named `epoch`."""

    epoch: str
    n: int


class Published(NamedTuple):
    """One committed event on its way to the phones; `body` is the whole `ev` frame as JSON, see `encode_event`.

    A room without a log of its own is published with an empty epoch and n = 0: every node numbers such events itself.
    """

    room: str
    epoch: str
    n: int
    body: bytes


# --- from the client -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Join:
    """The wish to enter one room, with the position the client already has."""

    room: str
    since: Position | None = None


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of a connection: who, with which app, and into which rooms."""

    cid: str
    rooms: tuple[Join, ...]
    app: str = ""
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Do:
    """A command; `id` is the client's own number for it and makes a repeat harmless."""

    id: int
    room: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sync:
    """The question "what did I miss after n?"; `pv` is the presence version the client has, if it says so."""

    room: str
    n: int
    pv: int | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """A sign of life."""


Incoming = Hello | Do | Sync | Pong


def decode(text: str | bytes) -> Incoming:
    """Read one frame of a client. Raises `Malformed` or `BadRequest`."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed("not JSON") from error
    if not isinstance(frame, dict):
        raise Malformed("not a JSON object")
    match frame.get("t"):
        case "do":
            return _do(frame)
        case "pong":
            return Pong()
        case "sync":
            return Sync(_room(frame), _number(frame, "n"), _number(frame, "pv") if "pv" in frame else None)
        case "hello":
            return _hello(frame)
        case _:
            raise BadRequest("unknown type", room=_room_or_none(frame), id=_id_or_none(frame))


def _do(frame: dict[str, Any]) -> Do:
    data = frame.get("d", {})
    kind = frame.get("k")
    if not isinstance(data, dict) or not isinstance(kind, str) or not 0 < len(kind) <= _KIND_CHARS_MAX:
        raise BadRequest("a command needs k and d", room=_room_or_none(frame), id=_id_or_none(frame))
    return Do(_number(frame, "id", least=1), _room(frame), kind, data)


def _hello(frame: dict[str, Any]) -> Hello:
    cid, rooms, token, app = frame.get("cid"), frame.get("rooms", []), frame.get("token"), frame.get("app", "")
    if frame.get("v") != VERSION:
        raise BadRequest("unknown version")
    if not isinstance(cid, str) or not _CID.fullmatch(cid):
        raise BadRequest("hello needs a cid of letters, digits, dot, dash or underscore")
    if token is not None and not (isinstance(token, str) and 0 < len(token) <= _TOKEN_CHARS_MAX):
        raise BadRequest("token is not a string")
    if not isinstance(rooms, list) or not isinstance(app, str):
        raise BadRequest("rooms is not a list")
    return Hello(cid, tuple(_join(entry) for entry in rooms), app[:_KIND_CHARS_MAX], token)


def _join(entry: Any) -> Join:
    if not isinstance(entry, dict):
        raise BadRequest("a room to join is an object")
    since = entry.get("since")
    if since is None:
        return Join(_room(entry))
    if not isinstance(since, dict) or not isinstance(since.get("e"), str):
        raise BadRequest("since needs e and n", room=_room_or_none(entry))
    return Join(_room(entry), Position(since["e"], _number(since, "n")))


def _room(frame: dict[str, Any]) -> str:
    room = _room_or_none(frame)
    if room is None:
        raise BadRequest("r is not a room", id=_id_or_none(frame))
    return room


def _room_or_none(frame: dict[str, Any]) -> str | None:
    room = frame.get("r")
    return room if isinstance(room, str) and 0 < len(room) <= _ROOM_CHARS_MAX else None


def _number(frame: dict[str, Any], name: str, *, least: int = 0) -> int:
    number = frame.get(name)
    # bool is an int in Python; on the wire it is not a number.
    if type(number) is not int or not least <= number <= _N_MAX:
        raise BadRequest(f"{name} is not a number", room=_room_or_none(frame), id=_id_or_none(frame))
    return number


def _id_or_none(frame: dict[str, Any]) -> int | None:
    number = frame.get("id")
    return number if type(number) is int and 0 < number <= _N_MAX else None


# --- to the client ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to a hello that was let in."""

    t: ClassVar[str] = "welcome"
    sid: str
    now: datetime
    ping_s: float
    limits: Mapping[str, int | float]

    def encode(self) -> bytes:
        """The frame as JSON."""
        return _json(
            {
                "t": self.t,
                "v": VERSION,
                "sid": self.sid,
                "now": self.now,
                "ping_s": self.ping_s,
                "limits": self.limits,
            }
        )


@dataclass(frozen=True, slots=True)
class Snap:
    """The whole view, for a client that cannot resume. `body` is the view's JSON, shared by all who get it."""

    t: ClassVar[str] = "snap"
    room: str
    epoch: str
    n: int
    mid: int
    why: str
    body: bytes

    def encode(self) -> bytes:
        """The frame as JSON."""
        return _json(
            {
                "t": self.t,
                "r": self.room,
                "e": self.epoch,
                "n": self.n,
                "mid": self.mid,
                "why": self.why,
                "d": orjson.Fragment(self.body),
            }
        )


@dataclass(frozen=True, slots=True)
class Resumed:
    """The promise that the events after `start` up to `to` follow, and then live ones."""

    t: ClassVar[str] = "resumed"
    room: str
    epoch: str
    start: int
    to: int
    mid: int

    def encode(self) -> bytes:
        """The frame as JSON."""
        return _json({"t": self.t, "r": self.room, "e": self.epoch, "from": self.start, "to": self.to, "mid": self.mid})


@dataclass(frozen=True, slots=True)
class Ack:
    """A command was committed as (or before) event `n`; `dup` when it had been applied before."""

    t: ClassVar[str] = "ack"
    id: int
    room: str
    n: int
    dup: bool = False

    def encode(self) -> bytes:
        """The frame as JSON."""
        frame = {"t": self.t, "id": self.id, "r": self.room, "n": self.n}
        return _json(frame | {"dup": True} if self.dup else frame)


@dataclass(frozen=True, slots=True)
class Err:
    """A refusal: of a command (`id`), of a join (`room`), or of a frame that made no sense (neither)."""

    t: ClassVar[str] = "err"
    code: str
    room: str | None = None
    id: int | None = None
    retry: bool = False
    msg: str | None = None
    n: int | None = None

    def encode(self) -> bytes:
        """The frame as JSON, without the members that say nothing."""
        frame = {
            "t": self.t,
            "id": self.id,
            "r": self.room,
            "code": self.code,
            "retry": self.retry,
            "msg": self.msg,
            "n": self.n,
        }
        return _json({name: value for name, value in frame.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Ping:
    """The heartbeat of a room, which is also how a lost last event is noticed."""

    t: ClassVar[str] = "ping"
    room: str
    n: int

    def encode(self) -> bytes:
        """The frame as JSON."""
        return _json({"t": self.t, "r": self.room, "n": self.n})


@dataclass(frozen=True, slots=True)
class Head(Ping):
    """The answer to a sync of a client that has everything."""

    t: ClassVar[str] = "head"


@dataclass(frozen=True, slots=True)
class Pres:
    """Who came and who went since version `pv` - 1; with `full`, `on` is everybody who is here."""

    t: ClassVar[str] = "pres"
    room: str
    pv: int
    on: tuple[str, ...]
    off: tuple[str, ...] = ()
    full: bool = False

    def encode(self) -> bytes:
        """The frame as JSON."""
        frame: dict[str, Any] = {"t": self.t, "r": self.room, "pv": self.pv, "on": self.on, "off": self.off}
        return _json(frame | ({"full": True} if self.full else {}))


@dataclass(frozen=True, slots=True)
class Bye:
    """Said before every close on purpose, because proxies lose close codes."""

    t: ClassVar[str] = "bye"
    code: int
    retry_ms: tuple[int, int] | None = None

    def encode(self) -> bytes:
        """The frame as JSON."""
        return _json({"t": self.t, "code": int(self.code)} | ({"retry_ms": self.retry_ms} if self.retry_ms else {}))


Outgoing = Welcome | Snap | Resumed | Ack | Err | Ping | Head | Pres | Bye


def encode_event(room: str, n: int, kind: str, *, at: datetime, by: str, patch: Any, cause: str | None = None) -> bytes:
    """Encode an `ev` frame, once for everybody.

    `patch` is an RFC 7396 merge patch of the room's view (or an `orjson.Fragment` of it), `cause` the command that
    made the event, as "<cid>:<id>". For a room without a log pass n = 0.
    """
    rest: dict[str, Any] = {"k": kind, "at": at, "by": by}
    if cause is not None:
        rest["m"] = cause
    rest["d"] = patch
    return _event_head(room, n) + _json(rest)[1:]


def renumber(body: bytes, room: str, n: int) -> bytes:
    """Give an event that was encoded with n = 0 the number it has on this node."""
    head = _event_head(room, 0)
    if not body.startswith(head):
        raise ValueError("an event of a room without a log is encoded with n = 0")
    return _event_head(room, n) + body[len(head) :]


def _event_head(room: str, n: int) -> bytes:
    return b'{"t":"ev","r":%b,"n":%d,' % (orjson.dumps(room), n)


def _json(frame: Mapping[str, Any]) -> bytes:
    return orjson.dumps(frame, option=_OPTIONS)


# --- the WebSocket frame around it -----------------------------------------------------------------------------------

_TEXT = 0x81  # FIN and opcode 1; frames of a server are not masked, which is why all sockets can share them.
_SIZE_IN_7_BITS = 126
_SIZE_IN_16_BITS = 127


def text_frame(body: bytes) -> bytes:
    """Build the WebSocket text frame around `body`."""
    size = len(body)
    if size < _SIZE_IN_7_BITS:
        return bytes((_TEXT, size)) + body
    if size < 1 << 16:
        return bytes((_TEXT, _SIZE_IN_7_BITS)) + size.to_bytes(2, "big") + body
    return bytes((_TEXT, _SIZE_IN_16_BITS)) + size.to_bytes(8, "big") + body


def text_bodies(framed: bytes) -> Iterator[bytes]:
    """Take text frames apart again: what a server without the fast path needs."""
    start = 0
    while start < len(framed):
        size, start = framed[start + 1], start + 2
        if size >= _SIZE_IN_7_BITS:
            width = 2 if size == _SIZE_IN_7_BITS else 8
            size, start = int.from_bytes(framed[start : start + width], "big"), start + width
        yield framed[start : start + size]
        start += size
