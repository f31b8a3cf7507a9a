from tests.web.house import V1, House
from tests.web.people import Guest, sit


async def test_a_guest_who_is_too_fast_has_to_wait_and_the_others_do_not(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    answers = [await guest.post("/commands", {"cid": "c", "id": 1, "k": "guest.rename", "d": {"name": "A"}})]
    while answers[-1].status_code == 200 and len(answers) < 2000:
        answers.append(await guest.post("/commands", {"cid": "c", "id": 1, "k": "guest.rename", "d": {"name": "A"}}))
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many")
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["limit"] == "commands"
    assert len(answers) > 200
    assert (await second.post("/requests", {"kind": "water"})).status_code == 201


async def test_ten_payments_a_minute_are_enough_and_a_known_key_is_answered_all_the_same(
    house: House, guest: Guest
) -> None:
    answers = [await guest.pay(f"key-{number}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [409] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) <= 6
    again = await guest.pay("key-3")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (409, "true")
    # What was turned away was never tried: its key is as good as new.
    assert (await guest.pay("key-10")).headers.get("idempotent-replayed") is None


async def test_turning_away_is_counted(house: House, guest: Guest) -> None:
    while (await guest.pay()).status_code != 429:
        pass
    text = (await guest.http.get("/metrics")).text
    assert 'splittable_http_limited_total{limit="payments"}' in text
    assert V1 in text


async def test_a_pin_cannot_be_tried_through(house: House, guest: Guest) -> None:
    async with house.client() as thief:
        body = {"code": guest.table.code, "visit": "join"}
        answers = [
            await thief.post(f"{V1}/guest-sessions", json={**body, "pin": f"{number:04}"}) for number in range(21)
        ]
        assert (answers[-1].status_code, answers[-1].json()["limit"]) == (429, "pins")
        assert (await thief.post(f"{V1}/guest-sessions", json=body)).status_code == 200
