"""The other end of a webhook: takes what is sent, answers as told, and remembers."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class Delivery:
    """One request of the sandbox: the raw body and the signature header."""

    raw: bytes
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        """The event in the body."""
        found: dict[str, Any] = json.loads(self.raw)
        return found


@dataclass
class Receiver:
    """A webhook endpoint. `answers` are the statuses of the next requests; then 200 for ever."""

    url: str = ""
    answers: deque[int] = field(default_factory=deque)
    all: list[Delivery] = field(default_factory=list)
    fresh: "asyncio.Queue[Delivery]" = field(default_factory=asyncio.Queue)

    @property
    def types(self) -> list[str]:
        """The types of what arrived, in order."""
        return [one.event["type"] for one in self.all]

    async def next(self, type: str) -> Delivery:
        """The next delivery of this type; others before it are passed over."""
        async with asyncio.timeout(20):
            while (delivery := await self.fresh.get()).event["type"] != type:
                pass
            return delivery

    def forget(self) -> None:
        """As if nothing had arrived."""
        self.answers.clear()
        self.all.clear()
        self.fresh = asyncio.Queue()

    async def take(self, request: Request) -> Response:
        """Answer one request."""
        delivery = Delivery(await request.body(), request.headers.get("stripe-signature", ""))
        self.all.append(delivery)
        self.fresh.put_nowait(delivery)
        return Response(status_code=self.answers.popleft() if self.answers else 200)

    def app(self) -> Starlette:
        """The endpoint as an application."""
        return Starlette(routes=[Route("/stripe", self.take, methods=["POST"])])
