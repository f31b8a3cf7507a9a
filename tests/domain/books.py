"""A second bookkeeper: keeps a bill's money from its facts alone, reading domain.md and not the product.

It knows nothing of `Bill`, divides with fractions, and is asked after every event whether the product agrees.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from app.domain import events as ev
from app.domain.pricing import Charge

__all__ = ["Books", "Entry", "Tender", "share_out"]

OPEN = ""
IN_FLIGHT = ("initiated", "awaiting", "processing", "authorized")


@dataclass
class Entry:
    """One line: what it costs, who takes which parts, and who has settled or reserved how much of it."""

    n: int
    charge: Charge
    tax_ppm: int | None
    parts: dict[str, int]
    open_parts: int = 0
    settled: Counter[str] = field(default_factory=Counter)
    reserved: Counter[str] = field(default_factory=Counter)

    @property
    def charged(self) -> int:
        return self.charge.net + self.charge.tax + self.charge.service

    @property
    def unpaid(self) -> int:
        return self.charged - self.settled.total() - self.reserved.total()

    @property
    def credit(self) -> int:
        return max(0, -self.unpaid)

    def held(self, guest: str) -> int:
        return self.settled[guest] + self.reserved[guest]


@dataclass
class Tender:
    """One payment: what was quoted, and where the captured money is."""

    base: int
    tip: int
    quoted: dict[str, dict[str, int]]
    consumes: dict[str, int]
    round: int
    status: str
    released: bool = False
    settled: int = 0
    surplus: int = 0
    refunding: int = 0
    refunded: int = 0
    tip_refunding: int = 0

    @property
    def holds(self) -> bool:
        return self.status in IN_FLIGHT and not self.released


@dataclass
class Books:
    """The money of one bill."""

    step: int
    inclusive: bool
    lines: dict[str, Entry] = field(default_factory=dict)
    guests: list[str] = field(default_factory=list)
    mode: str = "items"
    shares: int = 0
    parts: dict[str, int] = field(default_factory=dict)
    round: int = 0
    tenders: dict[str, Tender] = field(default_factory=dict)
    refunds: dict[str, ev.RefundStarted] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)

    @property
    def unpaid(self) -> int:
        return sum(max(0, line.unpaid) for line in self.lines.values())

    def enter(self, fact: Any) -> None:
        """Book one fact."""
        match fact:
            case ev.GuestJoined():
                self.guests += [fact.guest] if fact.guest not in self.guests else []
            case ev.ClaimsChanged():
                self.lines[fact.line].parts[fact.guest] = fact.parts
                self.lines[fact.line].open_parts = fact.open_parts
            case ev.SplitChanged():
                self.mode, self.shares, self.parts = fact.mode, fact.shares, dict(fact.parts)
                self.round += 1
            case ev.PartsChanged():
                self.parts[fact.guest], self.shares = fact.parts, fact.shares
            case _:
                self._enter_lines(fact)

    def _enter_lines(self, fact: Any) -> None:
        match fact:
            case ev.OrderPlaced():
                self._add(fact.lines)
            case ev.LinesMovedIn():
                self._add(moved.line for moved in fact.lines)
            case ev.LinesMovedOut():
                for line in fact.lines:
                    del self.lines[line]
            case ev.LineAdjusted():
                self.lines[fact.line].charge = fact.charge
            case ev.DiscountApplied() | ev.DiscountRemoved() | ev.ServiceChargeChanged():
                for change in fact.lines:
                    self.lines[change.line].charge = change.charge
            case _:
                self._enter_payment(fact)

    def _add(self, lines: Iterable[ev.OrderedLine]) -> None:
        for line in lines:
            self.lines[line.id] = Entry(line.n, line.charge, line.tax_ppm, dict(line.claims))

    def _enter_payment(self, fact: Any) -> None:
        match fact:
            case ev.PaymentStarted():
                tender = Tender(fact.amount, fact.tip, fact.allocations, fact.consumes, self.round, "initiated")
                self.tenders[fact.payment] = tender
                self._reserve(tender.quoted, 1)
            case ev.PaymentReleased():
                self._let_go(self.tenders[fact.payment])
                self.tenders[fact.payment].released = True
            case ev.PaymentCanceled() | ev.PaymentRefused():
                self._let_go(self.tenders[fact.payment])
                self.tenders[fact.payment].status = "ended"
            case ev.PaymentSucceeded():
                self._let_go(self.tenders[fact.payment])
                self.tenders[fact.payment].status = "succeeded"
                self.tenders[fact.payment].surplus = fact.surplus
                self._settle(fact.payment, fact.settled, 1)
            case ev.SurplusApplied():
                self.tenders[fact.payment].surplus -= _sum(fact.settled)
                self._settle(fact.payment, fact.settled, 1)
            case _:
                self._enter_refund(fact)

    def _enter_refund(self, fact: Any) -> None:
        match fact:
            case ev.RefundStarted():
                self.refunds[fact.refund] = fact
                self._settle(fact.payment, fact.allocations, -1)
                self.tenders[fact.payment].surplus -= fact.surplus
                self.tenders[fact.payment].refunding += _sum(fact.allocations) + fact.surplus
                self.tenders[fact.payment].tip_refunding += fact.tip
            case ev.RefundSucceeded():
                self.returned.add(fact.refund)
                started = self.refunds[fact.refund]
                base = _sum(started.allocations) + started.surplus
                self.tenders[started.payment].refunding -= base
                self.tenders[started.payment].tip_refunding -= started.tip
                self.tenders[started.payment].refunded += base
            case ev.RefundFailed():
                started = self.refunds[fact.refund]
                tender, base = self.tenders[started.payment], _sum(started.allocations) + started.surplus
                if fact.refund in self.returned:
                    tender.refunded -= base
                else:
                    tender.refunding -= base
                    tender.tip_refunding -= started.tip
                tender.surplus += fact.surplus
                self._settle(started.payment, fact.settled, 1)

    def _let_go(self, tender: Tender) -> None:
        if tender.holds:
            self._reserve(tender.quoted, -1)

    def _reserve(self, allocations: Mapping[str, Mapping[str, int]], sign: int) -> None:
        for line, guests in allocations.items():
            for guest, amount in guests.items():
                self.lines[line].reserved[guest] += sign * amount

    def _settle(self, payment: str, allocations: Mapping[str, Mapping[str, int]], sign: int) -> None:
        self.tenders[payment].settled += sign * _sum(allocations)
        for line, guests in allocations.items():
            for guest, amount in guests.items():
                self.lines[line].settled[guest] += sign * amount

    # Who owes what

    def dues(self) -> tuple[dict[str, int], int]:
        """What each guest has still to pay, only amounts above 0, and what is open."""
        if self.mode == "items":
            return self._dues_by_items()
        left = self.left_over_parts()
        taken = {guest: part for guest, part in left.items() if guest != OPEN}
        if self.mode == "amounts" and sum(taken.values()) <= self.unpaid:
            return _positive(taken), self.unpaid - sum(taken.values())
        shares = share_out(self.unpaid, taken, left.get(OPEN, 0), self.step)
        return _positive({guest: shares[guest] for guest in taken}), shares[OPEN]

    def _dues_by_items(self) -> tuple[dict[str, int], int]:
        owed: Counter[str] = Counter()
        for line in self.lines.values():
            if line.unpaid > 0:
                for guest, target in self.targets(line).items():
                    owed[guest] += target - line.held(guest)
        return _positive(owed), self.unpaid - owed.total()

    def targets(self, line: Entry) -> dict[str, int]:
        """What each guest who is not pinned should have paid of this line in the end."""
        taking = {guest: line.parts[guest] for guest in self.guests if line.parts.get(guest, 0)}
        held = {guest: line.held(guest) for guest in taking}
        held[OPEN] = sum(line.held(guest) for guest in {*line.settled, *line.reserved} - taking.keys())
        pinned = 0 if line.open_parts else held.pop(OPEN)
        while True:
            taking = {guest: part for guest, part in taking.items() if guest in held}
            open_part = line.open_parts if OPEN in held else 0
            shares = share_out(max(0, line.charged - pinned), taking, open_part, self.step, turn=line.n)
            over = [guest for guest, amount in held.items() if amount > shares[guest]]
            if not over:
                return {guest: shares[guest] for guest in taking}
            pinned += sum(held.pop(guest) for guest in over)

    def left_over_parts(self) -> dict[str, int]:
        """Parts of the split that no payment has used up, in joining order; those that nobody took stand last."""
        used: Counter[str] = Counter()
        for tender in self.tenders.values():
            if tender.round == self.round and (tender.holds or tender.status == "succeeded"):
                used.update(tender.consumes)
        left = {guest: self.parts.get(guest, 0) - used[guest] for guest in self.guests}
        whole = {"even": self.shares, "percent": 1_000_000}.get(self.mode, 0)
        left = {guest: part for guest, part in left.items() if part > 0}
        return {**left, OPEN: max(0, whole - sum(self.parts.values()) - used[OPEN])}

    def is_paid_in_full(self, *, has_comp: bool) -> bool:
        """Invariant 10."""
        return (
            (has_comp or any(tender.status == "succeeded" for tender in self.tenders.values()))
            and self.unpaid == 0
            and not any(line.reserved.total() for line in self.lines.values())
            and not any(tender.status in IN_FLIGHT for tender in self.tenders.values())
        )


def share_out(total: int, parts: Mapping[str, int], open_part: int, step: int, *, turn: int = 0) -> dict[str, int]:
    """Largest remainder in exact fractions; ties in the order of `parts`, turned left, and open last."""
    whole = sum(parts.values()) + open_part
    if not whole:
        return {**dict.fromkeys(parts, 0), OPEN: total}
    names = [name for name, part in parts.items() if part]
    turn %= len(names) or 1
    ranks = [*names[turn:], *names[:turn], OPEN]
    exact = {name: Fraction(total * part, whole * step) for name, part in (*parts.items(), (OPEN, open_part))}
    amounts = {name: floor(value) for name, value in exact.items()}
    by_remainder = sorted(ranks, key=lambda name: (amounts[name] - exact[name], ranks.index(name)))
    for name in by_remainder[: total // step - sum(amounts.values())]:
        amounts[name] += 1
    return {name: amount * step for name, amount in amounts.items()}


def _sum(allocations: Mapping[str, Mapping[str, int]]) -> int:
    return sum(amount for guests in allocations.values() for amount in guests.values())


def _positive(amounts: Mapping[str, int]) -> dict[str, int]:
    return {guest: amount for guest, amount in amounts.items() if amount}
