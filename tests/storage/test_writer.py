import asyncio
from collections.abc import Sequence

import pytest

from app.storage.appends import Committed, Conflict, Run, Unavailable
from app.storage.batch import Group, Outcome
from app.storage.writer import BATCH_MAX, TRIES_MAX, Writer
from tests.storage.making import append


class Passing(Exception):
    """An error that goes away."""


class Poison(Exception):
    """An error that does not."""


class Committer:
    """Commits to a list. Waits for `gate`, and fails for as long as `troubles` has something for the batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.troubles: list[tuple[str, Exception]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_closed = False

    async def commit(self, groups: Sequence[Group]) -> list[Outcome]:
        await self.gate.wait()
        streams = [group[0].stream for group in groups]
        for trouble in self.troubles:
            if trouble[0] in streams:
                if isinstance(trouble[1], Passing):
                    self.troubles.remove(trouble)
                raise trouble[1]
        self.batches.append(streams)
        return [(Committed(stream, "e", (), 1),) for stream in streams]

    def meaning(self, error: Exception) -> Exception:
        return Unavailable("gone") if isinstance(error, OSError) else error

    def is_passing(self, error: Exception) -> bool:
        return isinstance(error, Passing)

    async def close(self) -> None:
        self.is_closed = True


def group(stream: str) -> Group:
    return (append(stream, 0),)


async def _turns() -> None:
    """Let everybody go as far as they can without the committer."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _all(writer: Writer, *streams: str) -> list[object]:
    tasks = [asyncio.create_task(writer.append(group(stream))) for stream in streams]
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_what_waits_during_a_transaction_shares_the_next_one() -> None:
    committer = Committer()
    writer = Writer(committer)
    committer.gate.clear()
    first = asyncio.create_task(writer.append(group("a")))
    await asyncio.sleep(0)
    others = asyncio.create_task(_all(writer, "b", "c", "d"))
    await _turns()
    committer.gate.set()
    await asyncio.gather(first, others)
    assert committer.batches == [["a"], ["b", "c", "d"]]
    await writer.close()


async def test_nobody_is_answered_before_the_commit() -> None:
    committer = Committer()
    writer = Writer(committer)
    committer.gate.clear()
    task = asyncio.create_task(writer.append(group("a")))
    await _turns()
    assert not task.done()
    committer.gate.set()
    assert (await task)[0].stream == "a"
    await writer.close()


async def test_a_poisoned_append_fails_alone() -> None:
    committer = Committer()
    committer.troubles = [("b", Poison())]
    writer = Writer(committer)
    outcomes = await _all(writer, "a", "b", "c")
    assert [type(outcome).__name__ for outcome in outcomes] == ["tuple", "Poison", "tuple"]
    assert committer.batches == [["a"], ["c"]]
    assert writer.stats.retried == 3
    await writer.close()


async def test_what_was_decided_on_a_poisoned_append_knows_it() -> None:
    committer, run = Committer(), Run()
    committer.troubles = [("b", Poison())]
    writer = Writer(committer)
    answers = [await writer.submit((append(stream, 0, run=run),)) for stream in ("a", "b")]
    await asyncio.wait(answers)
    assert (answers[0].exception(), run.failed) == (None, True)
    await writer.close()


async def test_a_passing_error_is_tried_again_and_not_for_ever() -> None:
    committer = Committer()
    committer.troubles = [("a", Passing())] * 3
    writer = Writer(committer)
    assert [type(outcome).__name__ for outcome in await _all(writer, "a")] == ["tuple"]
    committer.troubles = [("a", Passing())] * (TRIES_MAX + 1)
    assert [type(outcome).__name__ for outcome in await _all(writer, "a")] == ["Passing"]
    await writer.close()


async def test_a_dead_database_refuses_the_whole_batch_at_once() -> None:
    committer = Committer()
    committer.troubles = [("a", OSError())]
    writer = Writer(committer)
    outcomes = await _all(writer, "a", "b", "c")
    assert [type(outcome).__name__ for outcome in outcomes] == ["Unavailable"] * 3
    assert committer.batches == []
    committer.troubles = []
    assert [type(outcome).__name__ for outcome in await _all(writer, "b")] == ["tuple"]
    await writer.close()


async def test_a_batch_has_a_bound() -> None:
    committer = Committer()
    writer = Writer(committer)
    await _all(writer, *(str(n) for n in range(BATCH_MAX + 5)))
    assert max(len(batch) for batch in committer.batches) <= BATCH_MAX
    assert sum(len(batch) for batch in committer.batches) == BATCH_MAX + 5
    await writer.close()


async def test_a_full_queue_makes_the_next_one_wait() -> None:
    committer = Committer()
    writer = Writer(committer, queue_max=2)
    committer.gate.clear()
    task = asyncio.create_task(_all(writer, "a", "b", "c", "d"))
    await _turns()
    assert writer.depth <= 2
    committer.gate.set()
    assert [type(outcome).__name__ for outcome in await task] == ["tuple"] * 4
    await writer.close()


async def test_closing_commits_what_waits_and_takes_no_more() -> None:
    committer = Committer()
    writer = Writer(committer, queue_max=3)
    committer.gate.clear()
    tasks = [asyncio.create_task(writer.append(group(str(n)))) for n in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    committer.gate.set()
    await closing
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["tuple"] * 3 + ["Unavailable"] * 2
    assert committer.is_closed
    with pytest.raises(Unavailable):
        await writer.append(group("late"))
    await writer.close()


async def test_an_append_stands_although_its_caller_went_away() -> None:
    committer = Committer()
    writer = Writer(committer)
    committer.gate.clear()
    task = asyncio.create_task(writer.append(group("a")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    committer.gate.set()
    await _all(writer, "b")
    assert sorted(stream for batch in committer.batches for stream in batch) == ["a", "b"]
    await writer.close()


async def test_a_refusal_of_the_plan_reaches_the_one_who_asked() -> None:
    class Refusing(Committer):
        async def commit(self, groups: Sequence[Group]) -> list[Outcome]:
            return [Conflict(group[0].stream) for group in groups]

    writer = Writer(Refusing())
    assert [type(outcome).__name__ for outcome in await _all(writer, "a")] == ["Conflict"]
    assert writer.stats.retried == 0
    await writer.close()
