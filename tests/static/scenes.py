"""Tables at which something is going on: views for the guest page, made by the domain itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import commands as c
from app.domain.bill import EMPTY, Bill
from app.domain.decide import decide
from app.domain.events import Event
from app.domain.evolve import evolve
from app.domain.menu import Modifier
from app.domain.refusals import Refusal
from app.domain.view import JSON, patch, view

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
LATER = timedelta(minutes=5)
WAITER = c.Actor("staff", "waiter", "waiter")
DONENESS: JSON = {
    "id": "done", "name": "How would you like it?", "min": 1, "max": 1,
    "modifiers": [{"id": "rare", "name": "Rare", "price": 0}, {"id": "medium", "name": "Medium", "price": 0}],
}  # fmt: skip
SIDES: JSON = {
    "id": "sides", "name": "Sides", "min": 0, "max": 2,
    "modifiers": [{"id": "fries", "name": "Fries", "price": 350}, {"id": "salad", "name": "Salad", "price": 420}],
}  # fmt: skip
DISHES: dict[str, tuple[str, str, int, list[JSON]]] = {
    "bread": ("Bread and olives", "Sourdough, olives, cultured butter", 550, []),
    "steak": ("Ribeye steak", "Dry-aged, herb butter", 3250, [DONENESS, SIDES]),
    "pasta": ("Tagliatelle al ragù", "", 1690, []),
    "bass": ("Sea bass in a salt crust with grilled lemon and young vegetables for two", "", 5400, []),
    "tiramisu": ("Tiramisu", "", 750, []),
    "wine": ("Nero d'Avola", "Sicily", 3400, []),
}


def menu(currency: str = "EUR") -> JSON:
    items = [
        {"id": dish, "name": name, "description": text, "price": price, "taxRatePpm": 100_000}
        | {"available": dish != "bass", "modifierGroups": groups}
        for dish, (name, text, price, groups) in DISHES.items()
    ]
    categories = [
        {"id": "food", "name": "Food", "items": items[:4]},
        {"id": "rest", "name": "Sweet", "items": items[4:]},
    ]
    return {
        "currency": currency, "taxInclusive": True, "tipPresets": [50_000, 100_000, 150_000], "categories": categories,
    }  # fmt: skip


@dataclass
class Table:
    """A visit that is played step by step; `frames` are the events as the socket tells them."""

    currency: str = "EUR"
    service_ppm: int = 0
    label: str = "7"
    bill: Bill = EMPTY
    names: dict[str, str] = field(default_factory=dict)
    view: JSON = field(default_factory=dict)
    frames: list[JSON] = field(default_factory=list)

    def __post_init__(self) -> None:
        opening = c.OpenSession(
            "S1", "T1", self.label, "R1", "Trattoria Da Enzo", self.currency, True, self.service_ppm, None, 0, None
        )
        self.do(opening, c.SYSTEM)

    def do(self, command: c.Command, by: c.Actor, cause: str | None = None) -> None:
        facts = decide(self.bill, command, by=by, now=NOW)
        assert not isinstance(facts, Refusal), facts
        for fact in facts:
            before = self.view
            self.bill = evolve(self.bill, Event(seq=self.bill.version + 1, at=NOW, by=by.id, cause=cause, fact=fact))
            self.view = view(self.bill, self.names)
            frame = {"t": "ev", "r": "table:S1", "n": self.bill.version, "k": fact.kind, "by": by.id}
            frame |= {"at": NOW.isoformat(), "d": patch(before, self.view)} | ({"m": cause} if cause else {})
            self.frames.append(frame)

    def join(self, guest: str, name: str, of: str | None = None) -> None:
        self.names[guest] = name
        color = ("amber", "teal", "violet", "coral", "olive", "sky")[len(self.bill.guests) % 6]
        self.do(c.JoinGuest(guest, color, of), c.Actor("guest", of or guest))

    def order(self, guest: str | None, *dishes: str, extras: Sequence[Modifier] = ()) -> list[str]:
        lines = [f"L{len(self.bill.lines) + at}" for at in range(len(dishes))]
        wanted = tuple(
            c.WantedLine(line, dish, DISHES[dish][0], 1, DISHES[dish][2], tuple(extras), 100_000)
            for line, dish in zip(lines, dishes, strict=True)
        )
        by = c.Actor("guest", guest) if guest else WAITER
        self.do(c.PlaceOrder(f"O{len(self.bill.orders)}", guest, wanted), by)
        return lines

    def claim(self, guest: str, line: str, parts: int = 1, cause: str | None = None) -> None:
        self.do(c.SetClaim(line, guest, parts), c.Actor("guest", guest), cause)

    def pay(self, guest: str, pays: c.Pays, *, done: bool = True, tip: int = 0) -> str:
        payment = f"P{len(self.bill.payments)}"
        start = c.StartPayment(payment, guest, "card", pays, tip, None, NOW + LATER)
        self.do(start, c.Actor("guest", guest))
        if done:
            taken = self.bill.payments[payment]
            self.do(c.ObservePayment(payment, "succeeded", taken.amount + taken.tip), c.SYSTEM)
        return payment

    def page(self, me: str | None = "mia", **more: Any) -> JSON:
        """What the server puts into the page for guest `me`."""
        shown: JSON = {
            "code": "C1", "restaurant": {"id": "R1", "name": "Trattoria Da Enzo"},
            "table": {"id": "T1", "label": self.label}, "joinPolicy": "open", "menu": menu(self.currency),
            "pay": {"publishableKey": "pk_test", "js": "/none.js", "cardMinimum": 50}, "now": NOW.isoformat(),
            "tableSession": {"id": "S1", "epoch": "x", "version": self.bill.version}, "view": self.view,
        }  # fmt: skip
        if me:
            shown["me"] = {"id": me, "name": self.names[me], "color": self.bill.guests[me].color}
        return shown | more


def party(**more: Any) -> Table:
    """Mia, Ana and Ben have ordered; bread and wine came by the waiter, Ana shares Mia's tiramisu."""
    table = Table(**more)
    for guest, name in (("mia", "Mia"), ("ana", "Ana"), ("ben", "Ben")):
        table.join(guest, name)
    table.order(None, "bread", "wine")
    table.order("mia", "pasta", "tiramisu")
    table.order("ben", "steak", extras=[Modifier("medium", "Medium"), Modifier("fries", "Fries", 350)])
    table.claim("ana", "L3")
    return table


