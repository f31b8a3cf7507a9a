"""Two server processes on one PostgreSQL and one Redis show the same table."""

import asyncio
from pathlib import Path

import pytest

from app.actions import proof
from app.storage.verify import verify
from tests.actions.evening import Evening
from tests.journeys.processes import town
from tests.nodes import Phone

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


async def test_a_table_is_the_same_on_every_node(tmp_path: Path, url: str, redis_url: str, house: Evening) -> None:
    with town(tmp_path) as built:
        await built.sandbox.start()
        (one, first), (two, second) = (built.node(url, redis_url=redis_url) for _ in range(2))
        await asyncio.gather(one.start(), two.start())
        ana = await Phone.join(first, house.codes["1"], "Ana")
        ben = await Phone.join(second, house.codes["1"], "Ben")
        await asyncio.gather(ana.connect(), ben.connect())
        await asyncio.gather(ana.order(house.wanted("Burger")), ben.order(house.wanted("Pasta")))
        for phone in (ana, ben):
            await phone.until_view(lambda view: view["totals"]["total"] == 2559)
        # Both take everything at once, on different nodes: each command meets the other in the log.
        lines = list(ana.view["lines"])
        answers = await asyncio.gather(
            *(phone.do("claims.set", line=line, guest=phone.guest, parts=2) for phone in (ana, ben) for line in lines)
        )
        assert {answer["t"] for answer in answers} == {"ack"}
        last = max(answer["n"] for answer in answers)
        for phone in (ana, ben):
            await phone.until(lambda frame: frame["t"] == "ev" and frame["n"] == last)
        assert ana.view == ben.view
        assert ana.view["lines"][lines[0]]["claims"] == {ana.guest: 2, ben.guest: 2}
        await asyncio.gather(ana.close(), ben.close())
    assert (await verify(house.desk.database, proof.replay)).faults == []


async def test_a_phone_goes_on_at_another_node_when_its_own_dies(
    tmp_path: Path, url: str, redis_url: str, house: Evening
) -> None:
    with town(tmp_path) as built:
        await built.sandbox.start()
        (one, first), (two, second) = (built.node(url, redis_url=redis_url) for _ in range(2))
        await asyncio.gather(one.start(), two.start())
        ana, ben = await Phone.join(first, house.codes["1"], "Ana"), await Phone.join(second, house.codes["1"], "Ben")
        await asyncio.gather(ana.connect(), ben.connect())
        await ana.order(house.wanted("Burger"))
        await ben.until_view(lambda view: view["totals"]["total"] == 1579)
        one.kill()
        await ben.order(house.wanted("Pasta"))
        await ana.close()
        await ana.connect(second)
        await ana.until_view(lambda view: view["totals"]["total"] == 2559)
        assert ana.view == ben.view
        await asyncio.gather(ana.close(), ben.close())
