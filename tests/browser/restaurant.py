"""A restaurant for people with browsers: the demo's menu, a few tables, staff of every role, and its books."""

from dataclasses import dataclass
from typing import Any

from app.actions import floor, sessions, tables
from app.actions import house as setting_up
from app.actions.desk import Desk
from app.actions.house import Person
from app.demo.menu import PLAN
from tests.web.house import PASSWORD, ROLES, House

LABELS = ("1", "2", "3", "4", "5", "6")
TABLES = [{"label": label, "area": "Room", "seats": 4} for label in LABELS]


@dataclass(frozen=True, slots=True)
class Restaurant:
    """One restaurant of the running house. `desk` is not the server's: what it reads, it reads from the database."""

    house: House
    id: str
    codes: dict[str, str]
    tables: dict[str, str]
    people: dict[str, str]

    @property
    def url(self) -> str:
        """The site."""
        return self.house.at.url

    @property
    def hosts(self) -> set[str]:
        """Who our pages may talk to: us, and the payment provider."""
        return {f"127.0.0.1:{self.house.at.port}", f"127.0.0.1:{self.house.sandbox.port}"}

    def scan(self, label: str) -> str:
        """The address that the code on the table holds."""
        return f"{self.url}/t/{self.codes[label]}"

    async def visit(self, label: str) -> str:
        """The table session of those who sit there."""
        session = (await self.tile(label))["session"]
        return str(session["id"])

    async def tile(self, label: str) -> dict[str, Any]:
        """The table as the floor should show it."""
        seen = await floor.floor(self.house.desk, self.id)
        found: dict[str, Any] = seen["tables"][self.tables[label]]
        return found

    async def books(self, visit: str) -> dict[str, Any]:
        """What the database says about a visit."""
        return (await sessions.snapshot(self.house.desk, visit)).view


async def furnish(house: House, name: str = "Chez Margot", **changes: Any) -> Restaurant:
    """A restaurant of its own; `changes` to the demo's plan."""
    desk = house.desk
    plan = setting_up.read({**PLAN, "name": name, "tables": TABLES, **changes})
    made = await setting_up.create(desk, plan)
    codes = await tables.qr_codes(desk, made)
    people = await _hire(desk, made)
    found = {code.label: code for code in codes}
    return Restaurant(
        house,
        made,
        {label: code.code for label, code in found.items()},
        {label: code.table_id for label, code in found.items()},
        people,
    )


async def _hire(desk: Desk, restaurant: str) -> dict[str, str]:
    people = {str(role): f"{role}@{restaurant.lower()}.example" for role in ROLES}
    for role in ROLES:
        await setting_up.add_staff(desk, restaurant, Person(people[role], role.title(), role, PASSWORD))
    return people
