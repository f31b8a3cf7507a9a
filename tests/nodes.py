"""Whole nodes for the tests: the application as main puts it together, with phones and a sandbox around it."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from websockets import ClientConnection, Subprotocol
from websockets.asyncio.client import connect

from app.domain.view import merge
from app.settings import Settings, load
from realtime.frames import SUBPROTOCOL
from tests.actions.evening import KEYS

WAIT_S = 60
POLL_S = 0.05
WEBHOOK_SECRET = "whsec_sandbox"

TRUST = ssl.create_default_context()
"""One for all clients: making it takes longer than most requests."""

ANEW = httpx.Limits(max_keepalive_connections=0)
"""A connection for each request: one that is kept may be closed by the other end just when it is used again."""


def settings(database_url: str, *, port: int, sandbox: str = "http://127.0.0.1:9", **more: Any) -> Settings:
    """Settings of one node on a port of this machine."""
    return load(None, **given(database_url, port=port, sandbox=sandbox, **more))


def given(database_url: str, *, port: int, sandbox: str, **more: Any) -> dict[str, str]:
    values = {
        "host": "127.0.0.1",
        "port": str(port),
        "public_url": f"http://127.0.0.1:{port}",
        "database_url": database_url,
        "secret_key": KEYS[0],
        "payments_mode": "sandbox",
        "stripe_secret_key": "sk_test_sandbox",
        "stripe_publishable_key": "pk_test_sandbox",
        "stripe_webhook_secrets": WEBHOOK_SECRET,
        "stripe_api_base": sandbox,
        "stripe_js_url": f"{sandbox}/stripe.js",
    }
    return {**values, **{name: str(value) for name, value in more.items()}}


def environment(**values: Any) -> dict[str, str]:
    """The same as environment variables."""
    return {f"SPLITTABLE_{name.upper()}": value for name, value in given(**values).items()}


async def eventually(check: Callable[[], Awaitable[Any]], *, within_s: float = 60) -> Any:
    """What `check` says once that is true: for things that happen in another process."""
    async with asyncio.timeout(within_s):
        while not (found := await check()):  # noqa: ASYNC110 - nobody over there can set an event of ours
            await asyncio.sleep(POLL_S)
        return found


class Problem(Exception):
    """An answer that is an error, with its document."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(f"{status} {document.get('code')}: {document.get('detail')}")
        self.status, self.code, self.document = status, document.get("code"), document


def answer(response: httpx.Response) -> Any:
    body = response.json() if response.content else {}
    if response.is_error:
        raise Problem(response.status_code, body)
    return body


