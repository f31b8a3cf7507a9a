"""Money on its way back, over HTTP: roles, keys, limits, lists, and news of the provider through the webhook."""

import asyncio
from typing import Any

import httpx2

from app.actions.house import Person, add_staff
from app.domain.commands import Role
from app.ids import new_id
from app.storage import payments
from app.storage.tables import Payment
from tests.web.house import PASSWORD, V1, House
from tests.web.people import Answer, Guest, Member, keyed, sign_in
from tests.web.test_payments import confirm, ended

TACOS = 1579


async def paid(house: House, guest: Guest, **more: Any) -> dict[str, Any]:
    """A card payment that has gone through."""
    await guest.order(house.here)
    started = (await guest.pay(**more)).json()
    await confirm(house, started)
    over = await ended(guest, started["id"])
    assert over["status"] == "succeeded"
    return over


async def somebody(house: House, role: Role = "manager") -> Member:
    """A member of staff of their own, whose five a minute nobody else has used up."""
    email = f"{new_id().lower()}@refunds.example"
    await add_staff(house.desk, house.here.id, Person(email, role.title(), role, PASSWORD))
    http = house.client()
    answer = await http.post(f"{V1}/staff/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return Member(http, role)


async def refund(member: Member, payment: str, key: str = "", **body: Any) -> Answer:
    """A member of staff sends money back."""
    wish = {"reason": "cold", **body}
    return await member.http.post(f"{V1}/payments/{payment}/refunds", json=wish, headers=keyed(key))


async def control(house: House, what: str, **given: Any) -> dict[str, Any]:
    """What only the one who steers the sandbox can do."""
    async with httpx2.AsyncClient(base_url=house.sandbox.url, trust_env=False) as stripe:
        answer = await stripe.post(f"/_sandbox/{what}", json=given)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made


async def until(member: Member, path: str, has: str) -> dict[str, Any]:
    """Read a list until there is something in it, or patience is over."""
    found: dict[str, Any] = {}
    for _ in range(100):
        found = (await member.http.get(f"{V1}{path}")).json()
        if found[has]:
            break
        await asyncio.sleep(0.05)
    return found


async def test_a_manager_sends_money_back_and_the_payer_sees_it(house: House, guest: Guest) -> None:
    manager = await somebody(house)
    payment = await paid(house, guest, tipAmount=100)
    before = (await manager.http.get(f"{V1}/payments/{payment['id']}")).json()["refundable"]
    assert (before["amount"], before["tipAmount"]) == (TACOS, 100)
    answer = await refund(manager, payment["id"], amount=500)
    (made,) = answer.json()["refunds"]
    assert (answer.status_code, made["state"], made["amount"], made["askedBy"]["name"]) == (
        202, "succeeded", 500, "Manager",
    )  # fmt: skip
    mine = (await guest.http.get(f"{V1}/payments/{payment['id']}")).json()
    assert (mine["refunded"], "refundable" in mine, "disputed" in mine) == (500, False, False)
    assert (await guest.view())["payments"][payment["id"]]["refunded"] == 500
    one = (await manager.http.get(f"{V1}/refunds/{made['id']}")).json()
    assert sum(sum(guests.values()) for guests in one["allocations"].values()) == 500


async def test_a_waiter_asks_and_a_manager_approves_or_declines(house: House, guest: Guest) -> None:
    waiter = await somebody(house, "waiter")
    manager = await somebody(house)
    payment = await paid(house, guest)
    first, second = [(await refund(waiter, payment["id"], amount=100)).json()["refunds"][0] for _ in range(2)]
    assert (first["state"], "decidedBy" in first) == ("asked", False)
    no = await waiter.http.post(f"{V1}/refunds/{first['id']}/approve", headers=keyed())
    assert (no.status_code, no.json()["code"]) == (403, "second_person")
    yes = await manager.http.post(f"{V1}/refunds/{first['id']}/approve", headers=keyed())
    assert (yes.status_code, yes.json()["state"], yes.json()["decidedBy"]["name"]) == (202, "succeeded", "Manager")
    declined = await manager.http.post(f"{V1}/refunds/{second['id']}/decline", json={"reason": "was fine"})
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    again = await manager.http.post(f"{V1}/refunds/{second['id']}/approve", headers=keyed())
    assert (again.status_code, again.json()["code"]) == (409, "refund_ended")


async def test_a_refund_needs_a_key_a_role_and_a_wish_that_makes_sense(house: House, guest: Guest) -> None:
    manager, kitchen = await somebody(house), await sign_in(house, "kitchen")
    stranger = await sign_in(house, "manager", house.elsewhere)
    payment = (await paid(house, guest))["id"]
    path = f"{V1}/payments/{payment}/refunds"
    assert (await manager.http.post(path, json={"reason": "x"})).json()["code"] == "idempotency_key_required"
    assert (await refund(kitchen, payment)).status_code == 403
    assert (await guest.http.post(path, json={"reason": "x"}, headers=keyed())).status_code in {401, 403}
    assert (await refund(stranger, payment)).status_code == 404
    for wish in ({"amount": 1, "credits": True}, {"amount": 0}, {"tip": 5}, {"reason": ""}, {"amount": "5"}, {"x": 1}):
        assert (await refund(manager, payment, **wish)).status_code == 422, wish
    too_much = await refund(manager, payment, amount=TACOS + 1)
    assert (too_much.status_code, too_much.json()["code"], too_much.json()["amount"]) == (409, "amount_changed", TACOS)
    for path in ("/refunds/nothing", "/disputes/nothing", "/disputes/nothing/evidence"):
        assert (await manager.http.get(f"{V1}{path}")).status_code == 404


async def test_five_a_minute_and_a_replay_is_answered_before_that(house: House, guest: Guest) -> None:
    owner = await somebody(house, "owner")
    payment = (await paid(house, guest))["id"]
    answers = [await refund(owner, payment, key=f"key-{payment}-{n}", amount=1) for n in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert answers[-1].json()["limit"] == "refunds"
    again = await refund(owner, payment, key=f"key-{payment}-0", amount=1)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.json() == answers[0].json()


async def test_a_table_gets_back_a_sum_over_all_who_paid(house: House, guest: Guest) -> None:
    manager = await somebody(house)
    payment = await paid(house, guest)
    answer = await manager.at(guest, "/refunds", {"reason": "late", "amount": 300})
    assert [(each["paymentId"], each["amount"]) for each in answer.json()["refunds"]] == [(payment["id"], 300)]
    bad = await manager.at(guest, "/refunds", {"reason": "late", "amount": 300, "credits": True})
    assert bad.status_code == 422


async def test_refunds_are_listed_and_filtered(house: House, guest: Guest) -> None:
    waiter = await somebody(house, "waiter")
    manager = await somebody(house)
    payment = (await paid(house, guest))["id"]
    await refund(waiter, payment, amount=100)
    await refund(manager, payment, amount=200)
    mine = f"{V1}/refunds?payment={payment}"
    assert [each["amount"] for each in (await waiter.http.get(mine)).json()["refunds"]] == [200, 100]
    asked = (await manager.http.get(f"{mine}&state=asked,planned&cause=staff&from=2020-01-01T00:00:00Z")).json()
    assert [each["amount"] for each in asked["refunds"]] == [100]
    first = (await manager.http.get(f"{mine}&limit=1")).json()
    assert [each["amount"] for each in first["refunds"]] == [200]
    rest = (await manager.http.get(f"{mine}&limit=1&cursor={first['next']}")).json()
    assert [each["amount"] for each in rest["refunds"]] == [100]
    for query in ("state=odd", "cause=odd", "from=yesterday", "to=2020-01-01T00:00:00", "limit=0", "limit=x"):
        assert (await manager.http.get(f"{V1}/refunds?{query}")).status_code == 422, query


async def test_f35_news_of_the_dashboard_come_through_the_webhook(house: House, guest: Guest) -> None:
    """F35."""
    manager = await somebody(house)
    payment = await paid(house, guest)
    (row,) = await _payments(house, guest)
    await control(house, "refunds", payment_intent=row.intent_id, amount=300)
    found = await until(manager, f"/refunds?payment={payment['id']}", "refunds")
    assert [(each["cause"], each["amount"], each["state"]) for each in found["refunds"]] == [
        ("provider", 300, "succeeded")
    ]


async def _payments(house: House, guest: Guest) -> list[Payment]:
    return await payments.of_stream(house.desk.database, guest.stream)


async def test_a_dispute_is_the_houses_alone_and_its_evidence_can_be_taken_along(
    house: House, guest: Guest, waiter: Member
) -> None:
    manager = await somebody(house)
    payment = await paid(house, guest)
    (row,) = await _payments(house, guest)
    made = await control(house, "disputes", payment_intent=row.intent_id)
    found = await until(manager, f"/disputes?payment={payment['id']}&state=open", "disputes")
    assert [(each["id"], each["amount"]) for each in found["disputes"]] == [(made["id"], TACOS)]
    assert (await manager.http.get(f"{V1}/disputes/{made['id']}")).json()["providerStatus"] == "needs_response"
    assert (await waiter.http.get(f"{V1}/disputes")).status_code == 403
    file = await manager.http.get(f"{V1}/disputes/{made['id']}/evidence")
    assert "attachment" in file.headers["content-disposition"]
    assert file.json()["payment"]["amount"] == TACOS
    page = await manager.http.get(f"{V1}/disputes/{made['id']}/evidence.html")
    assert (page.status_code, "Tacos" in page.text, made["id"] in page.text) == (200, True, True)
    assert "disputed" not in (await guest.http.get(f"{V1}/payments/{payment['id']}")).json()
    no = await refund(manager, payment["id"], amount=5)
    assert (no.status_code, no.json()["code"]) == (409, "payment_disputed")
