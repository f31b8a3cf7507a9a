"""What must be true of a bill after every event (docs/domain.md, "Invariants"), asked of the bill as it stands.

Nothing here decides anything. A bill for which a sentence comes back was written by something else than ``decide``.
"""

from collections.abc import Iterator, Mapping

from app.domain.bill import EMPTY, Bill, Line, is_paid_in_full
from app.domain.copying import replace
from app.domain.events import Allocations, Event, SessionSettled
from app.domain.group import Group
from app.domain.hold import Hold
from app.domain.payment import ALLOWED, Payment, total_of
from app.domain.pricing import MILLION, Charge, Diffusion, Portion
from app.domain.split import dues

__all__ = ["broken", "broken_by"]

Totals = dict[int, Diffusion]


def broken(bill: Bill, seen: Bill = EMPTY) -> list[str]:
    """Name every invariant that does not hold, with the line, guest or payment it is about.

    What ``bill`` shares with ``seen``, an earlier version of it that was looked at, is not looked at again.
    """
    bill = replace(bill, recalled={})  # What is to be proved is worked out from this bill alone.
    has_other_money = bill.lines is not seen.lines or bill.payments is not seen.payments
    found = [what for line in _other_lines(bill, seen) for what in _of_line(bill, line)]
    found += [what for payment in _other_payments(bill, seen) for what in _of_payment(payment)]
    if bill.holds is not seen.holds:
        found += [what for hold in bill.holds.values() for what in _of_hold(bill, hold)]
    if has_other_money:
        found += _of_money(bill)
    if bill.lines is not seen.lines or bill.running is not seen.running:
        found += _of_running(bill)
    if has_other_money or bill.split is not seen.split or bill.guests is not seen.guests:
        found += _of_dues(bill)
    if bill.payments is not seen.payments or bill.groups is not seen.groups:
        found += [what for group in bill.groups.values() for what in _of_group(bill, group)]
    if bill.status == "settled" and not is_paid_in_full(bill):
        found.append("invariant 10: the visit is settled, and not paid in full")
    return found


def _of_group(bill: Bill, group: Group) -> Iterator[str]:
    """Nobody's money is taken before everybody agreed, and a group is done when everybody's was."""
    members = [bill.payments[payment] for payment in group.payments if payment in bill.payments]
    if len(members) < len(group.payments) or any(each.group != group.id for each in members):
        yield f"group {group.id} names payments that are not its own"
    if group.status in ("open", "released") and any(each.capturing for each in members if each.is_open):
        yield f"group {group.id} takes money that not everybody agreed to"
    if group.status == "succeeded" and any(each.status != "succeeded" for each in members):
        yield f"group {group.id} is done, and not all of it is paid"


def broken_by(event: Event, before: Bill, bill: Bill) -> list[str]:
    """Name what the step from ``before`` to ``bill`` breaks, and the bill alone does not show."""
    if isinstance(event.fact, SessionSettled) and not is_paid_in_full(bill):
        return ["invariant 10: the visit is said to be settled, and is not paid in full"]
    # The facts of one append share their time: only a later one tells that an append ended without the word.
    is_later = before.last_at is not None and event.at > before.last_at
    waits = before.status in ("open", "settling") and before.settled_at is None and is_paid_in_full(before)
    return (
        ["invariant 10: the visit was paid in full, and nothing said that it is settled"] if waits and is_later else []
    )


def _other_lines(bill: Bill, seen: Bill) -> Iterator[Line]:
    if bill.lines is not seen.lines:
        yield from (line for line in bill.lines.values() if line is not seen.lines.get(line.id))


def _other_payments(bill: Bill, seen: Bill) -> Iterator[Payment]:
    if bill.payments is not seen.payments:
        yield from (each for each in bill.payments.values() if each is not seen.payments.get(each.id))


# Lines


def _of_line(bill: Bill, line: Line) -> Iterator[str]:
    charge = line.charge
    if min(charge.price, charge.net, charge.tax, charge.service) < 0:
        yield f"invariant 1: line {line.id} has a negative charge"
    if min([0, *line.settled.values(), *line.reserved.values()]) < 0:
        yield f"invariant 1: line {line.id} has negative money in it"
    if not _adds_up(charge, inclusive=bill.tax_inclusive):
        yield f"invariant 1: the parts of what line {line.id} is charged do not add up"
    if line.reserved_total > max(0, line.charged - line.settled_total):
        yield f"invariant 4: more of line {line.id} is reserved than was unpaid"
    yield from _of_rounding(bill, line)


def _adds_up(charge: Charge, *, inclusive: bool) -> bool:
    """Net, tax and service are the price and what its rates say: taxes on top, or inside of price and service."""
    gross = charge.service_portion.amount if charge.service_portion else 0
    taxes = sum(portion.amount for portion in charge.taxes)
    wanted = charge.price + gross + (0 if inclusive else taxes)
    return (charge.charged, charge.tax) == (wanted, taxes) and (inclusive or charge.net == charge.price)


