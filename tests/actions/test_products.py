import pytest

from app.actions import errors, house, menus, products, shapes
from tests.actions.evening import Evening, plan


async def test_a_product_stands_on_the_menu_under_a_heading_of_its_own(evening: Evening) -> None:
    owner = evening.team["owner"]
    for name, more in (("Fifty", {"value": 5500}), ("Hundred", {"price": 10_000})):
        asked = shapes.read(shapes.ProductRequest, {"name": name, "kind": "giftCard", "price": 5000, **more})
        made = await products.create(evening.desk, asked, by=owner)
        assert made["name"] == name
    shown = (await menus.menu(evening.desk, evening.restaurant))["categories"][-1]
    assert (shown["name"], [item["grants"]["value"] for item in shown["items"]]) == ("Gift cards", [5500, 10_000])
    listed = await products.listed(evening.desk, by=evening.team["waiter"])
    assert {"Gift card", "Ten pastas", "Fifty", "Hundred"} == {each["name"] for each in listed["products"]}


async def test_a_product_that_makes_no_sense_names_what_is_wrong(evening: Evening) -> None:
    asked = shapes.read(shapes.ProductRequest, {"name": "x", "kind": "pass", "price": 100, "value": 5, "items": ["y"]})
    with pytest.raises(errors.Invalid) as invalid:
        await products.create(evening.desk, asked, by=evening.team["manager"])
    assert {error.path for error in invalid.value.errors} == {("kind",), ("items",)}
    with pytest.raises(errors.NotAllowed):
        await products.create(evening.desk, asked, by=evening.team["waiter"])


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"name": "Card", "price": 5000, "taxRatePpm": 10, "grants": {"kind": "giftCard"}}, "no tax"),
        ({"name": "Card", "price": 0, "grants": {"kind": "giftCard"}}, "a price"),
        ({"name": "Pass", "price": 5000, "grants": {"kind": "pass"}}, "names dishes"),
        ({"name": "Pass", "price": 5000, "grants": {"kind": "pass", "items": ["Soup"]}}, "of this menu"),
    ],
)
def test_a_plan_sells_only_what_can_be_sold(item: dict[str, object], problem: str) -> None:
    members = {**plan("House", "open"), "menu": [{"name": "Presents", "items": [item]}]}
    with pytest.raises(house.BadHouse, match=problem):
        house.read(members)
