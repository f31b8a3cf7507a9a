"""Time does what it should not: a node stands still for a while, or its clock is set forward and back."""

import asyncio
import os
import signal
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.engine.form import IS_THOROUGH
from tests.engine.town import Town, joined, worked

COMMANDS = 20 if IS_THOROUGH else 3
MEANWHILE = 1500 if IS_THOROUGH else 50
LONGER_THAN_A_VISIT_S = 5 * 3600
SLIGHT = timedelta(seconds=1)


async def test_a_node_that_stood_still_goes_on_where_it_was(built: Town) -> None:
    async with asyncio.timeout(120):
        sleepers, others = [built.phones(await built.seats(3), home) for home in (0, 1)]
        phones = [*sleepers, *others]
        await joined(phones)
        for phone in phones:
            phone.busy()
        await worked(phones, COMMANDS)
        os.kill(built.nodes[0].pid, signal.SIGSTOP)
        try:
            await worked(others, MEANWHILE)
        finally:
            os.kill(built.nodes[0].pid, signal.SIGCONT)
        await worked(phones, COMMANDS)
        await built.sound(phones)


async def test_a_clock_that_is_set_forward_and_back_ends_no_visit_and_mixes_up_no_times(built: Town) -> None:
    if built.ahead is None:
        pytest.skip("the library that moves a process's clock needs Linux and a C compiler")
    async with asyncio.timeout(120):
        phones = await built.party(3, 3)
        for phone in phones:
            phone.busy()
        for ahead_s in (LONGER_THAN_A_VISIT_S, -LONGER_THAN_A_VISIT_S, 0):
            built.jump(ahead_s)
            await worked(phones, COMMANDS)
        await built.sound(phones)
        for phone in phones:
            head = await built.desk.log.head(phone.seat.stream)
            assert head is not None
            assert head.status == "open"
            times = [event.at for event in await built.desk.log.since(phone.seat.stream)]
            assert all(later > earlier - SLIGHT for earlier, later in pairwise(times))
