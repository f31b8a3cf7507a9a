from tests.web.house import PASSWORD, V1, House
from tests.web.people import Member, sign_in


async def test_who_signs_in_is_told_who_they_are(house: House, waiter: Member) -> None:
    told = (await waiter.http.get(f"{V1}/staff/me")).json()
    assert (told["staff"]["name"], told["staff"]["role"]) == ("Waiter", "waiter")
    assert told["restaurant"]["id"] == house.here.id


async def test_a_wrong_password_and_an_unknown_address_look_alike(house: House) -> None:
    async with house.client() as browser:
        known = await browser.post(f"{V1}/staff/login", json={"email": house.here.people["waiter"], "password": "no"})
        unknown = await browser.post(f"{V1}/staff/login", json={"email": "nobody@example.org", "password": "no"})
    assert known.status_code == unknown.status_code == 401
    assert {**known.json(), "traceId": ""} == {**unknown.json(), "traceId": ""}
    assert known.json()["code"] == "wrong_login"


async def test_an_address_is_the_same_in_capitals(house: House) -> None:
    login = {"email": f" {house.here.people['waiter'].upper()} ", "password": PASSWORD}
    async with house.client() as browser:
        assert (await browser.post(f"{V1}/staff/login", json=login)).status_code == 200


async def test_the_session_ends_with_signing_out_everywhere(house: House) -> None:
    member = await sign_in(house, "manager")
    cookies = dict(member.http.cookies)
    assert (await member.http.post(f"{V1}/staff/logout")).status_code == 204
    assert not member.http.cookies
    async with house.client(cookies=cookies) as thief:
        assert (await thief.get(f"{V1}/staff/me")).status_code == 401


async def test_who_knows_the_password_may_come_as_often_as_they_like(house: House) -> None:
    login = {"email": house.here.people["owner"], "password": PASSWORD}
    async with house.client() as browser:
        answers = [await browser.post(f"{V1}/staff/login", json=login) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}


async def test_who_guesses_passwords_has_to_wait_even_with_the_right_one(any_house: House) -> None:
    victim = any_house.elsewhere.people["manager"]
    login = {"email": victim, "password": "guess"}
    async with any_house.client() as browser:
        answers = [await browser.post(f"{V1}/staff/login", json=login)]
        while answers[-1].status_code == 401 and len(answers) < 50:
            answers.append(await browser.post(f"{V1}/staff/login", json=login))
        right = await browser.post(f"{V1}/staff/login", json={"email": victim, "password": PASSWORD})
    assert len(answers) > 10
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert right.status_code == 429
