import asyncio
import time

import orjson
import pytest
import stripe

from app.ids import new_id
from tests.web.house import V1, House

PATH = f"{V1}/webhooks/stripe"


def event(**members: object) -> bytes:
    shown = {
        "id": f"evt_{new_id()}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": "pi_unknown", "object": "payment_intent", "metadata": {}}},
    }
    return orjson.dumps({**shown, **members})


def signed(body: bytes, secret: str = "whsec_sandbox", at: int | None = None) -> dict[str, str]:
    text, stamp = body.decode("utf-8", "replace"), at or int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{text}", secret)  # noqa: SLF001 - with a time of our choice
    return {"stripe-signature": f"t={stamp},v1={signature}", "content-type": "application/json"}


async def test_a_signed_event_is_stored_and_acknowledged(house: House) -> None:
    body = event()
    async with house.client() as provider:
        answer = await provider.post(PATH, content=body, headers=signed(body))
        assert (answer.status_code, answer.json()) == (200, {"received": True})


async def test_the_same_event_three_times_at_once_is_acknowledged_three_times(house: House) -> None:
    body = event()
    async with house.client() as provider:
        answers = await asyncio.gather(*(provider.post(PATH, content=body, headers=signed(body)) for _ in range(3)))
        assert [answer.status_code for answer in answers] == [200] * 3


BODY = event()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {}),
        (BODY, {"stripe-signature": ""}),
        (BODY, {"stripe-signature": "nonsense"}),
        (BODY, {"stripe-signature": "t=1,v1=ab"}),
        (BODY, signed(BODY, secret="whsec_other")),
        (BODY, signed(BODY, at=int(time.time()) - 3600)),
        (BODY + b" ", signed(BODY)),
        (b"[]", signed(b"[]")),
        (b"", signed(b"")),
        (b"{}", signed(b"{}")),
        (b"\xff\xfe", signed(b"\xff\xfe")),
        (event(livemode=True), None),
    ],
)
async def test_an_event_that_is_not_the_providers_is_refused(
    house: House, body: bytes, headers: dict[str, str] | None
) -> None:
    async with house.client() as forger:
        answer = await forger.post(PATH, content=body, headers=signed(body) if headers is None else headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
        assert "pi_unknown" not in answer.text


async def test_an_event_of_a_megabyte_is_too_large(house: House) -> None:
    body = event(padding="x" * 1_000_000)
    async with house.client() as forger:
        assert (await forger.post(PATH, content=body, headers=signed(body))).status_code == 413
