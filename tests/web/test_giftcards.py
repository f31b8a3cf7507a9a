"""Gift cards over HTTP: bought, looked at, redeemed, kept in order."""

from typing import Any

import pytest

from app.ids import new_id
from tests.web.house import V1, House
from tests.web.people import Guest, Member, keyed, sign_in, sit


@pytest.fixture(scope="module")
async def manager(house: House) -> Member:
    return await sign_in(house, "manager")


async def bought(house: House, waiter: Member) -> tuple[Guest, str, str]:
    """Somebody buys one with cash: the buyer, the payment and the code."""
    buyer = await sit(house)
    await buyer.order(house.here, "Gift card")
    payment = (await buyer.pay(paymentMethod="cash")).json()["id"]
    await waiter.at(buyer, f"/payments/{payment}/confirm", {"given": 5000}, key=new_id())
    cards = (await buyer.http.get(f"{V1}/payments/{payment}/gift-cards")).json()["giftCards"]
    return buyer, payment, cards[0]["code"]


async def test_a_gift_card_is_bought_looked_at_and_used(house: House, waiter: Member) -> None:
    buyer, payment, code = await bought(house, waiter)
    assert code not in (await buyer.get()).text
    guest = await sit(house)
    await guest.order(house.here)
    told = await guest.http.post(f"{V1}/gift-cards/balance", json={"code": code})
    assert (told.status_code, told.json()["balance"], "code" in told.json()) == (200, 5000, False)
    paid = await guest.pay("with-it", paymentMethod="giftCard", code=code, tipAmount=100)
    assert (paid.status_code, paid.json()["status"], paid.json()["amount"]) == (201, "succeeded", 1579)
    assert paid.json()["giftCard"]["balance"] == 5000 - 1679
    again = await guest.pay("with-it", paymentMethod="giftCard", code=code, tipAmount=100)
    assert again.headers["idempotent-replayed"] == "true"
    assert (await guest.view())["tableSession"]["status"] == "settled"
    other = await sit(house, table=buyer.table, visit="join")
    assert (await other.http.get(f"{V1}/payments/{payment}/gift-cards")).status_code == 404
    receipt = (await buyer.http.get(f"{V1}/payments/{payment}")).json()["receiptUrl"]
    assert code in (await buyer.http.get(receipt)).text


async def test_the_menu_says_what_is_a_gift_card(house: House) -> None:
    categories = (await house.client().get(f"{V1}/menus/{house.here.id}")).json()["categories"]
    items = {item["name"]: item for category in categories for item in category["items"]}
    assert items["Gift card"]["grants"] == {"kind": "giftCard", "value": 5000, "validDays": 365}
    assert "grants" not in items["Tacos"]


async def test_whoever_guesses_codes_must_wait(house: House, guest: Guest, waiter: Member) -> None:
    """And whoever knows one is not held up by those who do not, at another phone."""
    await guest.order(house.here)
    body: dict[str, Any] = {"code": "0000-0000-0000-0000"}
    for _ in range(5):
        answer = await guest.http.post(f"{V1}/gift-cards/balance", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_gift_card")
        assert (await guest.pay(paymentMethod="giftCard", **body)).status_code == 404
    assert (await guest.http.post(f"{V1}/gift-cards/balance", json=body)).status_code == 429
    assert (await guest.pay(paymentMethod="giftCard", **body)).status_code == 429
    buyer, _, code = await bought(house, waiter)
    assert (await buyer.http.post(f"{V1}/gift-cards/balance", json={"code": code})).status_code == 200


async def test_a_manager_sees_and_blocks_cards(house: House, waiter: Member, manager: Member) -> None:
    _, payment, code = await bought(house, waiter)
    assert (await waiter.http.get(f"{V1}/gift-cards")).status_code == 403
    listed = (await manager.http.get(f"{V1}/gift-cards", params={"state": "active"})).json()["giftCards"]
    card = next(each for each in listed if each["paymentId"] == payment)
    assert (card["balance"], card["usedFor"], "code" in card) == (5000, [], False)
    changed = await manager.http.patch(f"{V1}/gift-cards/{card['id']}", json={"state": "blocked"})
    assert changed.json()["state"] == "blocked"
    guest = await sit(house)
    await guest.order(house.here)
    refused = await guest.pay(paymentMethod="giftCard", code=code)
    assert (refused.status_code, refused.json()["code"]) == (409, "gift_card_blocked")
    assert (await manager.http.get(f"{V1}/gift-cards", params={"state": "x"})).status_code == 422
    elsewhere = await sign_in(house, "manager", house.elsewhere)
    assert (await elsewhere.http.patch(f"{V1}/gift-cards/{card['id']}", json={})).status_code == 404


async def test_a_manager_puts_passes_on_the_menu(house: House, waiter: Member, manager: Member) -> None:
    bread = house.here.items["Bread"]
    body = {"name": "Ten breads", "kind": "pass", "price": 2500, "uses": 10, "validDays": 90, "items": [bread]}
    made = await manager.http.post(f"{V1}/gift-card-products", json=body)
    assert (made.status_code, made.json()["grants"]["items"]) == (201, [bread])
    listed = (await waiter.http.get(f"{V1}/gift-card-products")).json()["products"]
    assert {"Ten breads", "Gift card"} <= {each["name"] for each in listed}
    assert (await waiter.http.post(f"{V1}/gift-card-products", json=body)).status_code == 403
    for wrong in ({"items": None}, {"items": ["nothing"]}, {"kind": "giftCard"}, {"value": 5}):
        asked = {name: value for name, value in {**body, **wrong}.items() if value is not None}
        assert (await manager.http.post(f"{V1}/gift-card-products", json=asked)).status_code == 422


async def test_a_pass_pays_what_it_is_for(house: House, waiter: Member, manager: Member) -> None:
    asked = {"name": "Bread for ever", "kind": "pass", "price": 9000, "items": [house.here.items["Bread"]]}
    item = (await manager.http.post(f"{V1}/gift-card-products", json=asked)).json()["menuItemId"]
    buyer = await sit(house)
    await buyer.post("/orders", {"items": [{"menuItemId": item, "quantity": 1}]})
    payment = (await buyer.pay(paymentMethod="cash")).json()["id"]
    await waiter.at(buyer, f"/payments/{payment}/confirm", {}, key=new_id())
    card = (await buyer.http.get(f"{V1}/payments/{payment}/gift-cards")).json()["giftCards"][0]
    await buyer.order(house.here, "Bread", 3)
    await buyer.order(house.here, "Tacos")
    paid = await buyer.post("/payment", {"paymentMethod": "giftCard", "code": card["code"]}, headers=keyed())
    assert (paid.json()["status"], paid.json()["amount"]) == ("succeeded", 900)
    assert (await buyer.view())["totals"]["unpaid"] == 1579
