"""Guests and staff as they use the API: each with cookies of their own."""

from dataclasses import dataclass
from typing import Any

import httpx2

from app.actions.tables import TableCode
from app.ids import new_id
from tests.web.house import PASSWORD, V1, House, Place

Answer = httpx2.Response


@dataclass(frozen=True, slots=True)
class Guest:
    """A phone at a table."""

    http: httpx2.AsyncClient
    id: str
    stream: str
    token: str
    table: TableCode

    @property
    def path(self) -> str:
        """Where the table session lies."""
        return f"{V1}/table-sessions/{self.stream}"

    async def get(self, path: str = "", **options: Any) -> Answer:
        """Read something of the table session."""
        return await self.http.get(self.path + path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Do something at the table session."""
        return await self.http.post(self.path + path, json=body if body is not None else {}, **options)

    async def put(self, path: str, body: Any) -> Answer:
        """Set something at the table session."""
        return await self.http.put(self.path + path, json=body)

    async def view(self) -> dict[str, Any]:
        """The bill as it is now."""
        answer = await self.get()
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["view"])

    async def order(self, place: Place, name: str = "Tacos", quantity: int = 1) -> str:
        """Order something; says the id of the line."""
        body = {"items": [{"menuItemId": place.items[name], "quantity": quantity}]}
        before = set((await self.view())["lines"])
        answer = await self.post("/orders", body)
        assert answer.status_code == 201, answer.text
        (line,) = set((await self.view())["lines"]) - before
        return str(line)

    async def pay(self, key: str = "", **body: Any) -> Answer:
        """Start a payment, under a new key unless one is given."""
        return await self.post("/payment", {"paymentMethod": "card", **body}, headers=keyed(key))


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff, signed in."""

    http: httpx2.AsyncClient
    role: str

    async def at(self, guest: Guest, path: str, body: Any = None, method: str = "POST", key: str = "") -> Answer:
        """Do something at a table session."""
        options: dict[str, Any] = {"headers": {"x-acting-as": "staff", **keyed(key)}}
        if method != "GET":
            options["json"] = {} if body is None else body
        return await self.http.request(method, guest.path + path, **options)


def keyed(key: str = "") -> dict[str, str]:
    """The header of an Idempotency-Key."""
    return {"idempotency-key": key or new_id()}


async def sit(house: House, place: Place | None = None, table: TableCode | None = None, **body: Any) -> Guest:
    """Sit down at a table: a free one, unless it is named."""
    table = table or await (place or house.here).table()
    http = house.client()
    answer = await http.post(f"{V1}/guest-sessions", json={"code": table.code, **body})
    assert answer.status_code == 201, answer.text
    seat = answer.json()
    return Guest(http, seat["guest"]["id"], seat["tableSession"]["id"], seat["token"], table)


async def sign_in(house: House, role: str = "waiter", place: Place | None = None) -> Member:
    """Sign in as somebody who works there."""
    http = house.client()
    login = {"email": (place or house.here).people[role], "password": PASSWORD}
    answer = await http.post(f"{V1}/staff/login", json=login)
    assert answer.status_code == 200, answer.text
    return Member(http, role)
