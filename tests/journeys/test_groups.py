"""People who pay together while the server dies: with -9, between the last yes and the money."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from app.actions import proof
from app.storage.verify import verify
from tests.actions.evening import Evening
from tests.journeys.processes import Town, town
from tests.nodes import Phone, eventually, phones
from tests.services import free_port

SECRET = {"authorization": "Bearer sk_test_sandbox"}


async def confirm(built: Town, started: dict[str, Any]) -> None:
    """What the payer's browser does with the client secret."""
    intent = started["clientSecret"].partition("_secret_")[0]
    form = {
        "client_secret": started["clientSecret"],
        "payment_method": "pm_card_visa",
        "return_url": "http://x.example",
    }
    key = {"authorization": "Bearer pk_test_sandbox"}
    async with httpx.AsyncClient(base_url=built.sandbox_url) as http:
        assert (await http.post(f"/v1/payment_intents/{intent}/confirm", data=form, headers=key)).is_success


async def intents(built: Town) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=built.sandbox_url, headers=SECRET) as http:
        found: list[dict[str, Any]] = (await http.get("/v1/payment_intents")).json()["data"]
        return found


async def own(phone: Phone, group: str) -> dict[str, Any]:
    share: dict[str, Any] = (await phone.call("GET", f"/group-payments/{group}"))["payment"]
    return share


async def test_a_server_killed_between_the_last_yes_and_the_money_takes_it_from_everybody_once(
    tmp_path: Path, url: str, house: Evening
) -> None:
    port = free_port()
    with town(tmp_path, webhooks_to=port) as built:
        node, at = built.node(url, port=port)
        await asyncio.gather(built.sandbox.start(), node.start())
        async with phones(at, house.codes["1"], "Ana", "Ben") as (ana, ben):
            await ana.order(house.wanted("Burger"))
            await ben.order(house.wanted("Pasta"))
            path = f"/table-sessions/{ana.stream}/group-payments"
            told = await ana.call("POST", path, {}, **{"idempotency-key": "together"})
            async with httpx.AsyncClient(base_url=built.sandbox_url) as http:
                fault = {"fault": "slow", "operation": "payment_intents.capture", "effect": "done", "seconds": 30}
                assert (await http.post("/_sandbox/faults", json={**fault, "times": 0})).is_success
            await confirm(built, told["payment"])
            await confirm(built, await own(ben, told["id"]))
            await ben.until_view(lambda view: view["groups"][told["id"]]["status"] == "capturing")
            node.kill()
            await asyncio.gather(ana.close(), ben.close(), return_exceptions=True)
            async with httpx.AsyncClient(base_url=built.sandbox_url) as http:
                await http.delete("/_sandbox/faults")
            await node.start()
            await asyncio.gather(ana.connect(), ben.connect())
            await ana.until_view(lambda view: view["groups"][told["id"]]["status"] == "succeeded")
            assert ana.view["tableSession"]["status"] == "settled"
        assert await eventually(lambda: _captured(built)) == 2559
        assert (await verify(house.desk.database, proof.replay)).faults == []


async def _captured(built: Town) -> int:
    return sum(intent["amount_received"] for intent in await intents(built))
