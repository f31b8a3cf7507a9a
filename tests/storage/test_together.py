"""Reads that are asked for at the same moment are one read."""

import asyncio
from collections.abc import Collection

import pytest

from app.storage.together import AT_ONCE_MAX, Together


class Shop:
    """Reads squares, and writes down what it was asked for; a read waits for `open`."""

    def __init__(self) -> None:
        self.asked: list[set[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def read(self, keys: Collection[int]) -> dict[int, int]:
        self.asked.append(set(keys))
        await self.open.wait()
        if 13 in keys:
            raise LookupError("unlucky")
        return {key: key * key for key in keys if key >= 0}


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_those_who_ask_in_one_turn_share_a_read(shop: Shop) -> None:
    together = Together(shop.read)
    assert await asyncio.gather(*map(together.get, (1, 2, 2, -1))) == [1, 4, 4, None]
    assert shop.asked == [{1, 2, -1}]


async def test_who_asks_during_a_read_gets_one_that_began_later(shop: Shop) -> None:
    shop.open.clear()
    together = Together(shop.read)
    first = asyncio.create_task(together.get(1))
    for _ in range(3):
        await asyncio.sleep(0)
    later = [asyncio.create_task(together.get(key)) for key in (1, 2)]
    await asyncio.sleep(0)
    assert shop.asked == [{1}]
    shop.open.set()
    assert await asyncio.gather(first, *later) == [1, 1, 4]
    assert shop.asked == [{1}, {1, 2}]


async def test_a_read_is_of_a_bounded_size(shop: Shop) -> None:
    together = Together(shop.read)
    assert len(await asyncio.gather(*map(together.get, range(100, 101 + AT_ONCE_MAX)))) == AT_ONCE_MAX + 1
    assert [len(keys) for keys in shop.asked] == [AT_ONCE_MAX, 1]


async def test_a_read_can_be_made_smaller(shop: Shop) -> None:
    together = Together(shop.read, at_once=2)
    assert await asyncio.gather(*map(together.get, (1, 2, 3))) == [1, 4, 9]
    assert shop.asked == [{1, 2}, {3}]


async def test_what_a_read_raises_everybody_who_waits_for_it_gets_and_nobody_else(shop: Shop) -> None:
    together = Together(shop.read)
    answers = await asyncio.gather(*map(together.get, (1, 13)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [LookupError, LookupError]
    assert await together.get(1) == 1


async def test_one_who_goes_away_takes_nothing_from_the_others(shop: Shop) -> None:
    together = Together(shop.read)
    gone, other = (asyncio.create_task(together.get(2)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await other == 4
