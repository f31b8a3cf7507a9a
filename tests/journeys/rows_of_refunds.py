"""Rows about money on its way back."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from tests.journeys.city import SECRET, City, intent_in
from tests.nodes import Phone, Problem, eventually

CREATE = "refunds.create"
BURGER, PASTA = 1579, 980


async def _paid(built: City, name: str, card: str = "pm_card_visa") -> tuple[Phone, str, str]:
    """Somebody who has paid: the phone, the payment, the intent."""
    phone = await built.diner(name)
    started = await built.pay(phone)
    await built.confirm(started, card)
    await phone.until_view(lambda view: view["payments"].get(started["id"], {}).get("status") == "succeeded")
    return phone, started["id"], intent_in(started)


async def _refund(built: City, payment: str, **wish: Any) -> dict[str, Any]:
    """The manager sends money back."""
    made = await built.ask("manager", "POST", f"/payments/{payment}/refunds", {"reason": "sorry", **wish})
    found: dict[str, Any] = made["refunds"][0]
    return found


async def _refunds_of(built: City, intent: str) -> list[dict[str, Any]]:
    """What the provider has."""
    found = await built.http.get("/v1/refunds", params={"payment_intent": intent}, headers=SECRET)
    rows: list[dict[str, Any]] = found.json()["data"]
    return rows


async def _returned(phone: Phone, payment: str, amount: int) -> None:
    """Until the page says that so much is back, and nothing more is on its way."""

    def back(view: dict[str, Any]) -> bool:
        shown = view["payments"][payment]
        return shown["refunded"] == amount and "refunding" not in shown

    await phone.until_view(back)


async def late_success(built: City) -> AsyncIterator[None]:
    """F28: forced free, paid by another, and then paid after all: both are on the bill, one goes back, once."""
    table = built.free_table()
    ana, bob = await built.diner("Ana", table), await built.guest("Bob", table)
    late = await built.pay(ana, tipAmount=100)
    held = await built.fault("slow", operation="payment_intents.cancel", intent=intent_in(late), times=0)
    release = f"/table-sessions/{ana.stream}/payments/{late['id']}/release"
    await built.ask("manager", "POST", release, {"reason": "phone died"})
    treat = await built.pay(bob, pays="everything")
    await built.confirm(treat)
    await bob.until_view(lambda view: view["payments"].get(treat["id"], {}).get("status") == "succeeded")
    slow = await built.fault("slow", operation=CREATE, intent=intent_in(late), effect="done")
    await built.confirm(late)
    await built.lift(held)
    await built.struck(slow)
    yield
    for phone in (ana, bob):
        await _returned(phone, late["id"], BURGER + 100)
        assert phone.view["payments"][treat["id"]]["refunded"] == 0
    assert [one["amount"] for one in await _refunds_of(built, intent_in(late))] == [BURGER + 100]


async def too_much_paid(built: City) -> AsyncIterator[None]:
    """F29: what never came is taken off before the card agrees; the rest goes back by itself, by the house's policy."""
    phone = await built.diner("F29")
    await phone.order(built.house.wanted("Pasta"))
    started = await built.pay(phone)
    await built.fault("slow", operation="payment_intents.cancel", intent=intent_in(started), times=0)
    line = next(each for each, shown in phone.view["lines"].items() if shown["name"] == "Pasta")
    at = f"/table-sessions/{phone.stream}"
    await built.ask("manager", "POST", f"{at}/payments/{started['id']}/release", {"reason": "never came"})
    await built.ask("manager", "POST", f"{at}/lines/{line}/void", {"reason": "never came"})
    built.while_away.append(partial(built.confirm, started))
    yield
    await _returned(phone, started["id"], PASTA)
    assert [one["amount"] for one in await _refunds_of(built, intent_in(started))] == [PASTA]
    assert phone.view["totals"]["credit"] == 0


async def lost_reply(built: City) -> AsyncIterator[None]:
    """F32: the provider did it and nobody heard: the same key, one refund."""
    phone, payment, intent = await _paid(built, "F32")
    await built.fault("cut", operation=CREATE, intent=intent, effect="done", times=2)
    made = await _refund(built, payment, amount=500)
    assert (made["state"], made["checking"]) == ("planned", True)
    assert phone.view["payments"][payment]["refunded"] == 0
    yield
    await _returned(phone, payment, 500)
    assert [one["amount"] for one in await _refunds_of(built, intent)] == [500]


async def comes_back(built: City) -> AsyncIterator[None]:
    """F33: it had arrived, and then the bank sent it back: owed to the guest again, and somebody's task."""
    phone, payment, intent = await _paid(built, "F33")
    made = await _refund(built, payment, amount=300, owedAgain=True)
    await _returned(phone, payment, 300)
    assert phone.view["totals"]["unpaid"] == 300
    yield
    (found,) = await _refunds_of(built, intent)
    await built.control(f"refunds/{found['id']}", status="failed", failureReason="lost_or_stolen_card")
    await eventually(partial(built.shows, f"/refunds/{made['id']}", state="failed"))
    await _returned(phone, payment, 0)
    await phone.until_view(lambda view: view["totals"]["unpaid"] == 0)


async def by_hand(built: City) -> AsyncIterator[None]:
    """F35, F37: two refunds of the dashboard around a kill; then a dispute that opens and closes in reversed order."""
    phone, payment, intent = await _paid(built, "F35")
    for amount in (300, 200):
        await built.control("refunds", payment_intent=intent, amount=amount)
    yield
    await _returned(phone, payment, 500)
    rows = (await built.ask("manager", "GET", f"/refunds?payment={payment}"))["refunds"]
    assert sorted((row["cause"], row["amount"]) for row in rows) == [("provider", 200), ("provider", 300)]
    await built.fault("reorder", event="charge.dispute.created", intent=intent)
    dispute = await built.control("disputes", payment_intent=intent)
    await built.control(f"disputes/{dispute['id']}", status="won")
    await eventually(partial(built.shows, f"/disputes/{dispute['id']}", state="won", withdrawn=0))
    await built.quiet()
    assert await built.shows(f"/disputes/{dispute['id']}", state="won", withdrawn=0)


async def asked_for_twice(built: City) -> AsyncIterator[None]:
    """F38: the bank asks for money that is on its way back; and then nothing is sent over the dispute."""
    _, payment, intent = await _paid(built, "F38", card="pm_card_pendingRefund")
    yield
    made = await _refund(built, payment, amount=300)
    assert made["state"] == "pending"
    dispute = await built.control("disputes", payment_intent=intent)
    (stopped,) = await _refunds_of(built, intent)
    await built.control(f"objects/{stopped['id']}/finish")
    await eventually(partial(built.shows, f"/refunds/{made['id']}", state="failed"))
    failed = await built.ask("manager", "GET", f"/refunds/{made['id']}")
    assert failed["failureReason"] == "charge_for_pending_refund_disputed"
    await eventually(partial(built.shows, f"/disputes/{dispute['id']}", state="open", withdrawn=BURGER))
    with pytest.raises(Problem, match="payment_disputed"):
        await _refund(built, payment, amount=5)


ROWS = (late_success, too_much_paid, lost_reply, comes_back, by_hand, asked_for_twice)
