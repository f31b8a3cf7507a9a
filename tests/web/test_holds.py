from typing import Any

import pytest

from app.ids import new_id
from tests.web.house import V1, House
from tests.web.people import Answer, Guest, Member, keyed, sit
from tests.web.test_payments import confirm


async def opened(house: House, guest: Guest, estimate: int = 5000) -> dict[str, Any]:
    """A tab whose card was given."""
    answer = await guest.post("/holds", {"estimate": estimate}, headers=keyed())
    assert answer.status_code == 201, answer.text
    await confirm(house, answer.json())
    told: dict[str, Any] = (await guest.http.get(f"{V1}/holds/{answer.json()['id']}")).json()
    return told


async def ask(guest: Guest, hold: str, what: str, body: Any = None) -> Answer:
    return await guest.http.post(f"{V1}/holds/{hold}/{what}", json=body or {}, headers=keyed())


async def test_a_tab_goes_from_the_card_to_the_receipt(house: House, guest: Guest) -> None:
    answer = await guest.post("/holds", {"estimate": 5000}, headers=keyed())
    placed = answer.json()
    assert (answer.status_code, placed["status"], placed["amount"]) == (201, "placed", 6000)
    assert answer.headers["location"] == f"{V1}/holds/{placed['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert placed["clientSecret"].startswith("pi_")
    await confirm(house, placed)
    told = (await guest.http.get(f"{V1}/holds/{placed['id']}")).json()
    assert (told["status"], told["canRaise"], told["card"]) == ("authorized", True, "visa 4242")
    assert "clientSecret" not in told
    assert (await guest.view())["holds"] == {placed["id"]: {"guest": guest.id, "amount": 6000, "status": "authorized"}}
    await guest.order(house.here)
    captured = (await ask(guest, placed["id"], "capture", {"tipAmount": 200, "expectedAmount": 1579})).json()
    assert (captured["status"], captured["captured"], captured["owed"]) == ("captured", 1779, 0)
    payment = (await guest.http.get(f"{V1}/payments/{captured['paymentId']}")).json()
    assert (payment["status"], payment["amount"], payment["tipAmount"]) == ("succeeded", 1579, 200)
    assert (await guest.http.get(payment["receiptUrl"])).status_code == 200


async def test_a_double_tap_opens_one_tab(guest: Guest) -> None:
    headers = keyed()
    first, second = [await guest.post("/holds", {"estimate": 5000}, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert len((await guest.view())["holds"]) == 1
    third = await guest.post("/holds", {"estimate": 5000}, headers=keyed())
    assert (third.status_code, third.json()["code"], third.json()["hold"]) == (409, "hold_open", first.json()["id"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"estimate": 1}, 409, "below_minimum"),
        ({"estimate": 100_000_000}, 422, "invalid"),
        ({"estimate": "50"}, 422, "invalid"),
        ({"amount": 5000}, 422, "invalid"),
    ],
)
async def test_an_estimate_that_makes_no_tab_is_refused(
    guest: Guest, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await guest.post("/holds", body, headers=keyed())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await guest.view())["holds"] == {}


async def test_a_tab_is_its_holders_and_the_staffs(house: House, guest: Guest, waiter: Member) -> None:
    tab = await opened(house, guest)
    other = await sit(house, table=guest.table)
    assert (await other.http.get(f"{V1}/holds/{tab['id']}")).status_code == 404
    assert (await ask(other, tab["id"], "capture")).status_code == 404
    assert (await guest.http.get(f"{V1}/holds/{new_id()}")).status_code == 404
    seen = await waiter.http.get(f"{V1}/holds/{tab['id']}")
    assert (seen.status_code, seen.json()["status"]) == (200, "authorized")
    refused = await waiter.at(guest, "/holds", {"estimate": 5000})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    raised = await waiter.http.post(f"{V1}/holds/{tab['id']}/raise", json={"estimate": 6000}, headers=keyed())
    assert (raised.status_code, raised.json()["amount"]) == (200, 7200)


async def test_who_owes_keeps_the_tab_and_who_does_not_gets_it_back(house: House, guest: Guest) -> None:
    tab = await opened(house, guest)
    await guest.order(house.here)
    kept = await ask(guest, tab["id"], "release")
    assert (kept.status_code, kept.json()["code"], kept.json()["unpaid"]) == (409, "still_owed", 1579)
    changed = await ask(guest, tab["id"], "capture", {"expectedAmount": 1})
    assert (changed.status_code, changed.json()["code"]) == (409, "amount_changed")
    other = await opened(house, await sit(house))
    assert other["status"] == "authorized"


async def test_closing_the_table_captures_the_tab(house: House, guest: Guest, waiter: Member) -> None:
    tab = await opened(house, guest)
    await guest.order(house.here)
    closed = await waiter.at(guest, "/close", {"reason": "good night"})
    assert closed.status_code == 200, closed.text
    told = (await waiter.http.get(f"{V1}/holds/{tab['id']}")).json()
    assert (told["status"], told["captured"]) == ("captured", 1579)
