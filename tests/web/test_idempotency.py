from app.actions.access import GuestAccess, StaffAccess
from app.ids import new_id
from app.storage import idempotency as kept
from app.web.idempotency import fingerprint, scope_of
from tests.web.house import V1, House
from tests.web.people import Guest, keyed


def test_a_key_belongs_to_one_person_of_one_restaurant() -> None:
    scopes = {
        scope_of(GuestAccess("p", "s", "r")),
        scope_of(GuestAccess("p", "s", "r2")),
        scope_of(GuestAccess("p2", "s", "r")),
        scope_of(StaffAccess("p", "r", "waiter", "W")),
    }
    assert len(scopes) == 4


async def test_a_request_whose_process_died_is_gone_on_with_under_the_same_id(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    scope = scope_of(GuestAccess(guest.id, guest.stream, house.here.id))
    path, body = f"{guest.path}/payment", b'{"paymentMethod":"cash"}'
    subject, key = new_id(), new_id()
    body_hash = fingerprint("POST", path, body)
    long_ago = house.desk.now() - kept.STALE * 2
    await kept.begin(house.desk.database, scope, key, body_hash, subject=subject, now=long_ago)
    headers = {"content-type": "application/json", **keyed(key)}
    answer = await guest.http.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["id"]) == (201, subject)


async def test_a_request_that_is_still_running_is_not_started_again(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    scope = scope_of(GuestAccess(guest.id, guest.stream, house.here.id))
    path, body, key = f"{guest.path}/payment", b'{"paymentMethod":"cash"}', new_id()
    now = house.desk.now()
    await kept.begin(house.desk.database, scope, key, fingerprint("POST", path, body), subject=new_id(), now=now)
    headers = {"content-type": "application/json", **keyed(key)}
    answer = await guest.http.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_in_progress")
    assert answer.headers["retry-after"] in {"1", "2"}
    assert (await guest.view())["payments"] == {}


async def test_the_same_key_for_another_call_is_another_request(house: House, guest: Guest) -> None:
    assert (await guest.pay("one")).status_code == 409
    path = f"{V1}/payments/{new_id()}/cancel"
    assert (await guest.http.post(path, headers=keyed("one"))).status_code == 404
