"""Booking facts about holds."""

from dataclasses import replace

from app.domain import events as ev
from app.domain.bill import Bill, Hold
from app.domain.booking import Bookings


def _hold_placed(bill: Bill, fact: ev.HoldPlaced, _: ev.Event) -> Bill:
    return replace(bill, holds={**bill.holds, fact.hold: Hold(fact.hold, fact.guest, fact.amount)})


def _hold_captured(bill: Bill, fact: ev.HoldCaptured, _: ev.Event) -> Bill:
    captured = replace(bill.holds[fact.hold], status="captured", amount=fact.amount)
    return replace(bill, holds={**bill.holds, fact.hold: captured})


def _hold_released(bill: Bill, fact: ev.HoldReleased, _: ev.Event) -> Bill:
    return replace(bill, holds={**bill.holds, fact.hold: replace(bill.holds[fact.hold], status="released")})


BOOKINGS: Bookings = {
    ev.HoldPlaced: _hold_placed,
    ev.HoldCaptured: _hold_captured,
    ev.HoldReleased: _hold_released,
}
