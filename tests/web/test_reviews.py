import pytest

from app.actions.access import GuestAccess
from app.ids import new_id
from app.storage import risk
from app.storage.tables import CardTry
from tests.web.house import V1, House
from tests.web.people import Guest, Member, keyed


@pytest.fixture
async def suspect(house: House, guest: Guest) -> Guest:
    """Somebody on whose phone four cards were declined just now."""
    await guest.order(house.here)
    for _ in range(4):
        await risk.note(house.desk.database, tried(house, guest))
    return guest


def tried(house: House, guest: Guest) -> CardTry:
    who = GuestAccess(guest.id, guest.stream, house.here.id)
    return CardTry(
        payment_id=new_id(),
        attempt="ch_1",
        stream=who.stream,
        restaurant_id=who.restaurant_id,
        table_id=guest.table.table_id,
        guest_id=who.guest_id,
        outcome="declined",
        at=house.desk.now(),
    )


async def test_staff_say_yes_and_the_same_request_goes_through(house: House, suspect: Guest, waiter: Member) -> None:
    key = keyed()["idempotency-key"]
    waits = await suspect.pay(key)
    assert (waits.status_code, waits.json()["code"]) == (409, "needs_approval")
    assert "declined" not in waits.text
    ((request),) = (await suspect.view())["requests"].values()
    assert (request["kind"], request["by"]) == ("review", suspect.id)
    queue = await waiter.http.get(f"{V1}/reviews")
    (review,) = [one for one in queue.json()["reviews"] if one["guestId"] == suspect.id]
    assert review["id"] == waits.json()["review"]
    assert {"guest_declines", "table_declines"} <= {signal["name"] for signal in review["signals"]}
    said = await waiter.http.post(f"{V1}/reviews/{review['id']}/allow", json={"reason": "knows them"})
    assert (said.status_code, said.json()["state"], said.json()["decidedBy"]) == (200, "allowed", "Waiter")
    assert (await suspect.view())["requests"] == {}
    paid = await suspect.pay(key)
    assert (paid.status_code, paid.json()["paymentMethod"]) == (201, "card")
    late = await waiter.http.post(f"{V1}/reviews/{review['id']}/block", json={"reason": "no"})
    assert (late.status_code, late.json()["code"]) == (409, "review_decided")


async def test_staff_say_no_and_cash_is_left(suspect: Guest, waiter: Member) -> None:
    review = (await suspect.pay()).json()["review"]
    assert (await waiter.http.post(f"{V1}/reviews/{review}/block", json={"reason": "no"})).status_code == 200
    blocked = await suspect.pay()
    assert (blocked.status_code, blocked.json()["code"]) == (403, "payment_blocked")
    assert (await suspect.pay(paymentMethod="cash")).status_code == 201


async def test_a_guest_does_not_take_the_call_back(suspect: Guest) -> None:
    await suspect.pay()
    (request,) = (await suspect.view())["requests"]
    assert (await suspect.post(f"/requests/{request}/answer")).status_code == 403


async def test_the_queue_is_for_the_floor(house: House, suspect: Guest) -> None:
    review = (await suspect.pay()).json()["review"]
    for method, path in (("GET", "/reviews"), ("POST", f"/reviews/{review}/allow")):
        told = await suspect.http.request(method, V1 + path, json={"reason": "mine"} if method == "POST" else None)
        assert told.status_code == 403
