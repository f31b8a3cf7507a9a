import asyncio
from typing import Any

import pytest

from app.actions import errors
from tests.actions.conftest import MakeDesk
from tests.actions.evening import PIN, Evening


async def test_names_prices_and_taxes_come_from_the_menu(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    wanted = evening.wanted("Steak", 2, "Rare", "Egg")
    await evening.do(ana, ana.stream, "order.place", items=[{**wanted, "note": "no salt"}])
    (line,) = (await evening.bill(ana.stream)).lines.values()
    assert (line.name, line.quantity, line.charged, line.note) == ("Steak", 2, 5900, "no salt")
    assert line.claims == {ana.guest_id: 1}


@pytest.mark.parametrize("more", [{"price": 1}, {"unitPrice": 1}, {"name": "Water"}, {"taxRatePpm": 0}])
async def test_a_phone_names_no_price(evening: Evening, more: dict[str, Any]) -> None:
    ana = await evening.seat("Ana")
    with pytest.raises(errors.Invalid):
        await evening.do(ana, ana.stream, "order.place", items=[{**evening.wanted("Burger"), **more}])


@pytest.mark.parametrize("modifiers", [(), ("Rare", "Medium"), ("Rare", "Rare"), ("Egg",)])
async def test_questions_of_a_dish_must_be_answered(evening: Evening, modifiers: tuple[str, ...]) -> None:
    ana = await evening.seat("Ana")
    with pytest.raises(errors.Invalid) as caught:
        await evening.do(ana, ana.stream, "order.place", items=[evening.wanted("Steak", 1, *modifiers)])
    assert caught.value.errors[0].path == ("items", "0", "modifierIds")


async def test_the_dish_of_another_restaurant_is_not_on_the_menu(make_desk: MakeDesk) -> None:
    here, there = await Evening.at(await make_desk()), await Evening.at(await make_desk(), PIN)
    ana = await here.seat("Ana")
    with pytest.raises(errors.NotFound):
        await here.do(ana, ana.stream, "order.place", items=[there.wanted("Burger")])


async def test_limited_portions_are_never_sold_twice(make_desk: MakeDesk) -> None:
    nodes = [await Evening.at(await make_desk()) for _ in range(2)]
    people = [await nodes[0].seat(f"Guest {number}", str(number + 1)) for number in range(4)]
    wishes = [
        nodes[number % 2].do(person, person.stream, "order.place", items=[nodes[0].wanted("Oysters", 2)])
        for number, person in enumerate(people)
    ]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, errors.Refused)]
    assert len(refused) == 3
    assert {one.code for one in refused} == {"sold_out"}


async def test_a_table_may_order_only_so_many_of_some_dishes(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Lobster")
    with pytest.raises(errors.Refused) as caught:
        await evening.do(ana, ana.stream, "order.place", items=[evening.wanted("Lobster", 2)])
    assert caught.value.refusal.figures["left"] == 1


async def test_a_bill_has_an_end(make_desk: MakeDesk) -> None:
    evening = await Evening.at(await make_desk(lines_max=3))
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger", "Pasta")
    with pytest.raises(errors.Refused) as caught:
        await evening.order(ana, "Burger", "Pasta")
    assert (caught.value.code, caught.value.refusal.figures["left"]) == ("too_many", 1)


async def test_what_staff_enter_is_claimed_by_nobody(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.do(evening.team["waiter"], ana.stream, "order.place", items=[evening.wanted("Burger")])
    (line,) = (await evening.bill(ana.stream)).lines.values()
    assert (line.claims, line.ordered_by) == ({}, None)
