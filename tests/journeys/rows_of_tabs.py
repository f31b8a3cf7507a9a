"""Rows about cards that hold money: tabs, and people who pay together."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.journeys.city import City, in_background, intent_in
from tests.nodes import Phone, Problem

CAPTURE = "payment_intents.capture"
BURGER, PASTA, LOBSTER = 1579, 980, 4800


async def _tab(built: City, phone: Phone, estimate: int, card: str = "pm_card_visa") -> tuple[str, str]:
    """A tab that the bank agreed to, as the holder's page sees it, and its intent."""
    asked = {"estimate": estimate}
    path = f"/table-sessions/{phone.stream}/holds"
    placed = await phone.call("POST", path, asked, **{"idempotency-key": f"tab-{phone.guest}"})
    await built.confirm(placed, card)
    await phone.until_view(lambda view: view["holds"].get(placed["id"], {}).get("status") == "authorized")
    return placed["id"], intent_in(placed)


async def _capture(phone: Phone, hold: str, key: str, **asked: int) -> dict[str, Any]:
    told: dict[str, Any] = await phone.call("POST", f"/holds/{hold}/capture", asked, **{"idempotency-key": key})
    return told


async def captured_in_doubt(built: City) -> AsyncIterator[None]:
    """F40, F42: killed while the answer to a capture is on its way: taken once; then only a refund gives it back."""
    phone = await built.guest("F42", built.free_table())
    hold, intent = await _tab(built, phone, 5000)
    await phone.order(built.house.wanted("Burger"))
    slow = await built.fault("slow", operation=CAPTURE, intent=intent, effect="done")
    await in_background(_capture(phone, hold, "take", tipAmount=200))
    await built.struck(slow)
    await phone.until_view(lambda view: view["holds"][hold]["status"] == "capturing")
    yield
    await phone.until_view(lambda view: view["tableSession"]["status"] == "settled")
    again = await _capture(phone, hold, "again")
    assert (again["status"], again["captured"]) == ("captured", BURGER + 200)
    with pytest.raises(Problem) as refused:
        await built.ask("waiter", "POST", f"/holds/{hold}/release", {})
    assert (refused.value.code, refused.value.document["payment"]) == ("already_paid", hold)
    sent = {line["key"] for line in await built.journal() if line["operation"] == CAPTURE and hold in line["key"]}
    assert sent == {f"pay:{hold}:capture:1"}
    await built.ask("manager", "POST", f"/payments/{hold}/refunds", {"reason": "sorry"})
    await phone.until_view(lambda view: view["payments"][hold]["refunded"] == BURGER + 200)


async def raised_in_vain(built: City) -> AsyncIterator[None]:
    """F41: the bank would not raise it: what was authorized is taken, and the rest asked for in another way."""
    phone = await built.guest("F41", built.free_table())
    hold, _ = await _tab(built, phone, 3000, "pm_card_raiseDeclined")
    await phone.order(built.house.wanted("Lobster"))
    yield
    told = await _capture(phone, hold, "take")
    assert (told["captured"], told["owed"], told["decline"]) == (3600, LOBSTER - 3600, "generic_decline")
    await phone.pay(paymentMethod="cash")
    await phone.until_view(lambda view: view["totals"]["reserved"] == LOBSTER - 3600)


async def lapsed_overnight(built: City) -> AsyncIterator[None]:
    """F40, F43: the bank let it go while nobody was there: nothing is held, the guest owes, and staff see it."""
    phone = await built.guest("F43", built.free_table())
    hold, intent = await _tab(built, phone, 3000)
    await phone.order(built.house.wanted("Burger"))

    async def lapse() -> None:
        await built.control(f"objects/{intent}/finish")

    built.while_away.append(lapse)
    yield
    await phone.until_view(lambda view: view["holds"][hold]["status"] == "expired")
    with pytest.raises(Problem, match="hold_ended"):
        await _capture(phone, hold, "take")
    assert (phone.view["totals"]["unpaid"], phone.view["totals"]["reserved"]) == (BURGER, 0)
    tables = (await built.ask("waiter", "GET", "/floor"))["tables"].values()
    (tile,) = [each["session"] for each in tables if each.get("session", {}).get("id") == phone.stream]
    assert "tab" in tile["attention"]


async def paid_together(built: City) -> AsyncIterator[None]:
    """Between the last yes of a group and its money: taken from everybody, once each."""
    table = built.free_table()
    ana, ben = await built.diner("Ana", table), await built.diner("Ben", table, "Pasta")
    group, shares = await _agreed(built, ana, ben)
    yield
    for phone in (ana, ben):
        await phone.until_view(lambda view: view["groups"][group]["status"] == "succeeded")
    assert ana.view["tableSession"]["status"] == "settled"
    taken = [one["amount_received"] for share in shares for one in await built.intents_of(share)]
    assert taken == [BURGER, PASTA]


async def _proposed(built: City, ana: Phone) -> dict[str, Any]:
    path = f"/table-sessions/{ana.stream}/group-payments"
    told: dict[str, Any] = await ana.call("POST", path, {}, **{"idempotency-key": "together"})
    return told


async def _agreed(built: City, ana: Phone, ben: Phone) -> tuple[str, list[str]]:
    """A group whose captures are under way: its id and the payments."""
    told = await _proposed(built, ana)
    bens = (await ben.call("GET", f"/group-payments/{told['id']}"))["payment"]
    for share in (told["payment"], bens):
        await built.fault("slow", operation=CAPTURE, intent=intent_in(share), effect="done")
        await built.confirm(share)
    await ben.until_view(lambda view: view["groups"][told["id"]]["status"] == "capturing")
    return told["id"], [told["payment"]["id"], bens["id"]]


async def not_paid_together(built: City) -> AsyncIterator[None]:
    """One payer's card can never be asked: nobody pays, and every other intent is cancelled, across a kill."""
    table = built.free_table()
    ana, ben = await built.diner("Ana", table), await built.diner("Ben", table, "Pasta")
    told = await _proposed(built, ana)
    await built.confirm(told["payment"])
    shown = ana.view["payments"]
    await built.fault("slow", operation="payment_intents.cancel", intent=intent_in(told["payment"]))
    bens = (await ben.call("GET", f"/group-payments/{told['id']}"))["payment"]["id"]
    await ben.call("POST", f"/payments/{bens}/cancel", {})
    yield
    await ana.until_view(lambda view: view["groups"][told["id"]]["status"] == "released")
    await ana.until_view(lambda view: view["totals"]["reserved"] == 0)
    left = {one["status"] for share in shown for one in await built.intents_of(share)}
    assert left == {"canceled"}


ROWS = (captured_in_doubt, raised_in_vain, lapsed_overnight, paid_together, not_paid_together)
