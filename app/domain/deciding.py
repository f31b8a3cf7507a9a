"""What all deciding rooms share: the shape of a decision, and who may act for whom."""

from datetime import datetime

from app.domain.bill import Bill, Line
from app.domain.commands import Actor
from app.domain.events import OPEN, Fact
from app.domain.evolve import foresee
from app.domain.refusals import Refusal

__all__ = ["GUEST", "Decision", "acts_for", "after", "held_line", "is_staff", "unless_over"]

Decision = tuple[Fact, ...] | Refusal

GUEST = "{guest}"
"""Stands in a refusal's sentence for the name of ``figures["guest"]``, which the domain does not know."""


def after(bill: Bill, facts: tuple[Fact, ...], now: datetime) -> Bill:
    """The bill as it will be once these facts are in its log."""
    for fact in facts:
        bill = foresee(bill, fact, now)
    return bill


def is_staff(by: Actor) -> bool:
    """Staff, or the system on their behalf."""
    return by.kind in ("staff", "system")


def acts_for(bill: Bill, by: Actor, guest: str) -> bool:
    """A guest acts for themselves and their companions; staff act for everybody."""
    return is_staff(by) or by.id == guest or bill.guests[guest].companion_of == by.id


def unless_over(bill: Bill) -> Refusal | None:
    """Refuse what a visit that has ended does not take any more."""
    if bill.is_over:
        return Refusal("session_closed", "This visit has ended.", {"status": bill.status})
    return None


def held_line(bill: Bill, line: Line) -> Refusal:
    """Say who has paid, or is paying, the line that has nothing left to pay."""
    for payment in bill.payments.values():
        if payment.holds and line.id in payment.allocations:
            figures = {"line": line.id, "guest": payment.guest or OPEN, "payment": payment.id}
            return Refusal("share_being_paid", f"{GUEST} is paying for {line.name} right now.", figures)
    for guest in (each for each in (*bill.guests, OPEN) if each in line.settled):
        return Refusal("already_paid", f"{GUEST} has paid for {line.name}.", {"line": line.id, "guest": guest})
    return Refusal("already_paid", f"There is nothing left to pay for {line.name}.", {"line": line.id})
