"""Booking facts about who pays what."""

from app.domain import events as ev
from app.domain.bill import Bill, Split
from app.domain.booking import Bookings
from app.domain.copying import replace


def _claims_changed(bill: Bill, fact: ev.ClaimsChanged, _: ev.Event) -> Bill:
    line = bill.lines[fact.line]
    claims = {guest: parts for guest, parts in line.claims.items() if guest != fact.guest}
    if fact.parts:
        claims[fact.guest] = fact.parts
    changed = replace(line, claims=claims, open_parts=fact.open_parts)
    return replace(bill, lines={**bill.lines, line.id: changed})


def _split_changed(bill: Bill, fact: ev.SplitChanged, _: ev.Event) -> Bill:
    split = Split(fact.mode, fact.shares, dict(fact.parts), bill.split.round + 1)
    return replace(bill, split=split)


def _parts_changed(bill: Bill, fact: ev.PartsChanged, _: ev.Event) -> Bill:
    parts = {guest: each for guest, each in bill.split.parts.items() if guest != fact.guest}
    if fact.parts:
        parts[fact.guest] = fact.parts
    return replace(bill, split=replace(bill.split, parts=parts, shares=fact.shares))


BOOKINGS: Bookings = {
    ev.ClaimsChanged: _claims_changed,
    ev.SplitChanged: _split_changed,
    ev.PartsChanged: _parts_changed,
}
