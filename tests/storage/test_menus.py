from app.domain.menu import Category, Menu, MenuItem, Modifier, ModifierGroup, ServiceCharge
from app.storage import menus, restaurants
from app.storage.database import Database
from app.storage.tables import MenuCategory, Restaurant
from app.storage.tables import Modifier as ModifierRow
from app.storage.tables import ModifierGroup as GroupRow
from tests.storage.making import HOUSE, NOON


async def test_a_menu_is_read_as_one_value(database: Database) -> None:
    house = await restaurants.restaurant(database, HOUSE)
    assert house is not None
    house.sqlmodel_update({"service_ppm": 180_000, "service_from_covers": 6, "tip_presets": [150_000]})
    await restaurants.save(
        database,
        house,
        MenuCategory(id="c0", restaurant_id=HOUSE, name="Drinks", position=-1),
        GroupRow(id="g1", item_id="soup", name="Bread", least=0, most=2),
        ModifierRow(id="m2", group_id="g1", name="White", price=0, position=2),
        ModifierRow(id="m1", group_id="g1", name="Rye", price=50, position=1),
    )
    bread = ModifierGroup("g1", "Bread", 0, 2, (Modifier("m1", "Rye", 50), Modifier("m2", "White", 0)))
    cake = MenuItem("cake", "Cake", "", 500, left=3, station="kitchen")
    soup = MenuItem("soup", "Soup", "", 650, modifier_groups=(bread,), station="kitchen")
    assert await menus.menu(database, HOUSE) == Menu(
        currency="USD",
        tax_inclusive=False,
        service=ServiceCharge(180_000, 6),
        tip_presets=(150_000,),
        categories=(Category("c0", "Drinks", ()), Category("c1", "Starters", (cake, soup))),
    )


async def test_a_restaurant_that_is_not_there_has_no_menu(database: Database) -> None:
    assert await menus.menu(database, "another house") is None


async def test_menus_of_two_houses_do_not_mix(database: Database) -> None:
    other = Restaurant(id="r2", name="Other", currency="JPY", tax_inclusive=True, created_at=NOON)
    await restaurants.save(database, other)
    menu = await menus.menu(database, "r2")
    assert menu == Menu("JPY", True, None, (), ())


async def test_a_dish_goes_off_the_menu_and_comes_back(database: Database) -> None:
    assert await menus.set_availability(database, "soup", available=False)
    assert await menus.set_availability(database, "soup", left=4)
    dish = await menus.item(database, "soup")
    assert dish is not None
    assert (dish.available, dish.portions) == (False, 4)
    assert await menus.set_availability(database, "soup", available=True, left=None)
    dish = await menus.item(database, "soup")
    assert dish is not None
    assert (dish.available, dish.portions) == (True, None)


async def test_a_change_of_nothing_says_whether_the_dish_is_there(database: Database) -> None:
    assert await menus.set_availability(database, "soup")
    assert not await menus.set_availability(database, "pie", available=False)
