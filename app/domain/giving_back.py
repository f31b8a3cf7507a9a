"""Deciding what is sent back, to whom, and what that does to the bill: the refund a person or a policy asks for."""

from datetime import datetime

from app.domain.bill import Bill
from app.domain.commands import (
    Actor,
    AskRefund,
    Back,
    BackAll,
    BackAmount,
    BackCredit,
    BackLines,
    BackSurplus,
    BackTotal,
    DeclineRefund,
    GiveBack,
    StartRefund,
)
from app.domain.copying import replace
from app.domain.deciding import Decision, after, is_staff
from app.domain.events import Allocations, Fact, LineAdjusted, RefundAsked, RefundDeclined
from app.domain.goodwill import taken_off
from app.domain.payment import Payment, merged, total_of, without
from app.domain.refunding import Share, credits_of, part_of, spread, start
from app.domain.refusals import Refusal

__all__ = ["ask", "decline", "give_back", "shares_of"]


def give_back(bill: Bill, command: GiveBack, by: Actor, now: datetime) -> Decision:
    """One refund for each payment that gives something back; all of them, or none."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may send money back.")
    if command.refunds[0] in bill.refunds:
        return ()
    shares = shares_of(bill, command.payment, command.what, command.tip)
    if isinstance(shares, Refusal):
        return shares
    if len(shares) > len(command.refunds):
        return Refusal("amount_changed", "More payments have come in since you looked.")
    facts: tuple[Fact, ...] = ()
    for refund, share in zip(command.refunds, shares, strict=False):
        given = _given(after(bill, facts, now), command, refund, share, by, now)
        if isinstance(given, Refusal):
            return given
        facts += given
    return facts


def _given(bill: Bill, command: GiveBack, refund: str, share: Share, by: Actor, now: datetime) -> Decision:
    asked = StartRefund(
        refund, share.payment, share.allocations, share.surplus, share.tip, command.cause, command.reason
    )
    started = start(bill, asked, by, now)
    if isinstance(started, Refusal) or command.owed_again:
        return started
    comps = _comps(bill, share.allocations, refund, command.reason)
    if isinstance(comps, Refusal):
        return comps
    # A line that nobody is paying is made cheaper first, so that a settled visit never owes in between.
    first = tuple(comp for comp in comps if not bill.lines[comp.line].reserved)
    return (*first, *started, *(comp for comp in comps if comp not in first))


def _comps(bill: Bill, allocations: Allocations, refund: str, reason: str) -> tuple[LineAdjusted, ...] | Refusal:
    """What of each line goes back beyond its credit is not charged any more."""
    comps = []
    for line in sorted((bill.lines[each] for each in allocations), key=lambda line: line.n):
        beyond = sum(allocations[line.id].values()) - max(0, -line.unpaid)
        if beyond <= 0:
            continue
        comp = taken_off(bill, line, beyond, adjustment=refund, reason=reason)
        if comp is None:
            figures = {"line": line.id, "amount": beyond}
            return Refusal("invalid", f"{line.name} cannot be made cheaper by exactly this amount.", figures)
        comps.append(comp)
    return tuple(comps)


# What is asked for, payment by payment


def shares_of(bill: Bill, payment: str | None, what: Back, tip: int = 0) -> list[Share] | Refusal:
    """What each payment would give back now, or why nothing can."""
    if payment is not None and payment not in bill.payments:
        return Refusal("not_found", "There is no such payment.")
    if payment is None:
        shares = _of_table(bill, what)
    elif bill.payments[payment].status != "succeeded":
        return Refusal("nothing_to_refund", "This payment has taken no money.")
    else:
        shares = _of_payment(bill, bill.payments[payment], what, tip)
    if isinstance(shares, Refusal):
        return shares
    return [share for share in shares if share.base or share.tip] or _nothing(payment)


def _nothing(payment: str | None) -> Refusal:
    whose = {"payment": payment} if payment else {}
    return Refusal("nothing_to_refund", "There is nothing of this to send back.", whose)


def _of_table(bill: Bill, what: Back) -> list[Share] | Refusal:
    match what:
        case BackAmount(amount):
            return spread(bill, amount)
        case BackCredit():
            return [share for share in credits_of(bill) if not bill.payments[share.payment].disputed]
        case _:
            return Refusal("invalid", "Of a whole table, name an amount or its credits.")


def _of_payment(bill: Bill, payment: Payment, what: Back, tip: int) -> list[Share] | Refusal:
    match what:
        case BackAll():
            return [Share(payment.id, payment.settled, payment.surplus, payment.tip_left)]
        case BackAmount(amount):
            return _amount(bill, payment, amount, tip)
        case BackLines(lines):
            return _lines(payment, lines, tip)
        case BackCredit():
            own = [share for share in credits_of(bill) if share.payment == payment.id]
            return [Share(payment.id, share.allocations, 0, tip) for share in own]
        case BackSurplus():
            return [Share(payment.id, {}, payment.surplus, tip or _tip_of_nothing(payment))]
        case BackTotal(total):
            return _total(bill, payment, total)


def _amount(bill: Bill, payment: Payment, amount: int, tip: int) -> list[Share] | Refusal:
    left = total_of(payment.settled) + payment.surplus
    if amount % bill.step or tip % bill.step:
        return Refusal("invalid", f"Amounts are whole steps of {bill.step}.", {"step": bill.step})
    if amount > left:
        return Refusal("amount_changed", "This is more than what is left to send back.", {"amount": left})
    share = part_of(bill, payment, amount)
    return [Share(payment.id, share.allocations, share.surplus, tip)]


def _total(bill: Bill, payment: Payment, total: int) -> list[Share] | Refusal:
    """Its surplus first, then its credits, then the rest of what it settled in proportion, the tip last."""
    left = total_of(payment.settled) + payment.surplus
    if total % bill.step or total > left + payment.tip_left:
        return Refusal("amount_changed", "This is more than what is left to send back.", {"amount": left})
    surplus, base = min(payment.surplus, total), min(total, left)
    credit = next((share.allocations for share in credits_of(bill) if share.payment == payment.id), {})
    owed = min(total_of(credit), base - surplus)
    first = part_of(bill, replace(payment, settled=credit, surplus=0), owed).allocations
    rest = replace(payment, settled=without(payment.settled, first), surplus=0)
    allocations = merged(first, part_of(bill, rest, base - surplus - owed).allocations)
    return [Share(payment.id, allocations, surplus, total - base)]


def _lines(payment: Payment, lines: tuple[str, ...], tip: int) -> list[Share] | Refusal:
    own = {line: payment.settled[line] for line in dict.fromkeys(lines) if line in payment.settled}
    return [Share(payment.id, own, 0, tip)] if own else _nothing(payment.id)


def _tip_of_nothing(payment: Payment) -> int:
    """A payment that could settle nothing has no business keeping its tip."""
    settled = total_of(payment.settled) + payment.refunding + payment.refunded
    return 0 if settled or not payment.surplus else payment.tip_left


# Asking, and being told no


def ask(bill: Bill, command: AskRefund, by: Actor, now: datetime) -> Decision:
    """Written down for whoever decides, and for the books: nothing moves, and nothing is held back for it."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may ask for a refund.")
    shares = shares_of(bill, command.payment, command.what, command.tip)
    if isinstance(shares, Refusal):
        return shares
    amount, tip = sum(share.base for share in shares), sum(share.tip for share in shares)
    return (RefundAsked(command.refund, command.payment or "", amount, tip, command.reason),)


def decline(bill: Bill, command: DeclineRefund, by: Actor, now: datetime) -> Decision:
    """Written down as well."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may decide about a refund.")
    return (RefundDeclined(command.refund, command.reason),)
