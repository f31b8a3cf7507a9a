"""Phones that take nothing while their table goes on: they are let go, and nobody else notices."""

import asyncio

from tests.engine.form import IS_THOROUGH
from tests.engine.town import Town, joined, worked
from tests.nodes import eventually

STALLED = 50
EVENTS = 40_000 if IS_THOROUGH else 600
BUSY = 6
WITHIN_S = 900 if IS_THOROUGH else 90
KIB_MORE_MAX = 16 * 1024


async def test_stalled_sockets_are_let_go_and_nobody_else_notices(built: Town) -> None:
    async with asyncio.timeout(WITHIN_S):
        seats = await built.seats(BUSY)
        busy = built.phones(seats)
        await joined(busy)
        stalled = [built.phone(seats[i % BUSY], 0) for i in range(STALLED)]
        for phone in stalled:
            phone.has_small_buffers, phone.comes_back = True, False
            phone.begin()
        await joined(stalled)
        for phone in stalled:
            phone.stall()
        node = built.nodes[0]
        before = node.memory_kib()
        for phone in busy:
            phone.pace_s = 0
            phone.busy()
        await worked(busy, EVENTS // BUSY, within_s=WITHIN_S)

        async def are_let_go() -> bool:
            return (await node.figures())["splittable_realtime_sockets"] <= BUSY

        await eventually(are_let_go, within_s=WITHIN_S)
        figures = await node.figures()
        gone = figures.get("splittable_realtime_ring_falls_total", 0) + figures.get("splittable_realtime_cut_total", 0)
        assert gone >= STALLED
        assert node.memory_kib() - before < KIB_MORE_MAX
        await built.sound(busy)
        assert [phone.byes for phone in busy if phone.byes] == []
        assert {(dict(phone.joins).get("first"), phone.joins.total()) for phone in busy} == {(1, 1)}
