"""What a payment pays: the quoted share, as allocations of lines to guests (domain.md, "Payments")."""

from dataclasses import dataclass, field

from app.domain.bill import Bill
from app.domain.commands import (
    PayAmount,
    PayEverything,
    PayGuests,
    PayLines,
    PayMine,
    PayOpen,
    Pays,
    PayShares,
)
from app.domain.copying import replace
from app.domain.deciding import GUEST, held_line
from app.domain.events import OPEN, Allocations, PartsChanged
from app.domain.money import allocate
from app.domain.payment import merged, total_of
from app.domain.refusals import Refusal
from app.domain.split import LineDues, dues, item_dues, weights

__all__ = ["Quote", "fitting", "quote"]


@dataclass(frozen=True, slots=True)
class Quote:
    """``allocations`` add up to ``amount``; ``consumes`` are parts it uses up, ``taken`` shares taken with it.

    Raises ValueError where they do not: no payment may start that would lose a cent.
    """

    amount: int
    allocations: Allocations
    consumes: dict[str, int] = field(default_factory=dict)
    taken: PartsChanged | None = None

    def __post_init__(self) -> None:
        if total_of(self.allocations) != self.amount:
            raise ValueError(f"{self.allocations} are not {self.amount}")


def quote(bill: Bill, payer: str | None, pays: Pays) -> Quote | Refusal:
    """Say what ``payer`` (None: staff, for the table) would pay now, or why there is nothing to pay."""
    quoted = _quoted(bill, payer, pays)
    if isinstance(quoted, Refusal) or quoted.amount:
        return quoted
    return _nothing_left(bill, _wanted(payer, pays))


def _wanted(payer: str | None, pays: Pays) -> set[str]:
    """Whose money was to be paid."""
    match pays:
        case PayGuests(guests):
            return set(guests)
        case PayOpen():
            return {OPEN}
        case _:
            return {payer} if payer else set()


def _quoted(bill: Bill, payer: str | None, pays: Pays) -> Quote | Refusal:
    match pays:
        case PayAmount(amount):
            return _free_amount(bill, payer, amount)
        case PayLines(lines):
            return _lines(bill, payer, lines)
        case PayEverything():
            return _everything(bill, payer)
        case PayShares(shares):
            return _shares(bill, payer, shares)
        case PayMine():
            return _owned(bill, payer, (payer,) if payer else ())
        case PayGuests(guests):
            if any(guest not in bill.guests for guest in guests):
                return Refusal("not_found", "There is no such guest at this table.")
            return _owned(bill, payer, tuple(dict.fromkeys(guests)))
        case PayOpen():
            return _owned(bill, payer, (), open_=True)


def _owned(bill: Bill, payer: str | None, owners: tuple[str, ...], *, open_: bool = False) -> Quote:
    """The dues of ``owners`` by whatever divides the bill now."""
    divide = _items if bill.split.mode == "items" else _parts
    return divide(bill, payer, owners, open_=open_)


def _items(bill: Bill, payer: str | None, owners: tuple[str, ...], *, open_: bool = False) -> Quote:
    """The item dues of ``owners``, line by line; open money is paid for the payer."""
    allocations: Allocations = {}
    for line, owed in item_dues(bill).items():
        guests = {guest: amount for guest, amount in owed.guests.items() if guest in owners}
        if open_ and owed.open:
            guests[payer or OPEN] = guests.get(payer or OPEN, 0) + owed.open
        if guests:
            allocations[line] = guests
    return Quote(total_of(allocations), allocations)


def _parts(bill: Bill, payer: str | None, owners: tuple[str, ...], *, open_: bool = False) -> Quote:
    """The dues of ``owners`` by the split of the whole bill; their parts are used up."""
    owed, left = dues(bill), weights(bill)
    amount = sum(owed.of(guest) for guest in owners) + (owed.open if open_ else 0)
    consumes = {guest: left.guests[guest] for guest in owners if guest in left.guests}
    if open_ and left.open:
        consumes[OPEN] = left.open
    return Quote(amount, _placed(bill, amount, owners, payer), consumes)


def _everything(bill: Bill, payer: str | None) -> Quote:
    whole = _lines_whole(payer, item_dues(bill))
    left = weights(bill)
    consumes = {**left.guests, **({OPEN: left.open} if left.open else {})}
    return Quote(total_of(whole), whole, consumes)


def _lines(bill: Bill, payer: str | None, lines: tuple[str, ...]) -> Quote | Refusal:
    """All that is unpaid of the named lines; a line with nothing left says who has it."""
    owed = item_dues(bill)
    for line in lines:
        if line not in bill.lines:
            return Refusal("not_found", "There is no such line on this bill.")
        if bill.lines[line].voided:
            return Refusal("line_voided", f"{bill.lines[line].name} was taken off the bill.", {"line": line})
        if line not in owed:
            return held_line(bill, bill.lines[line])
    whole = _lines_whole(payer, {line: owed[line] for line in lines})
    return Quote(total_of(whole), whole)


