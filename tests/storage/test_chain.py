from dataclasses import replace

import pytest

from app.domain.events import CoversChanged, Event
from app.storage.appends import Head
from app.storage.chain import Fault, Link, faults
from app.storage.codec import NO_HASH, Codec, chained
from tests.storage.making import NOON

CODEC = Codec()


def links(stream: str = "s1", count: int = 3) -> list[Link]:
    made, digest = [], NO_HASH
    for seq in range(1, count + 1):
        body = CODEC.encode(stream, Event(seq, NOON, "g1", CoversChanged(seq), None))
        digest = chained(digest, body)
        made.append(Link(seq, NOON, "g1", "covers.changed", 1, None, body, digest))
    return made


def head(version: int, digest: bytes) -> Head:
    return Head("s1", "epoch", version, digest, "open", "t1", "r1")


def found(chain: list[Link], version: int | None = None, digest: bytes | None = None) -> list[Fault]:
    last = chain[-1].hash if chain else NO_HASH
    return faults(head(len(chain) if version is None else version, digest or last), chain, CODEC)


def test_a_whole_chain_has_no_fault() -> None:
    assert found(links()) == []
    assert found([]) == []


def test_a_hole_is_a_fault_where_it_begins() -> None:
    chain = links()
    assert [fault.seq for fault in found([chain[0], chain[2]])] == [2]


@pytest.mark.parametrize("change", [{"by": "x"}, {"kind": "x"}, {"cause": "a:1"}, {"at": NOON.replace(year=2027)}])
def test_a_column_that_differs_from_the_bytes_is_a_fault(change: dict[str, object]) -> None:
    chain = links()
    chain[1] = replace(chain[1], **change)  # type: ignore[arg-type]  # one column of any kind
    assert [(fault.seq, fault.what) for fault in found(chain)] == [(2, "a column differs from the hashed bytes")]


def test_bytes_of_another_stream_are_a_fault_though_their_hashes_chain() -> None:
    assert [fault.what for fault in found(links("s2"))] == ["the bytes are not this stream's, or not canonical"]


def test_bytes_that_are_no_event_are_a_fault_though_their_hash_is_right() -> None:
    bad = replace(links()[0], body=b"{}", hash=chained(NO_HASH, b"{}"))
    assert [fault.seq for fault in found([bad])] == [1]


def test_a_head_that_is_elsewhere_is_a_fault() -> None:
    assert [fault.seq for fault in found(links(), version=4)] == [0]
    assert [fault.what for fault in found(links(), digest=b"x" * 32)] == ["the head's hash is not the last event's"]
