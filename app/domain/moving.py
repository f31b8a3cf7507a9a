"""Deciding about lines that go to another bill: two streams, one append (domain.md, "Moving")."""

from collections.abc import Sequence

from app.domain.bill import Bill, Guest, Line
from app.domain.copying import replace
from app.domain.deciding import GUEST
from app.domain.events import (
    OPEN,
    Fact,
    GuestJoined,
    GuestLeft,
    LinesMovedIn,
    LinesMovedOut,
    MovedLine,
    OrderedLine,
    SessionClosed,
    SessionMerged,
    VouchersOrdered,
)
from app.domain.refusals import Refusal
from app.domain.visiting import free_share

__all__ = ["TwoDecisions", "merge", "move_lines"]

TwoDecisions = tuple[tuple[Fact, ...], tuple[Fact, ...]] | Refusal
"""What happens to the bill that lines leave, and to the one that they reach."""


def move_lines(origin: Bill, target: Bill, lines: tuple[str, ...], order: str) -> TwoDecisions:
    """Lines with settled or reserved money do not move. Claims go along where their guest sits at the target too."""
    if refusal := _cannot_meet(origin, target):
        return refusal
    if not lines or any(line not in origin.lines for line in lines):
        return Refusal("not_found", "There is no such line on this bill.")
    moving = [origin.lines[line] for line in dict.fromkeys(lines)]
    for line in moving:
        if line.settled or line.reserved:
            code = "share_being_paid" if line.reserved else "already_paid"
            return Refusal(code, f"{line.name} has money in it and stays.", {"line": line.id})
    return _moved(origin, target, moving, order)


def merge(origin: Bill, target: Bill, order: str) -> TwoDecisions:
    """Guests, phones and unsettled lines go over; the old visit closes with what was settled in it."""
    if refusal := _cannot_meet(origin, target):
        return refusal
    for payment in origin.open_payments:
        figures = {"payment": payment.id, "guest": payment.guest or OPEN}
        return Refusal("share_being_paid", f"{GUEST} is paying right now.", figures)
    for hold in origin.holds.values():
        if hold.is_live:
            detail = "A tab is open at this table; capture it or give it back first."
            return Refusal("hold_open", detail, {"hold": hold.id})
    stuck = next((line for line in origin.lines.values() if line.settled and line.unpaid > 0), None)
    if stuck:
        return Refusal("already_paid", f"{stuck.name} is paid in part and stays.", {"line": stuck.id})
    joined = _seated(target, [guest for guest in origin.present if not _sits_at(target, guest)])
    left = tuple(GuestLeft(guest.id) for guest in origin.present)
    lines = [line for line in origin.lines.values() if not line.settled and not line.voided]
    moved: TwoDecisions = _moved(origin, target, lines, order, coming=origin.present) if lines else ((), ())
    if isinstance(moved, Refusal):
        return moved
    out, into = moved
    ending = (SessionMerged(target.session), SessionClosed("merged"))
    return (*out, *left, *ending), (*joined, *into)


def _cannot_meet(origin: Bill, target: Bill) -> Refusal | None:
    if origin.is_over or target.is_over:
        return Refusal("session_closed", "This visit has ended.")
    rules = [(bill.restaurant_id, bill.currency, bill.tax_inclusive) for bill in (origin, target)]
    if origin.session == target.session or rules[0] != rules[1]:
        return Refusal("invalid", "Lines move between two visits of one restaurant.")
    return None


def _sits_at(bill: Bill, guest: Guest) -> bool:
    return guest.id in bill.guests and bill.guests[guest.id].present


def _seated(target: Bill, guests: list[Guest]) -> tuple[Fact, ...]:
    """They join as everybody joins: in an even split each takes a free share, or there is one more."""
    facts: list[Fact] = []
    for guest in guests:
        facts.append(GuestJoined(guest.id, guest.color, guest.companion_of))
        for share in free_share(target, guest.id):
            parts = {**target.split.parts, share.guest: share.parts}
            target = replace(target, split=replace(target.split, parts=parts, shares=share.shares))
            facts.append(share)
    return tuple(facts)


def _moved(origin: Bill, target: Bill, lines: list[Line], order: str, coming: Sequence[Guest] = ()) -> TwoDecisions:
    there = {guest.id for guest in (*target.present, *coming)}
    moved = tuple(
        MovedLine(_ordered(line, target.lines_placed + n, there), line.status, line.ordered_by)
        for n, line in enumerate(lines, start=1)
    )
    out = LinesMovedOut(tuple(line.id for line in lines), target.session)
    into = LinesMovedIn(order, moved, origin.session)
    grants = {line.id: line.product for line in lines if line.product is not None}
    return (out,), ((into, VouchersOrdered(grants)) if grants else (into,))


def _ordered(line: Line, n: int, there: set[str]) -> OrderedLine:
    """The line as it stands, with its stored charge and exact fractions: nothing is rounded again."""
    return OrderedLine(
        id=line.id,
        n=n,
        menu_item_id=line.menu_item_id,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        modifiers=line.modifiers,
        tax_ppm=line.tax_ppm,
        station=line.station,
        note=line.note,
        adjustments=line.adjustments,
        charge=line.charge,
        claims={guest: parts for guest, parts in line.claims.items() if guest in there},
    )
