"""What RFC 6455 asks of a server, without any I/O: the opening handshake, and taking apart what a client sends.

Outgoing frames are built elsewhere (`frames.text_frame`): those of a server are not masked, and most are shared.
`tests/realtime/test_rfc6455.py` holds this against the state machine of the `websockets` library, byte by byte.
"""

from __future__ import annotations

import binascii
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha1
from typing import Protocol

try:
    from websockets.speedups import apply_mask
except ImportError:  # It was installed where its C could not be built.
    from websockets.utils import apply_mask

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = b"13"
NONCE_BYTES, KEY_CHARS = 16, 24

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
OPCODES = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
WHOLE_TEXT = 0x80 | TEXT
FINAL, RESERVED, MASKED, SIZE = 0x80, 0x70, 0x80, 0x7F
SIZE_IN_16_BITS, SIZE_IN_64_BITS = 126, 127
CONTROL_BYTES_MAX = 125
# Fragments may be empty: without a bound a message could grow for ever without getting longer.
FRAGMENTS_MAX = 1024
MASK_BYTES, CODE_BYTES = 4, 2

NO_CODE, BROKEN_RULE, NOT_TEXT, TOO_BIG = 1005, 1002, 1007, 1009
_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})
_OWN_CODES = range(3000, 5000)


class Broken(Exception):
    """The client broke a rule; the connection ends with this close code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class BadHandshake(Exception):
    """A request that cannot become a WebSocket; `status` is the answer's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Sink(Protocol):
    """Where messages and control frames go. Nothing here may wait or raise; `is_deaf` stops the reading."""

    @property
    def is_deaf(self) -> bool:
        """Whether nothing that the client says matters any more."""

    def text(self, message: str, /) -> None:
        """Take a text message."""

    def binary(self, message: bytes, /) -> None:
        """Take a binary message."""

    def ping(self, payload: bytes, /) -> None:
        """Answer with a pong of the same payload."""

    def closed(self, code: int, payload: bytes, /) -> None:
        """Take note that the client closes, and answer with the same payload unless we closed first."""


