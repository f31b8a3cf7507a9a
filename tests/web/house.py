"""A restaurant to test against: the whole application behind a real server, with the Stripe sandbox beside it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from app.actions import house as setting_up
from app.actions import tables
from app.actions.desk import Desk
from app.actions.house import HousePlan, Person
from app.actions.tables import TableCode
from app.domain.commands import Role
from app.main import create_app, open_desk
from app.settings import Settings, load
from app.storage import menus, restaurants, schema
from app.storage.tables import DiningTable
from stripe_sandbox.courier import Courier
from stripe_sandbox.sandbox import Config, Sandbox
from stripe_sandbox.web import create_app as sandbox_app
from tests import services
from tests.services import Served

TABLES_AT_ONCE = 40
PASSWORD = "correct horse battery"
ROLES: tuple[Role, ...] = ("owner", "manager", "waiter", "kitchen")
V1 = "/api/v1"

MENU = [
    {
        "name": "Plates",
        "items": [
            {"name": "Tacos", "price": 1450, "taxRatePpm": 88750},
            {"name": "Burger", "price": 1800, "taxRatePpm": 88750, "modifierGroups": [
                {"name": "How done?", "min": 1, "max": 1, "modifiers": [
                    {"name": "Medium"}, {"name": "Well done", "price": 50},
                ]},
            ]},
            {"name": "Bread", "price": 300},
            {"name": "Whatever", "price": 500},
            {"name": "Last trout", "price": 2200, "taxRatePpm": 88750, "left": 1},
        ],
    },
    {"name": "Drinks", "items": [{"name": "Mint", "price": 10, "station": "bar"}]},
    {"name": "Presents", "items": [
        {"name": "Gift card", "price": 5000, "station": "", "grants": {"kind": "giftCard", "validDays": 365}},
    ]},
]  # fmt: skip


def plan(name: str, **members: Any) -> HousePlan:
    """A restaurant with a short menu and some tables."""
    labels = [{"label": str(n + 1), "area": "Garden" if n % 2 else "Hall"} for n in range(TABLES_AT_ONCE)]
    return setting_up.read(
        {"name": name, "currency": "USD", "taxInclusive": False, "tables": labels, "menu": MENU, **members}
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A restaurant of the house under test. Every call of `table` gives a table nobody used before."""

    desk: Desk
    id: str
    items: dict[str, str]
    modifiers: dict[str, str]
    codes: list[TableCode] = field(repr=False)
    people: dict[str, str]

    async def table(self) -> TableCode:
        """A free table and its code; there are always more."""
        if not self.codes:
            known = len(await tables.qr_codes(self.desk, self.id))
            fresh = [
                DiningTable(id=self.desk.new_id(), restaurant_id=self.id, label=str(n + 1), position=n)
                for n in range(known, known + TABLES_AT_ONCE)
            ]
            await restaurants.save(self.desk.database, *fresh)
            self.codes.extend(tables.code_of(self.desk, table) for table in fresh)
        return self.codes.pop(0)


@dataclass(frozen=True, slots=True)
class House:
    """The running application, two restaurants, and the sandbox."""

    at: Served
    sandbox: Served
    settings: Settings
    desk: Desk
    here: Place
    elsewhere: Place
    clients: list[httpx2.AsyncClient] = field(default_factory=list, repr=False)

    def client(self, **options: Any) -> httpx2.AsyncClient:
        """A phone, a browser or a script, with cookies of its own; closed with the house at the latest."""
        made = httpx2.AsyncClient(base_url=self.at.url, trust_env=False, timeout=30, **options)
        self.clients.append(made)
        return made

    async def close(self) -> None:
        """Switch all phones off."""
        for client in self.clients:
            await client.aclose()


def settings(database_url: str, port: int, sandbox: Served, **more: Any) -> Settings:
    """What an operator would set to try the product with the sandbox."""
    return load(
        None,
        database_url=database_url,
        public_url=f"http://127.0.0.1:{port}",
        payments_mode="sandbox",
        stripe_secret_key="sk_test_sandbox",
        stripe_publishable_key="pk_test_sandbox",
        stripe_webhook_secrets="whsec_sandbox",
        stripe_api_base=sandbox.url,
        stripe_js_url=f"{sandbox.url}/stripe.js",
        **more,
    )


@asynccontextmanager
async def opened(database_url: str, **more: Any) -> AsyncIterator[House]:
    """Everything running on one database."""
    await schema.migrate(database_url)
    port = services.free_port()
    sandbox = Sandbox(Config(webhook_url=f"http://127.0.0.1:{port}{V1}/webhooks/stripe", settle_s=0.01))
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(services.serve(sandbox_app(sandbox, Courier(sandbox))))
        chosen = settings(database_url, port, beside, **more)
        desk = await open_desk(chosen, stack)
        here = await _place(desk, "Luigi's")
        elsewhere = await _place(desk, "Across the street")
        at = await stack.enter_async_context(services.serve(create_app(chosen), port=port))
        house = House(at, beside, chosen, desk, here, elsewhere)
        stack.push_async_callback(house.close)
        yield house


async def _place(desk: Desk, name: str) -> Place:
    made = await setting_up.create(desk, plan(name))
    people: dict[str, str] = {role: f"{role}@{made.lower()}.example" for role in ROLES}
    for role in ROLES:
        await setting_up.add_staff(desk, made, Person(people[role], role.title(), role, PASSWORD))
    menu = await menus.menu(desk.database, made)
    assert menu is not None
    dishes = [item for category in menu.categories for item in category.items]
    extras = [extra for dish in dishes for group in dish.modifier_groups for extra in group.modifiers]
    codes = await tables.qr_codes(desk, made)
    named = {dish.name: dish.id for dish in dishes}
    return Place(desk, made, named, {extra.name: extra.id for extra in extras}, codes, people)
