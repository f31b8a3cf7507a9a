"""What an append writes about holds: their rows, and the calls to the provider that its facts decided.

No fact that something is asked of the provider is ever there without the planned call that asks it.
"""

from datetime import datetime, timedelta
from typing import Any

from app.domain.bill import Bill
from app.domain.events import (
    Fact,
    HoldCapturing,
    HoldPlaced,
    HoldRaising,
    HoldReleasing,
    SessionAbandoned,
    SessionClosed,
)
from app.domain.hold import Hold
from app.storage import payments, restaurants
from app.storage import tables as t
from app.storage.log import Add, Change, Put, Write

CREATE, RAISE, CAPTURE, CANCEL = "hold_create", "hold_raise", "hold_capture", "hold_cancel"

FIRST_LOOK = timedelta(seconds=30)
LOOK_AGAIN = timedelta(minutes=2)
LOOK_DAILY = timedelta(days=1)
DEADLINE_BEFORE = timedelta(hours=12)
"""So long before the bank lets go of a hold it is captured, or given back."""

ALERT_BEFORE = timedelta(hours=2)
"""So long before that staff are told."""


def create_key(hold: str) -> str:
    """The key of the create: one for the whole life of a hold."""
    return f"hold:{hold}:create"


def raise_key(hold: str, n: int) -> str:
    """The key of the `n`th raise; n counts decisions of people."""
    return f"hold:{hold}:raise:{n}"


def capture_key(hold: str) -> str:
    """The key of the capture. There is one: what it leaves behind is given back."""
    return f"pay:{hold}:capture:1"


def cancel_key(hold: str, refused: int = 0) -> str:
    """The key of the cancel that is decided after so many were refused: a refusal is remembered with its key."""
    return f"hold:{hold}:cancel:{refused + 1}" if refused else f"hold:{hold}:cancel"


def planned_cancel(bill: Bill, hold: str, now: datetime, *, refused: int = 0) -> t.StripeCall:
    """The cancel of a hold's intent, to be committed with what decided it."""
    return _planned(bill, cancel_key(hold, refused), CANCEL, hold, {}, now)


def hold_rows(before: Bill, bill: Bill, facts: tuple[Fact, ...], *, now: datetime) -> tuple[Write, ...]:
    """The rows of the holds that `facts` are about, as `bill` (already after them) has them."""
    placed = {fact.hold for fact in facts if isinstance(fact, HoldPlaced)}
    touched = dict.fromkeys(hold for fact in facts if (hold := getattr(fact, "hold", None)))
    rows: tuple[Write, ...] = tuple(
        Put(_placed(bill, bill.holds[hold], now))
        if hold in placed
        else Change(t.Hold, {"id": hold}, {**columns(bill.holds[hold]), "updated_at": now, **_next(bill, hold, now)})
        for hold in touched
    )
    calls = tuple(Add(call) for fact in facts if (call := _call(bill, fact, now)))
    return (*rows, *calls, *_cleaning(before, bill, facts))


def columns(hold: Hold) -> dict[str, Any]:
    """What the log says of a hold, as columns of its row."""
    return {
        "state": hold.status,
        "amount": hold.amount,
        "captured": hold.captured,
        "decline_code": hold.decline or None,
        "expires_at": hold.expires_at,
        "capture_before": hold.capture_before,
    }


def _placed(bill: Bill, hold: Hold, now: datetime) -> t.Hold:
    return t.Hold(
        id=hold.id,
        stream=bill.session,
        restaurant_id=bill.restaurant_id,
        guest_id=hold.guest,
        currency=bill.currency,
        created_at=now,
        updated_at=now,
        next_at=now + FIRST_LOOK,
        **columns(hold),
    )


def _next(bill: Bill, hold: str, now: datetime) -> dict[str, datetime | None]:
    return {"next_at": next_time(bill.holds[hold], now, first=True)}


def deadline_of(hold: Hold) -> datetime | None:
    """When it is captured or given back at the latest; a hold that the bank keeps briefly has half of that time."""
    if hold.capture_before is None or hold.at is None:
        return None
    return hold.capture_before - min(DEADLINE_BEFORE, (hold.capture_before - hold.at) / 2)


def next_time(hold: Hold, now: datetime, *, first: bool = False) -> datetime | None:
    """When somebody has to see to it next; None once it has ended."""
    if not hold.is_live:
        return None
    if hold.status != "authorized" or hold.raising:
        soon = now + (FIRST_LOOK if first else LOOK_AGAIN)
        return min(soon, hold.expires_at) if hold.expires_at and hold.expires_at > now else soon
    deadline = deadline_of(hold)
    if deadline is None:
        return now + LOOK_DAILY
    return min(now + LOOK_DAILY, deadline if hold.alerted else deadline - ALERT_BEFORE)


def _call(bill: Bill, fact: Fact, now: datetime) -> t.StripeCall | None:
    match fact:
        case HoldRaising(hold=hold, amount=amount, n=n):
            return _planned(bill, raise_key(hold, n), RAISE, hold, {"amount": amount, "n": n}, now)
        case HoldCapturing(hold=hold, amount=amount):
            return _planned(bill, capture_key(hold), CAPTURE, hold, {"amount": amount}, now)
        case HoldReleasing(hold=hold):
            return planned_cancel(bill, hold, now)
        case _:
            return None


def _planned(
    bill: Bill, key: str, operation: str, hold: str, parameters: dict[str, Any], now: datetime
) -> t.StripeCall:
    asked = {"hold": hold, "currency": bill.currency, **parameters}
    return payments.planned(key=key, operation=operation, subject=hold, stream=bill.session, parameters=asked, now=now)


def _cleaning(before: Bill, bill: Bill, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
    """A visit that ends once its tabs are settled leaves a table to clean, as any other."""
    ends = any(isinstance(fact, SessionClosed | SessionAbandoned) for fact in facts)
    return (restaurants.serviced(bill.table_id, "to_clean"),) if ends and before.ending else ()
