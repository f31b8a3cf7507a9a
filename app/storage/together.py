"""Reads that are asked for at the same moment are one read."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

AT_ONCE_MAX = 200

Key = TypeVar("Key")
Found = TypeVar("Found")


class Together(Generic[Key, Found]):
    """Answers single questions out of reads for many keys: a storm of phones costs the database a few statements.

    One read is for `at_once` keys at most. It begins after the question, never before it: nobody gets an answer that
    was old when they asked. What a read raises, everybody who waits for it gets.
    """

    def __init__(
        self, read: Callable[[Collection[Key]], Awaitable[Mapping[Key, Found]]], *, at_once: int = AT_ONCE_MAX
    ) -> None:
        self._read = read
        self._at_once = at_once
        self._asked: list[tuple[Key, asyncio.Future[Found | None]]] = []
        self._reader: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Found | None:
        """What there is for a key; None if nothing is."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Found | None] = loop.create_future()
        self._asked.append((key, answer))
        if self._reader is None:
            # It runs after this turn of the loop: whoever asks until then is in the first read.
            self._reader = loop.create_task(self._read_all())
        return await answer

    async def _read_all(self) -> None:
        try:
            while self._asked:
                some, self._asked = self._asked[: self._at_once], self._asked[self._at_once :]
                await self._answer(some)
        finally:
            self._reader = None

    async def _answer(self, some: list[tuple[Key, "asyncio.Future[Found | None]"]]) -> None:
        try:
            found = await self._read({key for key, _ in some})
        except Exception as error:  # noqa: BLE001 (it is theirs who asked)
            for _, answer in some:
                if not answer.done():
                    answer.set_exception(error)
            return
        for key, answer in some:
            if not answer.done():
                answer.set_result(found.get(key))