def _lines_whole(payer: str | None, owed: dict[str, LineDues]) -> Allocations:
    whole: Allocations = {}
    for line, each in owed.items():
        whole[line] = dict(each.guests)
        if each.open:
            whole[line][payer or OPEN] = whole[line].get(payer or OPEN, 0) + each.open
    return whole


def _shares(bill: Bill, payer: str | None, shares: int) -> Quote | Refusal:
    """``shares`` of an even split: own ones first, then free ones, then there are more of them."""
    if bill.split.mode != "even" or payer is None or shares < 1:
        return Refusal("invalid", "The bill is not split evenly now.", {"mode": bill.split.mode})
    left = weights(bill)
    own = left.guests.get(payer, 0)
    extra = max(0, shares - own)
    # Beyond the free shares there are more of them, as if the payer had taken them before paying.
    number = bill.split.shares + max(0, extra - left.open)
    parts = bill.split.parts.get(payer, 0) + extra
    split = replace(bill.split, parts={**bill.split.parts, payer: parts}, shares=number)
    due = dues(replace(bill, split=split)).of(payer)
    (amount, _), _ = allocate(due, (shares, max(0, own - shares)), step=bill.step)
    taken = PartsChanged(payer, parts, number) if extra else None
    return Quote(amount, _placed(bill, amount, (payer,), payer), {payer: shares}, taken)


def _free_amount(bill: Bill, payer: str | None, amount: int) -> Quote | Refusal:
    if amount <= 0 or amount % bill.step:
        return Refusal("invalid", f"An amount is above 0 and in whole steps of {bill.step}.", {"step": bill.step})
    if amount > bill.unpaid:
        figures = {"amount": bill.unpaid, "expectedAmount": amount}
        return Refusal("amount_changed", "This is more than what is left to pay.", figures)
    return Quote(amount, _placed(bill, amount, (payer,) if payer else (), payer))


def _placed(bill: Bill, amount: int, owners: tuple[str, ...], payer: str | None) -> Allocations:
    """Place money that is not pinned to lines: own item dues first, then open lines, then the rest by unpaid."""
    owed = item_dues(bill)
    own: Allocations = {}
    for owner in owners:
        amount = _fill(own, amount, owner, {line: each.guests.get(owner, 0) for line, each in owed.items()})
    opened: Allocations = {}
    amount = _fill(opened, amount, payer or OPEN, {line: each.open for line, each in owed.items()})
    # Open money is placed for the payer too, but it is not the payer's due: that one is still to be met.
    rest = {line: _without(each, own.get(line, {})) for line, each in owed.items()}
    return merged(merged(own, opened), _spread(bill, amount, rest))


def _fill(placed: Allocations, amount: int, guest: str, room: dict[str, int]) -> int:
    """Put ``amount`` into ``room``, line after line; the part that finds none is the answer."""
    for line, most in room.items():
        part = min(amount, most)
        if part:
            guests = placed.setdefault(line, {})
            guests[guest] = guests.get(guest, 0) + part
            amount -= part
    return amount


def _without(owed: LineDues, met: dict[str, int]) -> dict[str, int]:
    """The dues of a line that are not met yet; its open money is."""
    left = {guest: due - met.get(guest, 0) for guest, due in owed.guests.items()}
    return {guest: due for guest, due in left.items() if due}


def _spread(bill: Bill, amount: int, rest: dict[str, dict[str, int]]) -> Allocations:
    """In proportion to what is left unpaid of each line, for its claimers by what they owe of it."""
    parts, _ = allocate(amount, [sum(claimers.values()) for claimers in rest.values()], step=bill.step)
    spread: Allocations = {}
    for (line, claimers), part in zip(rest.items(), parts, strict=True):
        if part:
            amounts, _ = allocate(part, list(claimers.values()), step=bill.step, rotation=bill.lines[line].n)
            spread[line] = {guest: each for guest, each in zip(claimers, amounts, strict=True) if each}
    return spread


def fitting(bill: Bill, allocations: Allocations, *, at_most: int | None = None) -> Allocations:
    """As much of each allocation as its line still needs, and ``at_most`` in all.

    Where there is not enough, lines are served by number and guests in joining order: the log keeps no other order.
    """
    left = bill.unpaid if at_most is None else at_most
    fits: Allocations = {}
    for line in sorted((bill.lines[each] for each in allocations if each in bill.lines), key=lambda line: line.n):
        room = max(0, line.unpaid)
        for guest in (*bill.guests, OPEN):
            part = min(allocations[line.id].get(guest, 0), room, left)
            if part > 0:
                fits.setdefault(line.id, {})[guest] = part
                room, left = room - part, left - part
    return fits


def _nothing_left(bill: Bill, wanted: set[str]) -> Refusal:
    """Say who is paying this share, if somebody is; else it is paid, or never was owed."""
    for payment in bill.payments.values():
        paid_for = {*payment.consumes, *(guest for guests in payment.allocations.values() for guest in guests)}
        if payment.holds and (wanted & paid_for or not bill.unpaid):
            figures = {"guest": payment.guest or OPEN, "payment": payment.id}
            return Refusal("share_being_paid", f"{GUEST} is paying this right now.", figures)
    return Refusal("already_paid", "There is nothing left to pay here.", {"amount": 0})
