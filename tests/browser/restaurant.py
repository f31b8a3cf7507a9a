"""A restaurant for people with browsers: the demo's menu, a few tables, staff of every role, and its books."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.actions import floor, sessions, tables
from app.actions import house as setting_up
from app.actions.tables import TableCode
from app.demo.menu import PLAN
from app.storage import menus
from tests.web.crew import employ
from tests.web.house import House
from tests.web.people import Guest, sit

LABELS = ("1", "2", "3", "4", "5", "6")


@dataclass(frozen=True, slots=True)
class Restaurant:
    """One restaurant of the running house. `desk` is not the server's: what it reads, it reads from the database."""

    house: House
    id: str
    tables: dict[str, TableCode]
    people: dict[str, str]
    dishes: dict[str, str]

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
        return f"{self.url}/t/{self.tables[label].code}"

    async def sit(self, label: str, name: str = "Ana") -> Guest:
        """Somebody with a phone that is only heard, not seen: a guest of the API."""
        return await sit(self.house, table=self.tables[label], name=name)

    async def order(self, guest: Guest, *dishes: str) -> None:
        """They order dishes that ask nothing."""
        items = [{"menuItemId": self.dishes[dish], "quantity": 1} for dish in dishes]
        answer = await guest.post("/orders", {"items": items})
        assert answer.status_code == 201, answer.text

    async def visit(self, label: str) -> str:
        """The table session of those who sit there."""
        session = (await self.tile(label))["session"]
        return str(session["id"])

    async def tile(self, label: str) -> dict[str, Any]:
        """The table as the floor should show it."""
        seen = await floor.floor(self.house.desk, self.id)
        found: dict[str, Any] = seen["tables"][self.tables[label].table_id]
        return found

    async def books(self, visit: str) -> dict[str, Any]:
        """What the database says about a visit."""
        return (await sessions.snapshot(self.house.desk, visit)).view


async def furnish(
    house: House, name: str = "Chez Margot", *, labels: Sequence[str] = LABELS, **changes: Any
) -> Restaurant:
    """A restaurant of its own, with tables of these labels; `changes` to the demo's plan."""
    desk = house.desk
    places = [{"label": label, "area": "Room", "seats": 4} for label in labels]
    made = await setting_up.create(desk, setting_up.read({**PLAN, "name": name, "tables": places, **changes}))
    codes = {code.label: code for code in await tables.qr_codes(desk, made)}
    menu = await menus.menu(desk.database, made)
    assert menu is not None
    dishes = {item.name: item.id for item in menu.items}
    return Restaurant(house, made, codes, await employ(desk, made), dishes)
