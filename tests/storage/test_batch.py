import pytest

from app.storage.appends import Append, Committed, Conflict, Duplicate, Head, Reused, Run, TakePortions
from app.storage.batch import Plan, Planner, commands_of, streams_of
from app.storage.codec import NO_HASH, Codec, chained
from tests.storage.making import append, command, facts, opening

HEAD = Head("s1", "epoch", 3, b"h" * 32, "open", "t1", "r1")
PLANNER = Planner(Codec(), lambda: "fresh")


def plan(*groups: tuple[Append, ...], head: Head | None = HEAD) -> Plan:
    return PLANNER.plan(groups, {head.stream: head} if head else {}, {("s1", "phone", 1): (b"a", 2)})


def names(planned: Plan) -> list[str]:
    return [type(outcome).__name__ for outcome in planned.outcomes]


def test_appends_of_one_stream_build_on_each_other() -> None:
    planned = plan((append("s1", 3, facts=facts(1, 2)),), (append("s1", 5, status="settling"),))
    assert [row[1] for row in planned.events] == [4, 5, 6]
    hashes = [HEAD.hash, *(row[8] for row in planned.events)]
    for before, row in zip(hashes, planned.events, strict=False):
        assert row[8] == chained(before, row[7])
    (stream,) = planned.grown()
    assert (stream.head.version, stream.head.hash, stream.head.status) == (6, hashes[-1], "settling")


def test_a_conflict_leaves_no_trace_in_the_batch() -> None:
    planned = plan((append("s1", 2, command=command(9), rows=(TakePortions("cake", 1),)),), (append("s1", 3),))
    assert names(planned) == ["Conflict", "tuple"]
    assert (planned.commands, planned.portions, len(planned.events)) == ({}, {}, 1)


def test_nothing_stands_on_what_failed_even_where_the_version_fits_by_chance() -> None:
    run = Run()
    others = (append("s1", 3),)
    planned = plan(others, (append("s1", 3, run=run),), (append("s1", 4, run=run),), (append("s1", 4),))
    assert names(planned) == ["tuple", "Conflict", "Conflict", "tuple"]
    assert run.failed


def test_a_command_that_was_applied_is_told_so_though_what_it_stands_on_failed() -> None:
    assert names(plan((append("s1", 9, command=command(1), run=Run(failed=True)),))) == ["Duplicate"]


def test_a_group_is_planned_whole_or_not_at_all() -> None:
    planned = plan((append("s1", 3), append("s2", 1)))
    assert names(planned) == ["Conflict"]
    assert planned.is_empty


def test_a_repeated_command_is_told_before_the_version_is_looked_at() -> None:
    planned = plan((append("s1", 1, command=command(1)),), (append("s1", 3, command=command(1, "b")),))
    assert names(planned) == ["Duplicate", "Reused"]
    again = planned.outcomes[0]
    assert isinstance(again, Duplicate)
    assert again.version == 2


def test_a_command_twice_in_one_batch_is_applied_once() -> None:
    planned = plan((append("s1", 3, command=command(5)),), (append("s1", 3, command=command(5)),))
    assert names(planned) == ["tuple", "Duplicate"]
    twice = plan((append("s1", 3, command=command(5)), append("s1", 4, command=command(5, "b"))))
    assert isinstance(twice.outcomes[0], Reused)


def test_a_stream_that_opens_gets_an_epoch_and_goes_on_in_the_same_batch() -> None:
    planned = plan((opening("s9", facts=facts(1)),), (append("s9", 1, status="closed"),), head=None)
    (stream,) = planned.opened()
    assert (stream.head.epoch, stream.head.version, stream.head.status) == ("fresh", 2, "closed")
    assert planned.events[0][8] == chained(NO_HASH, planned.events[0][7])
    assert (planned.grown(), planned.ended()) == ([], [])
    first = planned.outcomes[0]
    assert isinstance(first, tuple)
    assert first == (Committed("s9", "fresh", first[0].events, 1),)


@pytest.mark.parametrize("wrong", [append("s9", 0), append("s9", 4), opening("s1")])
def test_a_stream_begins_by_being_opened_and_once(wrong: Append) -> None:
    assert isinstance(plan((wrong,)).outcomes[0], Conflict)


def test_portions_of_a_batch_are_added_up() -> None:
    order = append("s1", 3, rows=(TakePortions("cake", 1), TakePortions("cake", 2), TakePortions("soup", 1)))
    planned = plan((order,), (append("s1", 4, rows=(TakePortions("cake", -1),)),))
    assert planned.portions == {"cake": 2, "soup": 1}


def test_everybody_locks_streams_in_one_order() -> None:
    groups = [(append("b", 0), append("a", 0, command=command(1))), (append("c", 0), append("a", 1))]
    assert streams_of(groups) == ["a", "b", "c"]
    assert commands_of(groups) == [("a", "phone", 1)]
