import pytest

from app.ids import new_id
from tests.web.house import V1, House
from tests.web.people import Guest, sign_in


async def test_anybody_may_read_the_menu_and_keep_it(house: House) -> None:
    async with house.client() as stranger:
        answer = await stranger.get(f"{V1}/menus/{house.here.id}")
        menu = answer.json()
        assert (menu["currency"], menu["taxInclusive"]) == ("USD", False)
        burger = next(item for item in menu["categories"][0]["items"] if item["name"] == "Burger")
        assert (burger["price"], burger["taxRatePpm"], burger["available"]) == (1800, 88750, True)
        assert [extra["price"] for extra in burger["modifierGroups"][0]["modifiers"]] == [0, 50]
        tag = {"if-none-match": answer.headers["etag"]}
        assert (await stranger.get(f"{V1}/menus/{house.here.id}", headers=tag)).status_code == 304
        assert (await stranger.get(f"{V1}/menus/{new_id()}")).status_code == 404


async def test_the_kitchen_takes_a_dish_off_and_brings_it_back(house: House, guest: Guest) -> None:
    cook = await sign_in(house, "kitchen", house.here)
    item = f"{V1}/menu-items/{house.here.items['Burger']}"
    assert (await cook.http.patch(item, json={"available": False})).status_code == 204
    wanted = {"menuItemId": house.here.items["Burger"], "quantity": 1, "modifierIds": [house.here.modifiers["Medium"]]}
    refused = await guest.post("/orders", {"items": [wanted]})
    assert (refused.status_code, refused.json()["code"]) == (409, "sold_out")
    assert (await cook.http.patch(item, json={"available": True, "left": 5})).status_code == 204
    assert (await guest.post("/orders", {"items": [wanted]})).status_code == 201
    menu = (await guest.http.get(f"{V1}/menus/{house.here.id}")).json()
    burger = next(dish for dish in menu["categories"][0]["items"] if dish["name"] == "Burger")
    assert burger["left"] == 4
    assert (await cook.http.patch(item, json={"left": None})).status_code == 204


@pytest.mark.parametrize("body", [{"left": -1}, {"available": "no"}, {"price": 1}, {"left": 1.5}])
async def test_a_change_that_makes_no_sense_is_invalid(house: House, body: dict[str, object]) -> None:
    cook = await sign_in(house, "manager")
    answer = await cook.http.patch(f"{V1}/menu-items/{house.here.items['Mint']}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
