from tests.web.house import V1, House
from tests.web.people import Guest, Member, sit


async def test_a_seat_comes_with_a_token_the_bill_and_cookies(house: House) -> None:
    code = (await house.here.table()).code
    async with house.client() as phone:
        answer = await phone.post(f"{V1}/guest-sessions", json={"code": code, "name": "Ana"})
        seat = answer.json()
        assert answer.status_code == 201
        assert set(seat) == {"token", "guest", "tableSession", "view"}
        assert seat["guest"]["name"] == "Ana"
        assert seat["view"]["guests"][seat["guest"]["id"]]["name"] == "Ana"
        assert (await phone.get(f"{V1}/table-sessions/{seat['tableSession']['id']}")).status_code == 200


async def test_the_same_phone_gets_its_seat_back(house: House, guest: Guest) -> None:
    again = await guest.http.post(f"{V1}/guest-sessions", json={"code": guest.table.code})
    assert again.status_code == 200
    assert again.json()["guest"]["id"] == guest.id


async def test_a_token_gets_the_seat_back_where_there_are_no_cookies(house: House, guest: Guest) -> None:
    async with house.client() as script:
        bearer = {"authorization": f"Bearer {guest.token}"}
        again = await script.post(f"{V1}/guest-sessions", json={"code": guest.table.code}, headers=bearer)
        assert (again.status_code, again.json()["guest"]["id"]) == (200, guest.id)


async def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(house: House) -> None:
    async with house.client() as phone:
        answer = await phone.post(f"{V1}/guest-sessions", json={"code": (await house.here.table()).code})
        cookies = answer.headers.get_list("set-cookie")
        assert len(cookies) == 2
        for cookie in cookies:
            attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/"} <= attributes
            assert "secure" not in attributes
            assert not cookie.startswith("__Host-")


async def test_a_guest_may_change_the_name(guest: Guest) -> None:
    assert (await guest.http.patch(f"{V1}/guest-sessions/me", json={"name": "Anna"})).status_code == 204
    assert (await guest.view())["guests"][guest.id]["name"] == "Anna"


async def test_me_is_the_newest_seat_unless_another_is_named(house: House, guest: Guest) -> None:
    other = await guest.http.post(f"{V1}/guest-sessions", json={"code": (await house.here.table()).code})
    where = {"tableSession": guest.stream}
    assert (await guest.http.patch(f"{V1}/guest-sessions/me", json={"name": "Old"}, params=where)).status_code == 204
    assert (await guest.http.patch(f"{V1}/guest-sessions/me", json={"name": "New"})).status_code == 204
    assert (await guest.view())["guests"][guest.id]["name"] == "Old"
    there = await guest.http.get(f"{V1}/table-sessions/{other.json()['tableSession']['id']}")
    assert there.json()["view"]["guests"][other.json()["guest"]["id"]]["name"] == "New"


async def test_who_leaves_has_no_seat_any_more(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    answer = await guest.http.delete(f"{V1}/guest-sessions/me")
    assert answer.status_code == 204
    assert not [name for name in guest.http.cookies if "seat" in name]
    assert (await second.view())["guests"][guest.id]["left"] is True


async def test_a_seat_that_is_named_but_cannot_be_is_not_found(guest: Guest, waiter: Member) -> None:
    for where in ("%00", "nobody", "a b"):
        path = f"{V1}/guest-sessions/me?tableSession={where}"
        assert (await guest.http.patch(path, json={"name": "Eve"})).status_code == 404
        assert (await waiter.http.patch(path, json={"name": "Eve"})).status_code == 404


async def test_an_unknown_code_leads_nowhere(house: House, guest: Guest) -> None:
    async with house.client() as phone:
        for code in ("nonsense", guest.table.code[:-1] + "!", "x" * 200, "💥"):
            answer = await phone.post(f"{V1}/guest-sessions", json={"code": code})
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_code")
