import asyncio
import math
import time

import pytest

from tests.simulation.loop import Stuck, VirtualLoop


def test_a_year_passes_at_once_and_in_order() -> None:
    loop, woken = VirtualLoop(), list[str]()

    async def wake(name: str, after: float) -> None:
        await asyncio.sleep(after)
        woken.append(f"{name} {loop.time():.0f}")

    async def all_of_them() -> None:
        await asyncio.gather(wake("year", 365 * 86_400), wake("day", 86_400), wake("now", 0))

    started = time.monotonic()
    loop.run_until_complete(all_of_them())
    loop.close()
    assert woken == ["now 0", "day 86400", "year 31536000"]
    assert time.monotonic() - started < 1


def test_the_shortest_wait_takes_its_time() -> None:
    """Whoever waits until a moment, and looks whether it has come, gets there."""
    loop = VirtualLoop()

    async def wait_for(moment: float) -> None:
        while (left := moment - loop.time()) > 0:  # noqa: ASYNC110 - what evenings do is what is proved
            await asyncio.sleep(left)

    for start in (1e3, 1e6, 3e7):
        loop.run_until_complete(wait_for(start))
        loop.run_until_complete(wait_for(math.nextafter(loop.time(), math.inf)))
        loop.run_until_complete(wait_for(loop.time() + 1e-7))
    loop.close()


def test_a_deadline_is_virtual_too() -> None:
    loop = VirtualLoop()

    async def late() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(15):
                await asyncio.sleep(90)
        return loop.time()

    assert loop.run_until_complete(late()) == 15
    loop.close()


def test_waiting_for_nothing_is_told() -> None:
    loop = VirtualLoop()
    with pytest.raises(Stuck):
        loop.run_until_complete(loop.create_future())
    loop.close()
