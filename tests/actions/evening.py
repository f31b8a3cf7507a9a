"""An evening for the tests of the actions: houses with tables and menus, a desk over them, people who do things."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.actions import bills, guests, house, payments, perform, shapes, tables
from app.actions.access import GuestAccess, StaffAccess
from app.actions.desk import Advance, Desk, Policies
from app.actions.guests import Joined
from app.actions.payments import PaymentStarted
from app.actions.shelf import Shelf
from app.domain.bill import Bill
from app.domain.commands import Role
from app.domain.menu import Menu
from app.jobs import Worker
from app.payments.keys import StripeKeys
from app.payments.stripe_gateway import StripeGateway
from app.storage import menus, restaurants, staff
from app.storage.database import Database
from app.storage.log import Log

PASSWORD = "a long enough password"
KEYS = ("k" * 40,)
NOWHERE = "http://127.0.0.1:9"
OPEN, PIN, APPROVE = "The Open Door", "Behind the Pin", "Ask First"

MENU = [
    {
        "name": "Food",
        "items": [
            {"name": "Burger", "price": 1450, "taxRatePpm": 88_750},
            {"name": "Pasta", "price": 900, "taxRatePpm": 88_750},
            {"name": "Oysters", "price": 350, "left": 3},
            {"name": "Lobster", "price": 4800, "perTable": 2},
            {
                "name": "Steak",
                "price": 2800,
                "modifierGroups": [
                    {"name": "How done?", "min": 1, "max": 1, "modifiers": [{"name": "Rare"}, {"name": "Medium"}]},
                    {"name": "Extras", "min": 0, "max": 2, "modifiers": [{"name": "Egg", "price": 150}]},
                ],
            },
            {"name": "Mint", "price": 20},
        ],
    },
    {
        "name": "Presents",
        "items": [
            {"name": "Gift card", "price": 5000, "station": "", "grants": {"kind": "giftCard", "validDays": 365}},
            {"name": "Ten pastas", "price": 8000, "station": "",
             "grants": {"kind": "pass", "uses": 10, "items": ["Pasta"]}},
        ],
    },
]  # fmt: skip
TABLES = 6


def plan(name: str, policy: str, tables: int = TABLES) -> dict[str, Any]:
    return {
        "name": name,
        "currency": "USD",
        "taxInclusive": False,
        "joinPolicy": policy,
        "tables": [{"label": str(number), "area": "Room", "seats": 4} for number in range(1, tables + 1)],
        "menu": MENU,
    }


async def furnish(desk: Desk, tables: int = TABLES) -> None:
    """Three houses, one for each join policy, with staff of every role in the first, which has so many tables."""
    first = await house.create(desk, house.read(plan(OPEN, "open", tables)))
    await house.create(desk, house.read(plan(PIN, "pin")))
    await house.create(desk, house.read(plan(APPROVE, "approve")))
    roles: tuple[Role, ...] = ("owner", "manager", "waiter", "kitchen")
    for role in roles:
        await house.add_staff(desk, first, house.Person(f"{role}@open.example", role.title(), role, PASSWORD))


class ManualClock:
    """A clock that stands until it is moved; it begins now, because the provider checks times too."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Ear:
    """An announcer that remembers what it was told."""

    advances: list[Advance] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    news: asyncio.Event = field(default_factory=asyncio.Event)

    def advanced(self, advance: Advance) -> None:
        self.advances.append(advance)
        self.news.set()

    async def until(self, kind: str) -> None:
        """Wait for an event of this kind."""
        while kind not in self.kinds:
            self.news.clear()
            await self.news.wait()

    def table_changed(self, restaurant_id: str, table_id: str) -> None:
        self.tables.append(table_id)

    def removed(self, stream: str, guest_id: str) -> None:
        self.gone.append(guest_id)

    @property
    def kinds(self) -> list[str]:
        return [step.event.fact.kind for advance in self.advances for step in advance.steps]


async def open_desk(
    stack: AsyncExitStack, url: str, *, provider: str = NOWHERE, clock: ManualClock | None = None, **policies: Any
) -> Desk:
    """A node of its own on the database at `url`."""
    database = await Database.open(url)
    stack.push_async_callback(database.close)
    log = await stack.enter_async_context(Log(database))
    keys = StripeKeys("sk_test_sandbox", ("whsec_sandbox",))
    clock = clock or ManualClock()
    gateway = StripeGateway(
        keys,
        environment="development",
        api_base=provider,
        deadline_s=5,
        clock=clock,
        monotonic=clock.monotonic,
    )
    stack.push_async_callback(gateway.close)
    given = Policies(signing_keys=KEYS, publishable_key="pk_test_sandbox", **policies)
    return Desk(
        database, log, gateway, Shelf(log, database), announce=Ear(), policies=given, clock=clock, sleep=_no_sleep
    )


async def _no_sleep(_seconds: float) -> None:
    return None


