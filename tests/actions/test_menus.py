import pytest

from app.actions import errors, menus
from tests.actions.conftest import MakeDesk
from tests.actions.evening import PIN, Evening


async def test_the_menu_is_read_as_the_api_says(evening: Evening) -> None:
    found = await menus.menu(evening.desk, evening.restaurant)
    assert (found["currency"], found["taxInclusive"]) == ("USD", False)
    items = {item["name"]: item for item in found["categories"][0]["items"]}
    assert (items["Burger"]["price"], items["Burger"]["taxRatePpm"]) == (1450, 88_750)
    assert "taxRatePpm" not in items["Steak"]
    assert (items["Oysters"]["left"], items["Oysters"]["available"]) == (3, True)
    group = items["Steak"]["modifierGroups"][0]
    assert (group["min"], group["max"], [each["name"] for each in group["modifiers"]]) == (1, 1, ["Rare", "Medium"])


async def test_a_dish_that_is_86d_cannot_be_ordered(evening: Evening) -> None:
    burger, ana = evening.item("Burger"), await evening.seat("Ana")
    await menus.set_availability(evening.desk, burger, by=evening.team["kitchen"], available=False)
    with pytest.raises(errors.Refused) as caught:
        await evening.order(ana, "Burger")
    assert caught.value.code == "sold_out"
    await menus.set_availability(evening.desk, burger, by=evening.team["kitchen"], available=True)
    await evening.order(ana, "Burger")


async def test_portions_are_counted_and_uncounted(evening: Evening) -> None:
    burger, ana = evening.item("Burger"), await evening.seat("Ana")
    await menus.set_availability(evening.desk, burger, by=evening.team["manager"], left=1)
    await evening.order(ana, "Burger")
    with pytest.raises(errors.Refused):
        await evening.order(ana, "Burger")
    await menus.set_availability(evening.desk, burger, by=evening.team["manager"], left=None)
    await evening.order(ana, "Burger")


async def test_the_dishes_next_door_are_not_ours_to_change(make_desk: MakeDesk) -> None:
    here, there = await Evening.at(await make_desk()), await Evening.at(await make_desk(), PIN)
    with pytest.raises(errors.NotFound):
        await menus.set_availability(here.desk, there.item("Burger"), by=here.team["owner"], available=False)
    with pytest.raises(errors.NotFound):
        await menus.menu(here.desk, "nowhere")
