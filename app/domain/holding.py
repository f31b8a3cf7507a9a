"""Deciding about holds: from a tab that is opened to the payment that its capture is (payments.md, "Holds").

A capture is an ordinary payment of what the guest owes, whose id is the hold's: it reserves, settles, and is refunded
like any other. Nobody is ever charged for somebody else's share, and never more than was authorized.
"""

from datetime import datetime

from app.domain import paying
from app.domain.bill import Bill
from app.domain.commands import (
    Actor,
    AlertHold,
    CaptureHold,
    ObserveHold,
    ObservePayment,
    PayAmount,
    PayMine,
    PlaceHold,
    RaiseHold,
    RefuseHold,
    ReleaseHold,
)
from app.domain.deciding import Decision, acts_for, after, is_staff, unless_over
from app.domain.events import (
    Fact,
    HoldAlerted,
    HoldAuthorized,
    HoldCaptured,
    HoldCapturing,
    HoldClosing,
    HoldDeclined,
    HoldExpired,
    HoldPlaced,
    HoldRaised,
    HoldRaising,
    HoldRefused,
    HoldReleased,
    HoldReleasing,
    PaymentAuthorized,
    PaymentCanceled,
    PaymentStarted,
    PaymentSucceeded,
)
from app.domain.hold import Hold
from app.domain.quoting import Quote, quote
from app.domain.refusals import Refusal

__all__ = [
    "HOLD_MAX_MAJOR",
    "alert",
    "capture",
    "capture_now",
    "is_taking",
    "observe",
    "owed",
    "place",
    "raise_",
    "refuse",
    "release",
    "to_come",
    "wound_up",
]

HOLD_MAX_MAJOR = 10_000
"""No tab is above this many whole units of the currency (in yen and the like, hundreds of them)."""

NOTHING: tuple[Fact, ...] = ()


def owed(bill: Bill, guest: str) -> int:
    """What this guest owes of the bill now, in minor units."""
    quoted = quote(bill, guest, PayMine())
    return 0 if isinstance(quoted, Refusal) else quoted.amount


def place(bill: Bill, command: PlaceHold, by: Actor, now: datetime) -> Decision:
    """Open a tab: one live hold for a guest."""
    guest = bill.guests.get(command.guest)
    if guest is None or not guest.present:
        return Refusal("not_found", "There is no such guest at this table.")
    if not acts_for(bill, by, guest.id):
        return Refusal("forbidden", "A guest opens a tab for themselves.")
    if bill.booked_for is None and (refusal := unless_over(bill)):
        return refusal
    if bill.ending:
        return Refusal("session_closed", "This visit is ending.", {"status": bill.status})
    for hold in bill.holds.values():
        if hold.guest == guest.id and hold.is_live:
            return Refusal("hold_open", "You have a tab open.", {"hold": hold.id})
    if refusal := _bad_size(bill, command.amount):
        return refusal
    return (HoldPlaced(command.hold, guest.id, command.amount, command.expires_at),)


def _bad_size(bill: Bill, amount: int) -> Refusal | None:
    money = bill.money
    most = HOLD_MAX_MAJOR * 10 ** max(2, money.exponent)
    if amount < money.card_minimum:
        figures = {"amount": amount, "minimum": money.card_minimum}
        return Refusal("below_minimum", "This is too small for a card.", figures)
    if amount > most or amount % money.step:
        return Refusal("invalid", f"A tab is at most {most}, in whole steps of {money.step}.", {"max": most})
    return None


def raise_(bill: Bill, command: RaiseHold, by: Actor, now: datetime) -> Decision:
    """Ask the bank to set more aside. Asked for no more than there is, nothing happens."""
    hold = _own(bill, command.hold, by)
    if isinstance(hold, Refusal):
        return hold
    if refusal := unless_over(bill) or _unusable(hold):
        return refusal
    if command.amount <= hold.amount:
        return NOTHING
    if not hold.can_raise:
        return Refusal("raise_not_offered", "This card's bank does not raise a hold.", {"amount": hold.amount})
    if refusal := _bad_size(bill, command.amount):
        return refusal
    return (HoldRaising(hold.id, command.amount, hold.raises + 1),)


def capture(bill: Bill, command: CaptureHold, by: Actor, now: datetime) -> Decision:
    """Take what its guest owes and give the rest back; a second time is no time."""
    hold = _own(bill, command.hold, by)
    if isinstance(hold, Refusal):
        return hold
    if hold.status in ("capturing", "captured") or hold.closing:
        return NOTHING
    if hold.status != "authorized":
        return _ended(hold)
    amount = owed(bill, hold.guest)
    if command.expected_amount is not None and command.expected_amount != amount:
        figures = {"amount": amount, "expectedAmount": command.expected_amount}
        return Refusal("amount_changed", "The share has changed since you saw it.", figures)
    if refusal := paying.bad_tip(bill, amount, command.tip):
        return refusal
    if command.tip and not amount:
        return Refusal("already_paid", "There is nothing left to pay here.", {"amount": 0})
    return _taking(bill, hold, command.tip)


