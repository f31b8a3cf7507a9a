"""Group commit: appends that arrive while a transaction runs share the next one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.storage.appends import Committed, NotAppended, Unavailable
from app.storage.batch import Group, Outcome, fail
from app.storage.committer import Committer

QUEUE_MAX = 4096
BATCH_MAX = 512
TRIES_MAX = 4

log = structlog.get_logger()

Answer = asyncio.Future[tuple[Committed, ...]]


@dataclass(slots=True)
class WriterStats:
    """What a writer did since it started; `retried` counts groups committed alone after their batch failed."""

    batches: int = 0
    groups: int = 0
    retried: int = 0


class Writer:
    """One queue, one task, one connection. It answers a group only when the group's transaction is on disk."""

    def __init__(self, committer: Committer, *, queue_max: int = QUEUE_MAX, batch_max: int = BATCH_MAX) -> None:
        self._committer = committer
        self._batch_max = batch_max
        self._waiting: asyncio.Queue[tuple[Group, Answer] | None] = asyncio.Queue()
        self._places = asyncio.Semaphore(queue_max)  # The bound of the queue, and the back-pressure.
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.stats = WriterStats()

    @property
    def depth(self) -> int:
        """How many groups wait for their turn."""
        return self._waiting.qsize()

    async def append(self, group: Group) -> tuple[Committed, ...]:
        """Commit a group with whatever else is waiting. Waits for a place where too many wait already."""
        return await asyncio.shield(await self.submit(group))

    async def submit(self, group: Group) -> Answer:
        """Put a group in the queue and say where its answer will be; waits for a place, not for the commit.

        Groups are committed in this order. The answer is the writer's: nobody may cancel it.
        """
        await self._places.acquire()
        if self._closing:
            self._places.release()
            raise Unavailable("the log is closed")
        self._task = self._task or asyncio.create_task(self._run(), name="log writer")
        answer: Answer = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((group, answer))
        return answer

    async def close(self) -> None:
        """Commit what is waiting, take nothing more and give the connection back."""
        if self._closing:
            return
        self._closing = True
        if self._task is not None:
            self._waiting.put_nowait(None)
            await self._task
        await self._committer.close()

    async def _run(self) -> None:
        while (first := await self._waiting.get()) is not None:
            batch, is_last = self._taken(first)
            outcomes = await self._commit([group for group, _ in batch])
            for (_, answer), outcome in zip(batch, outcomes, strict=True):
                self._places.release()
                _settle(answer, outcome)
            if is_last:
                return

    def _taken(self, first: tuple[Group, Answer]) -> tuple[list[tuple[Group, Answer]], bool]:
        """Everything that waits, up to the size of a batch, and whether the end of the queue was among it."""
        batch = [first]
        while len(batch) < self._batch_max and not self._waiting.empty():
            following = self._waiting.get_nowait()
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False

    async def _commit(self, groups: Sequence[Group]) -> list[Outcome | Exception]:
        self.stats.batches += 1
        self.stats.groups += len(groups)
        try:
            return [*await self._committer.commit(groups)]
        except Exception as error:  # noqa: BLE001  # whatever it was, the neighbours of a poisoned append must not suffer
            if not isinstance(error, NotAppended):
                log.info("batch failed", groups=len(groups), error=type(error).__name__)
        self.stats.retried += len(groups)
        return await self._one_by_one(groups)

    async def _one_by_one(self, groups: Sequence[Group]) -> list[Outcome | Exception]:
        outcomes: list[Outcome | Exception] = []
        for group in groups:
            outcome = await self._alone(group)
            outcomes.append(outcome)
            if isinstance(outcome, Exception):
                fail(group)
            if isinstance(outcome, Unavailable):
                # The others would wait for the same dead database, one after another.
                for following in groups[len(outcomes) :]:
                    fail(following)
                return outcomes + [Unavailable(*outcome.args) for _ in groups[len(outcomes) :]]
        return outcomes

    async def _alone(self, group: Group) -> Outcome | Exception:
        for tries in range(1, TRIES_MAX + 1):
            try:
                return (await self._committer.commit([group]))[0]
            except Exception as error:  # noqa: BLE001  # it goes to the one who asked
                if tries == TRIES_MAX or not self._committer.is_passing(error):
                    return self._committer.meaning(error)
        raise AssertionError("unreachable")


def _settle(answer: Answer, outcome: Outcome | Exception) -> None:
    if answer.done():
        return  # Whoever asked went away; the append stands all the same.
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
        answer.exception()  # Whoever asked may have gone away: then nobody else looks at what went wrong.
    else:
        answer.set_result(outcome)
