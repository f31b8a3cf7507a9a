"""The rules of RFC 6455, held against the state machine of `websockets`: the same bytes in, the same of everything."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import settings
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SERVER, Protocol
from websockets.utils import apply_mask

from realtime.rfc6455 import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FRAGMENTS_MAX,
    PING,
    PONG,
    TEXT,
    BadHandshake,
    Broken,
    Receiver,
    accept_key,
    close_frame,
    control_frame,
)

BYTES_MAX = 2000
FRAMES_PER_STREAM = 40
IS_THOROUGH = settings().max_examples >= 1000
STREAMS = 50_000 if IS_THOROUGH else 500  # In the thorough run a million frames are taken.
GARBLED = 10_000 if IS_THOROUGH else 100

ASKED = [
    (b"host", b"example.org"),
    (b"upgrade", b"websocket"),
    (b"connection", b"keep-alive, Upgrade"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]


@dataclass
class Heard:
    """What became of a stream: messages in order, what was answered, and how it ended."""

    messages: list[str | bytes] = field(default_factory=list)
    sent: bytes = b""
    is_deaf: bool = False
    code: int | None = None

    def text(self, message: str) -> None:
        self.messages.append(message)

    def binary(self, message: bytes) -> None:
        self.messages.append(message)

    def ping(self, payload: bytes) -> None:
        self.sent += control_frame(PONG, payload)

    def closed(self, code: int, payload: bytes) -> None:
        self.sent += control_frame(CLOSE, payload)
        self.code, self.is_deaf = code, True

    def broke(self, broken: Broken) -> None:
        self.sent += close_frame(broken.code, "" if broken.code == CloseCode.MESSAGE_TOO_BIG else broken.reason)
        self.code, self.is_deaf = broken.code, True


def ours(pieces: Iterable[bytes]) -> Heard:
    heard, receiver = Heard(), Receiver(BYTES_MAX)
    for piece in pieces:
        if heard.is_deaf:
            break
        try:
            receiver.feed(piece, heard)
        except Broken as broken:
            heard.broke(broken)
    return heard


def theirs(pieces: Iterable[bytes]) -> Heard:
    """The same by `websockets`, which leaves it to its caller to see whether a text is one."""
    heard, protocol = Heard(), Protocol(SERVER, max_size=BYTES_MAX)
    parts: list[bytes] = []
    kind = Opcode.TEXT
    for piece in pieces:
        protocol.receive_data(piece)
        for frame in protocol.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                kind, parts = frame.opcode, []
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                parts.append(bytes(frame.data))
                if frame.fin and not _take(heard, protocol, kind, b"".join(parts)):
                    break
        heard.sent += b"".join(protocol.data_to_send())
        if protocol.close_sent is not None or protocol.close_rcvd is not None:
            heard.is_deaf = True
            heard.code = (protocol.close_sent or protocol.close_rcvd).code  # type: ignore[union-attr]
            if heard.code == CloseCode.MESSAGE_TOO_BIG and protocol.close_rcvd is None:
                heard.sent = heard.sent[: heard.sent.rindex(b"\x03\xf1") - 1] + b"\x02\x03\xf1"
            break
    return heard


def _take(heard: Heard, protocol: Protocol, kind: Opcode, message: bytes) -> bool:
    if kind is Opcode.BINARY:
        heard.messages.append(message)
        return True
    try:
        heard.messages.append(message.decode())
    except UnicodeDecodeError as error:
        protocol.fail(CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}")
        return False
    return True


def frame(first: int, payload: bytes, mask: bytes = b"\x0a\x0b\x0c\x0d", width: int = 0) -> bytes:
    """A masked frame; `width` says its size in more bytes than it needs."""
    size = len(payload)
    if width == 8 or size >= 1 << 16:
        head = bytes((first, 0xFF)) + struct.pack("!Q", size)
    elif width == 2 or size >= 126:
        head = bytes((first, 0xFE)) + struct.pack("!H", size)
    else:
        head = bytes((first, 0x80 | size))
    return head + mask + apply_mask(payload, mask)


def some_stream(chance: Random, length: int) -> list[bytes]:
    """Mostly what clients send, now and then what none should."""
    frames, is_inside = [], False
    for _ in range(length):
        opcode = some_opcode(chance, is_inside=is_inside)
        is_final = chance.random() < (0.99 if opcode >= CLOSE else 0.6)
        if opcode < CLOSE:
            is_inside = not is_final
        frames.append(some_frame(chance, opcode | (0x80 if is_final else 0)))
    return frames


def some_opcode(chance: Random, *, is_inside: bool) -> int:
    if chance.random() < 0.02:
        return chance.choice([TEXT, BINARY, CONTINUATION, CLOSE, 3, 11])
    if chance.random() < 0.25:
        return chance.choice([PING, PONG])
    return CONTINUATION if is_inside else chance.choice([TEXT, TEXT, TEXT, BINARY])


def some_frame(chance: Random, first: int) -> bytes:
    opcode = first & 0x0F
    if chance.random() < 0.003:
        first |= chance.choice([0x10, 0x20, 0x40])
    size = chance.choice([0, 1, 2, 3, 20, 124, 125, 126, 127, 300])
    if chance.random() < 0.005:
        size = BYTES_MAX + chance.choice([0, 1])
    if opcode >= CLOSE and chance.random() < 0.99:
        size = min(size, 125)
    payload = some_payload(chance, opcode, size)
    made = frame(first, payload, chance.randbytes(4), chance.choice([0, 0, 0, 2, 8]) if chance.random() < 0.2 else 0)
    return made if chance.random() > 0.002 else bytes((made[0], made[1] & 0x7F)) + made[2:]


def some_payload(chance: Random, opcode: int, size: int) -> bytes:
    if opcode == CLOSE and chance.random() < 0.9:
        code = chance.choice([1000, 1001, 1003, 1004, 1005, 1006, 1011, 1014, 1015, 2999, 3000, 4999, 5000, 0])
        return (struct.pack("!H", code) + "Auf Wiedersehen, ¡adiós!".encode())[: 2 + min(size, 20)]
    if opcode == BINARY or chance.random() < 0.005:
        return chance.randbytes(size)
    return ("Zwölf Boxkämpfer, 2 €, 🍰 " * 70)[: size // 4].encode() if chance.random() < 0.3 else b"x" * size


def pieces(chance: Random, data: bytes) -> list[bytes]:
    """The stream as the network might cut it."""
    cuts = sorted(chance.sample(range(len(data) + 1), k=min(len(data), chance.choice([0, 1, 3, 20]))))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def test_streams_of_frames_mean_the_same_to_both() -> None:
    for seed in range(STREAMS):
        chance = Random(seed)
        frames = some_stream(chance, FRAMES_PER_STREAM)
        assert ours(pieces(chance, b"".join(frames))) == theirs(frames), f"seed {seed}"


def test_garbled_streams_mean_the_same_to_both() -> None:
    for seed in range(GARBLED):
        chance = Random(seed)
        data = bytearray(b"".join(some_stream(chance, 4)))
        for _ in range(chance.choice([1, 2, 5])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        garbled = bytes(data)
        assert ours(pieces(chance, garbled)) == theirs(bytes((byte,)) for byte in garbled), f"seed {seed}"


def test_a_message_of_empty_fragments_does_not_grow_for_ever() -> None:
    heard = ours([frame(TEXT, b""), *[frame(CONTINUATION, b"")] * FRAGMENTS_MAX])
    assert heard.code == CloseCode.MESSAGE_TOO_BIG


def test_the_handshake_is_answered_as_the_standard_shows() -> None:
    assert accept_key(ASKED) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        (b"upgrade", b"h2c", 426),
        (b"connection", b"close", 426),
        (b"sec-websocket-version", b"8", 426),
        (b"sec-websocket-key", b"", 400),
        (b"sec-websocket-key", b"c2hvcnQ=", 400),
        (b"sec-websocket-key", b"not base64 at all!!", 400),
    ],
)
def test_a_wrong_handshake_is_refused(name: bytes, value: bytes, status: int) -> None:
    with pytest.raises(BadHandshake) as refused:
        accept_key([(each, value if each == name else given) for each, given in ASKED])
    assert refused.value.status == status


def test_a_handshake_with_two_keys_is_refused() -> None:
    with pytest.raises(BadHandshake):
        accept_key([*ASKED, ASKED[-1]])
