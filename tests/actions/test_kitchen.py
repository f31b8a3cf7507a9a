from app.actions import kitchen
from tests.actions.conftest import MakeDesk
from tests.actions.evening import PIN, Evening


async def test_the_kitchen_sees_what_has_to_be_made_the_oldest_first(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana", "1"), await evening.seat("Ben", "2")
    first = await evening.order(ana, "Burger", "Pasta")
    (second,) = await evening.order(ben, "Pasta")
    await evening.do(evening.team["kitchen"], ana.stream, "line.status", lines=first[:1], status="served")
    tickets = (await kitchen.kitchen(evening.desk, evening.restaurant))["lines"]
    assert [(each["id"], each["table"], each["name"]) for each in tickets] == [
        (first[1], "1", "Pasta"),
        (second, "2", "Pasta"),
    ]
    assert tickets[0]["tableSessionId"] == ana.stream


async def test_what_was_taken_off_is_not_made(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    (line,) = await evening.order(ana, "Burger")
    await evening.do(evening.team["waiter"], ana.stream, "line.void", line=line, reason="changed mind")
    assert (await kitchen.kitchen(evening.desk, evening.restaurant))["lines"] == []


async def test_the_kitchen_next_door_cooks_its_own(make_desk: MakeDesk) -> None:
    here, there = await Evening.at(await make_desk()), await Evening.at(await make_desk(), PIN)
    await there.order(await there.seat("Ana"), "Burger")
    assert (await kitchen.kitchen(here.desk, here.restaurant))["lines"] == []
