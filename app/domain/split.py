"""Who owes what of the unpaid money: targets and dues by line, or by parts of the whole bill.

The split only divides what nobody has paid or is paying. What was paid stays paid, and no due moves because somebody
else paid their own (domain.md, "Who pays what").
"""

from dataclasses import dataclass

from app.domain.bill import Bill, Line
from app.domain.events import OPEN
from app.domain.money import allocate
from app.domain.pricing import MILLION

__all__ = [
    "MILLION",
    "Dues",
    "LineDues",
    "Weights",
    "consumed",
    "dues",
    "is_pinned",
    "item_dues",
    "joining_order",
    "line_dues",
    "weights",
]


@dataclass(frozen=True, slots=True)
class LineDues:
    """What of one line each guest has still to pay, and what of it is nobody's; minor units, only amounts above 0."""

    guests: dict[str, int]
    open: int


@dataclass(frozen=True, slots=True)
class Dues:
    """What of the bill each guest has still to pay, and what is nobody's. Their sum is the bill's unpaid money."""

    guests: dict[str, int]
    open: int

    def of(self, guest: str | None) -> int:
        """What this guest owes; 0 for nobody."""
        return self.guests.get(guest, 0) if guest else 0


@dataclass(frozen=True, slots=True)
class Weights:
    """Parts of the split that are not used up yet, in joining order, and those that nobody took."""

    guests: dict[str, int]
    open: int


def line_dues(line: Line, order: tuple[str, ...], step: int) -> LineDues:
    """Divide what one line still needs by its claims. ``order`` is the joining order of the bill's guests."""
    known: tuple[tuple[str, ...], int, LineDues] | None = line.known.get("dues")
    if known is not None and known[0] == order and known[1] == step:
        return known[2]
    targets = _targets(line, order, step)
    owed = {guest: target - line.held(guest) for guest, target in targets.items() if target > line.held(guest)}
    dues = LineDues(owed, max(0, line.unpaid) - sum(owed.values()))
    line.known["dues"] = (order, step, dues)
    return dues


def is_pinned(line: Line, guest: str, order: tuple[str, ...], step: int) -> bool:
    """Whether the guest has paid, or is paying, more of the line than their claim comes to."""
    return guest not in _targets(line, order, step)


def _targets(line: Line, order: tuple[str, ...], step: int) -> dict[str, int]:
    """What each claim comes to.

    Whoever has settled and reserved more than their target is pinned at that sum, and the rest is divided anew over
    the others, until nobody is over. The pinned ones are not in the answer. What people without a claim paid went to
    the open parts, which are pinned like a guest: so paying the open part of a line moves nobody's due.
    """
    active = [guest for guest in order if line.claims.get(guest, 0)]
    unclaimed = sum(line.held(guest) for guest in {*line.settled, *line.reserved} if not line.claims.get(guest, 0))
    open_parts, pinned = line.open_parts, 0
    if not open_parts:
        pinned = unclaimed
    while True:
        parts = [line.claims[guest] for guest in active]
        rest = max(0, line.charged - pinned)
        amounts, open_ = allocate(rest, parts, step=step, rotation=line.n, open_weight=open_parts)
        targets = dict(zip(active, amounts, strict=True))
        over = {guest for guest, target in targets.items() if line.held(guest) > target}
        if open_parts and unclaimed > open_:
            open_parts, pinned = 0, pinned + unclaimed
        elif not over:
            return targets
        pinned += sum(line.held(guest) for guest in over)
        active = [guest for guest in active if guest not in over]


def joining_order(bill: Bill) -> tuple[str, ...]:
    """Ids of all guests who ever joined, the first first."""
    return tuple(bill.guests)


def item_dues(bill: Bill) -> dict[str, LineDues]:
    """The division by claims, for every line with unpaid money."""
    order, step = joining_order(bill), bill.step
    return {line.id: line_dues(line, order, step) for line in bill.lines.values() if line.unpaid > 0}


def consumed(bill: Bill) -> dict[str, int]:
    """Parts of this round that payments in flight or settled have used up; ``OPEN`` for parts that nobody took."""
    used: dict[str, int] = {}
    for payment in bill.payments.values():
        if payment.round == bill.split.round and payment.counts:
            for guest, parts in payment.consumes.items():
                used[guest] = used.get(guest, 0) + parts
    return used


def weights(bill: Bill) -> Weights:
    """What is left of the parts. In the mode ``items`` there are none."""
    used, split = consumed(bill), bill.split
    left = {guest: split.parts.get(guest, 0) - used.get(guest, 0) for guest in bill.guests}
    guests = {guest: parts for guest, parts in left.items() if parts > 0}
    whole = {"even": split.shares, "percent": MILLION}.get(split.mode, 0)
    return Weights(guests, max(0, whole - sum(split.parts.values()) - used.get(OPEN, 0)))


def dues(bill: Bill) -> Dues:
    """Divide the bill's unpaid money by its split."""
    owed: Dues | None = bill.known.get("dues")
    if owed is None:
        owed = bill.known["dues"] = _dues_by_items(bill) if bill.split.mode == "items" else _dues_by_parts(bill)
    return owed


def _dues_by_parts(bill: Bill) -> Dues:
    left, unpaid = weights(bill), bill.unpaid
    names = list(left.guests)
    if bill.split.mode == "amounts" and sum(left.guests.values()) <= unpaid:
        return Dues(left.guests, unpaid - sum(left.guests.values()))
    amounts, open_ = allocate(unpaid, list(left.guests.values()), step=bill.step, open_weight=left.open)
    owed = {guest: amount for guest, amount in zip(names, amounts, strict=True) if amount}
    return Dues(owed, open_)


def _dues_by_items(bill: Bill) -> Dues:
    """Add up the dues of all lines: where only some of them are others than in the version seen last, on top of its."""
    divided = (joining_order(bill), bill.step)
    seen, (before, owed) = bill.recalled.get("dues", (None, ({}, _NOTHING_DUE)))
    if seen != divided or not before.keys() <= bill.lines.keys():
        before, owed = {}, _NOTHING_DUE
    guests, open_ = dict(owed.guests), owed.open
    others = {line.id: line for line in bill.lines.values() if before.get(line.id) is not line}
    for name, line in others.items():
        open_ += _add_dues(guests, line, divided, 1)
        if name in before:
            open_ += _add_dues(guests, before[name], divided, -1)
    owed = Dues({guest: amount for guest, amount in guests.items() if amount}, open_)
    bill.recalled["dues"] = (divided, (bill.lines, owed))
    return owed


def _add_dues(guests: dict[str, int], line: Line, divided: tuple[tuple[str, ...], int], sign: int) -> int:
    """Add what each guest owes of a line, or take it out again; answers what of it is nobody's."""
    if line.unpaid <= 0:
        return 0
    shares = line_dues(line, *divided)
    for guest, amount in shares.guests.items():
        guests[guest] = guests.get(guest, 0) + sign * amount
    return sign * shares.open


_NOTHING_DUE = Dues({}, 0)
