"""Booking facts about holds."""

from typing import Any

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.booking import Bookings
from app.domain.copying import replace
from app.domain.hold import HOLD_ALLOWED, Hold, HoldStatus


def _with(bill: Bill, hold: Hold) -> Bill:
    return replace(bill, holds={**bill.holds, hold.id: hold})


def _changed(bill: Bill, hold: str, **values: Any) -> Bill:
    return _with(bill, replace(bill.holds[hold], **values))


def _to(bill: Bill, hold: str, status: HoldStatus, **values: Any) -> Bill:
    """One step along the table of allowed transitions. Raises ValueError for any other."""
    before = bill.holds[hold].status
    if status not in HOLD_ALLOWED[before]:
        message = f"hold {hold}: {status} may not follow {before}"
        raise ValueError(message)
    return _changed(bill, hold, status=status, **values)


def _placed(bill: Bill, fact: ev.HoldPlaced, event: ev.Event) -> Bill:
    return _with(bill, Hold(fact.hold, fact.guest, fact.amount, event.at, expires_at=fact.expires_at))


def _authorized(bill: Bill, fact: ev.HoldAuthorized, _: ev.Event) -> Bill:
    return _to(
        bill,
        fact.hold,
        "authorized",
        amount=fact.amount,
        capture_before=fact.capture_before,
        can_raise=fact.can_raise,
        expires_at=None,
        decline="",
    )


def _declined(bill: Bill, fact: ev.HoldDeclined, _: ev.Event) -> Bill:
    declines = bill.holds[fact.hold].declines + 1
    return _changed(bill, fact.hold, decline=fact.code, attempt=fact.attempt, declines=declines, raising=0)


def _raising(bill: Bill, fact: ev.HoldRaising, _: ev.Event) -> Bill:
    return _changed(bill, fact.hold, raising=fact.amount, raises=fact.n, decline="")


def _raised(bill: Bill, fact: ev.HoldRaised, _: ev.Event) -> Bill:
    return _changed(bill, fact.hold, amount=fact.amount, raising=0)


def _closing(bill: Bill, fact: ev.HoldClosing, _: ev.Event) -> Bill:
    return _changed(bill, fact.hold, closing=True, tip=fact.tip)


def _capturing(bill: Bill, fact: ev.HoldCapturing, _: ev.Event) -> Bill:
    return _to(bill, fact.hold, "capturing", closing=False)


def _captured(bill: Bill, fact: ev.HoldCaptured, _: ev.Event) -> Bill:
    return _to(bill, fact.hold, "captured", captured=fact.amount, raising=0, closing=False)


def _releasing(bill: Bill, fact: ev.HoldReleasing, _: ev.Event) -> Bill:
    return _to(bill, fact.hold, "releasing", reason=fact.reason, raising=0, closing=False, expires_at=None)


def _released(bill: Bill, fact: ev.HoldReleased, _: ev.Event) -> Bill:
    return _to(bill, fact.hold, "released", raising=0, closing=False)


def _expired(bill: Bill, fact: ev.HoldExpired, _: ev.Event) -> Bill:
    return _to(bill, fact.hold, "expired", raising=0, closing=False)


def _refused(bill: Bill, fact: ev.HoldRefused, _: ev.Event) -> Bill:
    return _to(bill, fact.hold, "refused", decline=fact.code, expires_at=None)


def _alerted(bill: Bill, fact: ev.HoldAlerted, _: ev.Event) -> Bill:
    return _changed(bill, fact.hold, alerted=True)


def _session_ending(bill: Bill, fact: ev.SessionEnding, _: ev.Event) -> Bill:
    return replace(bill, ending="abandon" if fact.walk_out else "close", ending_reason=fact.reason)


BOOKINGS: Bookings = {
    ev.HoldPlaced: _placed,
    ev.HoldAuthorized: _authorized,
    ev.HoldDeclined: _declined,
    ev.HoldRaising: _raising,
    ev.HoldRaised: _raised,
    ev.HoldClosing: _closing,
    ev.HoldCapturing: _capturing,
    ev.HoldCaptured: _captured,
    ev.HoldReleasing: _releasing,
    ev.HoldReleased: _released,
    ev.HoldExpired: _expired,
    ev.HoldRefused: _refused,
    ev.HoldAlerted: _alerted,
    ev.SessionEnding: _session_ending,
}