def release(bill: Bill, command: ReleaseHold, by: Actor, now: datetime) -> Decision:
    """Give it back. What is being taken is not cancelled: once it is taken, a refund gives it back."""
    hold = _own(bill, command.hold, by)
    if isinstance(hold, Refusal):
        return hold
    if hold.status == "captured":
        return Refusal("already_paid", "It was captured; a refund gives it back.", {"payment": hold.id})
    if hold.status not in ("placed", "authorized"):
        return _busy(hold) if hold.status == "capturing" else NOTHING
    if hold.raising or hold.closing:
        return _busy(hold)
    if not is_staff(by) and hold.status == "authorized" and (amount := owed(bill, hold.guest)):
        return Refusal("still_owed", "You still owe your share.", {"unpaid": amount})
    return (HoldReleasing(hold.id, command.reason),)


def alert(bill: Bill, command: AlertHold, by: Actor, now: datetime) -> Decision:
    """Tell staff, once, that a hold ends soon."""
    hold = _own(bill, command.hold, by)
    if isinstance(hold, Refusal):
        return hold
    return (HoldAlerted(hold.id),) if hold.status == "authorized" and not hold.alerted else NOTHING


def refuse(bill: Bill, command: RefuseHold, by: Actor, now: datetime) -> Decision:
    """The provider said no for good: to the hold itself, or to taking it (then the debt is open again)."""
    hold = _own(bill, command.hold, by)
    if isinstance(hold, Refusal):
        return hold
    if hold.status in ("placed", "releasing"):
        return (HoldRefused(hold.id, command.code),)
    if hold.status == "capturing" and bill.payments[hold.id].is_open:
        return (PaymentCanceled(hold.id, command.code), HoldReleasing(hold.id, command.code))
    return NOTHING


def _own(bill: Bill, hold: str, by: Actor) -> Hold | Refusal:
    found = bill.holds.get(hold)
    if found is None:
        return Refusal("not_found", "There is no such tab.")
    if not acts_for(bill, by, found.guest):
        return Refusal("forbidden", "This is somebody else's tab.")
    return found


def _unusable(hold: Hold) -> Refusal | None:
    if hold.status == "authorized" and not hold.raising and not hold.closing:
        return None
    return _busy(hold) if hold.status in ("authorized", "capturing", "releasing") else _ended(hold)


def _busy(hold: Hold) -> Refusal:
    return Refusal("hold_busy", "The bank is being asked about this tab; try again in a moment.", {"hold": hold.id})


def _ended(hold: Hold) -> Refusal:
    return Refusal("hold_ended", "This tab is not open.", {"hold": hold.id, "status": hold.status})


# Taking


def _taking(bill: Bill, hold: Hold, tip: int) -> tuple[Fact, ...]:
    """Take it now, or after the bank was asked for what is missing."""
    if hold.raising:
        return (HoldClosing(hold.id, tip),)
    wanted = owed(bill, hold.guest) + tip
    if wanted > hold.amount and hold.can_raise:
        return (HoldClosing(hold.id, tip), HoldRaising(hold.id, wanted, hold.raises + 1))
    return _take(bill, hold, tip)


def capture_now(bill: Bill, hold: Hold) -> tuple[Fact, ...]:
    """Take what its guest owes from what is authorized, without asking the bank for more."""
    return _take(bill, hold, 0)


def _take(bill: Bill, hold: Hold, tip: int) -> tuple[Fact, ...]:
    """What is authorized pays the share first, then the tip; the rest of a larger share stays owed."""
    share = _share(bill, hold)
    tip = min(tip, hold.amount - share.amount) if share else 0
    if share is None or share.amount + tip < bill.money.card_minimum:
        return (HoldReleasing(hold.id, "nothing to take"),)
    return (
        _started(hold, share, tip),
        PaymentAuthorized(hold.id),
        HoldCapturing(hold.id, share.amount + tip),
    )


def _share(bill: Bill, hold: Hold) -> Quote | None:
    """What the guest owes, at most what is authorized; None where it is nothing."""
    mine = quote(bill, hold.guest, PayMine())
    if not isinstance(mine, Refusal) and mine.amount > hold.amount:
        mine = quote(bill, hold.guest, PayAmount(hold.amount - hold.amount % bill.step))
    return None if isinstance(mine, Refusal) else mine


