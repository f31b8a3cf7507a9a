import pytest

from app.ids import new_id
from tests.web.house import House
from tests.web.people import Guest, Member, sign_in, sit


async def test_a_command_answers_with_the_version_it_made(guest: Guest) -> None:
    before = (await guest.get()).json()["version"]
    body = {"cid": "c1", "id": 1, "k": "companion.add", "d": {"name": "Ben"}}
    answer = await guest.post("/commands", body)
    assert (answer.status_code, answer.json()) == (200, {"n": before + 1, "dup": False})


async def test_a_command_sent_again_is_done_once(guest: Guest) -> None:
    body = {"cid": "c1", "id": 7, "k": "companion.add", "d": {}}
    first = (await guest.post("/commands", body)).json()
    await guest.post("/requests", {"kind": "water"})
    assert (await guest.post("/commands", body)).json() == {"n": first["n"], "dup": True}
    assert len((await guest.view())["guests"]) == 2


async def test_a_number_used_for_something_else_is_refused(guest: Guest) -> None:
    await guest.post("/commands", {"cid": "c1", "id": 1, "k": "companion.add", "d": {}})
    answer = await guest.post("/commands", {"cid": "c1", "id": 1, "k": "companion.add", "d": {"name": "Eve"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "command_reused")


@pytest.mark.parametrize(
    ("k", "d", "field"),
    [
        ("no.such", {}, "k"),
        ("claims.set", {}, "line"),
        ("claims.set", {"line": "l", "guest": "g", "parts": -1}, "parts"),
        ("claims.set", {"line": "l", "guest": "g", "parts": 1.5}, "parts"),
        ("claims.set", {"line": "l", "guest": "g", "parts": "1"}, "parts"),
        ("claims.set", {"line": "l", "guest": "g", "parts": 1, "more": 1}, "more"),
        ("order.place", {"items": []}, "items"),
    ],
)
async def test_data_that_a_command_cannot_have_is_named(guest: Guest, k: str, d: object, field: str) -> None:
    answer = await guest.post("/commands", {"cid": "c1", "id": 1, "k": k, "d": d})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert any(field in fault["field"] for fault in answer.json()["errors"])


async def test_a_guest_orders_claims_splits_and_names_parts(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table, name="Ben")
    line = await guest.order(house.here)
    assert (await second.put(f"/lines/{line}/claims/{second.id}", {"parts": 1})).status_code == 200
    shown = await guest.view()
    assert shown["lines"][line]["claims"] == {guest.id: 1, second.id: 1}
    assert (await guest.put("/split", {"mode": "even", "shares": 3})).status_code == 200
    assert (await second.put(f"/parts/{second.id}", {"shares": 2})).status_code == 200
    assert (await guest.view())["split"]["shares"] == 3


async def test_an_order_takes_modifiers_and_a_note(house: House, guest: Guest) -> None:
    wanted = {
        "menuItemId": house.here.items["Burger"],
        "quantity": 2,
        "modifierIds": [house.here.modifiers["Well done"]],
        "note": "no onions",
    }
    assert (await guest.post("/orders", {"items": [wanted]})).status_code == 201
    (line,) = (await guest.view())["lines"].values()
    assert (line["quantity"], line["note"], line["net"]) == (2, "no onions", 2 * 1850)


async def test_what_is_sold_out_is_refused(house: House, guest: Guest) -> None:
    body = {"items": [{"menuItemId": house.here.items["Last trout"], "quantity": 2}]}
    answer = await guest.post("/orders", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "sold_out")


async def test_another_guests_claim_is_not_mine_to_change(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    line = await guest.order(house.here)
    answer = await second.put(f"/lines/{line}/claims/{guest.id}", {"parts": 0})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await guest.view())["lines"][line]["claims"] == {guest.id: 1}


async def test_percentages_may_not_exceed_the_whole(guest: Guest) -> None:
    answer = await guest.put("/split", {"mode": "percent", "percents": {guest.id: 1_000_000, "nobody": 1}})
    assert answer.status_code in {404, 409, 422}


async def test_unknown_things_are_not_found(guest: Guest) -> None:
    assert (await guest.put(f"/lines/{new_id()}/claims/{guest.id}", {"parts": 1})).status_code == 404
    assert (await guest.put(f"/parts/{new_id()}", {"shares": 1})).status_code in {404, 403}
    assert (await guest.post("/orders", {"items": [{"menuItemId": new_id(), "quantity": 1}]})).status_code == 404


STAFF_ONLY = ["/lines/x/void", "/lines/x/comp", "/discounts", "/close", "/reopen", "/move", "/payments/x/release"]


@pytest.mark.parametrize("path", STAFF_ONLY)
async def test_guests_may_not_do_what_staff_do(guest: Guest, path: str) -> None:
    answer = await guest.post(path, {"reason": "because"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_staff_work_on_a_bill(house: House, guest: Guest, waiter: Member) -> None:
    line, other = await guest.order(house.here), await guest.order(house.here, "Mint", 3)
    assert (await waiter.at(guest, f"/lines/{line}/discount", {"reason": "late", "ppm": 100_000})).status_code == 200
    assert (await waiter.at(guest, f"/lines/{line}/status", {"status": "ready"})).status_code == 200
    assert (await waiter.at(guest, f"/lines/{other}/comp", {"reason": "birthday"})).status_code == 200
    assert (await waiter.at(guest, "/covers", {"covers": 4}, "PUT")).status_code == 200
    shown = await guest.view()
    assert (shown["lines"][line]["net"], shown["lines"][line]["status"]) == (1305, "ready")
    assert shown["lines"][other]["status"] == "comped"
    assert (await waiter.at(guest, f"/lines/{line}/void", {"reason": "dropped"})).status_code == 200
    assert (await guest.view())["totals"]["total"] == 0


async def test_a_discount_of_the_bill_comes_and_goes(house: House, guest: Guest, waiter: Member) -> None:
    await guest.order(house.here)
    total = (await guest.view())["totals"]["total"]
    assert (await waiter.at(guest, "/discounts", {"reason": "friends", "ppm": 500_000})).status_code == 201
    (discount,) = (await guest.view())["discounts"]
    assert (await guest.view())["totals"]["total"] < total
    assert (await waiter.at(guest, f"/discounts/{discount}", method="DELETE")).status_code == 200
    assert (await guest.view())["totals"]["total"] == total


async def test_the_house_may_set_its_charge(house: House, guest: Guest, waiter: Member) -> None:
    assert (await waiter.at(guest, "/service-charge", {"ppm": 180_000}, "PUT")).status_code == 200
    await guest.order(house.here)
    assert (await guest.view())["totals"]["service"] == 261


async def test_a_request_is_claimed_and_answered(guest: Guest, waiter: Member) -> None:
    assert (await guest.post("/requests", {"kind": "water"})).status_code == 201
    (request,) = (await guest.view())["requests"]
    assert (await waiter.at(guest, f"/requests/{request}/claim")).status_code == 200
    assert (await guest.view())["requests"][request]["claimedBy"]
    assert (await waiter.at(guest, f"/requests/{request}/answer")).status_code == 200
    assert (await guest.view())["requests"] == {}


async def test_staff_enter_lines_that_are_nobodys(house: House, guest: Guest, waiter: Member) -> None:
    wanted = {"items": [{"menuItemId": house.here.items["Tacos"], "quantity": 1}]}
    assert (await waiter.at(guest, "/lines", wanted)).status_code == 201
    (line,) = (await guest.view())["lines"].values()
    assert line["claims"] == {}


async def test_a_visit_moves_closes_and_takes_no_requests_any_more(house: House, guest: Guest, waiter: Member) -> None:
    elsewhere = await house.here.table()
    assert (await waiter.at(guest, "/move", {"tableId": elsewhere.table_id})).status_code == 200
    assert (await guest.view())["tableSession"]["table"]["id"] == elsewhere.table_id
    assert (await waiter.at(guest, "/close", {"reason": "gone"})).status_code == 200
    answer = await guest.post("/requests", {"kind": "water"})
    assert (answer.status_code, answer.json()["code"]) == (409, "session_closed")


async def test_a_visit_that_owes_is_not_closed_but_abandoned(house: House, guest: Guest, waiter: Member) -> None:
    await guest.order(house.here)
    refused = await waiter.at(guest, "/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_owed")
    assert (await waiter.at(guest, "/abandon", {"reason": "walked out"})).status_code == 200
    assert (await guest.view())["tableSession"]["status"] == "abandoned"


async def test_staff_send_a_phone_away(house: House, guest: Guest, waiter: Member) -> None:
    second = await sit(house, table=guest.table)
    assert (await waiter.at(guest, f"/guests/{second.id}/remove", {"reason": "a stranger"})).status_code == 200
    assert (await second.get()).status_code == 401


async def test_the_kitchen_bumps_but_does_not_void(house: House, guest: Guest) -> None:
    cook = await sign_in(house, "kitchen")
    line = await guest.order(house.here)
    assert (await cook.at(guest, f"/lines/{line}/status", {"status": "preparing"})).status_code == 200
    assert (await cook.at(guest, f"/lines/{line}/void", {"reason": "no"})).status_code == 403
