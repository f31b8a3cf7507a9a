from datetime import UTC, datetime, timedelta
from typing import Any

from app.ids import new_id
from tests.web.house import V1, House
from tests.web.people import Answer, Member, keyed, sign_in
from tests.web.test_payments import confirm

TERMS = {"bookable": True, "noShowAmount": 2000, "opensAt": 0, "lastAt": 1439}


async def open_house(house: House, **terms: Any) -> None:
    manager = await sign_in(house, "manager")
    answer = await manager.http.put(f"{V1}/booking-policy", json={**TERMS, **terms})
    assert answer.status_code == 200, answer.text


def wanted(days: float = 2, **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC) + timedelta(days=days)
    return {"at": at.isoformat(), "people": 2, "name": "Ana", "contact": "+33 6 12 34 56 78", **more}


async def book(house: House, http: Any, **more: Any) -> Answer:
    answer: Answer = await http.post(f"{V1}/restaurants/{house.here.id}/bookings", json=wanted(**more))
    return answer


async def test_a_guest_books_gives_a_card_looks_and_cancels(house: House) -> None:
    await open_house(house)
    http = house.client()
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    offer = await http.get(f"{V1}/restaurants/{house.here.id}/booking", params={"date": day, "people": 2})
    assert (offer.status_code, offer.json()["noShowAmount"]) == (200, 2000)
    assert len(offer.json()["times"]) > 20
    answer = await book(house, http)
    made = answer.json()
    assert (answer.status_code, made["state"], made["hold"]["amount"]) == (201, "booked", 4000)
    assert answer.headers["cache-control"] == "no-store"
    await confirm(house, made["hold"])
    seat = {"tableSession": made["tableSessionId"]}
    mine = (await http.get(f"{V1}/bookings/mine", params=seat)).json()
    assert (mine["holdStatus"], mine["name"]) == ("authorized", "Ana")
    bearer = {"authorization": f"Bearer {made['token']}"}
    assert (await house.client().get(f"{V1}/holds/{made['holdId']}", headers=bearer)).status_code == 200
    gone = await http.post(f"{V1}/bookings/mine/cancel", params=seat)
    assert (gone.json()["state"], gone.json()["holdStatus"]) == ("canceled", "released")


async def test_staff_see_the_day_and_seat_the_party(house: House, waiter: Member) -> None:
    await open_house(house, noShowAmount=0)
    made = (await book(house, house.client())).json()
    day = made["at"][:10]
    listed = (await waiter.http.get(f"{V1}/bookings", params={"date": day})).json()["bookings"]
    assert made["id"] in [each["id"] for each in listed]
    assert not [each for each in listed if "token" in each]
    called = await waiter.http.post(f"{V1}/bookings", json=wanted(people=1, name="Bob"))
    assert (called.status_code, "token" in called.json()) == (201, False)
    early = await waiter.http.post(f"{V1}/bookings/{made['id']}/no-show", json={})
    assert (early.status_code, early.json()["code"]) == (409, "not_open")
    seated = await waiter.http.post(
        f"{V1}/bookings/{made['id']}/seat", json={"tableId": (await house.here.table()).table_id}
    )
    assert (seated.status_code, seated.json()["state"]) == (200, "seated")
    snapshot = await waiter.http.get(f"{V1}/table-sessions/{made['tableSessionId']}")
    assert snapshot.json()["view"]["tableSession"]["status"] == "open"
    again = await waiter.http.post(f"{V1}/bookings/{made['id']}/cancel", json={})
    assert (again.status_code, again.json()["code"]) == (409, "booking_ended")


async def test_what_makes_no_sense_is_refused_by_name(house: House, waiter: Member) -> None:
    http, here = house.client(), f"{V1}/restaurants/{house.here.id}"
    await open_house(house, bookable=False)
    assert (await book(house, http)).json()["code"] == "not_bookable"
    await open_house(house)
    wrong: list[dict[str, Any]] = [{"people": 0}, {"contact": "x"}, {"key": "short"}, {"days": -1}]
    wrong += [
        {"at": at} for at in ("tomorrow", 1_900_000_000, "1900000000", "2027-01-01T19:00", "9999-12-31T23:59-12:00")
    ]
    for more in wrong:
        answer = await book(house, http, **more)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), more
    for day in ("soon", "9999-12-31", "2026-02-30"):
        assert (await http.get(f"{here}/booking", params={"date": day})).status_code == 422
    assert (await http.get(f"{here}/booking", params={"date": "2026-11-30", "people": "many"})).status_code == 422
    assert (await http.post(f"{V1}/restaurants/{new_id()}/bookings", json=wanted())).status_code == 404
    assert (await http.get(f"{V1}/bookings/mine")).status_code == 401
    terms = await waiter.http.put(f"{V1}/booking-policy", json={"bookable": True})
    assert (terms.status_code, terms.json()["code"]) == (403, "forbidden")
    other = await waiter.http.post(f"{V1}/bookings/{new_id()}/cancel", json={}, headers=keyed())
    assert other.status_code == 404
