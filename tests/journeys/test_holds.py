"""Tabs with server, sandbox and phones as separate parties; the server dies while money is being taken."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.actions import proof
from app.storage.verify import verify
from tests.actions.evening import PASSWORD, Evening
from tests.journeys.processes import Town, town
from tests.nodes import Phone, Problem, eventually, phones, sign_in
from tests.services import free_port

SECRET = {"authorization": "Bearer sk_test_sandbox"}


async def _stripe(built: Town, method: str, path: str, **sent: Any) -> Any:
    async with httpx.AsyncClient(base_url=built.sandbox_url, headers=SECRET) as http:
        answer = await http.request(method, path, **sent)
    assert answer.status_code in (200, 402), answer.text
    return answer.json()


async def _tab(built: Town, phone: Phone, estimate: int, card: str = "pm_card_visa") -> str:
    """A tab that the bank agreed to, as the holder's page sees it."""
    key = f"tab-{phone.guest}"
    placed = await phone.call(
        "POST", f"/table-sessions/{phone.stream}/holds", {"estimate": estimate}, **{"idempotency-key": key}
    )
    intent = placed["clientSecret"].partition("_secret_")[0]
    card_given = {"payment_method": card, "return_url": "http://x.example"}
    await _stripe(built, "POST", f"/v1/payment_intents/{intent}/confirm", data=card_given)
    await phone.until_view(lambda view: view["holds"].get(placed["id"], {}).get("status") == "authorized")
    return str(placed["id"])


async def _capture(phone: Phone, hold: str, **asked: int) -> dict[str, Any]:
    told: dict[str, Any] = await phone.call(
        "POST", f"/holds/{hold}/capture", asked, **{"idempotency-key": f"take-{hold}"}
    )
    return told


async def _intent(built: Town, hold: str) -> dict[str, Any]:
    intents = (await _stripe(built, "GET", "/v1/payment_intents", params={"limit": 100}))["data"]
    found: dict[str, Any] = next(each for each in intents if each["metadata"]["payment"] == hold)
    return found


async def _books_agree(built: Town, house: Evening, stream: str) -> None:
    bill = await house.bill(stream)
    ours = sum(each.charge for each in bill.payments.values() if each.method == "card" and each.status == "succeeded")
    intents = (await _stripe(built, "GET", "/v1/payment_intents", params={"limit": 100}))["data"]
    assert ours == sum(each["amount_received"] for each in intents)
    assert (await verify(house.desk.database, proof.replay)).faults == []


async def test_a_server_killed_while_a_tab_is_captured_takes_it_once(tmp_path: Path, url: str, house: Evening) -> None:
    """F40, F42: -9 while the answer to the capture is on its way; giving it back afterwards is a refund's matter."""
    port = free_port()
    with town(tmp_path, webhooks_to=port) as built:
        node, at = built.node(url, port=port)
        await asyncio.gather(built.sandbox.start(), node.start())
        ana = await Phone.join(at, house.codes["1"], "Ana")
        await ana.connect()
        hold = await _tab(built, ana, 5000)
        await ana.order(house.wanted("Burger"))
        slow = {"fault": "slow", "operation": "payment_intents.capture", "effect": "done", "seconds": 30}
        await _stripe(built, "POST", "/_sandbox/faults", json={**slow})
        taking = asyncio.create_task(_capture(ana, hold, tipAmount=200))
        await ana.until_view(lambda view: view["holds"][hold]["status"] == "capturing")

        async def taken() -> bool:
            return bool((await _intent(built, hold))["amount_received"])

        await eventually(taken)
        node.kill()
        await asyncio.gather(taking, ana.close(), return_exceptions=True)
        await _stripe(built, "DELETE", "/_sandbox/faults")
        await node.start()
        await ana.connect()
        await ana.until_view(lambda view: view["tableSession"]["status"] == "settled")
        told = await ana.call("GET", f"/holds/{hold}")
        assert (told["status"], told["captured"]) == ("captured", 1779)
        async with sign_in(at, "waiter@open.example", PASSWORD) as waiter:
            refused = await waiter.post(f"/api/v1/holds/{hold}/release", json={})
        assert (refused.status_code, refused.json()["code"], refused.json()["payment"]) == (409, "already_paid", hold)
        await ana.close()
        lines = (await _stripe(built, "GET", "/_sandbox/journal", params={"operation": "payment_intents.capture"}))[
            "data"
        ]
        assert {line["key"] for line in lines} == {f"pay:{hold}:capture:1"}
        await _books_agree(built, house, ana.stream)


async def test_a_raise_that_is_declined_and_a_tab_that_lapsed_leave_the_rest_owed(
    tmp_path: Path, url: str, house: Evening
) -> None:
    """F40, F41, F43: what is authorized is captured, the rest asked for; a tab that lapsed holds nothing any more."""
    port = free_port()
    with town(tmp_path, webhooks_to=port) as built:
        node, at = built.node(url, port=port)
        await asyncio.gather(built.sandbox.start(), node.start())
        async with phones(at, house.codes["1"], "Ana", "Ben") as (ana, ben):
            short = await _tab(built, ana, 3000, "pm_card_raiseDeclined")
            lapsing = await _tab(built, ben, 3000)
            await ana.order(house.wanted("Lobster"))
            await ben.order(house.wanted("Burger"))
            told = await _capture(ana, short)
            assert (told["status"], told["captured"], told["owed"], told["decline"]) == (
                "captured", 3600, 1200, "generic_decline",
            )  # fmt: skip
            await _stripe(built, "POST", f"/_sandbox/objects/{(await _intent(built, lapsing))['id']}/finish")
            await ben.until_view(lambda view: view["holds"][lapsing]["status"] == "expired")
            with pytest.raises(Problem, match="hold_ended"):
                await _capture(ben, lapsing)
            assert (ben.view["totals"]["unpaid"], ben.view["totals"]["reserved"]) == (1200 + 1579, 0)
            async with sign_in(at, "waiter@open.example", PASSWORD) as waiter:
                tiles = (await waiter.get("/api/v1/floor")).json()["tables"].values()
            (tile,) = [each["session"] for each in tiles if each.get("session")]
            assert "tab" in tile["attention"]
            await ana.pay(paymentMethod="cash")
        await _books_agree(built, house, ana.stream)
