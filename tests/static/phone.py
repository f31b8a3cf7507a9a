"""A guest's phone at a scene: the real page under the real policy, and a server that plays its part by hand."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Response, Route, WebSocketRoute, expect

from app.domain.view import JSON
from app.web.headers import content_policy
from app.web.rendering import Pages
from app.web.site import Site
from app.web.static import Tree
from tests.static.conftest import STATIC
from tests.static.scenes import NOW, Table

SHIFTS = """
window.shifted = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
}).observe({ type: "layout-shift", buffered: true })
"""
TARGET_PX = 44


class Server:
    """The server's side: what it was told, and what it answers."""

    def __init__(self, table: Table | None) -> None:
        self.table = table
        self.commands: list[JSON] = []
        self.calls: list[tuple[str, Any, str | None]] = []
        self.refusals: dict[str, JSON] = {}
        self.answers: dict[str, Callable[[JSON], tuple[int, JSON]]] = {}
        self.socket: WebSocketRoute | None = None
        self.is_down = False
        self.cid = ""

    def connect(self, socket: WebSocketRoute) -> None:
        """Take a socket, as `route_web_socket` hands it over."""
        self.socket = socket
        socket.on_message(lambda text: self._hear(json.loads(text)))

    def _hear(self, frame: JSON) -> None:
        if self.is_down:
            return
        match frame["t"]:
            case "hello":
                self._welcome(frame)
            case "do":
                self._do(frame)
            case "sync":
                self.say({"t": "head", "r": frame["r"], "n": self._table.bill.version})

    def _welcome(self, frame: JSON) -> None:
        wish, table = frame["rooms"][0], self._table
        self.cid = frame["cid"]
        self.say({"t": "welcome", "v": 1, "sid": "s", "now": NOW.isoformat().replace("+00:00", "Z"), "ping_s": 25})
        n = wish.get("since", {}).get("n")
        position = {"r": wish["r"], "e": "x", "mid": 0}
        if n is None:
            self.say({"t": "snap", "n": table.bill.version, "why": "first", "d": table.view, **position})
        else:
            self.say({"t": "resumed", "from": n, "to": table.bill.version, **position})
            for event in table.frames[n:]:
                self.say(event)
        self.say({"t": "pres", "r": wish["r"], "pv": 1, "on": list(table.bill.guests), "full": True})

    def _do(self, frame: JSON) -> None:
        self.commands.append({"k": frame["k"], **frame["d"]})
        answer = {"r": frame["r"], "id": frame["id"], "n": self._table.bill.version}
        if refusal := self.refusals.get(frame["k"]):
            self.say({"t": "err", "retry": False, **answer, **refusal})
            return
        if frame["k"] == "claims.set":
            wish, cause = frame["d"], f"{self.cid}:{frame['id']}"
            self.tell(lambda table: table.claim(wish["guest"], wish["line"], wish["parts"], cause))
        self.say({"t": "ack", **answer | {"n": self._table.bill.version}})

    def say(self, frame: JSON) -> None:
        """One frame to the phone."""
        assert self.socket is not None
        self.socket.send(json.dumps(frame))

    def tell(self, step: Callable[[Table], Any]) -> None:
        """Let something happen at the table, and tell the phone."""
        seen = len(self._table.frames)
        step(self._table)
        for event in self._table.frames[seen:]:
            self.say(event)

    async def answer(self, route: Route) -> None:
        """Answer a REST call; the last part of its path names the answer."""
        request = route.request
        body = request.post_data_json if request.post_data else None
        name = urlsplit(request.url).path.rsplit("/", 1)[-1]
        self.calls.append((name, body, request.headers.get("idempotency-key")))
        status, members = self.answers.get(name, _nothing)(body or {})
        if status == 0:
            await route.abort()
            return
        media = "application/json" if status < 400 else "application/problem+json"
        await route.fulfill(status=status, content_type=media, body=json.dumps(members))

    @property
    def _table(self) -> Table:
        assert self.table is not None
        return self.table


def _nothing(_: JSON) -> tuple[int, JSON]:
    return 404, {"code": "not_found"}


