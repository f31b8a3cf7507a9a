import contextlib
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode
from websockets.protocol import CLIENT, Protocol

from realtime import frames
from realtime.errors import BadRequest, Malformed
from realtime.frames import Do, Hello, Join, Pong, Position, Sync, decode, text_bodies, text_frame

AT = datetime(2026, 11, 21, 18, 4, 5, 123456, UTC)

# The examples of the protocol's document, word for word.
INCOMING = [
    (
        '{"t":"hello","v":1,"cid":"c_91","app":"guest/1.4","rooms":[{"r":"table:01J","since":{"e":"x7f2","n":1839}}]}',
        Hello("c_91", (Join("table:01J", Position("x7f2", 1839)),), "guest/1.4"),
    ),
    (
        '{"t":"do","id":17,"r":"table:01J","k":"claims.set","d":{"line":"l_4","guest":"g_3","parts":1}}',
        Do(17, "table:01J", "claims.set", {"line": "l_4", "guest": "g_3", "parts": 1}),
    ),
    ('{"t":"pong"}', Pong()),
    ('{"t":"sync","r":"table:01J","n":1843}', Sync("table:01J", 1843)),
    ('{"t":"hello","v":1,"cid":"c_1","token":"secret"}', Hello("c_1", (), token="secret")),
    ('{"t":"pong","mood":"good"}', Pong()),
    ('{"t":"do","id":1,"r":"a","k":"b"}', Do(1, "a", "b", {})),
]

OUTGOING: list[tuple[frames.Outgoing, str]] = [
    (
        frames.Welcome("s_5c1", AT, 25, {"frame_bytes": 16384, "burst": 20, "per_s": 5}),
        (
            '{"t":"welcome","v":1,"sid":"s_5c1","now":"2026-11-21T18:04:05.123456Z","ping_s":25,'
            '"limits":{"frame_bytes":16384,"burst":20,"per_s":5}}'
        ),
    ),
    (
        frames.Resumed("table:01J", "x7f2", 1839, 1842, 16),
        '{"t":"resumed","r":"table:01J","e":"x7f2","from":1839,"to":1842,"mid":16}',
    ),
    (
        frames.Snap("table:01J", "x7f2", 1842, 16, "first", b'{"whole":"view"}'),
        '{"t":"snap","r":"table:01J","e":"x7f2","n":1842,"mid":16,"why":"first","d":{"whole":"view"}}',
    ),
    (frames.Err("forbidden", room="table:01J"), '{"t":"err","r":"table:01J","code":"forbidden","retry":false}'),
    (frames.Ack(17, "table:01J", 1843), '{"t":"ack","id":17,"r":"table:01J","n":1843}'),
    (frames.Ack(17, "table:01J", 1843, dup=True), '{"t":"ack","id":17,"r":"table:01J","n":1843,"dup":true}'),
    (
        frames.Err("already_paid", room="table:01J", id=17, msg="Ana has paid for Tacos", n=1843),
        (
            '{"t":"err","id":17,"r":"table:01J","code":"already_paid","retry":false,"msg":"Ana has paid for Tacos",'
            '"n":1843}'
        ),
    ),
    (frames.Ping("table:01J", 1843), '{"t":"ping","r":"table:01J","n":1843}'),
    (frames.Head("table:01J", 1843), '{"t":"head","r":"table:01J","n":1843}'),
    (
        frames.Pres("table:01J", 32, ("g_1",), ("g_2",)),
        '{"t":"pres","r":"table:01J","pv":32,"on":["g_1"],"off":["g_2"]}',
    ),
    (
        frames.Pres("table:01J", 32, ("g_1",), full=True),
        '{"t":"pres","r":"table:01J","pv":32,"on":["g_1"],"off":[],"full":true}',
    ),
    (frames.Bye(1012, (300, 8000)), '{"t":"bye","code":1012,"retry_ms":[300,8000]}'),
    (frames.Bye(4501), '{"t":"bye","code":4501}'),
]


@pytest.mark.parametrize(("text", "frame"), INCOMING)
def test_what_a_client_says_is_understood(text: str, frame: frames.Incoming) -> None:
    assert decode(text) == frame


@pytest.mark.parametrize(("frame", "text"), OUTGOING)
def test_what_a_client_hears_is_what_the_protocol_shows(frame: frames.Outgoing, text: str) -> None:
    assert frame.encode().decode() == text