def empty() -> Table:
    table = Table()
    table.join("mia", "Mia")
    return table


def paying() -> Table:
    """Ben has paid, Ana is at it."""
    table = party()
    table.pay("ben", c.PayMine(), tip=500)
    table.pay("ana", c.PayMine(), done=False)
    return table


def settled() -> Table:
    table = party()
    table.pay("mia", c.PayEverything())
    return table


def closed() -> Table:
    table = settled()
    table.do(c.CloseSession("done"), WAITER)
    return table


def split(mode: str) -> Table:
    table = party()
    mia = c.Actor("guest", "mia")
    match mode:
        case "even":
            table.do(c.SetSplit("even", 4), mia)
        case "percent":
            table.do(c.SetSplit("percent", None, {"mia": 250_000, "ana": 500_000}), mia)
        case _:
            table.do(c.SetSplit("amounts"), mia)
            table.do(c.SetParts("ana", None, 2000), c.Actor("guest", "ana"))
    return table


def many() -> Table:
    """Fourteen people with long names and forty lines."""
    table = party(label="Terrace, window 12")
    for number in range(11):
        table.join(f"g{number}", f"Christopher Featherstonehaugh {number}")
        table.order(f"g{number}", "bass", "tiramisu", "bread")
        table.claim(f"g{number}", "L1")
    table.do(c.VoidLine("L5", "Sent back", "A1"), WAITER)
    table.do(c.CompLine("L6", "Took too long", "A2"), WAITER)
    return table


def refunded() -> Table:
    """Mia has paid; a part of it is here again, another on its way, and Ana paid something twice."""
    table = settled()
    (paid,) = table.view["payments"].values()
    paid |= {"refunding": 500, "refunded": 250, "surplus": 300}
    table.view["totals"]["credit"] = 120
    return table


def together() -> Table:
    """Ana asked everybody to pay together; her card is ready, Mia's is not."""
    table = party()
    payments = {who: table.pay(who, c.PayMine(), done=False) for who in ("ana", "mia")}
    table.view["groups"] = {
        "G1": {
            "by": "ana", "status": "open", "startedAt": NOW.isoformat(), "deadline": (NOW + LATER).isoformat(),
            "amount": 4130, "tip": 200, "payments": {payment: who for who, payment in payments.items()},
            "waiting": ["mia"], "ready": ["ana"],
        }
    }  # fmt: skip
    for payment in payments.values():
        table.view["payments"][payment]["group"] = "G1"
    return table


def tab() -> Table:
    """Mia has a tab."""
    table = party()
    table.view["holds"] = {"H1": {"guest": "mia", "amount": 12_000, "status": "authorized"}}
    return table


SCENES: dict[str, Callable[[], Table]] = {
    "empty": empty, "party": party, "paying": paying, "settled": settled, "closed": closed, "many": many,
    "even": lambda: split("even"), "percent": lambda: split("percent"), "amounts": lambda: split("amounts"),
    "service": lambda: party(service_ppm=125_000), "dinar": lambda: party(currency="KWD"),
    "refunded": refunded, "together": together, "tab": tab,
}  # fmt: skip
