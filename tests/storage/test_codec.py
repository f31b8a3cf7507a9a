from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import orjson
import pytest

from app.domain.events import FACTS, CoversChanged, Event, PaymentStarted
from app.storage.codec import NO_HASH, Codec, Unreadable, chained
from tests.storage.making import NOON

CODEC = Codec()


def event(fact: Any, **more: Any) -> Event:
    return Event(**({"seq": 1, "at": NOON, "by": "g1", "fact": fact, "cause": None} | more))


def test_the_bytes_of_an_event_are_canonical_json() -> None:
    body = CODEC.encode("s1", event(CoversChanged(4), cause="phone:1"))
    assert body == (
        b'{"at":"2026-11-21T12:00:00.123456Z","by":"g1","d":{"covers":4},"k":"covers.changed",'
        b'"m":"phone:1","n":1,"s":"s1","v":1}'
    )


def test_members_of_a_fact_are_sorted_too() -> None:
    fact = PaymentStarted("p1", "g1", "card", 5, 0, 0, {"l2": {"b": 1, "a": 2}, "l1": {}}, {}, None)
    members = orjson.loads(CODEC.encode("s1", event(fact)))["d"]
    assert list(members) == sorted(members)
    assert list(members["allocations"]["l2"]) == ["a", "b"]


def test_the_same_moment_in_another_zone_is_the_same_bytes() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert CODEC.encode("s1", event(CoversChanged(1))) == CODEC.encode("s1", event(CoversChanged(1), at=there))


def example(hint: Any) -> Any:
    """Some value of a type, as facts are made of."""
    origin, members = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return hint(**{field.name: example(hints[field.name]) for field in fields(hint)})
    if origin is Literal:
        return members[-1]
    if origin is dict:
        return {"k2": example(members[1]), "k1": example(members[1])}
    if origin is tuple:
        return (example(members[0]), example(members[0]))
    if origin in {Union, UnionType}:
        return example(members[0])
    return {str: "é", int: 2**53 + 1, bool: True, datetime: NOON}[hint]


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_fact_comes_back_as_it_was(kind: str) -> None:
    written = event(example(FACTS[kind]), cause="a:1")
    body = CODEC.encode("s1", written)
    assert CODEC.decode(body) == written
    assert CODEC.encode("s1", CODEC.decode(body)) == body


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_comes_back_without_what_it_may_lack(kind: str) -> None:
    hints = get_type_hints(FACTS[kind])
    absent = {name: None for name, hint in hints.items() if NoneType in get_args(hint)}
    written = event(replace(example(FACTS[kind]), **absent))
    assert CODEC.decode(CODEC.encode("s1", written)) == written


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"k":"covers.changed"}'])
def test_bytes_that_are_no_event_are_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        CODEC.decode(body)


def test_an_unknown_kind_is_unreadable() -> None:
    body = CODEC.encode("s1", event(CoversChanged(4))).replace(b"covers.changed", b"covers.doubled")
    with pytest.raises(Unreadable):
        CODEC.decode(body)


@dataclass(frozen=True, slots=True)
class CoversCounted:
    kind: ClassVar[str] = "covers.changed"
    v: ClassVar[int] = 3
    people: int
    children: int


def test_an_old_event_is_read_in_its_newest_shape() -> None:
    def second(members: dict[str, Any]) -> dict[str, Any]:
        return {"people": members["covers"]}

    def third(members: dict[str, Any]) -> dict[str, Any]:
        return {**members, "children": 0}

    facts: Any = {"covers.changed": CoversCounted}
    newer = Codec(facts, {("covers.changed", 1): second, ("covers.changed", 2): third})
    old = CODEC.encode("s1", event(CoversChanged(4)))
    assert newer.decode(old).fact == CoversCounted(4, 0)
    with pytest.raises(Unreadable):
        Codec(facts, {}).decode(old)


def test_a_hash_covers_everything_before_it() -> None:
    first = chained(NO_HASH, b"a")
    assert chained(first, b"b") != chained(NO_HASH, b"b")
    assert first == chained(NO_HASH, b"a")
    assert len(first) == 32


def test_facts_hold_only_what_the_codec_can_write_and_read() -> None:
    """A set or a tuple as a key would be lost on the way to JSON and back."""
    for fact in FACTS.values():
        for hint in get_type_hints(fact).values():
            assert get_origin(hint) not in {set, frozenset}
            if get_origin(hint) is dict:
                assert get_args(hint)[0] is str


def test_a_time_without_microseconds_comes_back_equal() -> None:
    written = event(CoversChanged(1), at=datetime(2026, 1, 1, tzinfo=NOON.tzinfo))
    assert CODEC.decode(CODEC.encode("s1", written)) == written