def test_an_event_is_encoded_as_the_protocol_shows() -> None:
    patch = {"lines": {"l_4": {"claims": {"g_3": 1}}}}
    body = frames.encode_event("table:01J", 1843, "claims.changed", at=AT, by="g_3", patch=patch, cause="c_91:17")
    assert body.decode() == (
        '{"t":"ev","r":"table:01J","n":1843,"k":"claims.changed","at":"2026-11-21T18:04:05.123456Z","by":"g_3",'
        '"m":"c_91:17","d":{"lines":{"l_4":{"claims":{"g_3":1}}}}}'
    )


def test_an_event_that_no_command_caused_says_nothing_of_one() -> None:
    body = frames.encode_event("a", 1, "k", at=AT, by="system", patch=orjson.Fragment(b'{"a":1}'))
    assert "m" not in orjson.loads(body)
    assert orjson.loads(body)["d"] == {"a": 1}


def test_an_event_of_a_room_without_a_log_gets_its_number_later() -> None:
    body = frames.encode_event("floor:1", 0, "k", at=AT, by="system", patch={"n": 0})
    numbered = frames.renumber(body, "floor:1", 7)
    assert numbered == frames.encode_event("floor:1", 7, "k", at=AT, by="system", patch={"n": 0})
    with pytest.raises(ValueError, match="n = 0"):
        frames.renumber(numbered, "floor:1", 8)


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[]", "1", '"hello"', "null", '{"t":}', "\ud800"])
def test_what_is_no_json_object_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        decode(text)


@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"t": "launch"},
        {"t": 1},
        {"t": "do", "id": 1, "r": "a", "k": "b", "d": []},
        {"t": "do", "id": 1, "r": "a", "k": 5},
        {"t": "do", "id": 1, "r": "a", "k": "x" * 65},
        {"t": "do", "id": 0, "r": "a", "k": "b"},
        {"t": "do", "id": -1, "r": "a", "k": "b"},
        {"t": "do", "id": 1.5, "r": "a", "k": "b"},
        {"t": "do", "id": True, "r": "a", "k": "b"},
        {"t": "do", "id": 2**53, "r": "a", "k": "b"},
        {"t": "do", "id": "1", "r": "a", "k": "b"},
        {"t": "do", "id": 1, "k": "b"},
        {"t": "do", "id": 1, "r": "", "k": "b"},
        {"t": "do", "id": 1, "r": "x" * 201, "k": "b"},
        {"t": "sync", "r": "a"},
        {"t": "sync", "r": "a", "n": -1},
        {"t": "hello", "v": 2, "cid": "c"},
        {"t": "hello", "v": 1},
        {"t": "hello", "v": 1, "cid": "a:b"},
        {"t": "hello", "v": 1, "cid": "x" * 65},
        {"t": "hello", "v": 1, "cid": "c", "rooms": {}},
        {"t": "hello", "v": 1, "cid": "c", "rooms": ["a"]},
        {"t": "hello", "v": 1, "cid": "c", "rooms": [{"r": "a", "since": 5}]},
        {"t": "hello", "v": 1, "cid": "c", "rooms": [{"r": "a", "since": {"e": 1, "n": 1}}]},
        {"t": "hello", "v": 1, "cid": "c", "token": 7},
        {"t": "hello", "v": 1, "cid": "c", "app": 7},
    ],
)
def test_an_object_that_fits_nothing_is_a_bad_request(frame: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        decode(orjson.dumps(frame))


def test_a_bad_command_is_answered_with_its_own_number() -> None:
    with pytest.raises(BadRequest) as refused:
        decode('{"t":"do","id":9,"r":"a","d":{}}')
    assert (refused.value.id, refused.value.room) == (9, "a")


def test_a_token_is_not_shown_where_a_hello_is_printed() -> None:
    assert "hunter2" not in repr(Hello("c", (), token="hunter2"))


@given(st.text())
def test_no_text_makes_the_decoder_fail_otherwise(text: str) -> None:
    with contextlib.suppress(Malformed, BadRequest):
        decode(text)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 70000])
def test_a_frame_is_what_the_websockets_library_reads(size: int) -> None:
    body = b"a" * size
    client = Protocol(CLIENT, max_size=None)
    client.receive_data(text_frame(body))
    (frame,) = client.events_received()
    assert (frame.opcode, frame.fin, frame.data) == (Opcode.TEXT, True, body)  # type: ignore[union-attr]


@given(st.lists(st.binary(max_size=300) | st.integers(0, 70000).map(bytes), max_size=8))
def test_joined_frames_come_apart_again(bodies: list[bytes]) -> None:
    assert list(text_bodies(b"".join(map(text_frame, bodies)))) == bodies
