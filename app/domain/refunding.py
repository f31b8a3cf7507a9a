"""Money on its way back: deciding about refunds, and whose money it is (domain.md, "Refunds name allocations")."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.bill import Bill, Line
from app.domain.commands import Actor, EndRefund, StartRefund
from app.domain.deciding import Decision, is_staff
from app.domain.events import OPEN, Allocations, RefundFailed, RefundStarted, RefundSucceeded
from app.domain.money import allocate, cash_rounding
from app.domain.payment import Payment, Refund, total_of, without
from app.domain.quoting import fitting
from app.domain.refusals import Refusal

__all__ = ["Share", "credits_of", "end", "part_of", "spread", "start"]


def start(bill: Bill, command: StartRefund, by: Actor, now: datetime) -> Decision:
    """Planned amounts count at once: nothing can be sent back twice.

    What was not paid by card is handed back by the one who starts this, so it is back at once.
    """
    payment = bill.payments.get(command.payment)
    if refusal := _may_start(bill, command, by, payment):
        return refusal
    if command.refund in bill.refunds or payment is None:
        return ()
    started = RefundStarted(
        refund=command.refund,
        payment=command.payment,
        allocations=command.allocations,
        surplus=command.surplus,
        tip=command.tip,
        cause=command.cause,
        rounding=_rounding(bill, payment, command),
        reason=command.reason,
    )
    return (started,) if payment.method == "card" else (started, RefundSucceeded(command.refund))


def _may_start(bill: Bill, command: StartRefund, by: Actor, payment: Payment | None) -> Refusal | None:
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may send money back.")
    if payment is None:
        return Refusal("not_found", "There is no such payment.")
    if command.refund in bill.refunds:
        return None
    if payment.disputed and command.cause not in ("provider", "dispute"):
        return Refusal("payment_disputed", "The payer's bank has asked for this money already.")
    if payment.status != "succeeded" or not _has(payment, command):
        return Refusal("amount_changed", "This is more than what the payment has left to send back.")
    if not (command.allocations or command.surplus or command.tip):
        return Refusal("invalid", "Name what is sent back.")
    return None


def _has(payment: Payment, command: StartRefund) -> bool:
    return (
        _within(command.allocations, payment.settled)
        and 0 <= command.surplus <= payment.surplus
        and 0 <= command.tip <= payment.tip_left
    )


def _rounding(bill: Bill, payment: Payment, command: StartRefund) -> int:
    """Coins pay back what coins can; all parts together are what was taken, and never more."""
    if payment.method != "cash":
        return 0
    amount = total_of(command.allocations) + command.surplus + command.tip
    left = payment.charge - payment.returned
    if amount == total_of(payment.settled) + payment.surplus + payment.tip_left:
        return left - amount
    return min(amount + cash_rounding(amount, bill.money.cash_step), left) - amount


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


# Whose money goes back


@dataclass(frozen=True, slots=True)
class Share:
    """What one payment gives back: allocations of its lines, a part of its surplus and of its tip."""

    payment: str
    allocations: Allocations
    surplus: int = 0
    tip: int = 0

    @property
    def base(self) -> int:
        """The whole of it without the tip."""
        return total_of(self.allocations) + self.surplus


def credits_of(bill: Bill) -> list[Share]:
    """The credits of all lines by the payments that settled them, in proportion to what each settled there."""
    shares: dict[str, Allocations] = {}
    for line in sorted(bill.lines.values(), key=lambda line: line.n):
        if line.unpaid < 0:
            for payment, guests in _credit_of(bill, line):
                shares.setdefault(payment.id, {})[line.id] = guests
    return [Share(payment, shares[payment]) for payment in bill.payments if payment in shares]


def _credit_of(bill: Bill, line: Line) -> Iterator[tuple[Payment, dict[str, int]]]:
    payers = [payment for payment in bill.payments.values() if line.id in payment.settled]
    settled = [sum(payment.settled[line.id].values()) for payment in payers]
    amounts, _ = allocate(-line.unpaid, settled, step=bill.step)
    for payment, amount in zip(payers, amounts, strict=True):
        places = _places(bill, {line.id: payment.settled[line.id]})
        parts, _ = allocate(amount, [held for _, _, held in places], step=bill.step)
        if amount:
            yield payment, {guest: part for (_, guest, _), part in zip(places, parts, strict=True) if part}


def spread(bill: Bill, amount: int) -> list[Share] | Refusal:
    """A sum off a whole split: over the payments by what each has captured, capped by what it has left to give back."""
    payments = [each for each in bill.payments.values() if each.status == "succeeded" and not each.disputed]
    left = [total_of(payment.settled) + payment.surplus for payment in payments]
    if amount <= 0 or amount % bill.step:
        return Refusal("invalid", f"An amount is above 0 and in whole steps of {bill.step}.", {"step": bill.step})
    if amount > sum(left):
        return Refusal("amount_changed", "This is more than what is left to send back.", {"amount": sum(left)})
    parts, _ = allocate(amount, [payment.amount - payment.refunded for payment in payments], step=bill.step)
    capped = _capped(parts, left)
    return [part_of(bill, payment, part) for payment, part in zip(payments, capped, strict=True) if part]


def _capped(parts: list[int], left: list[int]) -> list[int]:
    """No payment gives back more than it has left; the rest goes to the next ones that have."""
    capped = [min(part, most) for part, most in zip(parts, left, strict=True)]
    rest = sum(parts) - sum(capped)
    for index, most in enumerate(left):
        more = min(rest, most - capped[index])
        capped[index] += more
        rest -= more
    return capped


def part_of(bill: Bill, payment: Payment, amount: int) -> Share:
    """One payment's part over its allocations, and over a surplus, in proportion to them."""
    places = _places(bill, payment.settled)
    parts, surplus = allocate(amount, [held for _, _, held in places], step=bill.step, open_weight=payment.surplus)
    allocations: Allocations = {}
    for (line, guest, _), part in zip(places, parts, strict=True):
        if part:
            allocations.setdefault(line, {})[guest] = part
    return Share(payment.id, allocations, surplus)


def _places(bill: Bill, allocations: Allocations) -> list[tuple[str, str, int]]:
    """Line, guest and amount, by line number and joining order: the order of ties."""
    guests = (*bill.guests, OPEN)
    return [
        (line, guest, allocations[line][guest])
        for line in sorted(allocations, key=lambda line: bill.lines[line].n)
        for guest in guests
        if allocations[line].get(guest)
    ]
