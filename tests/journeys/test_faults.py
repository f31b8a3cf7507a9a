"""An evening in which everything fails at once, a kill in the middle, and what must be true of every row after it."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from redis.asyncio import Redis

from tests.actions.evening import PASSWORD, Evening
from tests.journeys import rows_at_the_table, rows_of_doubt, rows_of_refunds, rows_of_tabs
from tests.journeys.city import city, to_the_end, up_to_the_kill
from tests.nodes import sign_in

ROWS = (*rows_of_doubt.ROWS, *rows_of_refunds.ROWS, *rows_of_tabs.ROWS, *rows_at_the_table.ROWS)

# Nothing but the kill ends a call that is slow on purpose, however busy the machine is.
SETTINGS = {"remedy_delay_s": 0, "stripe_timeout_s": 80}


async def test_an_evening_in_which_everything_fails_charges_everybody_once(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object]
) -> None:
    """Payments: F01, F03, F05, F07, F08, F09, F10, F11, F15, F16, F17, F20, F21, F25, F30, F47, F49, F58. Money back:
    F28, F29, F32, F33, F35, F37, F38. Tabs: F40, F41, F42, F43. Each is a function in a module of rows.
    """
    async with city(tmp_path, url, house, **SETTINGS, **redis_of) as built, AsyncExitStack() as stack:
        await built.start()
        for role in ("manager", "waiter"):
            signed_in = sign_in(built.at, f"{role}@open.example", PASSWORD)
            built.staff[role] = await stack.enter_async_context(signed_in)
        rows = [row(built) for row in ROWS]
        await up_to_the_kill(rows)
        built.node.kill()
        await asyncio.gather(*(happens() for happens in built.while_away))
        await built.heal()
        await _forget_redis(redis_of)
        await built.node.start()
        await built.end_leases()
        await built.come_back()
        await to_the_end(rows)
        await built.sound("refund_failed", "dispute_over_refund")


async def _forget_redis(settings: dict[str, object]) -> None:
    if "redis_url" in settings:
        async with Redis.from_url(str(settings["redis_url"])) as redis:
            await redis.flushall()