def _of_rounding(bill: Bill, line: Line) -> Iterator[str]:
    for portion in line.charge.taxes:
        if not _is_near(portion, MILLION + portion.ppm if bill.tax_inclusive else MILLION, bill.step):
            yield f"invariant 8: the tax of line {line.id} at {portion.ppm} ppm is a step or more from its exact value"
    service = line.charge.service_portion
    if service is None:
        return
    if service.exact != line.charge.price * service.ppm or not _is_near(service, MILLION, bill.step):
        yield f"invariant 8: the service charge of line {line.id} is a step or more from its exact value"


def _is_near(portion: Portion, over: int, step: int) -> bool:
    return abs(portion.amount * over - portion.exact) < step * over


# Payments


def _of_payment(payment: Payment) -> Iterator[str]:
    if payment.status not in ALLOWED:
        yield f"payment {payment.id} is {payment.status}, which no payment can be"
    if total_of(payment.allocations) != payment.amount or _smallest(payment.allocations) <= 0:
        yield f"invariant 3: the allocations of payment {payment.id} are not its amount"
    booked = (total_of(payment.settled), payment.surplus, payment.refunding, payment.refunded)
    captured = payment.amount if payment.status == "succeeded" else 0
    if sum(booked) != captured or min(*booked, _smallest(payment.settled)) < 0:
        yield f"invariant 3: what was captured of payment {payment.id} is not where it went"
    if min(payment.tip_left, payment.tip_refunding, payment.tip_refunded) < 0 or payment.returned > payment.charge:
        yield f"invariant 3: more goes back of payment {payment.id} than it took"


def _of_hold(bill: Bill, hold: Hold) -> Iterator[str]:
    """Nothing is taken beyond what was authorized, and what is taken is what its payment took."""
    payment = bill.payments.get(hold.id)
    if not 0 <= hold.captured <= hold.amount or (payment is not None and payment.charge > hold.amount):
        yield f"more is taken of hold {hold.id} than was authorized"
    if hold.status == "captured" and payment is not None and payment.charge != hold.captured:
        yield f"hold {hold.id} and its payment do not say the same"


def _smallest(allocations: Allocations) -> int:
    return min((amount for guests in allocations.values() for amount in guests.values()), default=1)


def _of_money(bill: Bill) -> Iterator[str]:
    """The money in the lines is the money of the payments, guest by guest."""
    settled = _together(payment.settled for payment in bill.payments.values())
    reserved = _together(payment.allocations for payment in bill.payments.values() if payment.holds)
    for line in bill.lines.values():
        if line.settled != settled.pop(line.id, {}):
            yield f"invariant 1: what is settled of line {line.id} is not what payments settled"
        if line.reserved != reserved.pop(line.id, {}):
            yield f"invariant 1: what is reserved of line {line.id} is not what payments hold"
    for line_id in settled.keys() | reserved.keys():
        yield f"invariant 1: payments have money in line {line_id}, which is not there"


def _together(several: Iterator[Allocations]) -> Allocations:
    total: Allocations = {}
    for allocations in several:
        for line, guests in allocations.items():
            into = total.setdefault(line, {})
            for guest, amount in guests.items():
                into[guest] = into.get(guest, 0) + amount
    return total


# The bill


def _of_running(bill: Bill) -> Iterator[str]:
    taxes: Totals = {}
    service: Totals = {}
    for line in bill.lines.values():
        for portion in line.charge.taxes:
            _add(taxes, portion)
        if line.charge.service_portion:
            _add(service, line.charge.service_portion)
    if _without_nothing(bill.running.taxes) != _without_nothing(taxes):
        yield "the running totals of taxes are not the sum of the lines"
    if _without_nothing(bill.running.service) != _without_nothing(service):
        yield "the running totals of the service charge are not the sum of the lines"


def _add(totals: Totals, portion: Portion) -> None:
    so_far = totals.get(portion.ppm, Diffusion())
    totals[portion.ppm] = Diffusion(so_far.exact + portion.exact, so_far.assigned + portion.amount)


def _without_nothing(totals: Mapping[int, Diffusion]) -> Totals:
    return {ppm: total for ppm, total in totals.items() if total != Diffusion()}


def _of_dues(bill: Bill) -> Iterator[str]:
    try:
        owed = dues(bill)
    except ValueError as error:
        yield f"invariant 2: what is unpaid cannot be divided: {error}"
        return
    if sum(owed.guests.values()) + owed.open != bill.unpaid:
        yield "invariant 2: dues and open money are not what is unpaid"
    if min([owed.open, *owed.guests.values()]) < 0:
        yield "invariant 2: a due is negative, or the open money is"
