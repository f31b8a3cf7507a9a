"""Deciding what lines cost: orders, adjustments, bill-wide discounts and the service charge (domain.md, "Prices")."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal

from app.domain.bill import Bill, Line
from app.domain.commands import (
    Actor,
    CompLine,
    DiscountLine,
    PlaceOrder,
    RemoveDiscount,
    SetCovers,
    SetDiscount,
    SetLineStatus,
    SetServiceCharge,
    VoidLine,
    WantedLine,
)
from app.domain.copying import replace
from app.domain.deciding import Decision, acts_for, after, held_line, is_staff, unless_over
from app.domain.events import (
    CoversChanged,
    Discount,
    DiscountApplied,
    DiscountRemoved,
    Fact,
    LineAdjusted,
    LineStatusChanged,
    OrderedLine,
    OrderPlaced,
    Recharged,
    ServiceChargeChanged,
    VouchersOrdered,
)
from app.domain.money import allocate
from app.domain.pricing import MILLION, Adjustment, Running, ServiceRule, adjusted_price, charge, enter, leave
from app.domain.refusals import Refusal

__all__ = [
    "LINES_MAX",
    "QUANTITY_MAX",
    "adjust_line",
    "place_order",
    "remove_discount",
    "service_follows_covers",
    "set_covers",
    "set_discount",
    "set_line_status",
    "set_service_charge",
]

QUANTITY_MAX = 99
LINES_MAX = 500
PRICE_MAX = 1_000_000_000

_Priced = tuple[Line, tuple[Adjustment, ...]]


def _recharge(
    bill: Bill, lines: Iterable[_Priced], service: Callable[[Line], ServiceRule | None]
) -> tuple[Recharged, ...]:
    """Price these lines again: all leave the running totals, then enter them afresh in line order."""
    priced = sorted(lines, key=lambda each: each[0].n)
    running = bill.running
    for line, _ in priced:
        running = leave(running, line.charge)
    changed = []
    for line, adjustments in priced:
        change, running = _charged(bill, line, adjustments, service(line), running)
        changed.append(change)
    return tuple(changed)


def _charged(
    bill: Bill, line: Line, adjustments: tuple[Adjustment, ...], service: ServiceRule | None, running: Running
) -> tuple[Recharged, Running]:
    price = adjusted_price(line.base_price, adjustments, bill.step)
    cost = charge(
        price,
        tax_ppm=line.tax_ppm,
        service=service,
        inclusive=bill.tax_inclusive,
        step=bill.step,
        running=running,
    )
    return Recharged(line.id, adjustments, cost), enter(running, cost)


def _recharge_each(bill: Bill, lines: Iterable[_Priced]) -> tuple[Recharged, ...]:
    """Price these lines again; the service charge that a line was given stays while only its price changes."""
    return _recharge(bill, lines, lambda line: _service_of(bill, line))


def _service_of(bill: Bill, line: Line) -> ServiceRule | None:
    portion = line.charge.service_portion
    return ServiceRule(portion.ppm, bill.service_tax_ppm) if portion else None


def _below_held(bill: Bill, changes: Iterable[Recharged]) -> Refusal | None:
    """No adjustment takes a line below what is settled and reserved of it while a payment of it is in flight."""
    for change in changes:
        line = bill.lines[change.line]
        if line.reserved_total and change.charge.charged < line.settled_total + line.reserved_total:
            return held_line(bill, line)
    return None


# Orders


def place_order(bill: Bill, command: PlaceOrder, by: Actor, now: datetime) -> Decision:
    """Price the wanted lines one after another and claim them for whoever ordered."""
    if refusal := unless_over(bill) or _bad_order(bill, command, by):
        return refusal
    running, lines = bill.running, []
    standing = _standing_adjustments(bill)
    for offset, wanted in enumerate(command.lines, start=1):
        off = standing if wanted.grants is None else ()
        ordered = _ordered(bill, wanted, command.guest, bill.lines_placed + offset, off, running)
        running = enter(running, ordered.charge)
        lines.append(ordered)
    placed = OrderPlaced(command.order, command.guest, tuple(lines))
    grants = {wanted.id: wanted.grants for wanted in command.lines if wanted.grants is not None}
    return (placed, VouchersOrdered(grants)) if grants else (placed,)


def _bad_order(bill: Bill, command: PlaceOrder, by: Actor) -> Refusal | None:
    if command.guest is not None:
        if command.guest not in bill.guests or not bill.guests[command.guest].present:
            return Refusal("not_found", "There is no such guest at this table.")
        if not acts_for(bill, by, command.guest):
            return Refusal("forbidden", "You may order for yourself.")
    elif not is_staff(by):
        return Refusal("forbidden", "Only staff may enter lines.")
    if not command.lines:
        return Refusal("invalid", "An order has at least one line.")
    if len(bill.lines) + len(command.lines) > LINES_MAX:
        return Refusal("invalid", f"A bill has at most {LINES_MAX} lines.", {"max": LINES_MAX})
    return next((refusal for line in command.lines if (refusal := _bad_line(bill, line))), None)


def _bad_line(bill: Bill, wanted: WantedLine) -> Refusal | None:
    if not 1 <= wanted.quantity <= QUANTITY_MAX:
        return Refusal("invalid", f"A quantity is 1 to {QUANTITY_MAX}.", {"max": QUANTITY_MAX})
    prices = (wanted.unit_price, *(modifier.price for modifier in wanted.modifiers))
    if any(price % bill.step for price in prices):
        return Refusal("invalid", f"Prices are whole steps of {bill.step}.", {"step": bill.step})
    if not 0 <= sum(prices) <= PRICE_MAX:
        return Refusal("invalid", "This price is out of range.", {"max": PRICE_MAX})
    return None


def _standing_adjustments(bill: Bill) -> tuple[Adjustment, ...]:
    """A bill-wide percent also meets lines ordered later; a bill-wide amount does not."""
    return tuple(_percent_off(discount) for discount in bill.discounts.values() if discount.kind == "percent")


def _percent_off(discount: Discount) -> Adjustment:
    return Adjustment(discount.id, "percent", ppm=discount.ppm, reason=discount.reason, scope="bill")


def _ordered(
    bill: Bill, wanted: WantedLine, guest: str | None, n: int, adjustments: tuple[Adjustment, ...], running: Running
) -> OrderedLine:
    base = wanted.quantity * (wanted.unit_price + sum(modifier.price for modifier in wanted.modifiers))
    cost = charge(
        adjusted_price(base, adjustments, bill.step),
        tax_ppm=wanted.tax_ppm,
        service=bill.service_rule if wanted.grants is None else None,
        inclusive=bill.tax_inclusive,
        step=bill.step,
        running=running,
    )
    return OrderedLine(
        id=wanted.id,
        n=n,
        menu_item_id=wanted.menu_item_id,
        name=wanted.name,
        quantity=wanted.quantity,
        unit_price=wanted.unit_price,
        modifiers=wanted.modifiers,
        tax_ppm=wanted.tax_ppm,
        station=wanted.station,
        note=wanted.note,
        adjustments=adjustments,
        charge=cost,
        claims={guest: 1} if guest else {},
    )


def set_line_status(bill: Bill, command: SetLineStatus, by: Actor, now: datetime) -> Decision:
    """The kitchen or a waiter moves lines on; lines that are there already stay out of the fact."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if not command.lines or any(line not in bill.lines for line in command.lines):
        return Refusal("not_found", "There is no such line on this bill.")
    voided = next((line for line in command.lines if bill.lines[line].voided), None)
    if voided:
        return Refusal("line_voided", f"{bill.lines[voided].name} was taken off the bill.", {"line": voided})
    changed = tuple(line for line in command.lines if bill.lines[line].status != command.status)
    return (LineStatusChanged(changed, command.status),) if changed else ()


