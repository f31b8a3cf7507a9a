"""Deciding about money that the provider took for a visit whose log has lost it (payments.md, "Reconciliation")."""

from datetime import datetime

from app.domain.bill import Bill
from app.domain.commands import Actor, ImportPayment, PayAmount
from app.domain.deciding import Decision, unless_over
from app.domain.events import PaymentStarted
from app.domain.quoting import quote
from app.domain.refusals import Refusal

__all__ = ["bring_in"]


def bring_in(bill: Bill, command: ImportPayment, by: Actor, now: datetime) -> Decision:
    """Reserve what a lost payment paid for, so that what the provider says of it can be booked.

    Who paid which line is lost with it: the money is nobody's in particular. What does not fit is refused, and for
    people to look at: lines may be lost as well, and giving money back for what was eaten would be wrong.
    """
    if by.kind != "system":
        return Refusal("forbidden", "Only the provider's own word counts.")
    if command.payment in bill.payments:
        return ()
    if refusal := unless_over(bill):
        return refusal
    quoted = quote(bill, None, PayAmount(command.amount))
    if isinstance(quoted, Refusal):
        return quoted
    started = PaymentStarted(
        payment=command.payment,
        guest=None,
        method="card",
        amount=quoted.amount,
        tip=command.tip,
        rounding=0,
        allocations=quoted.allocations,
        consumes=quoted.consumes,
        expires_at=None,
    )
    return (quoted.taken, started) if quoted.taken else (started,)
