"""Redis dies, freezes, comes back, cuts its listeners; messages are swallowed, mixed up, repeated: phones see all."""

import asyncio
from collections.abc import Sequence
from functools import partial

import httpx
from redis.asyncio import Redis

from tests.engine.form import IS_THOROUGH
from tests.engine.phones import Phone
from tests.engine.town import Town, worked
from tests.nodes import eventually

COMMANDS = 40 if IS_THOROUGH else 5
ROUNDS = 5 if IS_THOROUGH else 1
PROBE_S = 20


async def test_without_redis_everything_goes_on_and_with_it_again_too(built: Town) -> None:
    async with asyncio.timeout(120):
        phones = await built.party(3, 3)
        for _ in range(ROUNDS):
            built.redis.kill()
            await _go_on(built, phones)
            assert [await _is_ready(node.at) for node in built.nodes] == [False, False]
            built.redis.start()
            await _ready(built)
            await _go_on(built, phones)
        assert {phone.name: dict(phone.joins) for phone in phones if phone.joins.total() > 1} == {}


async def test_a_frozen_redis_holds_nobody_up(built: Town) -> None:
    async with asyncio.timeout(120):
        phones = await built.party(3, 3)
        built.redis.freeze()
        try:
            await _go_on(built, phones)
            if IS_THOROUGH:
                # The probes do not come back: the nodes say that they live from the log.
                await eventually(lambda: _are_ready(built, is_ready=False), within_s=PROBE_S)
                await _go_on(built, phones)
        finally:
            built.redis.thaw()
        await _ready(built)
        await _go_on(built, phones)


async def test_a_subscriber_that_redis_cuts_misses_nothing(built: Town) -> None:
    async with asyncio.timeout(120):
        phones = await built.party(3, 3)
        async with Redis.from_url(built.redis.url) as redis:
            for phone in phones:
                phone.busy()
            for _ in range(3 * ROUNDS):
                await worked(phones, 2)
                await eventually(partial(redis.client_kill_filter, _type="pubsub"))
        await built.sound(phones)
        await _ready(built)


async def test_what_the_bus_swallows_comes_from_the_log(built: Town) -> None:
    async with asyncio.timeout(120):
        phones = await built.party(3, 3)
        bus = built.nodes[1].bus
        bus.drop, bus.events_only = 1.0, not IS_THOROUGH
        await _go_on(built, phones)
        assert bus.done["drop"] > 0
        if IS_THOROUGH:
            await eventually(lambda: _is_silent(built), within_s=PROBE_S)
            await _go_on(built, phones)
        bus.heal()
        await _ready(built)
        await _go_on(built, phones)


async def test_the_last_message_of_all_is_missed_by_nobody(built: Town) -> None:
    async with asyncio.timeout(60):
        ana, ben = phones = await built.party(2)
        node = built.nodes[1]
        before = (await node.figures()).get("splittable_realtime_repair_behind_total", 0)
        node.bus.drop = 1.0
        ana.do()
        await built.sound(phones)
        node.bus.heal()
        assert ben.n == ana.n
        assert (await node.figures())["splittable_realtime_repair_behind_total"] > before


async def test_messages_that_come_twice_late_and_out_of_order_are_events_once_and_in_order(built: Town) -> None:
    async with asyncio.timeout(120):
        phones = await built.party(3, 3)
        for node in built.nodes:
            node.bus.drop, node.bus.repeat, node.bus.delay = 0.05, 0.4, 0.5
        for _ in range(ROUNDS):
            await _go_on(built, phones, 4 * COMMANDS)
        for node in built.nodes:
            node.bus.heal()
            assert min(node.bus.done.values()) > 0
            figures = await node.figures()
            for what in ("events_held_total", "events_repeated_total", "repair_filled_total"):
                assert figures[f"splittable_realtime_{what}"] > 0


async def _go_on(built: Town, phones: Sequence[Phone], commands: int = COMMANDS) -> None:
    for phone in phones:
        phone.busy()
    await worked(phones, commands)
    await built.sound(phones)


async def _is_ready(at: str) -> bool:
    async with httpx.AsyncClient(timeout=20) as http:
        return (await http.get(f"{at}/health/ready")).is_success


async def _are_ready(built: Town, *, is_ready: bool) -> bool:
    return [await _is_ready(node.at) for node in built.nodes] == [is_ready] * len(built.nodes)


async def _ready(built: Town) -> None:
    await eventually(lambda: _are_ready(built, is_ready=True))


async def _is_silent(built: Town) -> bool:
    return not await _is_ready(built.nodes[1].at)