# Adjustments of one line


def adjust_line(bill: Bill, command: VoidLine | CompLine | DiscountLine, by: Actor, now: datetime) -> Decision:
    """Void, comp or discount one line."""
    if refusal := unless_over(bill) or _may_adjust(bill, by, command.line):
        return refusal
    line, adjustment = bill.lines[command.line], _adjustment(command)
    if isinstance(adjustment, Refusal):
        return adjustment
    if line.voided or (line.comped and adjustment.kind != "void"):
        return _again(line, adjustment)
    if adjustment.amount % bill.step:
        return Refusal("invalid", f"Amounts are whole steps of {bill.step}.", {"step": bill.step})
    (change,) = _recharge_each(bill, [(line, (*line.adjustments, adjustment))])
    return _below_held(bill, [change]) or (LineAdjusted(line.id, adjustment, change.charge),)


def _may_adjust(bill: Bill, by: Actor, line: str) -> Refusal | None:
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if line not in bill.lines:
        return Refusal("not_found", "There is no such line on this bill.")
    return None


def _adjustment(command: VoidLine | CompLine | DiscountLine) -> Adjustment | Refusal:
    match command:
        case VoidLine():
            return Adjustment(command.adjustment, "void", reason=command.reason)
        case CompLine():
            return Adjustment(command.adjustment, "comp", reason=command.reason)
        case DiscountLine():
            if not _is_one_discount(command.ppm, command.amount):
                return Refusal("invalid", "A discount is a percent up to 100 %, or an amount.")
            kind: Literal["percent", "amount"] = "percent" if command.ppm else "amount"
            return Adjustment(command.adjustment, kind, command.ppm, command.amount, command.reason)


