"""Two tables where random people come, order and divide; `Visit` checks every invariant after every event."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from app.domain import commands as cm
from tests.domain.visit import MANAGER, WAITER, Visit, me

GUESTS = ["ana", "bob", "cy", "dee", "eve"]
RATES = [None, 88_750, 190_000, 70_000]

chance = st.integers(0, 999)
prices = st.lists(st.integers(0, 4_000), min_size=1, max_size=3)
currencies = st.sampled_from(["USD", "JPY", "KWD", "CHF"])
service_rates = st.sampled_from([0, 100_000, 180_000])


def pick(options: Any, number: int) -> Any:
    """One of the options, by a drawn number; None when there are none."""
    options = list(options)
    return options[number % len(options)] if options else None


def has_discount(table: "Serving") -> bool:
    return any(line.adjustments for visit in table.visits for line in visit.bill.lines.values())


def is_split(mode: str) -> Callable[["Serving"], bool]:
    return lambda table: any(visit.bill.split.mode == mode for visit in table.visits)


class Serving(RuleBasedStateMachine):
    """Two tables of one restaurant, their guests and the staff."""

    @initialize(
        currency=currencies,
        inclusive=st.booleans(),
        service_ppm=service_rates,
        service_tax_ppm=st.sampled_from([None, 88_750, 200_000]),
        from_covers=st.integers(0, 8),
        first=prices,
    )
    def open_tables(self, currency: str, first: list[int], **house: Any) -> None:
        self.visits = [Visit(currency, session=name, **house) for name in ("left", "right")]
        self.step = self.visits[0].books.step
        for number, visit in enumerate(self.visits):
            visit.counter = number * 100_000
            visit.join(*GUESTS[number * 3 : 3 + number])
            self.order_first(visit, first)

    def at(self, table: int) -> Visit:
        """Most of the evening happens at the first table."""
        return self.visits[1 if table % 4 == 3 else 0]

    # People

    @rule(table=chance, guest=st.sampled_from(GUESTS))
    def join(self, table: int, guest: str) -> None:
        self.at(table).attempt(cm.JoinGuest(guest, "teal"), me(guest))

    @rule(table=chance, host=st.sampled_from(GUESTS), number=st.integers(1, 3))
    def bring_a_companion(self, table: int, host: str, number: int) -> None:
        self.at(table).attempt(cm.JoinGuest(f"{host}+{number}", "grey", companion_of=host), me(host))

    @rule(table=chance, guest=chance)
    def leave(self, table: int, guest: int) -> None:
        visit = self.at(table)
        if guest % 4 == 0 and (name := pick(visit.bill.guests, guest // 4)):
            visit.attempt(cm.LeaveGuest(name))

    @rule(table=chance, guest=chance)
    def remove(self, table: int, guest: int) -> None:
        visit = self.at(table)
        if guest % 9 == 0 and (name := pick(visit.bill.guests, guest // 9)):
            visit.attempt(cm.RemoveGuest(name, "asked to go"), MANAGER)

    @rule(table=chance, covers=st.integers(0, 6))
    def count_heads(self, table: int, covers: int) -> None:
        self.at(table).attempt(cm.SetCovers(covers))

    # Lines

    def order_first(self, visit: Visit, amounts: list[int]) -> None:
        """Everybody orders something, and there is something to share."""
        for number, guest in enumerate([*visit.bill.guests, None, None]):
            self.order_for(visit, guest, amounts, 1, RATES[number % 2])

    def order_for(self, visit: Visit, guest: str | None, amounts: list[int], quantity: int, rate: int | None) -> None:
        lines = tuple(
            cm.WantedLine(visit.new("line"), None, "dish", quantity, amount * self.step, (), rate) for amount in amounts
        )
        visit.attempt(cm.PlaceOrder(visit.new("order"), guest, lines), me(guest) if guest else WAITER)

    @rule(table=chance, guest=chance, amounts=prices, quantity=st.integers(1, 3), rate=st.sampled_from(RATES))
    def order(self, table: int, guest: int, amounts: list[int], quantity: int, rate: int | None) -> None:
        visit = self.at(table)
        name = pick([None, *(each.id for each in visit.bill.present)], guest)
        self.order_for(visit, name, amounts, quantity, rate)

    @rule(table=chance, line=chance, kind=st.sampled_from(["void", "comp", "percent", "amount"]), size=chance)
    def adjust(self, table: int, line: int, kind: str, size: int) -> None:
        visit = self.at(table)
        if name := pick(visit.bill.lines, line):
            new = visit.new("adjustment")
            command: dict[str, cm.Command] = {
                "void": cm.VoidLine(name, "wrong", new),
                "comp": cm.CompLine(name, "sorry", new),
                "percent": cm.DiscountLine(name, "regular", new, ppm=(size + 1) * 1_000),
                "amount": cm.DiscountLine(name, "chipped", new, amount=(size + 1) * self.step),
            }
            visit.attempt(command[kind], MANAGER)

    @rule(table=chance, percent=st.booleans(), size=chance, scope=st.sampled_from(["rest", "all"]))
    def discount_the_bill(self, table: int, percent: bool, size: int, scope: Any) -> None:
        visit = self.at(table)
        off = {"ppm": (size + 1) * 1_000} if percent else {"amount": (size + 1) * self.step}
        before = self.credits(visit)
        visit.attempt(cm.SetDiscount(visit.new("discount"), "birthday", scope, **off), MANAGER)
        if scope == "rest":
            assert self.credits(visit) == before

    @staticmethod
    def credits(visit: Visit) -> dict[str, int]:
        return {name: line.credit for name, line in visit.books.lines.items() if line.credit}

    @precondition(has_discount)
    @rule(table=chance, which=chance)
    def take_a_discount_back(self, table: int, which: int) -> None:
        visit = self.at(table)
        of_lines = [each.id for line in visit.bill.lines.values() for each in line.adjustments]
        if discount := pick([*visit.bill.discounts, *of_lines], which):
            visit.attempt(cm.RemoveDiscount(discount), MANAGER)

    @rule(table=chance, ppm=service_rates, from_covers=st.integers(0, 4))
    def change_the_service_charge(self, table: int, ppm: int, from_covers: int) -> None:
        self.at(table).attempt(cm.SetServiceCharge(ppm, from_covers), MANAGER)

    # Who pays what

    @rule(table=chance, line=chance, guest=chance, parts=st.integers(0, 3))
    def claim(self, table: int, line: int, guest: int, parts: int) -> None:
        visit = self.at(table)
        if visit.bill.lines and visit.bill.guests:
            command = cm.SetClaim(pick(visit.bill.lines, line), pick(visit.bill.guests, guest), parts)
            visit.attempt(command)

    @rule(table=chance, mode=st.sampled_from(["items", "even", "amounts"]), shares=st.none() | st.integers(1, 6))
    def split(self, table: int, mode: Any, shares: int | None) -> None:
        self.at(table).attempt(cm.SetSplit(mode, shares if mode == "even" else None))

    @rule(table=chance, percents=st.dictionaries(st.sampled_from(GUESTS), st.integers(0, 600_000), max_size=3))
    def split_by_percent(self, table: int, percents: dict[str, int]) -> None:
        self.at(table).attempt(cm.SetSplit("percent", percents=percents))

    @precondition(is_split("even"))
    @rule(table=chance, guest=chance, size=st.integers(0, 4))
    def take_shares(self, table: int, guest: int, size: int) -> None:
        visit = self.at(table)
        if name := pick(visit.bill.guests, guest):
            visit.attempt(cm.SetParts(name, shares=size))

    @precondition(is_split("amounts"))
    @rule(table=chance, guest=chance, size=st.integers(0, 4_000))
    def name_an_amount(self, table: int, guest: int, size: int) -> None:
        visit = self.at(table)
        if name := pick(visit.bill.guests, guest):
            visit.attempt(cm.SetParts(name, amount=size * self.step))
