"""One table's evening under test: commands go in, and after every event every invariant of domain.md is checked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter

from app.domain import commands as cm
from app.domain.bill import EMPTY, Line
from app.domain.commands import Actor, Command
from app.domain.decide import decide
from app.domain.events import Event, Fact
from app.domain.evolve import evolve, fold
from app.domain.ledger import booked
from app.domain.payment import Payment
from app.domain.refusals import STATUS, Refusal
from app.domain.split import dues
from app.domain.tile import summary
from app.domain.view import merge, patch, view
from tests.domain import invariants
from tests.domain.books import Books

__all__ = ["MANAGER", "START", "SYSTEM", "WAITER", "Visit", "decoded", "encoded", "me", "sharing", "table_of"]

START = datetime(2026, 3, 6, 19, 0, tzinfo=UTC)
WAITER = Actor("staff", "wanda", "waiter")
MANAGER = Actor("staff", "max", "manager")
SYSTEM = cm.SYSTEM
NAMES: Mapping[str, str] = {}

_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def me(guest: str) -> Actor:
    """The guest as the one who asks."""
    return Actor("guest", guest)


def encoded(fact: Fact) -> bytes:
    """The bytes that the log keeps of a fact."""
    return orjson.dumps(fact, option=orjson.OPT_SORT_KEYS)


def decoded(kind: type[Any], body: bytes) -> Fact:
    """The fact that the log gives back."""
    adapter = _ADAPTERS.setdefault(kind, TypeAdapter(kind))
    fact: Fact = adapter.validate_python(orjson.loads(body))
    return fact


class Visit:
    """A bill with its log, a twin that only ever saw what came back from the log, and the second bookkeeper."""

    def __init__(
        self,
        currency: str = "USD",
        *,
        tax_ppm: int | None = None,
        inclusive: bool = False,
        service_ppm: int = 0,
        service_tax_ppm: int | None = None,
        from_covers: int = 0,
        covers: int | None = None,
        session: str = "visit",
    ) -> None:
        self.tax_ppm = tax_ppm
        self.now = START
        self.log: list[Event] = []
        self.bill, self.twin = EMPTY, EMPTY
        self.view: dict[str, Any] = {}
        self.counter = 0
        opening = cm.OpenSession(
            session=session,
            table_id=f"table of {session}",
            table_label="7",
            restaurant_id="restaurant",
            restaurant_name="Chez Nous",
            currency=currency,
            tax_inclusive=inclusive,
            service_ppm=service_ppm,
            service_tax_ppm=service_tax_ppm,
            service_from_covers=from_covers,
            covers=covers,
        )
        self.books = Books(step=10 if currency in ("KWD", "BHD") else 1, inclusive=inclusive)
        self.do(opening, SYSTEM)

    # Commands

    def do(self, command: Command, by: Actor = WAITER) -> tuple[Fact, ...]:
        """Decide the command, which must be allowed, and record what follows."""
        outcome = self.decide(command, by)
        assert not isinstance(outcome, Refusal), f"{command} was refused: {outcome}"
        self.record(*outcome, by=by)
        return outcome

    def refused(self, command: Command, by: Actor = WAITER) -> Refusal:
        """Decide the command, which must be refused."""
        outcome = self.decide(command, by)
        assert isinstance(outcome, Refusal), f"{command} was allowed: {outcome}"
        return outcome

    def attempt(self, command: Command, by: Actor = WAITER) -> tuple[Fact, ...] | Refusal:
        """Decide the command and record what follows, if anything."""
        outcome = self.decide(command, by)
        if not isinstance(outcome, Refusal):
            self.record(*outcome, by=by)
        return outcome

    def decide(self, command: Command, by: Actor) -> tuple[Fact, ...] | Refusal:
        """Decide on the bill and on its twin: a bill that came back from the log decides the same."""
        self.now += timedelta(seconds=20)
        outcome = decide(self.bill, command, by=by, now=self.now)
        assert decide(self.twin, command, by=by, now=self.now) == outcome
        if isinstance(outcome, Refusal):
            assert outcome.code in STATUS
            orjson.dumps(dict(outcome.figures))
        return outcome

    def record(self, *facts: Fact, by: Actor = SYSTEM) -> None:
        """Put facts into the log one by one; everything must hold after each."""
        before = self.bill
        for fact in facts:
            self._record(Event(self.bill.version + 1, self.now, by.id, fact))
        if facts:
            invariants.check_after_append(self.books, before, self.bill, facts)

    def _record(self, event: Event) -> None:
        fact = event.fact
        body = encoded(fact)
        back = decoded(type(fact), body)
        assert back == fact
        assert encoded(back) == body
        invariants.check_fact(self.books, fact)
        self.log.append(event)
        before, self.bill = self.bill, evolve(self.bill, event)
        assert sum(booked(before, self.bill).values()) == 0
        self.twin = evolve(self.twin, Event(event.seq, event.at, event.by, back, event.cause))
        self.books.enter(fact)
        invariants.check(self.books, self.bill)
        assert self.twin == self.bill
        self._follow_view()

    def _follow_view(self) -> None:
        """A phone that only gets patches sees what a phone sees that joins now."""
        new = view(self.bill, NAMES)
        change = orjson.loads(orjson.dumps(patch(self.view, new)))
        assert merge(self.view, change) == orjson.loads(orjson.dumps(new))
        assert not has_null(new)
        invariants.check_view(self.books, new)
        self.view = new
        self._recall_nothing()

    def _recall_nothing(self) -> None:
        """What is taken from older versions of the bill is what it would be if it were worked out from this one."""
        anew = replace(self.bill, recalled={})
        assert (anew.sums, dues(anew)) == (self.bill.sums, dues(self.bill))
        assert view(anew, NAMES) == self.view
        assert summary(anew) == summary(self.bill)

    def check_replay(self) -> None:
        """Replaying from 1 equals the bill that was kept."""
        assert fold(self.log) == self.bill

    # Shorthand

    def new(self, what: str) -> str:
        """A fresh id."""
        self.counter += 1
        return f"{what}-{self.counter}"

    def join(self, *guests: str) -> None:
        """Guests with phones sit down."""
        for guest in guests:
            self.do(cm.JoinGuest(guest, "teal"), me(guest))

    def order(self, guest: str | None, *, tax_ppm: int | None = None, quantity: int = 1, **prices: int) -> None:
        """Order lines whose names are their ids, on the guest's phone or (None) by staff."""
        rate = self.tax_ppm if tax_ppm is None else tax_ppm
        lines = tuple(
            cm.WantedLine(name, f"menu-{name}", name, quantity, price, (), rate) for name, price in prices.items()
        )
        self.do(cm.PlaceOrder(self.new("order"), guest, lines), me(guest) if guest else WAITER)

    def claim(self, guest: str, line: str, parts: int = 1) -> None:
        """Take parts of a line, or give them back."""
        self.do(cm.SetClaim(line, guest, parts), me(guest))

    def starting(
        self, guest: str | None, pays: cm.Pays, method: str = "card", tip: int = 0, **more: Any
    ) -> cm.StartPayment:
        """The command to start a payment."""
        return cm.StartPayment(
            payment=more.pop("payment", None) or self.new("payment"),
            guest=guest,
            method=method,  # type: ignore[arg-type]
            pays=pays,
            tip=tip,
            expected_amount=more.pop("expected", None),
            expires_at=self.now + timedelta(minutes=5),
            **more,
        )

    def start(self, guest: str | None, pays: cm.Pays | None = None, method: str = "card", **more: Any) -> str:
        """Start a payment and answer its id."""
        command = self.starting(guest, pays or cm.PayMine(), method, **more)
        self.do(command, me(guest) if guest else WAITER)
        return command.payment

    def succeed(self, payment: str) -> None:
        """The provider took the money."""
        self.do(cm.ObservePayment(payment, "succeeded", self.payment(payment).charge), SYSTEM)

    def pay(self, guest: str | None, pays: cm.Pays | None = None, method: str = "card", **more: Any) -> str:
        """Start a payment and let it succeed."""
        payment = self.start(guest, pays, method, **more)
        if method == "card":
            self.succeed(payment)
        else:
            self.do(cm.ConfirmPayment(payment), WAITER)
        return payment

    # Looking

    def payment(self, payment: str) -> Payment:
        return self.bill.payments[payment]

    def line(self, line: str) -> Line:
        return self.bill.lines[line]

    @property
    def dues(self) -> dict[str, int]:
        """What each guest owes; only amounts above 0."""
        return dues(self.bill).guests

    @property
    def open(self) -> int:
        """Unpaid money that is nobody's."""
        return dues(self.bill).open

    @property
    def was_reopened(self) -> bool:
        """Whether staff opened it again since it was last settled."""
        last = [kind for kind in self.kinds if kind in ("session.settled", "session.reopened")][-1:]
        return last == ["session.reopened"]

    @property
    def status(self) -> str:
        """Where the visit is in its life."""
        return self.bill.status

    @property
    def kinds(self) -> list[str]:
        """Wire names of the log, in order."""
        return [event.fact.kind for event in self.log]


def has_null(value: object) -> bool:
    """Whether a null hides anywhere in a JSON value."""
    match value:
        case None:
            return True
        case dict():
            return any(has_null(member) for member in value.values())
        case list() | tuple():
            return any(has_null(member) for member in value)
        case _:
            return False


def table_of(*guests: str, currency: str = "USD") -> Visit:
    """These guests, and nothing on the bill."""
    visit = Visit(currency)
    visit.join(*guests)
    return visit


def sharing(price: int, *guests: str, currency: str = "USD") -> Visit:
    """One bottle of wine, of which each of the guests takes one part."""
    visit = table_of(*guests, currency=currency)
    visit.order(None, wine=price)
    for guest in guests:
        visit.claim(guest, "wine")
    return visit
