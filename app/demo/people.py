"""People of the demo: guests and staff who use the public API as everybody does."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from app.actions.access import DEVICE_COOKIE
from app.demo.place import SANDBOX_KEYS

Json = dict[str, Any]


class Refused(Exception):
    """The server said no; `code` is the API's word for it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


def _answer(response: httpx.Response) -> Json:
    body: Json = response.json() if response.content else {}
    if response.is_error:
        raise Refused(str(body.get("code", response.status_code)), str(body.get("detail", "")))
    return body


@dataclass(slots=True)
class Guest:
    """Somebody with a phone at a table."""

    http: httpx.AsyncClient
    sandbox: str
    token: str
    id: str
    name: str
    session: str
    view: Json = field(default_factory=dict)

    @classmethod
    async def join(cls, http: httpx.AsyncClient, sandbox: str, code: str, name: str) -> "Guest":
        """Scan the code and take a seat; the same person comes back to the same one."""
        phone = {"cookie": f"{DEVICE_COOKIE}=demo-{quote(name)}"}
        asked = {"code": code, "name": name, "visit": "join"}
        joined = _answer(await http.post("/guest-sessions", json=asked, headers=phone))
        guest, table = joined["guest"], joined["tableSession"]
        return cls(http, sandbox, joined["token"], guest["id"], guest["name"], table["id"], joined["view"])

    @property
    def _path(self) -> str:
        return f"/table-sessions/{self.session}"

    async def call(self, method: str, path: str, body: Json | None = None, **headers: str) -> Json:
        """One request in this guest's name."""
        given = {"authorization": f"Bearer {self.token}", **headers}
        return _answer(await self.http.request(method, path, json=body, headers=given))

    async def look(self) -> Json:
        """The bill as it is now."""
        self.view = (await self.call("GET", self._path))["view"]
        return self.view

    async def order(self, *items: Json) -> None:
        """Order from the menu."""
        await self.call("POST", f"{self._path}/orders", {"items": list(items)})

    async def claim(self, line: str, parts: int = 1) -> None:
        """Take parts of a line, or give them back."""
        await self.call("PUT", f"{self._path}/lines/{line}/claims/{self.id}", {"parts": parts})

    async def ask(self, kind: str) -> None:
        """Call the waiter, ask for the bill."""
        await self.call("POST", f"{self._path}/requests", {"kind": kind})

    async def start_payment(self, **request: Any) -> Json:
        """Reserve what is to be paid."""
        key = {"idempotency-key": secrets.token_hex(16)}
        return await self.call("POST", f"{self._path}/payment", {"paymentMethod": "card", **request}, **key)

    async def pay_by_card(self, card: str = "pm_card_visa", **request: Any) -> Json:
        """Pay as the page does: the server makes the intent, the browser confirms it at the provider."""
        started = await self.start_payment(**request)
        await self.confirm(started, card)
        return await self.call("GET", f"/payments/{started['id']}")

    async def confirm(self, started: Json, card: str = "pm_card_visa") -> None:
        """Give the card for a payment that was started."""
        intent = started["clientSecret"].partition("_secret_")[0]
        async with httpx.AsyncClient() as browser:
            answer = await browser.post(
                f"{self.sandbox}/v1/payment_intents/{intent}/confirm",
                data={
                    "client_secret": started["clientSecret"],
                    "payment_method": card,
                    "return_url": str(self.http.base_url),
                },
                headers={"authorization": f"Bearer {SANDBOX_KEYS['publishable']}"},
            )
        answer.raise_for_status()


@dataclass(slots=True)
class Waiter:
    """A member of staff, signed in."""

    http: httpx.AsyncClient

    @classmethod
    async def sign_in(cls, api: str, email: str, password: str) -> "Waiter":
        """Sign in; the session is a cookie."""
        http = httpx.AsyncClient(base_url=api, timeout=20)
        _answer(await http.post("/staff/login", json={"email": email, "password": password}))
        return cls(http)

    async def call(self, method: str, path: str, body: Json | None = None, **headers: str) -> Json:
        """One request in this person's name."""
        return _answer(await self.http.request(method, path, json=body, headers={"x-acting-as": "staff", **headers}))

    async def do(self, session: str, what: str, body: Json | None = None) -> None:
        """A POST below a table session, like `close`."""
        await self.call("POST", f"/table-sessions/{session}/{what}", body or {})

    async def move_on(self, session: str, status: str, view: Json) -> None:
        """Say that everything ordered so far is now preparing, ready or served."""
        command = {"cid": f"demo-{secrets.token_hex(4)}", "id": 1, "k": "line.status"}
        given = {"lines": list(view["lines"]), "status": status}
        await self.call("POST", f"/table-sessions/{session}/commands", {**command, "d": given})

    async def confirm(self, session: str, payment: str) -> None:
        """Take the cash."""
        key = {"idempotency-key": secrets.token_hex(16)}
        await self.call("POST", f"/table-sessions/{session}/payments/{payment}/confirm", {}, **key)
