from typing import Any

import pytest

from app.actions import house, tables
from app.actions.desk import Desk
from app.demo.menu import PLAN
from app.storage import holds, menus
from tests.actions.evening import plan


async def test_a_plan_becomes_a_restaurant(desk: Desk) -> None:
    made = await house.create(desk, house.read(PLAN))
    menu = await menus.menu(desk.database, made)
    assert menu is not None
    assert (menu.currency, menu.tax_inclusive, len(menu.items)) == ("EUR", True, 27)
    assert len(await tables.qr_codes(desk, made)) == 12


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "XXZ"},
        {"currency": "eur"},
        {"joinPolicy": "closed"},
        {"tables": []},
        {"servicePpm": -1},
        {"surprise": 1},
        {"menu": [{"name": "Food", "items": [{"name": "Air", "price": -1}]}]},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(house.BadHouse):
        house.read({**plan("X", "open"), **wrong})


def test_a_price_between_the_steps_of_its_currency_is_refused() -> None:
    menu = [{"name": "Food", "items": [{"name": "Machboos", "price": 1005}]}]
    with pytest.raises(house.BadHouse, match="Machboos"):
        house.read({**plan("X", "open"), "currency": "KWD", "menu": menu})


async def test_an_address_has_one_account(desk: Desk) -> None:
    made = await house.create(desk, house.read(plan("X", "open")))
    person = house.Person("new@x.example", "New", "waiter", "long enough")
    await house.add_staff(desk, made, person)
    for wrong in (person, house.Person("b@x.example", "B", "waiter", "short")):
        with pytest.raises(house.BadHouse):
            await house.add_staff(desk, made, wrong)
    with pytest.raises(house.BadHouse):
        await house.add_staff(desk, "nowhere", house.Person("c@x.example", "C", "waiter", "long enough"))


async def test_a_plan_says_what_the_house_wants_of_tabs_and_bookings(desk: Desk) -> None:
    terms = {"tabPpm": 1_100_000, "bookable": True, "noShowAmount": 1500}
    made = await house.create(desk, house.read({**plan("X", "open"), "bookingPolicy": terms}))
    rules = await holds.rules(desk.database, made)
    assert (rules.tab_ppm, rules.bookable, rules.no_show_amount, rules.cancel_hours) == (1_100_000, True, 1500, 24)
    for wrong in ({"opensAt": 900, "lastAt": 800}, {"tabPpm": 900_000}, {"surprise": 1}):
        with pytest.raises(house.BadHouse):
            house.read({**plan("X", "open"), "bookingPolicy": wrong})