@dataclass
class Phone:
    """A guest's phone: REST with a token, and a socket that follows the table."""

    base: str
    token: str
    guest: str
    stream: str
    cid: str
    view: dict[str, Any] = field(default_factory=dict)
    epoch: str = ""
    n: int = 0
    frames: list[dict[str, Any]] = field(default_factory=list)
    socket: ClientConnection | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _reader: "asyncio.Task[None] | None" = None
    _commands: int = 0

    @classmethod
    async def join(cls, base: str, code: str, name: str) -> "Phone":
        async with httpx.AsyncClient(base_url=base, timeout=WAIT_S, verify=TRUST) as http:
            body = answer(await http.post("/api/v1/guest-sessions", json={"code": code, "name": name}))
        return cls(base, body["token"], body["guest"]["id"], body["tableSession"]["id"], secrets.token_hex(6))

    @property
    def room(self) -> str:
        return f"table:{self.stream}"

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given_ = {"authorization": f"Bearer {self.token}", **headers}
        async with httpx.AsyncClient(base_url=self.base, timeout=WAIT_S, verify=TRUST) as http:
            return answer(await http.request(method, f"/api/v1{path}", json=body, headers=given_))

    async def order(self, *items: dict[str, Any]) -> None:
        await self.call("POST", f"/table-sessions/{self.stream}/orders", {"items": list(items)})

    async def pay(self, key: str | None = None, **request: Any) -> Any:
        headers = {"idempotency-key": key or secrets.token_hex(8)}
        asked = {"paymentMethod": "card", **request}
        return await self.call("POST", f"/table-sessions/{self.stream}/payment", asked, **headers)

    async def connect(self, base: str | None = None) -> None:
        """Open the socket (to another node, if `base` says so) and go on from where this phone was."""
        seen = len(self.frames)
        address = (base or self.base).replace("http", "ws", 1) + "/api/v1/live"
        self.socket = await connect(address, subprotocols=[Subprotocol(SUBPROTOCOL)], proxy=None)
        room: dict[str, Any] = {"r": self.room}
        if self.epoch:
            room["since"] = {"e": self.epoch, "n": self.n}
        await self.send({"t": "hello", "v": 1, "cid": self.cid, "token": self.token, "rooms": [room]})
        self._reader = asyncio.create_task(self._read(self.socket))
        joined = await self.until(lambda frame: frame["t"] in ("snap", "resumed", "err"), after=seen)
        assert joined["t"] != "err", joined

    async def send(self, frame: dict[str, Any]) -> None:
        assert self.socket is not None
        await self.socket.send(orjson.dumps(frame).decode())

    async def do(self, k: str, number: int | None = None, **d: Any) -> dict[str, Any]:
        """A command over the socket; the frame that answers it."""
        self._commands += 1
        number = number or self._commands
        seen = len(self.frames)
        await self.send({"t": "do", "id": number, "r": self.room, "k": k, "d": d})
        return await self.until(lambda frame: frame["t"] in ("ack", "err") and frame.get("id") == number, after=seen)

    async def until(self, wanted: Callable[[dict[str, Any]], bool], *, after: int = 0) -> dict[str, Any]:
        """The first frame that is `wanted`, of those that came and those to come."""
        async with asyncio.timeout(WAIT_S):
            while True:
                if found := next((frame for frame in self.frames[after:] if wanted(frame)), None):
                    return found
                self._news.clear()
                await self._news.wait()

    async def until_view(self, wanted: Callable[[dict[str, Any]], bool], *, within_s: float = WAIT_S) -> dict[str, Any]:
        """The view, once it is as `wanted`."""
        async with asyncio.timeout(within_s):
            while not (self.view and wanted(self.view)):
                self._news.clear()
                await self._news.wait()
        return self.view

    async def _read(self, socket: ClientConnection) -> None:
        async for message in socket:
            frame = orjson.loads(message)
            self.frames.append(frame)
            self._apply(frame)
            if frame["t"] == "ping":
                await socket.send('{"t":"pong"}')
            self._news.set()

    def _apply(self, frame: dict[str, Any]) -> None:
        if frame.get("r") != self.room:
            return
        if frame["t"] == "snap":
            self.view, self.epoch, self.n = frame["d"], frame["e"], frame["n"]
        if frame["t"] == "ev" and frame["n"] > self.n:
            assert frame["n"] == self.n + 1, "a hole in the events"
            self.view, self.n = merge(self.view, frame["d"]), frame["n"]

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)


@asynccontextmanager
async def phones(base: str, code: str, *names: str) -> AsyncIterator[list[Phone]]:
    """Phones that have joined one table and follow it."""
    joined = [await Phone.join(base, code, name) for name in names]
    try:
        for phone in joined:
            await phone.connect()
        yield joined
    finally:
        for phone in joined:
            await phone.close()


@asynccontextmanager
async def sign_in(base: str, email: str, password: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which a member of staff is signed in."""
    headers = {"x-acting-as": "staff"}
    async with httpx.AsyncClient(base_url=base, timeout=WAIT_S, headers=headers, verify=TRUST, limits=ANEW) as http:
        answer(await http.post("/api/v1/staff/login", json={"email": email, "password": password}))
        yield http
