"""Browser windows that remember what they should not have seen: errors in the console, foreign hosts, broken rules."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, Request, WebSocketRoute

from tests.browser.measures import SHIFTS

PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1180, "height": 820}
TIMEOUT_MS = 20_000
LOOK_S = 0.05

# What a page hears when its socket is cut: nothing that the protocol gives a meaning to.
LOST = 3001

# The browser's own remark about an answer of the provider that is no success: a declined card.
DECLINED = r"responded with a status of 402"
# The same about a network that is away.
OFFLINE = r"net::ERR_|WebSocket connection to"
# Whoever opens a table before the page's line is up makes the page dial anew, with one more room.
HURRIED = r"WebSocket is closed before the connection is established"

WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI}`);
});
"""


async def until_none(look: Callable[[], Awaitable[list[str]]]) -> None:
    """Look again and again until nothing is wrong any more; time out with what still is."""
    wrong = await look()
    try:
        async with asyncio.timeout(TIMEOUT_MS / 1000):
            while wrong:
                await asyncio.sleep(LOOK_S)
                wrong = await look()
    except TimeoutError:
        raise AssertionError("\n".join(wrong)) from None


@dataclass
class Window:
    """The windows of one person: one context, its pages, and everything that went wrong in them."""

    context: BrowserContext
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def open(cls, browser: Browser, **options: Any) -> "Window":
        """A fresh browser profile, as large as a phone unless told otherwise."""
        context = await browser.new_context(**{"viewport": PHONE, "locale": "en-US", **options})
        context.set_default_timeout(TIMEOUT_MS)
        await context.add_init_script(WATCH + SHIFTS)
        return cls(context)

    async def page(self) -> Page:
        """A new tab."""
        page = await self.context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data":
            self.hosts.add(address.netloc)

    def odd(self, *expected: str) -> list[str]:
        """The complaints that nobody expected."""
        known = (*expected, HURRIED)
        return [one for one in self.complaints if not any(re.search(pattern, one) for pattern in known)]


class Line:
    """A page's way to the server, as a bad network has it: slow, cut after some frames, away altogether."""

    def __init__(self, network: CDPSession, *, frames: int, delay_ms: int) -> None:
        self._network, self._frames, self._delay_ms = network, frames, delay_ms
        self._seen = 0
        self._is_up = True
        self._open: list[WebSocketRoute] = []
        self.cuts = 0

    @classmethod
    async def over(cls, page: Page, *, frames: int, delay_ms: int) -> "Line":
        """Before the page opens: cut the socket after every `frames` frames, and let every answer take its time."""
        line = cls(await page.context.new_cdp_session(page), frames=frames, delay_ms=delay_ms)
        await page.route_web_socket("**/api/v1/live", line._meet)
        await line._network.send("Network.enable")
        await line.up()
        return line

    async def down(self) -> None:
        """Nothing gets through any more."""
        self._is_up = False
        await self._emulate(offline=True)
        for socket in self._open:
            await socket.close(code=LOST)
        self._open.clear()

    async def up(self) -> None:
        """The network is here, or back."""
        self._is_up = True
        await self._emulate(offline=False)

    async def _emulate(self, *, offline: bool) -> None:
        speed = {"latency": self._delay_ms, "downloadThroughput": 100_000, "uploadThroughput": 50_000}
        await self._network.send("Network.emulateNetworkConditions", {"offline": offline, **speed})

    async def _meet(self, socket: WebSocketRoute) -> None:
        if not self._is_up:
            await socket.close(code=LOST)
            return
        server = socket.connect_to_server()
        self._open.append(socket)

        async def to_page(frame: str | bytes) -> None:
            self._seen += 1
            if self._seen % self._frames:
                socket.send(frame)
                return
            self.cuts += 1
            self._open.remove(socket)
            await socket.close(code=LOST)
            await server.close()

        server.on_message(to_page)
