"""Rows about people: who is faster, what staff take meanwhile, and who may not see what."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.journeys.city import City, intent_in
from tests.nodes import TRUST, Phone, Problem, answer

BURGER = 1579


async def an_evening(built: City) -> AsyncIterator[None]:
    """Three people, a declined card and another one, and cash: everybody has paid, and every page shows it."""
    table = built.free_table()
    dishes = {"Ana": "Burger", "Ben": "Pasta", "Cem": "Burger"}
    ana, ben, cem = [await built.diner(name, table, dish) for name, dish in dishes.items()]
    first = await built.pay(ana, tipAmount=200)
    await built.confirm(first, "pm_card_visa_chargeDeclined")
    await cem.until_view(lambda view: "decline" in view["payments"].get(first["id"], {}))
    await built.confirm(first)
    await built.confirm(await built.pay(ben))
    cash = await cem.pay(paymentMethod="cash")
    yield
    await built.ask("waiter", "POST", f"/table-sessions/{cem.stream}/payments/{cash['id']}/confirm", {})
    for phone in (ana, ben, cem):
        await phone.until_view(lambda view: view["tableSession"]["status"] == "settled")
    assert ana.view == ben.view == cem.view
    assert ana.view["totals"]["unpaid"] == 0


async def the_same_line(built: City) -> AsyncIterator[None]:
    """F01: two pay the same line at once: one holds it, the other is told who, and sees it."""
    table = built.free_table()
    ana = await built.diner("Ana", table)
    ben = await built.guest("Ben", table)
    (line,) = ana.view["lines"]
    wishes = [phone.pay(pays={"lines": [line]}) for phone in (ana, ben)]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    (started,) = [each for each in outcomes if isinstance(each, dict)]
    (refused,) = [each for each in outcomes if isinstance(each, Problem)]
    assert (refused.status, refused.code, refused.document["payment"]) == (409, "share_being_paid", started["id"])
    yield
    for phone in (ana, ben):
        await phone.until_view(lambda view: started["id"] in view["payments"])
        assert phone.view["lines"][line]["reserved"] == BURGER
        assert phone.view["payments"][started["id"]]["guest"] in refused.document["detail"] + str(refused.document)
    assert len(await built.intents_of(started["id"])) == 1
    await built.confirm(started)
    await ben.until_view(lambda view: view["tableSession"]["status"] == "settled")


async def cash_beside_a_card(built: City) -> AsyncIterator[None]:
    """F49: staff are told whose card is on its way; where they insist and both arrive, one goes back."""
    phone = await built.diner("F49")
    card = await built.pay(phone)
    held = await built.fault("slow", operation="payment_intents.cancel", intent=intent_in(card), times=0)
    at = f"/table-sessions/{phone.stream}"
    with pytest.raises(Problem) as warned:
        await built.ask("waiter", "POST", f"{at}/payment", {"paymentMethod": "cash"})
    assert (warned.value.code, warned.value.document["payment"]) == ("share_being_paid", card["id"])
    assert "F49" in warned.value.document["detail"]
    await built.ask("manager", "POST", f"{at}/payments/{card['id']}/release", {"reason": "phone died"})
    cash = await built.ask("waiter", "POST", f"{at}/payment", {"paymentMethod": "cash"})
    await built.ask("waiter", "POST", f"{at}/payments/{cash['id']}/confirm", {})
    built.while_away.append(partial(built.confirm, card))
    yield
    await built.lift(held)
    await phone.until_view(lambda view: view["payments"][card["id"]].get("refunded") == BURGER)
    assert phone.view["payments"][cash["id"]]["refunded"] == 0


async def not_believed(built: City) -> AsyncIterator[None]:
    """F25: "paid" over the socket, by a return address, by a forged webhook."""
    phone = await built.diner("F25")
    started = await built.pay(phone)
    for k in ("payment.confirm", "payment.succeeded", "session.settled"):
        assert (await phone.do(k, payment=started["id"]))["t"] == "err"
    yield
    async with httpx.AsyncClient(base_url=built.at, verify=TRUST) as http:
        await http.get("/", params={"payment_intent": intent_in(started), "redirect_status": "succeeded"})
        forged = await http.post("/api/v1/webhooks/stripe", json={"id": "evt_1", "object": "event"})
    assert forged.status_code == 400
    assert (await phone.call("GET", f"/payments/{started['id']}"))["status"] == "awaiting"


async def an_old_code(built: City) -> AsyncIterator[None]:
    """F58: whoever kept the code and the seat of a table that has another party now sees nothing of it."""
    table = built.free_table()
    old = await built.guest("Olga", table)
    await built.ask("waiter", "POST", f"/table-sessions/{old.stream}/close", {})
    code = await built.ask("manager", "POST", f"/tables/{built.house.tables[table]}/code")
    new = await Phone.join(built.at, code["code"], "Benedikt")
    yield
    with pytest.raises(Problem) as refused:
        await Phone.join(built.at, built.house.codes[table], "Olga")
    assert (refused.value.status, refused.value.code) == (403, "expired_code")
    told = [str(refused.value.document), *[await _seen(old, new, path) for path in ("", "/payment-status", "/events")]]
    assert not [text for text in told if "Benedikt" in text or new.guest in text]


async def _seen(old: Phone, new: Phone, path: str) -> str:
    headers = {"authorization": f"Bearer {old.token}"}
    async with httpx.AsyncClient(base_url=old.base, headers=headers, verify=TRUST) as http:
        said = await http.get(f"/api/v1/table-sessions/{new.stream}{path}")
    with pytest.raises(Problem, match="404 not_found"):
        answer(said)
    return said.text


ROWS: tuple[Any, ...] = (an_evening, the_same_line, cash_beside_a_card, not_believed, an_old_code)
