"""Money on its way back, with everything that may go wrong and one kill in the middle."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.storage.database import execute
from app.storage.tables import Refund, Remedy
from tests.actions.evening import PASSWORD, Evening
from tests.journeys.city import LONG_AGO, SECRET, City, city, to_the_end, up_to_the_kill
from tests.nodes import Phone, Problem, answer, eventually, sign_in

CREATE = "refunds.create"
BURGER, PASTA = 1579, 980


@dataclass
class Floor:
    """The city, and a manager in it."""

    built: City
    manager: httpx.AsyncClient

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """What the manager asks, under a new key each time."""
        headers = {"idempotency-key": self.built.house.desk.new_id()}
        return answer(await self.manager.request(method, f"/api/v1{path}", json=body, headers=headers))

    async def paid(self, name: str, table: str, *dishes: str, card: str = "pm_card_visa") -> tuple[Phone, str, str]:
        """Somebody who has paid: the phone, the payment, the intent."""
        phone = await self.built.diner(name, table)
        for dish in dishes:
            await phone.order(self.built.house.wanted(dish))
        started = await phone.pay()
        await self.built.confirm(started, card)
        await phone.until_view(lambda view: view["payments"].get(started["id"], {}).get("status") == "succeeded")
        return phone, started["id"], _intent(started)

    async def refund(self, payment: str, **wish: Any) -> dict[str, Any]:
        """The manager sends money back."""
        made = await self.call("POST", f"/payments/{payment}/refunds", {"reason": "sorry", **wish})
        found: dict[str, Any] = made["refunds"][0]
        return found

    async def control(self, what: str, **given: Any) -> dict[str, Any]:
        """What only Stripe's dashboard and banks do."""
        made = await self.built.http.post(f"/_sandbox/{what}", json=given)
        assert made.is_success, made.text
        found: dict[str, Any] = made.json()
        return found

    async def refunds_of(self, intent: str) -> list[dict[str, Any]]:
        """What the provider has."""
        found = await self.built.http.get("/v1/refunds", params={"payment_intent": intent}, headers=SECRET)
        rows: list[dict[str, Any]] = found.json()["data"]
        return rows

    async def is_(self, path: str, **members: Any) -> bool:
        """Whether what lies there has come so far."""
        found = await self.manager.get(f"/api/v1{path}")
        return found.is_success and all(found.json().get(name) == value for name, value in members.items())


def _intent(started: dict[str, Any]) -> str:
    intent: str = started["clientSecret"].partition("_secret_")[0]
    return intent


async def _returned(phone: Phone, payment: str, amount: int) -> None:
    """Until the page says that so much is back, and nothing more is on its way."""

    def back(view: dict[str, Any]) -> bool:
        shown = view["payments"][payment]
        return shown["refunded"] == amount and "refunding" not in shown

    await phone.until_view(back)


async def late_success(floor: Floor) -> AsyncIterator[None]:
    """F28: forced free, paid by another, and then paid after all: both are on the bill, one goes back, once."""
    built = floor.built
    ana = await built.diner("Ana", "1")
    bob = await Phone.join(built.at, built.house.codes["1"], "Bob")
    built.phones.append(bob)
    await bob.connect()
    late = await ana.pay(tipAmount=100)
    held = await built.fault("slow", operation="payment_intents.cancel", intent=_intent(late), times=0)
    release = f"/table-sessions/{ana.stream}/payments/{late['id']}/release"
    await floor.call("POST", release, {"reason": "phone died"})
    treat = await bob.pay(pays="everything")
    await built.confirm(treat)
    await bob.until_view(lambda view: view["payments"].get(treat["id"], {}).get("status") == "succeeded")
    slow = await built.fault("slow", operation=CREATE, intent=_intent(late), effect="done")
    await built.confirm(late)
    await built.http.delete(f"/_sandbox/faults/{held}")
    await built.struck(slow)
    yield
    for phone in (ana, bob):
        await _returned(phone, late["id"], BURGER + 100)
        assert phone.view["payments"][treat["id"]]["refunded"] == 0
    assert [one["amount"] for one in await floor.refunds_of(_intent(late))] == [BURGER + 100]


async def too_much_paid(floor: Floor) -> AsyncIterator[None]:
    """F29: what never came is taken off a bill that is paid; the rest goes back by itself, by the house's policy."""
    phone, payment, intent = await floor.paid("F29", "2", "Pasta")
    line = next(each for each, shown in phone.view["lines"].items() if shown["name"] == "Pasta")
    yield
    await floor.call("POST", f"/table-sessions/{phone.stream}/lines/{line}/void", {"reason": "never came"})
    await _returned(phone, payment, PASTA)
    assert [one["amount"] for one in await floor.refunds_of(intent)] == [PASTA]
    assert phone.view["totals"]["credit"] == 0


