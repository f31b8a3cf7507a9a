"""Deciding about visits that are booked ahead: their beginning, and their end where nobody came.

A booked visit is a stream like any other, closed until its party sits down. A hold on it is the party's tab later on.
What staying away costs is a line of its bill, so that money taken for it has its place in the log and on a receipt.
"""

from datetime import datetime

from app.domain.bill import Bill
from app.domain.commands import Actor, BookSession, EndBooked
from app.domain.deciding import Decision, after, is_staff
from app.domain.events import Fact, HoldReleasing, OrderedLine, OrderPlaced, SessionBooked, SessionClosed
from app.domain.hold import Hold
from app.domain.holding import capture_now
from app.domain.pricing import Running, charge
from app.domain.refusals import Refusal

__all__ = ["book", "end"]


def book(bill: Bill, command: BookSession, by: Actor, now: datetime) -> Decision:
    """Keep a visit that was just opened for later."""
    if bill.is_over or bill.lines or bill.payments:
        return Refusal("session_closed", "Only a fresh visit can be booked.", {"status": bill.status})
    return (SessionBooked(command.at, command.people),)


def end(bill: Bill, command: EndBooked, by: Actor, now: datetime) -> Decision:
    """Give the table up; the fee is taken from the hold as far as it reaches, and what is left goes back."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if bill.booked_for is None:
        return ()
    facts: tuple[Fact, ...] = ()
    for hold in bill.holds.values():
        facts += _ended(after(bill, facts, now), hold, command, now)
    return (*facts, SessionClosed(command.reason))


def _ended(bill: Bill, hold: Hold, command: EndBooked, now: datetime) -> tuple[Fact, ...]:
    fee = min(command.fee, hold.amount) // bill.step * bill.step
    if hold.is_usable and fee >= bill.money.card_minimum and not bill.lines:
        line = _fee_line(bill, hold, command, fee)
        ordered = OrderPlaced(command.order, hold.guest, (line,))
        return (ordered, *capture_now(after(bill, (ordered,), now), hold))
    return (HoldReleasing(hold.id, command.reason),) if hold.status in ("placed", "authorized") else ()


def _fee_line(bill: Bill, hold: Hold, command: EndBooked, fee: int) -> OrderedLine:
    """Damages are no sale: no tax and no service charge."""
    cost = charge(fee, tax_ppm=None, service=None, inclusive=bill.tax_inclusive, step=bill.step, running=Running())
    return OrderedLine(
        id=command.line,
        n=bill.lines_placed + 1,
        menu_item_id=None,
        name=command.title,
        quantity=1,
        unit_price=fee,
        modifiers=(),
        tax_ppm=None,
        station="",
        note="",
        adjustments=(),
        charge=cost,
        claims={hold.guest: 1},
    )