def _started(hold: Hold, share: Quote, tip: int) -> PaymentStarted:
    return PaymentStarted(
        payment=hold.id,
        guest=hold.guest,
        method="card",
        amount=share.amount,
        tip=tip,
        rounding=0,
        allocations=share.allocations,
        consumes=share.consumes,
        expires_at=None,
    )


def wound_up(bill: Bill, now: datetime) -> tuple[Fact, ...]:
    """What becomes of every live hold when the visit ends: taken for what its guest owes, or given back."""
    facts: tuple[Fact, ...] = ()
    for hold in bill.holds:
        newer = after(bill, facts, now)
        facts += _wound_up(newer, newer.holds[hold])
    return facts


def _wound_up(bill: Bill, hold: Hold) -> tuple[Fact, ...]:
    """What becomes of one hold when the visit ends."""
    if hold.status == "placed":
        return (HoldReleasing(hold.id, "closed"),)
    if hold.status != "authorized" or hold.closing:
        return ()
    return _taking(bill, hold, 0)


def is_taking(bill: Bill) -> bool:
    """Whether money of a hold is on its way: the visit waits for it."""
    return any(hold.will_take for hold in bill.holds.values())


def to_come(bill: Bill) -> int:
    """What holds will still pay as soon as the bank has answered."""
    return sum(owed(bill, hold.guest) for hold in bill.holds.values() if hold.closing)


# What the provider says


def observe(bill: Bill, command: ObserveHold, by: Actor, now: datetime) -> Decision:
    """Compare a fetched intent with the log and say what is missing. Twice is the same as once."""
    hold = bill.holds.get(command.hold)
    if hold is None:
        return Refusal("not_found", "There is no such tab.")
    if by.kind != "system":
        return Refusal("forbidden", "Only the provider's own word counts.")
    facts = _news(bill, hold, command, by, now)
    newer = after(bill, facts, now)
    hold = newer.holds[hold.id]
    return (*facts, *_take(newer, hold, hold.tip)) if hold.closing and hold.is_usable else facts


def _news(bill: Bill, hold: Hold, command: ObserveHold, by: Actor, now: datetime) -> tuple[Fact, ...]:
    match command.status:
        case "succeeded":
            return _taken(bill, hold, command, by, now)
        case "canceled":
            return _gone(bill, hold, by, now)
        case "authorized":
            return _agreed(hold, command)
        case "awaiting" if hold.status == "placed" and command.decline and command.attempt != hold.attempt:
            return (HoldDeclined(hold.id, command.decline, command.attempt),)
        case _:
            return ()


def _agreed(hold: Hold, command: ObserveHold) -> tuple[Fact, ...]:
    """The bank set money aside, or more of it, or would not set more aside."""
    if hold.status == "placed":
        return (HoldAuthorized(hold.id, command.amount, command.capture_before, command.can_raise),)
    if hold.status != "authorized":
        return ()
    if command.amount > hold.amount:
        return (HoldRaised(hold.id, command.amount),)
    if command.raise_declined and hold.raising:
        return (HoldDeclined(hold.id, command.decline or "declined", command.attempt),)
    return ()


def _taken(bill: Bill, hold: Hold, command: ObserveHold, by: Actor, now: datetime) -> tuple[Fact, ...]:
    """Money was taken: by our capture, or by somebody in the provider's dashboard."""
    if hold.status == "captured":
        return ()
    if hold.id not in bill.payments:
        return _taken_elsewhere(bill, hold, command.captured)
    paid = paying.observe(bill, ObservePayment(hold.id, "succeeded", command.captured), by, now)
    return () if isinstance(paid, Refusal) else (*paid, HoldCaptured(hold.id, command.captured))


def _taken_elsewhere(bill: Bill, hold: Hold, amount: int) -> tuple[Fact, ...]:
    """It pays its guest's share, then what is left of the bill; what no bill can take is for a person to see."""
    share = quote(bill, hold.guest, PayAmount(amount))
    if isinstance(share, Refusal):
        return ()
    paid = PaymentSucceeded(hold.id, share.allocations, 0)
    return (_started(hold, share, 0), paid, HoldCaptured(hold.id, amount))


def _gone(bill: Bill, hold: Hold, by: Actor, now: datetime) -> tuple[Fact, ...]:
    """Nothing is set aside any more: a share that was to be taken from it is owed again."""
    if not hold.is_live:
        return ()
    freed = paying.observe(bill, ObservePayment(hold.id, "canceled", 0), by, now) if hold.id in bill.payments else ()
    ended = HoldReleased(hold.id) if hold.status == "releasing" else HoldExpired(hold.id)
    return () if isinstance(freed, Refusal) else (*freed, ended)
