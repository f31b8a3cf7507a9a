"""One long evening, written down: commands in, events and final totals out (`golden/evening.json`).

`replay` decides the commands again and yields what would be appended to the log, so that the same evening can be run
against a database. After a wanted change of rules or facts, `python -m tests.domain.evening` writes the outcome anew;
the difference is then a part of the review.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import orjson
from pydantic import TypeAdapter

from app.domain import commands as cm
from app.domain.bill import EMPTY, Bill
from app.domain.decide import decide, followed
from app.domain.events import FACTS, Event, Fact
from app.domain.evolve import evolve
from app.domain.moving import merge, move_lines
from app.domain.refusals import Refusal
from app.domain.view import view
from app.storage.codec import NO_HASH, Codec, chained

__all__ = ["GOLDEN", "Turn", "load", "outcome", "replay"]

GOLDEN = Path(__file__).parent / "golden" / "evening.json"

COMMANDS: Mapping[str, type[Any]] = {command.__name__: command for command in get_args(cm.Command)}
PAYS: Mapping[str, type[Any]] = {pays.__name__: pays for pays in get_args(cm.Pays)}
WHO = TypeAdapter(cm.Actor)


@dataclass(frozen=True)
class Turn:
    """Facts for one stream that were decided on its version `expected`, and the bill that they make."""

    stream: str
    expected: int
    facts: tuple[Fact, ...]
    by: str
    at: datetime
    bill: Bill

    @property
    def events(self) -> list[Event]:
        """The facts as the log will number them."""
        return [Event(self.expected + n, self.at, self.by, fact) for n, fact in enumerate(self.facts, start=1)]


def load() -> dict[str, Any]:
    """The evening as it was written down."""
    evening: dict[str, Any] = orjson.loads(GOLDEN.read_bytes())
    return evening


def replay(steps: list[dict[str, Any]]) -> Iterator[tuple[Turn, ...]]:
    """Decide the steps one after another. Each answer is one append: of one stream, or of two together."""
    bills: dict[str, Bill] = {}
    for step in steps:
        turns = tuple(_turns(step, bills))
        for turn in turns:
            bills[turn.stream] = turn.bill
        yield turns


def _turns(step: dict[str, Any], bills: Mapping[str, Bill]) -> Iterator[Turn]:
    by, at = WHO.validate_python(step["by"]), datetime.fromisoformat(step["at"])
    for stream, facts in _decided(step, by, at, bills).items():
        bill = before = bills.get(stream, EMPTY)
        for fact in facts:
            bill = evolve(bill, Event(bill.version + 1, at, by.id, fact))
        yield Turn(stream, before.version, facts, by.id, at, bill)


def _decided(
    step: dict[str, Any], by: cm.Actor, at: datetime, bills: Mapping[str, Bill]
) -> dict[str, tuple[Fact, ...]]:
    members, on = step["d"], step["on"]
    bill = bills.get(on, EMPTY)
    match step["k"]:
        case "move_lines" | "merge" as name:
            two = move_lines if name == "move_lines" else merge
            target = bills[members.pop("to")]
            outcome = two(bill, target, **{key: _tuple(each) for key, each in members.items()})
            assert not isinstance(outcome, Refusal), outcome
            both = zip((bill, target), outcome, strict=True)
            return {each.session: followed(each, facts, at) for each, facts in both}
        case name if name in FACTS:
            return {on: (TypeAdapter(FACTS[name]).validate_python(members),)}
        case name:
            decided = decide(bill, _command(name, members), by=by, now=at)
            assert not isinstance(decided, Refusal), f"{step}: {decided}"
            return {on: decided}


def _command(name: str, members: dict[str, Any]) -> cm.Command:
    if pays := members.get("pays"):
        given = {key: _tuple(each) for key, each in pays.items() if key != "k"}
        members = {**members, "pays": PAYS[pays["k"]](**given)}
    command: cm.Command = TypeAdapter(COMMANDS[name]).validate_python(members)
    return command


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def outcome(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """What the steps come to: the events of each stream, the hash of its last event, and its final totals."""
    codec = Codec()
    bills: dict[str, Bill] = {}
    heads: dict[str, bytes] = {}
    events: dict[str, list[Any]] = {}
    for turn in (turn for turns in replay(steps) for turn in turns):
        bills[turn.stream] = turn.bill
        for event in turn.events:
            body = codec.encode(turn.stream, event)
            heads[turn.stream] = chained(heads.get(turn.stream, NO_HASH), body)
            events.setdefault(turn.stream, []).append(orjson.loads(body))
    return {
        "events": events,
        "heads": {stream: head.hex() for stream, head in heads.items()},
        "totals": {stream: view(bill, {})["totals"] for stream, bill in bills.items()},
        "status": {stream: bill.status for stream, bill in bills.items()},
    }


def written(steps: list[dict[str, Any]]) -> bytes:
    """The golden file: a step or an event on each line."""
    result = outcome(orjson.loads(orjson.dumps(steps)))
    rows = [b'{"steps":[', b",\n".join(orjson.dumps(step) for step in steps), b'],\n"events":{']
    for number, (stream, events) in enumerate(result["events"].items()):
        lines = b",\n".join(orjson.dumps(event) for event in events)
        rows.append((b"," if number else b"") + orjson.dumps(stream) + b":[\n" + lines + b"]")
    rest = [orjson.dumps(name) + b":" + orjson.dumps(result[name]) for name in ("heads", "totals", "status")]
    return b"\n".join([*rows, b"},", b",\n".join(rest), b"}\n"])


if __name__ == "__main__":
    GOLDEN.write_bytes(written(load()["steps"]))