async def lost_reply(floor: Floor) -> AsyncIterator[None]:
    """F32: the provider did it and nobody heard: the same key, one refund."""
    phone, payment, intent = await floor.paid("F32", "3")
    await floor.built.fault("cut", operation=CREATE, intent=intent, effect="done", times=2)
    made = await floor.refund(payment, amount=500)
    assert (made["state"], made["checking"]) == ("planned", True)
    assert phone.view["payments"][payment]["refunded"] == 0
    yield
    await _returned(phone, payment, 500)
    assert [one["amount"] for one in await floor.refunds_of(intent)] == [500]


async def comes_back(floor: Floor) -> AsyncIterator[None]:
    """F33: it had arrived, and then the bank sent it back: owed to the guest again, and somebody's task."""
    phone, payment, intent = await floor.paid("F33", "4")
    made = await floor.refund(payment, amount=300, owedAgain=True)
    await _returned(phone, payment, 300)
    assert phone.view["totals"]["unpaid"] == 300
    yield
    (found,) = await floor.refunds_of(intent)
    await floor.control(f"refunds/{found['id']}", status="failed", failureReason="lost_or_stolen_card")
    await eventually(partial(floor.is_, f"/refunds/{made['id']}", state="failed"))
    await _returned(phone, payment, 0)
    await phone.until_view(lambda view: view["totals"]["unpaid"] == 0)


async def by_hand(floor: Floor) -> AsyncIterator[None]:
    """F35, F37: two refunds of the dashboard around a kill; then a dispute that opens and closes in reversed order."""
    phone, payment, intent = await floor.paid("F35", "5")
    for amount in (300, 200):
        await floor.control("refunds", payment_intent=intent, amount=amount)
    yield
    await _returned(phone, payment, 500)
    rows = (await floor.call("GET", f"/refunds?payment={payment}"))["refunds"]
    assert sorted((row["cause"], row["amount"]) for row in rows) == [("provider", 200), ("provider", 300)]
    await floor.built.fault("reorder", event="charge.dispute.created", intent=intent)
    dispute = await floor.control("disputes", payment_intent=intent)
    await floor.control(f"disputes/{dispute['id']}", status="won")
    await eventually(partial(floor.is_, f"/disputes/{dispute['id']}", state="won", withdrawn=0))
    await floor.built.quiet()
    assert await floor.is_(f"/disputes/{dispute['id']}", state="won", withdrawn=0)


async def asked_for_twice(floor: Floor) -> AsyncIterator[None]:
    """F38: the bank asks for money that is on its way back; and then nothing is sent over the dispute."""
    _, payment, intent = await floor.paid("F38", "6", card="pm_card_pendingRefund")
    yield
    made = await floor.refund(payment, amount=300)
    assert made["state"] == "pending"
    dispute = await floor.control("disputes", payment_intent=intent)
    await eventually(partial(floor.is_, f"/refunds/{made['id']}", state="failed"))
    failed = await floor.call("GET", f"/refunds/{made['id']}")
    assert failed["failureReason"] == "charge_for_pending_refund_disputed"
    await eventually(partial(floor.is_, f"/disputes/{dispute['id']}", state="open", withdrawn=BURGER))
    with pytest.raises(Problem, match="payment_disputed"):
        await floor.refund(payment, amount=5)


ROWS = (late_success, too_much_paid, lost_reply, comes_back, by_hand, asked_for_twice)


async def _due_at_once(house: Evening) -> None:
    """What a killed process had taken of refunds and remedies is due."""
    at = house.clock() - LONG_AGO
    async with house.desk.database.write() as session:
        await execute(session, sa.update(Remedy).values(due_at=at))
        await execute(session, sa.update(Refund).where(col(Refund.next_look_at).is_not(None)).values(next_look_at=at))


async def test_what_goes_back_goes_back_once_whatever_fails(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object]
) -> None:
    """F28, F29, F32, F33, F35, F37, F38: each is a function above."""
    async with city(tmp_path, url, house, remedy_delay_s=0, **redis_of) as built:
        await built.start()
        async with sign_in(built.at, "manager@open.example", PASSWORD) as manager:
            rows = [row(Floor(built, manager)) for row in ROWS]
            await up_to_the_kill(rows)
            built.node.kill()
            await built.heal()
            await built.node.start()
            await asyncio.gather(built.end_leases(), _due_at_once(house))
            await built.come_back()
            await to_the_end(rows)
            await built.sound("refund_failed", "dispute_over_refund")