class Phone:
    """The page, its server, and everything the browser complained about."""

    def __init__(self, page: Page, server: Server, html: str) -> None:
        self.page = page
        self.server = server
        self.html = html
        self.complaints: list[str] = []
        self.weights: dict[str, int] = {}

    async def is_live(self) -> None:
        """Wait until the line to the server is up."""
        await expect(self.page.locator("html")).to_have_class("js")
        await expect(self.page.get_by_role("button", name="Call the waiter")).to_be_enabled()
        await expect(self.page.locator(".bar .primary:disabled")).to_have_count(0)

    async def violations(self) -> list[str]:
        """What axe finds wrong, one line each."""
        # A colour in the middle of a fade is nobody's colour.
        await self.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))")
        axe: Any = Axe()
        found = (await axe.run(self.page, options={"resultTypes": ["violations"]})).response["violations"]
        return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]

    async def small_targets(self) -> list[str]:
        """Everything to press that a finger could miss. Links inside a sentence are exempt, as in WCAG."""
        found: list[str] = await self.page.evaluate(f"""
            [...document.querySelectorAll("button, a.button, input, select, summary")]
              .filter((one) => one.checkVisibility() && !one.matches("p button, label input"))
              .map((one) => [one, one.getBoundingClientRect()])
              .filter(([, box]) => box.height < {TARGET_PX} - 0.5 || box.width < {TARGET_PX} - 0.5)
              .map(([one, box]) => `${{one.outerHTML.slice(0, 120)}} ${{box.width}}x${{box.height}}`)
        """)
        return found


class Screen:
    """A tab with a place for one phone after another: opening a tab costs more than most of what is tried in it."""

    def __init__(self, page: Page, policy: str) -> None:
        self.page = page
        self._policy = policy
        self._phone: Phone | None = None
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("console", lambda one: self._complain(one.text) if one.type in {"error", "warning"} else None)
        page.on("response", self._weigh)

    @classmethod
    async def light_up(cls, browser: Browser, policy: str, *, dark: bool, wide: bool) -> "Screen":
        """A phone's, or a desk's."""
        context = await browser.new_context(
            viewport={"width": 1280, "height": 800} if wide else {"width": 390, "height": 844},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-US",
        )
        screen = cls(await context.new_page(), policy)
        await screen.page.add_init_script(SHIFTS)
        await screen.page.route("**/t/*", screen._serve)
        await screen.page.route("**/api/v1/**", screen._answer)
        await screen.page.route_web_socket("**/api/v1/live", screen._connect)
        return screen

    async def show(self, phone: Phone, address: str) -> None:
        """Open the page of a phone."""
        self._phone = phone
        await self.page.goto(address)

    async def clear(self) -> None:
        """Forget it: what it kept, and its line to the server."""
        await self.page.evaluate("sessionStorage.clear()")
        await self.page.goto("about:blank")
        self._phone = None

    @property
    def _held(self) -> Phone:
        assert self._phone is not None
        return self._phone

    def _complain(self, text: str) -> None:
        if self._phone:
            self._phone.complaints.append(text)

    def _weigh(self, response: Response) -> None:
        if self._phone:
            self._phone.weights[urlsplit(response.url).path] = int(response.headers.get("content-length", 0))

    def _connect(self, socket: WebSocketRoute) -> None:
        self._held.server.connect(socket)

    async def _answer(self, route: Route) -> None:
        await self._held.server.answer(route)

    async def _serve(self, route: Route) -> None:
        headers = {"content-security-policy": self._policy}
        await route.fulfill(body=self._held.html, content_type="text/html", headers=headers)


class Drawer:
    """Screens that nobody looks at, by how they look; made where there is none."""

    def __init__(self, browser: Browser, site: str, tree: Tree) -> None:
        self._browser, self._site, self._tree = browser, site, tree
        self._policy = content_policy(Site(public_url=site, static_root=STATIC))
        self._idle: dict[tuple[bool, bool], list[Screen]] = {}

    @asynccontextmanager
    async def phone(
        self, page: JSON, server: Server, *, dark: bool = False, wide: bool = False, fresh: bool = False
    ) -> AsyncIterator[Phone]:
        """Open the guest page with `page` inside and `server` behind it; `fresh`: in a tab that nobody had before.

        A screen whose test failed, or that was `fresh`, is not used again.
        """
        idle = self._idle.setdefault((dark, wide), [])
        is_new = fresh or not idle
        screen = await Screen.light_up(self._browser, self._policy, dark=dark, wide=wide) if is_new else idle.pop()
        held = Phone(screen.page, server, Pages(self._tree).text("guest.html", page))
        await screen.show(held, f"{self._site}/t/{page['code']}")
        yield held
        if fresh:
            await screen.page.context.close()
            return
        await screen.clear()
        idle.append(screen)

    async def close(self) -> None:
        """Throw all of them away."""
        for screen in [one for idle in self._idle.values() for one in idle]:
            await screen.page.context.close()
