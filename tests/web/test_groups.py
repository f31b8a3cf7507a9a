"""People who pay together, over HTTP."""

from typing import Any

from tests.web.house import V1, House
from tests.web.people import Answer, Guest, Member, keyed, sit
from tests.web.test_payments import collected, confirm, ended


async def couple(house: House) -> tuple[Guest, Guest]:
    ana = await sit(house, name="Ana")
    ben = await sit(house, table=ana.table, name="Ben")
    await ana.order(house.here)
    await ben.order(house.here, "Bread")
    return ana, ben


async def propose(who: Guest, key: str = "", **body: Any) -> Answer:
    return await who.post("/group-payments", body, headers=keyed(key))


async def mine(who: Guest, group: str) -> dict[str, Any]:
    told: dict[str, Any] = (await who.http.get(f"{V1}/group-payments/{group}")).json()["payment"]
    return told


async def test_a_table_pays_together(house: House) -> None:
    ana, ben = await couple(house)
    answer = await propose(ana, deadlineS=300, expectedAmount=1879)
    told = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.headers["location"] == f"/api/v1/group-payments/{told['id']}"
    assert (told["status"], told["amount"], set(told["payments"].values())) == ("open", 1879, {ana.id, ben.id})
    shown = (await ben.view())["groups"][told["id"]]
    assert (shown["by"], set(shown["waiting"]), shown["ready"]) == (ana.id, {ana.id, ben.id}, [])
    await confirm(house, told["payment"])
    token = {"confirmationToken": await collected(house, "pm_card_visa")}
    own = await mine(ben, told["id"])
    paid = await ben.http.post(f"{V1}/payments/{own['id']}/pay", json=token, headers=keyed())
    assert paid.json()["status"] == "authorized"
    assert (await ended(ana, told["payment"]["id"]))["status"] == "succeeded"
    assert (await ended(ben, own["id"]))["status"] == "succeeded"
    status = (await ana.get("/payment-status")).json()
    assert (status["remainingAmount"], status["groups"][told["id"]]["status"]) == (0, "succeeded")
    assert (await ana.view())["tableSession"]["status"] == "settled"


async def test_one_key_is_one_group(house: House) -> None:
    ana, _ = await couple(house)
    first, second = await propose(ana, "together"), await propose(ana, "together")
    assert (first.content, second.headers["idempotent-replayed"]) == (second.content, "true")
    assert (await propose(ana)).json()["code"] == "group_open"


async def test_secrets_of_a_group_stay_with_each_payer(house: House, waiter: Member) -> None:
    ana, ben = await couple(house)
    told = (await propose(ana)).json()
    assert (await mine(ben, told["id"]))["clientSecret"] != told["payment"]["clientSecret"]
    for text in ((await ben.get()).text, (await ben.get("/payment-status")).text):
        assert "_secret_" not in text
    seen = await waiter.http.get(f"{V1}/group-payments/{told['id']}")
    assert (seen.status_code, "payment" in seen.json()) == (200, False)
    stranger = await sit(house)
    assert (await stranger.http.get(f"{V1}/group-payments/{told['id']}")).status_code == 404


async def test_a_group_is_given_up_and_everything_is_free_again(house: House, waiter: Member) -> None:
    ana, ben = await couple(house)
    told = (await propose(ana)).json()
    reminded = await waiter.http.post(f"{V1}/group-payments/{told['id']}/remind")
    assert reminded.status_code == 200
    too_soon = await ben.http.post(f"{V1}/group-payments/{told['id']}/remind")
    assert (too_soon.status_code, too_soon.json()["code"]) == (429, "too_many")
    assert int(too_soon.headers["retry-after"]) <= 60
    gone = await ben.http.post(f"{V1}/group-payments/{told['id']}/cancel")
    assert (gone.json()["status"], gone.json()["reason"]) == ("released", "payer")
    assert (await ben.get("/payment-status")).json()["reservedAmount"] == 0


async def test_a_group_needs_two_who_owe(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    alone = await propose(guest)
    assert (alone.status_code, alone.json()["code"]) == (422, "invalid")
    named = await propose(guest, payers=[{"guest": guest.id}])
    assert named.status_code == 422
    assert (await propose(guest, deadlineS=5)).status_code == 422


async def test_those_who_owe_are_reminded(house: House) -> None:
    ana, ben = await couple(house)
    assert (await ana.post("/reminders", {"guests": [ben.id]})).status_code == 200
    assert (await ana.view())["guests"][ben.id]["remindedAt"]
    assert "remindedAt" not in (await ana.view())["guests"][ana.id]
    again = await ben.post("/reminders")
    assert (again.status_code, again.headers["retry-after"].isdecimal()) == (429, True)