def _is_one_discount(ppm: int, amount: int) -> bool:
    return (ppm == 0) != (amount == 0) and 0 <= ppm <= MILLION and 0 <= amount <= PRICE_MAX


def _again(line: Line, adjustment: Adjustment) -> Decision:
    """A second tap is no error; anything else on a voided or comped line is."""
    if line.voided and adjustment.kind == "void":
        return ()
    if line.comped and adjustment.kind == "comp":
        return ()
    return Refusal("line_voided", f"{line.name} is not charged any more.", {"line": line.id})


# Bill-wide discounts


def set_discount(bill: Bill, command: SetDiscount, by: Actor, now: datetime) -> Decision:
    """Apply a bill-wide discount to every line that is still charged."""
    if refusal := unless_over(bill) or _bad_discount(bill, command, by):
        return refusal
    kind: Literal["percent", "amount"] = "percent" if command.ppm else "amount"
    discount = Discount(command.discount, kind, command.ppm, command.amount, command.scope, command.reason)
    lines = [line for line in bill.lines.values() if not (line.voided or line.comped or line.product)]
    changes = _spread(bill, discount, lines)
    return _below_held(bill, changes) or (DiscountApplied(discount, changes),)


def _bad_discount(bill: Bill, command: SetDiscount, by: Actor) -> Refusal | None:
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if not _is_one_discount(command.ppm, command.amount) or command.amount % bill.step:
        return Refusal("invalid", "A discount is a percent up to 100 %, or an amount in whole steps.")
    return None


def _spread(bill: Bill, discount: Discount, lines: list[Line]) -> tuple[Recharged, ...]:
    """What the discount takes off each line: off its whole price, or (``rest``) off the unpaid part of it."""
    off_rest = discount.scope == "rest" and any(line.settled or line.reserved for line in lines)
    if discount.kind == "percent" and not off_rest:
        return _recharge_each(bill, [(line, (*line.adjustments, _percent_off(discount))) for line in lines])
    bases = [_unpaid_price(line, bill.step) if off_rest else line.charge.price for line in lines]
    amounts = _amounts_off(discount, bases, bill.step)
    priced = [
        (line, (*line.adjustments, _off(discount, line, amount, off_rest=off_rest)))
        for line, amount in zip(lines, amounts, strict=True)
        if amount or (discount.kind == "percent" and _is_untouched(line))
    ]
    return _never_a_credit(bill, priced) if off_rest else _recharge_each(bill, priced)


def _is_untouched(line: Line) -> bool:
    return not (line.settled or line.reserved)


def _unpaid_price(line: Line, step: int) -> int:
    """The part of a line's menu price that is unpaid, rounded down to whole steps."""
    if line.unpaid <= 0:
        return 0
    return line.charge.price * line.unpaid // (line.charged * step) * step


