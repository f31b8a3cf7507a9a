"""Card payments with server, sandbox and phones as separate parties; the server dies at the worst moment."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from app.actions import proof
from app.storage.verify import verify
from tests.actions.evening import PASSWORD, Evening
from tests.journeys.processes import Town, town
from tests.nodes import Phone, answer, eventually, phones, sign_in
from tests.services import free_port


async def _confirm(built: Town, started: dict[str, Any], card: str = "pm_card_visa") -> None:
    """What the payer's browser does with the client secret."""
    intent = started["clientSecret"].partition("_secret_")[0]
    async with httpx.AsyncClient(base_url=built.sandbox_url) as http:
        confirmed = await http.post(
            f"/v1/payment_intents/{intent}/confirm",
            data={"client_secret": started["clientSecret"], "payment_method": card, "return_url": "http://x.example"},
            headers={"authorization": "Bearer pk_test_sandbox"},
        )
    assert confirmed.status_code in (200, 402), confirmed.text


async def _fault(built: Town, **fault: Any) -> None:
    async with httpx.AsyncClient(base_url=built.sandbox_url) as http:
        assert (await http.post("/_sandbox/faults", json=fault)).is_success


async def _intents(built: Town) -> list[dict[str, Any]]:
    key = {"authorization": "Bearer sk_test_sandbox"}
    async with httpx.AsyncClient(base_url=built.sandbox_url, headers=key) as http:
        found: list[dict[str, Any]] = (await http.get("/v1/payment_intents", params={"limit": 100})).json()["data"]
        return found


async def _books_agree(built: Town, house: Evening, stream: str) -> None:
    """Our captured money is the provider's, and every row says what the log says."""
    bill = await house.bill(stream)
    ours = sum(one.charge for one in bill.payments.values() if one.method == "card" and one.status == "succeeded")
    assert ours == sum(intent["amount_received"] for intent in await _intents(built))
    report = await verify(house.desk.database, proof.replay)
    assert report.faults == []


async def test_an_evening_ends_with_everybody_paid(tmp_path: Path, url: str, house: Evening) -> None:
    port = free_port()
    with town(tmp_path, webhooks_to=port) as built:
        node, at = built.node(url, port=port)
        await asyncio.gather(built.sandbox.start(), node.start())
        async with phones(at, house.codes["1"], "Ana", "Ben", "Cem") as (ana, ben, cem):
            await ana.order(house.wanted("Burger"))
            await ben.order(house.wanted("Pasta"))
            await cem.order(house.wanted("Steak", 1, "Rare"))
            first = await ana.pay(tipAmount=200)
            await _confirm(built, first, "pm_card_visa_chargeDeclined")
            await cem.until_view(lambda view: "decline" in view["payments"].get(first["id"], {}))
            await _confirm(built, first)
            second = await ben.pay()
            await _confirm(built, second)
            third = await cem.pay(paymentMethod="cash")
            async with sign_in(at, "waiter@open.example", PASSWORD) as waiter:
                path = f"/api/v1/table-sessions/{cem.stream}/payments/{third['id']}/confirm"
                answer(await waiter.post(path, json={}, headers={"idempotency-key": "slip-1"}))
            for phone in (ana, ben, cem):
                await phone.until_view(lambda view: view["tableSession"]["status"] == "settled")
            assert ana.view == ben.view == cem.view
            assert ana.view["totals"]["unpaid"] == 0
        await _books_agree(built, house, ana.stream)


async def test_a_server_killed_before_the_answer_settles_the_payment_once(
    tmp_path: Path, url: str, house: Evening
) -> None:
    """F07, F08: -9 while the provider's answer is on its way; the same key finds the same intent."""
    port = free_port()
    with town(tmp_path, webhooks_to=port) as built:
        node, at = built.node(url, port=port)
        await asyncio.gather(built.sandbox.start(), node.start())
        ana = await Phone.join(at, house.codes["1"], "Ana")
        await ana.connect()
        await ana.order(house.wanted("Burger"))
        await _fault(built, fault="slow", operation="payment_intents.create", effect="done", seconds=30)
        paying = asyncio.create_task(ana.pay("one-key"))
        await ana.until_view(lambda view: view["payments"])
        await eventually(lambda: _intents(built))
        node.kill()
        await asyncio.gather(paying, ana.close(), return_exceptions=True)
        async with httpx.AsyncClient(base_url=built.sandbox_url) as http:
            await http.delete("/_sandbox/faults")
        await node.start()
        await ana.connect()
        started = await _until_known(ana)
        await _confirm(built, started)
        await ana.until_view(lambda view: view["tableSession"]["status"] == "settled")
        await ana.close()
        assert len(await _intents(built)) == 1
        await _books_agree(built, house, ana.stream)


async def _until_known(phone: Phone) -> dict[str, Any]:
    """Until the payer's own page gets the client secret: the doubt has been resolved."""
    (payment,) = phone.view["payments"]

    async def told() -> dict[str, Any] | None:
        state: dict[str, Any] = await phone.call("GET", f"/payments/{payment}")
        return state if "clientSecret" in state else None

    known: dict[str, Any] = await eventually(told)
    return known


async def test_a_server_killed_between_payment_and_webhook_settles_it_after_the_restart(
    tmp_path: Path, url: str, house: Evening
) -> None:
    """The payer's card is charged while nobody is there to hear it."""
    port = free_port()
    with town(tmp_path, webhooks_to=port) as built:
        node, at = built.node(url, port=port)
        await asyncio.gather(built.sandbox.start(), node.start())
        ana = await Phone.join(at, house.codes["1"], "Ana")
        await ana.connect()
        await ana.order(house.wanted("Burger"))
        started = await ana.pay(tipAmount=100)
        node.kill()
        await _confirm(built, started)
        await ana.close()
        await node.start()
        await ana.connect()
        await ana.until_view(lambda view: view["tableSession"]["status"] == "settled")
        await ana.close()
        assert ana.view["payments"][started["id"]]["status"] == "succeeded"
        await _books_agree(built, house, ana.stream)


async def test_a_client_that_says_paid_is_not_believed(tmp_path: Path, url: str, house: Evening) -> None:
    """F25: over the socket, by a return address, by a forged webhook."""
    port = free_port()
    with town(tmp_path, webhooks_to=port) as built:
        node, at = built.node(url, port=port)
        await asyncio.gather(built.sandbox.start(), node.start())
        async with phones(at, house.codes["1"], "Ana") as (ana,):
            await ana.order(house.wanted("Burger"))
            started = await ana.pay()
            for k in ("payment.confirm", "payment.succeeded", "session.settled"):
                assert (await ana.do(k, payment=started["id"]))["t"] == "err"
            async with httpx.AsyncClient(base_url=at) as http:
                query = {"payment_intent": "pi_1", "redirect_status": "succeeded"}
                await http.get(f"/t/{house.codes['1']}", params=query)
                forged = await http.post("/api/v1/webhooks/stripe", json={"id": "evt_1", "object": "event"})
            assert forged.status_code == 400
            told = await ana.call("GET", f"/payments/{started['id']}")
            assert told["status"] == "awaiting"
