from tests.web.house import V1, House
from tests.web.people import Guest, sign_in


async def test_the_kitchen_sees_what_has_to_be_made(house: House, guest: Guest) -> None:
    line = await guest.order(house.here, quantity=2)
    cook = await sign_in(house, "kitchen")
    lines = (await cook.http.get(f"{V1}/kitchen")).json()["lines"]
    (shown,) = [each for each in lines if each["id"] == line]
    assert (shown["name"], shown["quantity"], shown["status"]) == ("Tacos", 2, "placed")
    assert shown["tableSessionId"] == guest.stream
