"""Deciding about money on its way back (domain.md, "Refunds name allocations")."""

from datetime import datetime

from app.domain.bill import Bill
from app.domain.commands import Actor, EndRefund, StartRefund
from app.domain.deciding import Decision, is_staff
from app.domain.events import Allocations, RefundFailed, RefundStarted, RefundSucceeded
from app.domain.payment import Payment, Refund, total_of, without
from app.domain.quoting import fitting
from app.domain.refusals import Refusal

__all__ = ["end", "start"]


def start(bill: Bill, command: StartRefund, by: Actor, now: datetime) -> Decision:
    """Planned amounts count at once: nothing can be sent back twice."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may send money back.")
    payment = bill.payments.get(command.payment)
    if payment is None:
        return Refusal("not_found", "There is no such payment.")
    if command.refund in bill.refunds:
        return ()
    if payment.status != "succeeded" or not _has(bill, payment, command):
        return Refusal("amount_changed", "This is more than what the payment has left to send back.")
    if not (command.allocations or command.surplus or command.tip):
        return Refusal("invalid", "Name what is sent back.")
    return (
        RefundStarted(
            refund=command.refund,
            payment=command.payment,
            allocations=command.allocations,
            surplus=command.surplus,
            tip=command.tip,
            cause=command.cause,
        ),
    )


def _has(bill: Bill, payment: Payment, command: StartRefund) -> bool:
    tips = sum(each.tip for each in bill.refunds.values() if each.payment == payment.id and each.status != "failed")
    return (
        _within(command.allocations, payment.settled)
        and 0 <= command.surplus <= payment.surplus
        and 0 <= command.tip <= payment.tip - tips
    )


def _within(part: Allocations, whole: Allocations) -> bool:
    amounts = [amount for guests in part.values() for amount in guests.values()]
    left = [amount for guests in without(whole, part).values() for amount in guests.values()]
    return all(amount > 0 for amount in amounts) and all(amount >= 0 for amount in left)


def end(bill: Bill, command: EndRefund, by: Actor, now: datetime) -> Decision:
    """A refund that succeeded may still fail later: then the money is owed again."""
    refund = bill.refunds.get(command.refund)
    if refund is None:
        return Refusal("not_found", "There is no such refund.")
    if by.kind != "system":
        return Refusal("forbidden", "Only the provider's own word counts.")
    if command.succeeded:
        return (RefundSucceeded(refund.id),) if refund.status == "started" else ()
    return () if refund.status == "failed" else (_failed(bill, refund),)


def _failed(bill: Bill, refund: Refund) -> RefundFailed:
    """Put back what the lines can take beside payments in flight; a line that nobody is paying takes all of it.

    What was on a line that has moved to another bill meanwhile stays with the payment, as surplus.
    """
    here = {line: guests for line, guests in refund.allocations.items() if line in bill.lines}
    free = {line: guests for line, guests in here.items() if not bill.lines[line].reserved}
    contested = {line: guests for line, guests in here.items() if line not in free}
    settled = {**free, **fitting(bill, contested)}
    return RefundFailed(refund.id, settled, refund.base - total_of(settled))
