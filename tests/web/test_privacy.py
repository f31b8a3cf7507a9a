import pytest

from tests.web.house import V1, House
from tests.web.people import Guest, Member, keyed, sign_in, sit


@pytest.fixture
async def manager(house: House) -> Member:
    return await sign_in(house, "manager")


async def test_a_guest_reads_and_erases_their_own_data(house: House) -> None:
    guest = await sit(house, name="Zacharias")
    mine = f"{V1}/guest-sessions/me/data"
    told = await guest.http.get(mine)
    assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")
    assert told.json()["guest"]["name"] == "Zacharias"
    erased = await guest.http.delete(mine)
    assert (erased.status_code, erased.json()["erased"]["names"]) == (200, 1)
    assert (await guest.http.get(mine)).status_code == 401


async def test_a_manager_exports_and_erases_a_guest_of_the_restaurant(house: House, manager: Member) -> None:
    guest = await sit(house, name="Zacharias")
    visit = {"tableSession": guest.stream}
    told = await manager.http.get(f"{V1}/people/{guest.id}/export", params=visit)
    assert (told.status_code, told.json()["guest"]["name"]) == (200, "Zacharias")
    erased = await manager.http.delete(f"{V1}/people/{guest.id}", params=visit)
    assert erased.status_code == 200
    again = await manager.http.get(f"{V1}/people/{guest.id}/export", params=visit)
    assert "name" not in again.json()["guest"]
    unsaid = await manager.http.get(f"{V1}/people/{guest.id}/export")
    assert (unsaid.status_code, unsaid.json()["errors"][0]["field"]) == (422, "tableSession")


async def test_nobody_else_does(house: House, waiter: Member) -> None:
    guest = await sit(house, name="Zacharias")
    stranger = await sign_in(house, "manager", house.elsewhere)
    path, visit = f"{V1}/people/{guest.id}", {"tableSession": guest.stream}
    asked = [(waiter.http, 403), (stranger.http, 404), (guest.http, 403), (house.client(), 401)]
    for http, status in asked:
        assert (await http.get(f"{path}/export", params=visit)).status_code == status
        assert (await http.delete(path, params=visit)).status_code == status


async def test_f58_an_old_code_and_an_old_seat_show_nothing_of_the_new_party(
    house: House, waiter: Member, manager: Member
) -> None:
    old = await sit(house, name="Olga")
    assert (await waiter.at(old, "/close")).status_code == 200
    rotated = await manager.http.post(f"{V1}/tables/{old.table.table_id}/code")
    assert rotated.status_code == 200
    code = rotated.json()["code"]
    phone = house.client()
    seat = (await phone.post(f"{V1}/guest-sessions", json={"code": code, "name": "Benedikt"})).json()
    stream = seat["tableSession"]["id"]

    joined = await old.http.post(f"{V1}/guest-sessions", json={"code": old.table.code, "name": "Olga"})
    assert (joined.status_code, joined.json()["code"]) == (403, "expired_code")
    page = await old.http.get(f"/t/{old.table.code}")
    assert page.status_code == 403
    told = [joined, page]
    told += [await old.http.get(f"{V1}/table-sessions/{stream}{path}") for path in ("", "/payment-status", "/events")]
    order = {"items": [{"menuItemId": house.here.items["Tacos"], "quantity": 1}]}
    told.append(await old.http.post(f"{V1}/table-sessions/{stream}/orders", json=order))
    pay = {"paymentMethod": "card"}
    told.append(await old.http.post(f"{V1}/table-sessions/{stream}/payment", json=pay, headers=keyed()))
    assert [answer.status_code for answer in told[2:]] == [404] * 5
    assert not [answer for answer in told if "Benedikt" in answer.text or seat["guest"]["id"] in answer.text]
    bearer = {"authorization": f"Bearer {old.token}"}
    assert (await house.client().get(f"{V1}/table-sessions/{stream}", headers=bearer)).status_code == 404


async def test_a_guest_at_the_table_keeps_their_seat_when_the_code_is_made_void(
    house: House, guest: Guest, manager: Member
) -> None:
    await manager.http.post(f"{V1}/tables/{guest.table.table_id}/code")
    assert (await guest.get()).status_code == 200