def _amounts_off(discount: Discount, bases: list[int], step: int) -> list[int]:
    if discount.kind == "amount":
        return allocate(min(discount.amount, sum(bases)), bases, step=step)[0]
    over = MILLION * step
    return [(2 * base * discount.ppm + over) // (2 * over) * step for base in bases]


def _off(discount: Discount, line: Line, amount: int, *, off_rest: bool) -> Adjustment:
    if discount.kind == "percent" and off_rest and _is_untouched(line):
        return _percent_off(discount)
    return Adjustment(discount.id, "amount", amount=amount, reason=discount.reason, scope="bill")


def _never_a_credit(bill: Bill, priced: list[_Priced]) -> tuple[Recharged, ...]:
    """Rounding of tax and service may push a line one step below what was paid of it: give such a step back."""
    while True:
        changes = _recharge_each(bill, priced)
        over = {each.line for each in changes if _makes_credit(bill.lines[each.line], each)}
        if not over:
            return changes
        priced = [(line, _one_step_less(adjustments, bill.step) if line.id in over else adjustments)
                  for line, adjustments in priced]  # fmt: skip


def _makes_credit(line: Line, change: Recharged) -> bool:
    held = line.settled_total + line.reserved_total
    return change.charge.charged < min(held, line.charged) and change.adjustments[-1].amount > 0


def _one_step_less(adjustments: tuple[Adjustment, ...], step: int) -> tuple[Adjustment, ...]:
    *others, newest = adjustments
    return (*others, replace(newest, amount=max(0, newest.amount - step)))


def remove_discount(bill: Bill, command: RemoveDiscount, by: Actor, now: datetime) -> Decision:
    """Take a discount back, bill-wide or of one line. Comped and voided lines stay as they are."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if refusal := unless_over(bill):
        return refusal
    lines = [line for line in bill.lines.values() if _has_discount(line, command.discount)]
    if command.discount not in bill.discounts and not lines:
        return Refusal("not_found", "There is no such discount on this bill.")
    priced = [(line, tuple(each for each in line.adjustments if each.id != command.discount)) for line in lines]
    changes = _recharge_each(bill, priced)
    return _below_held(bill, changes) or (DiscountRemoved(command.discount, changes),)


def _has_discount(line: Line, discount: str) -> bool:
    return not (line.voided or line.comped) and any(each.id == discount for each in line.adjustments)


# Service charge and head count


def set_service_charge(bill: Bill, command: SetServiceCharge, by: Actor, now: datetime) -> Decision:
    """Change the rule for new lines and for those with no money in them."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if refusal := unless_over(bill):
        return refusal
    if not 0 <= command.ppm <= MILLION or command.from_covers < 0:
        return Refusal("invalid", "A service charge is 0 to 100 %, from some number of people up.")
    if (command.ppm, command.from_covers) == (bill.service_ppm, bill.service_from_covers):
        return ()
    applies = command.ppm > 0 and bill.covers >= command.from_covers
    return (_service_changed(bill, command.ppm, command.from_covers, applies=applies),)


def _service_changed(bill: Bill, ppm: int, from_covers: int, *, applies: bool) -> ServiceChargeChanged:
    """New lines, and lines with nothing settled or reserved, follow the rule as it is now."""
    rule = ServiceRule(ppm, bill.service_tax_ppm) if applies and ppm else None
    lines = [
        (line, line.adjustments)
        for line in bill.lines.values()
        if _is_untouched(line) and not (line.voided or line.comped or line.product)
    ]
    return ServiceChargeChanged(ppm, from_covers, applies, _recharge(bill, lines, lambda _: rule))


def set_covers(bill: Bill, command: SetCovers, by: Actor, now: datetime) -> Decision:
    """Staff count heads: enough of them start the service charge, too few take it off again."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if refusal := unless_over(bill):
        return refusal
    if not 0 <= command.covers <= QUANTITY_MAX * 10:
        return Refusal("invalid", "This number of people is out of range.")
    if command.covers == bill.covers_set:
        return ()
    facts: tuple[Fact, ...] = (CoversChanged(command.covers),)
    seated = after(bill, facts, now)
    if seated.service_applies and seated.covers < seated.service_from_covers:
        facts += (_service_changed(seated, seated.service_ppm, seated.service_from_covers, applies=False),)
    return facts


def service_follows_covers(bill: Bill) -> ServiceChargeChanged | None:
    """The charge "from N people" begins once N are there."""
    if bill.is_over or bill.service_applies or not bill.service_ppm or bill.covers < bill.service_from_covers:
        return None
    return _service_changed(bill, bill.service_ppm, bill.service_from_covers, applies=True)
