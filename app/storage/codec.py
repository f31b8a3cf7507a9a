"""How an event becomes bytes and bytes become an event again, for ever."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from app.domain.events import FACTS, Event, Fact

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("refund.started", 1): lambda members: {**members, "rounding": 0, "reason": ""},
}
"""`(kind, v)` to the function that makes the members of version `v + 1` from those of `v`."""

NO_HASH = bytes(32)
"""What stands before the first event of a stream."""

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


class Unreadable(ValueError):
    """Stored bytes that are not an event this program knows."""


def chained(previous: bytes, body: bytes) -> bytes:
    """The hash of an event: over the hash before it and its own bytes."""
    return hashlib.sha256(previous + body).digest()


class Codec:
    """Writes events as canonical JSON and reads every version of them that was ever written."""

    def __init__(
        self,
        facts: Mapping[str, type[Fact]] = FACTS,
        upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    ) -> None:
        self._facts = facts
        self._upcasters = upcasters
        self._readers: dict[str, TypeAdapter[Fact]] = {}

    def encode(self, stream: str, event: Event) -> bytes:
        """The bytes that are hashed and kept: keys sorted, no spaces, times in UTC, members named by one letter."""
        fact = event.fact
        # A dataclass keeps its own order of members; a dict of them can be sorted.
        members = orjson.loads(orjson.dumps(fact, option=_CANONICAL))
        return orjson.dumps(
            {
                "at": event.at.astimezone(UTC),
                "by": event.by,
                "d": members,
                "k": fact.kind,
                "m": event.cause,
                "n": event.seq,
                "s": stream,
                "v": fact.v,
            },
            option=_CANONICAL,
        )

    def decode(self, body: bytes) -> Event:
        """The event in these bytes, in its newest shape; raises `Unreadable`."""
        try:
            raw = orjson.loads(body)
            return Event(
                seq=raw["n"],
                at=datetime.fromisoformat(raw["at"]),
                by=raw["by"],
                cause=raw["m"],
                fact=self._fact(raw["k"], raw["v"], raw["d"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"not an event: {error}") from error

    def _fact(self, kind: str, v: int, members: dict[str, Any]) -> Fact:
        fact = self._facts[kind]
        while v < fact.v:
            members = self._upcasters[kind, v](members)
            v += 1
        if kind not in self._readers:
            self._readers[kind] = TypeAdapter(fact)
        return self._readers[kind].validate_python(members)
