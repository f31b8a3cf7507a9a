"""The written evening comes out to the byte, today and after every change."""

from app.domain import events as ev
from tests.domain.evening import GOLDEN, load, outcome, replay, written


def test_the_same_commands_make_the_same_events_totals_and_hashes() -> None:
    evening = load()
    result = outcome(evening["steps"])
    assert {name: evening[name] for name in result} == result


def test_the_written_evening_is_what_writing_it_again_gives() -> None:
    assert GOLDEN.read_bytes() == written(load()["steps"])


def test_versions_have_no_hole_and_every_turn_names_the_version_it_was_decided_on() -> None:
    versions: dict[str, int] = {}
    for turn in (turn for turns in replay(load()["steps"]) for turn in turns):
        assert turn.expected == versions.get(turn.stream, 0)
        versions[turn.stream] = turn.bill.version
        assert [event.seq for event in turn.events] == list(range(turn.expected + 1, turn.bill.version + 1))


def test_every_fact_happens_in_the_evening() -> None:
    kinds = {event["k"] for events in load()["events"].values() for event in events}
    assert kinds == ev.FACTS.keys()
