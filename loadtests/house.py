"""The restaurant under load: what `./run demo --json` printed, and who sits where in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gevent.event import Event

Json = dict[str, Any]


@dataclass
class Table:
    """A table and the party at it: `seated` have come so far, `eating` have not begun to pay, `present` not left.

    The first of a party comes alone (`is_laid` says that they have sat down): their scan ends the visit before.
    """

    code: str
    seats: int
    seated: int = 0
    eating: int = 0
    present: int = 0
    is_laid: bool = False

    @property
    def is_open(self) -> bool:
        """Whether one more may come: a member of the party, or the first of the next one."""
        return (self.is_laid and self.eating > 0 and self.seated < self.seats) or self.present == 0

    def sit(self) -> bool:
        """Take a place; True for the first of a party."""
        self.seated, self.eating, self.present = self.seated + 1, self.eating + 1, self.present + 1
        return self.seated == 1

    def lay(self) -> None:
        """Let the others of the party come."""
        self.is_laid = True

    def finish(self) -> bool:
        """Have eaten enough; True for the last one, who pays what nobody took."""
        self.eating -= 1
        return self.eating == 0

    def leave(self) -> None:
        """Go; behind the last one the table is free for the next party."""
        self.present -= 1
        if self.present == 0:
            self.seated = self.eating = 0
            self.is_laid = False


@dataclass
class House:
    """Addresses, tables and people. Everybody of one load generator shares it."""

    base: str
    restaurant: str
    sandbox: str
    publishable_key: str
    staff: list[Mapping[str, str]]
    tables: list[Table]
    menu: list[Json] = field(default_factory=list)
    evenings: int = 0
    _moved: Event = field(default_factory=Event)

    @classmethod
    def read(cls, file: Path, seats: int) -> "House":
        """Read the line of JSON that `./run demo --json` prints."""
        told = json.loads(file.read_text())
        return cls(
            base=told["api"].removesuffix("/api/v1"),
            restaurant=told["restaurant"]["id"],
            sandbox=told["sandbox"]["url"],
            publishable_key=told["sandbox"]["publishableKey"],
            staff=told["staff"],
            tables=[Table(table["code"], seats) for table in told["tables"]],
        )

    def seat(self) -> Table:
        """A table with a place; waits for one where all are taken. The fullest first: parties come together."""
        while not (found := [table for table in self.tables if table.is_open]):
            self._moved.clear()
            self._moved.wait()
        return max(found, key=lambda table: table.seated)

    def moved(self) -> None:
        """Tell those who wait that somebody left."""
        self._moved.set()

    def dish(self, place: int) -> Json:
        """An entry of an order; questions that must be answered get their first answers."""
        dish = self.menu[place % len(self.menu)]
        groups = dish.get("modifierGroups", [])
        answers = [group["modifiers"][number]["id"] for group in groups for number in range(group["min"])]
        return {"menuItemId": dish["id"], "quantity": 1, "modifierIds": answers}