@dataclass
class Evening:
    """One house with its tables, menu and staff, seen from one desk."""

    desk: Desk
    clock: ManualClock
    ear: Ear
    restaurant: str
    codes: Mapping[str, str]
    tables: Mapping[str, str]
    menu: Menu
    team: Mapping[str, StaffAccess]

    @classmethod
    async def at(cls, desk: Desk, name: str = OPEN) -> "Evening":
        found = {each.name: each.id for each in await restaurants.restaurants(desk.database)}
        codes = await tables.qr_codes(desk, found[name])
        menu = await menus.menu(desk.database, found[name])
        assert menu is not None
        assert isinstance(desk.announce, Ear)
        assert isinstance(desk.clock, ManualClock)
        return cls(
            desk,
            desk.clock,
            desk.announce,
            found[name],
            {each.label: each.code for each in codes},
            {each.label: each.table_id for each in codes},
            menu,
            await _team(desk),
        )

    async def seat(self, name: str, table: str = "1", **more: Any) -> Joined:
        return await guests.join(self.desk, self.codes[table], name=name, **more)

    async def bill(self, stream: str) -> Bill:
        return (await bills.newest(self.desk, stream)).bill

    def item(self, name: str) -> str:
        return next(item.id for item in self.menu.items if item.name == name)

    def wanted(self, name: str, quantity: int = 1, *modifiers: str) -> dict[str, Any]:
        dish = next(item for item in self.menu.items if item.name == name)
        ids = {each.name: each.id for group in dish.modifier_groups for each in group.modifiers}
        return {"menuItemId": dish.id, "quantity": quantity, "modifierIds": [ids[each] for each in modifiers]}

    async def do(self, who: Joined | StaffAccess, stream: str, k: str, **d: Any) -> perform.Done:
        return await perform.perform(self.desk, stream, k, d, by=access(who).actor)

    async def order(self, who: Joined, *names: str) -> list[str]:
        """Order dishes without choices; the ids of their lines."""
        before = set((await self.bill(who.stream)).lines)
        await self.do(who, who.stream, "order.place", items=[self.wanted(name) for name in names])
        return [line for line in (await self.bill(who.stream)).lines if line not in before]

    async def pay(self, who: Joined | StaffAccess, stream: str, **request: Any) -> PaymentStarted:
        return await start(self.desk, who, stream, **request)

    async def work(self) -> int:
        """One round of the jobs."""
        return await Worker(self.desk).run_once()


async def start(desk: Desk, who: Joined | StaffAccess, stream: str, **request: Any) -> PaymentStarted:
    asked = shapes.read(shapes.PaymentRequest, {"paymentMethod": "card", **request})
    return await payments.start(desk, stream, asked, by=access(who))


def access(who: Joined | StaffAccess) -> GuestAccess | StaffAccess:
    return who if isinstance(who, StaffAccess) else GuestAccess(who.guest_id, who.stream, "")


async def _team(desk: Desk) -> dict[str, StaffAccess]:
    roles: tuple[Role, ...] = ("owner", "manager", "waiter", "kitchen")
    team: dict[str, StaffAccess] = {}
    for role in roles:
        account = await staff.by_email(desk.database, f"{role}@open.example")
        assert account is not None
        team[role] = StaffAccess(account.id, account.restaurant_id, role, account.name)
    return team


@dataclass(frozen=True)
class Provider:
    """The sandbox behind the desk, as payers' browsers and the tests' faults reach it."""

    url: str
    http: httpx.AsyncClient

    async def confirm(self, started: PaymentStarted, card: str = "pm_card_visa") -> dict[str, Any]:
        """What the payer's browser does with the client secret."""
        assert started.client_secret is not None
        intent = started.client_secret.partition("_secret_")[0]
        answer = await self.http.post(
            f"/v1/payment_intents/{intent}/confirm",
            data={"client_secret": started.client_secret, "payment_method": card, "return_url": "http://x.example"},
            headers={"authorization": "Bearer pk_test_sandbox"},
        )
        assert answer.status_code in (200, 402), answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def fault(self, fault: str, **more: Any) -> str:
        answer = await self.http.post("/_sandbox/faults", json={"fault": fault, **more})
        assert answer.is_success, answer.text
        made: str = answer.json()["id"]
        return made

    async def heal(self) -> None:
        await self.http.delete("/_sandbox/faults")

    async def journal(self, operation: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/_sandbox/journal", params={"operation": operation})
        lines: list[dict[str, Any]] = answer.json()["data"]
        return lines

    async def intents(self) -> list[dict[str, Any]]:
        key = {"authorization": "Bearer sk_test_sandbox"}
        answer = await self.http.get("/v1/payment_intents", params={"limit": 100}, headers=key)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def refunds(self) -> list[dict[str, Any]]:
        key = {"authorization": "Bearer sk_test_sandbox"}
        answer = await self.http.get("/v1/refunds", params={"limit": 100}, headers=key)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def control(self, what: str, **given: Any) -> dict[str, Any]:
        """What only the one who steers the sandbox can do: `refunds`, `disputes/{id}`…"""
        answer = await self.http.post(f"/_sandbox/{what}", json=given)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def events(self) -> list[dict[str, Any]]:
        answer = await self.http.get("/_sandbox/events")
        found: list[dict[str, Any]] = answer.json()["data"]
        return found