def accept_key(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Check an opening request by its headers (names in lower case) and give `Sec-WebSocket-Accept`.

    Raises `BadHandshake`: 426 for another version of the protocol, 400 for anything else (RFC 6455, section 4.2).
    """
    found = dict(headers)
    if len(found) != len(headers):
        found = _merged(headers)
    if b"websocket" not in _tokens(found, b"upgrade") or b"upgrade" not in _tokens(found, b"connection"):
        raise BadHandshake(426, "this is a WebSocket endpoint")
    if found.get(b"sec-websocket-version") != VERSION:
        raise BadHandshake(426, "version 13 of the protocol is spoken here")
    key = found.get(b"sec-websocket-key", b"").strip()
    if not _is_nonce(key):
        raise BadHandshake(400, "Sec-WebSocket-Key is missing or wrong")
    return b2a_base64(sha1(key + GUID, usedforsecurity=False).digest(), newline=False)


def _merged(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Repeated headers are one with a list (RFC 9110, section 5.3); of those that are no list that is a wrong value."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = found[name] + b"," + value if name in found else value
    return found


def _tokens(headers: Mapping[bytes, bytes], name: bytes) -> list[bytes]:
    return [each.strip() for each in headers.get(name, b"").lower().split(b",")]


def _is_nonce(key: bytes) -> bool:
    try:
        return len(key) == KEY_CHARS and len(a2b_base64(key, strict_mode=True)) == NONCE_BYTES
    except binascii.Error:
        return False


def close_frame(code: int, reason: str = "") -> bytes:
    """Build a close frame; a reason that does not fit is left out."""
    payload = code.to_bytes(CODE_BYTES, "big") + reason.encode()
    if len(payload) > CONTROL_BYTES_MAX:
        payload = payload[:CODE_BYTES]
    return bytes((FINAL | CLOSE, len(payload))) + payload


def control_frame(opcode: int, payload: bytes) -> bytes:
    """Build a control frame around at most 125 bytes."""
    return bytes((FINAL | opcode, len(payload))) + payload


class Receiver:
    """Takes apart what one client sends, however it is cut into pieces. `bytes_max` bounds a whole message."""

    __slots__ = ("_kind", "_parts", "_rest", "_size", "bytes_max")

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self._rest = b""
        self._kind = CONTINUATION  # of the message whose fragments are being collected; CONTINUATION: of none
        self._parts: list[bytes] | None = None
        self._size = 0

    def feed(self, data: bytes, sink: Sink) -> None:
        """Give every whole frame in what came so far to `sink`. Raises `Broken`; after that, feed no more."""
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        while at < size and not sink.is_deaf:
            end = self._whole_text(data, at, size, sink) or self._frame(data, at, size, sink)
            if not end:
                break
            at = end
        self._rest = data[at:] if at else data

    def _whole_text(self, data: bytes, at: int, size: int, sink: Sink) -> int:
        """Take one unfragmented text message below 64 KiB, which nearly all are; 0 where it is something else."""
        head = at + 2
        if head > size or data[at] != WHOLE_TEXT or self._parts is not None:
            return 0
        length = data[at + 1] - MASKED
        if length == SIZE_IN_16_BITS and head + 2 <= size:
            length, head = data[head] << 8 | data[head + 1], head + 2
        elif not 0 <= length < SIZE_IN_16_BITS:
            return 0
        payload = head + MASK_BYTES
        end = payload + length
        if end > size or length > self.bytes_max:
            return 0
        sink.text(_text(apply_mask(data[payload:end], data[head:payload])))
        return end

    def _frame(self, data: bytes, at: int, size: int, sink: Sink) -> int:
        """Take any frame; 0 where it is not whole yet."""
        if at + 2 > size:
            return 0
        first, second = data[at], data[at + 1]
        opcode, length, head = first & 0x0F, second & SIZE, at + 2
        if opcode not in OPCODES:
            raise Broken(BROKEN_RULE, "invalid opcode")
        if not second & MASKED:
            raise Broken(BROKEN_RULE, "incorrect masking")
        if length >= SIZE_IN_16_BITS:
            width = 2 if length == SIZE_IN_16_BITS else 8
            if head + width > size:
                return 0
            length, head = int.from_bytes(data[head : head + width], "big"), head + width
        self._check_size(length)
        payload = head + MASK_BYTES
        end = payload + length
        if end > size:
            return 0
        self._take(first, opcode, apply_mask(data[payload:end], data[head:payload]), sink)
        return end

    def _check_size(self, length: int) -> None:
        if length > self.bytes_max - self._size:
            raise Broken(TOO_BIG, "message too big")

    def _take(self, first: int, opcode: int, payload: bytes, sink: Sink) -> None:
        if first & RESERVED:
            raise Broken(BROKEN_RULE, "reserved bits must be 0")
        if opcode >= CLOSE:
            self._control(first, opcode, payload, sink)
        else:
            self._data(opcode, payload, is_final=bool(first & FINAL), sink=sink)

    def _control(self, first: int, opcode: int, payload: bytes, sink: Sink) -> None:
        if len(payload) > CONTROL_BYTES_MAX:
            raise Broken(BROKEN_RULE, "control frame too long")
        if not first & FINAL:
            raise Broken(BROKEN_RULE, "fragmented control frame")
        if opcode == PING:
            sink.ping(payload)
        elif opcode == CLOSE:
            code = _close_code(payload)
            if self._parts is not None:
                raise Broken(BROKEN_RULE, "incomplete fragmented message")
            sink.closed(code, payload)

    def _data(self, opcode: int, payload: bytes, *, is_final: bool, sink: Sink) -> None:
        if opcode == CONTINUATION:
            if self._parts is None:
                raise Broken(BROKEN_RULE, "unexpected continuation frame")
            if len(self._parts) == FRAGMENTS_MAX:
                raise Broken(TOO_BIG, "too many fragments")
            self._parts.append(payload)
        elif self._parts is not None:
            raise Broken(BROKEN_RULE, "expected a continuation frame")
        else:
            self._kind, self._parts = opcode, [payload]
        self._size += len(payload)
        if is_final:
            message, kind = b"".join(self._parts), self._kind
            self._kind, self._parts, self._size = CONTINUATION, None, 0
            if kind == TEXT:
                sink.text(_text(message))
            else:
                sink.binary(message)


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise Broken(NOT_TEXT, f"{error.reason} at position {error.start}") from None


def _close_code(payload: bytes) -> int:
    """What the client says by closing. Raises `Broken` for what no client may say."""
    if not payload:
        return NO_CODE
    if len(payload) < CODE_BYTES:
        raise Broken(BROKEN_RULE, "close frame too short")
    code = int.from_bytes(payload[:CODE_BYTES], "big")
    _text(payload[CODE_BYTES:])
    if code not in _CODES and code not in _OWN_CODES:
        raise Broken(BROKEN_RULE, "invalid status code")
    return code
