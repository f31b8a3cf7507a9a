"""The wires between a process, Stripe and the phones, and the weather that spoils what goes over them."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import httpx
import orjson
from starlette.types import Message, Scope

from app.actions import webhooks
from app.payments.gateway import BadSignature
from app.storage.appends import Unavailable
from stripe_sandbox.web import ConnectionCut

if TYPE_CHECKING:
    from tests.simulation.nodes import Node
    from tests.simulation.world import World

__all__ = ["HookWire", "StripeWire", "Weather", "browser_call"]

Fate = Literal["arrives", "lost", "answer lost", "late"]


@dataclass
class Weather:
    """How often a message is lost on its way there, on its way back, or comes late. `outage`: nothing arrives."""

    lost: float = 0.0
    answer_lost: float = 0.0
    late: float = 0.0
    outage: bool = False

    def fate(self, chance: Random) -> Fate:
        """What becomes of one request."""
        dice = chance.random()
        if self.outage or dice < self.lost:
            return "lost"
        if dice < self.lost + self.answer_lost:
            return "answer lost"
        return "late" if dice < self.lost + self.answer_lost + self.late else "arrives"


class StripeWire(httpx.AsyncBaseTransport):
    """From one process to Stripe. What was sent arrives even when the sender is no more."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        node, world = self._node, self._node.world
        await node.step("network")
        fate = world.weather.fate(world.chance)
        if fate != "arrives":
            world.say(f"{node.name} {request.method} {request.url.path}: {fate}")
        if fate == "lost":
            raise httpx.ConnectError("lost")
        delay = world.chance.uniform(5, 90) if fate == "late" else world.chance.uniform(0.0, 0.05)
        answer: httpx.Response = await asyncio.shield(world.spawn(self._arrive(request, delay)))
        await node.step("network")
        if fate == "answer lost":
            raise httpx.ReadTimeout("the answer was lost")
        return answer

    async def _arrive(self, request: httpx.Request, delay: float) -> httpx.Response:
        await asyncio.sleep(delay)
        try:
            return await answered(self._node.world, request)
        except ConnectionCut:
            raise httpx.ReadError("the connection broke") from None


async def answered(world: "World", request: httpx.Request) -> httpx.Response:
    """One request to the sandbox's application, without a socket."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": None,
        "server": (request.url.host, 80),
    }
    body, said = request.content, list[Message]()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    await world.stripe_app(scope, receive, send)
    start, content = said[0], b"".join(message.get("body", b"") for message in said[1:])
    return httpx.Response(start["status"], headers=start["headers"], content=content, request=request)


async def browser_call(world: "World", path: str, form: dict[str, str]) -> dict[str, Any]:
    """What a payer's browser asks Stripe for. Raises httpx errors where the weather spoils it."""
    fate = world.weather.fate(world.chance)
    await asyncio.sleep(world.chance.uniform(0.0, 0.05))
    if fate == "lost":
        raise httpx.ConnectError("lost")
    headers = {"authorization": "Bearer pk_test_sandbox"}
    request = httpx.Request("POST", f"http://stripe.test{path}", data=form, headers=headers)
    try:
        answer = await answered(world, request)
    except ConnectionCut:
        raise httpx.ReadError("the connection broke") from None
    if fate != "arrives":
        raise httpx.ReadTimeout("the answer was lost")
    try:
        told: dict[str, Any] = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise httpx.ReadError("an answer that makes no sense") from None
    return told


class HookWire(httpx.AsyncBaseTransport):
    """From Stripe to whichever process the balancer picks."""

    def __init__(self, world: "World") -> None:
        self._world = world

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        world = self._world
        fate = world.weather.fate(world.chance)
        node = world.some_node()
        if node is None or fate == "lost":
            raise httpx.ConnectError("nobody is there")
        raw, signature = request.content, request.headers["stripe-signature"]
        status = await self._status(node.call(lambda desk: webhooks.receive(desk, raw, signature)))
        if status == httpx.codes.OK:
            world.acknowledged[orjson.loads(raw)["id"]] = None
        if fate == "answer lost":
            raise httpx.ReadTimeout("the answer was lost")
        return httpx.Response(status, request=request)

    async def _status(self, received: Awaitable[None]) -> int:
        try:
            await received
        except BadSignature:
            return 400
        except Unavailable:
            return 503
        except ConnectionError as error:
            raise httpx.ReadError("the process died") from error
        return 200
