"""Booking facts about lines and what they cost."""

from collections.abc import Iterable
from datetime import datetime

from app.domain import events as ev
from app.domain.bill import Bill, Line, Order
from app.domain.booking import Bookings
from app.domain.copying import replace
from app.domain.pricing import enter, leave


def _placed(ordered: ev.OrderedLine, order: str, by: str | None, at: datetime, status: ev.LineStatus) -> Line:
    return Line(
        id=ordered.id,
        n=ordered.n,
        order=order,
        ordered_by=by,
        menu_item_id=ordered.menu_item_id,
        name=ordered.name,
        quantity=ordered.quantity,
        unit_price=ordered.unit_price,
        modifiers=ordered.modifiers,
        tax_ppm=ordered.tax_ppm,
        station=ordered.station,
        note=ordered.note,
        at=at,
        status=status,
        adjustments=ordered.adjustments,
        charge=ordered.charge,
        claims=dict(ordered.claims),
    )


def _with_lines(bill: Bill, order: Order, lines: list[Line]) -> Bill:
    running = bill.running
    for line in lines:
        running = enter(running, line.charge)
    return replace(
        bill,
        orders={**bill.orders, order.id: order},
        lines={**bill.lines, **{line.id: line for line in lines}},
        lines_placed=max([bill.lines_placed, *(line.n for line in lines)]),
        running=running,
    )


def _order_placed(bill: Bill, fact: ev.OrderPlaced, event: ev.Event) -> Bill:
    lines = [_placed(line, fact.order, fact.guest, event.at, "placed") for line in fact.lines]
    return _with_lines(bill, Order(fact.order, fact.guest, event.at, tuple(line.id for line in lines)), lines)


def _lines_moved_in(bill: Bill, fact: ev.LinesMovedIn, event: ev.Event) -> Bill:
    lines = [_placed(moved.line, fact.order, moved.ordered_by, event.at, moved.status) for moved in fact.lines]
    return _with_lines(bill, Order(fact.order, None, event.at, tuple(line.id for line in lines)), lines)


def _lines_moved_out(bill: Bill, fact: ev.LinesMovedOut, _: ev.Event) -> Bill:
    running = bill.running
    for line in fact.lines:
        running = leave(running, bill.lines[line].charge)
    lines = {line.id: line for line in bill.lines.values() if line.id not in fact.lines}
    orders = {
        order.id: replace(order, lines=tuple(line for line in order.lines if line in lines))
        for order in bill.orders.values()
    }
    return replace(bill, lines=lines, orders=orders, running=running)


def _line_status_changed(bill: Bill, fact: ev.LineStatusChanged, _: ev.Event) -> Bill:
    changed = {line: replace(bill.lines[line], status=fact.status) for line in fact.lines}
    return replace(bill, lines={**bill.lines, **changed})


def _recharged(bill: Bill, changes: Iterable[ev.Recharged]) -> Bill:
    """Every changed line leaves the running totals with its old charge and enters them with the new one."""
    lines, running = dict(bill.lines), bill.running
    for change in changes:
        line = lines[change.line]
        running = enter(leave(running, line.charge), change.charge)
        lines[change.line] = replace(line, adjustments=change.adjustments, charge=change.charge)
    return replace(bill, lines=lines, running=running)


def _line_adjusted(bill: Bill, fact: ev.LineAdjusted, _: ev.Event) -> Bill:
    adjustments = (*bill.lines[fact.line].adjustments, fact.adjustment)
    return _recharged(bill, [ev.Recharged(fact.line, adjustments, fact.charge)])


def _discount_applied(bill: Bill, fact: ev.DiscountApplied, _: ev.Event) -> Bill:
    return replace(_recharged(bill, fact.lines), discounts={**bill.discounts, fact.discount.id: fact.discount})


def _discount_removed(bill: Bill, fact: ev.DiscountRemoved, _: ev.Event) -> Bill:
    left = {discount: each for discount, each in bill.discounts.items() if discount != fact.discount}
    return replace(_recharged(bill, fact.lines), discounts=left)


def _service_charge_changed(bill: Bill, fact: ev.ServiceChargeChanged, _: ev.Event) -> Bill:
    after = _recharged(bill, fact.lines)
    return replace(after, service_ppm=fact.ppm, service_from_covers=fact.from_covers, service_applies=fact.applies)


BOOKINGS: Bookings = {
    ev.OrderPlaced: _order_placed,
    ev.LinesMovedIn: _lines_moved_in,
    ev.LinesMovedOut: _lines_moved_out,
    ev.LineStatusChanged: _line_status_changed,
    ev.LineAdjusted: _line_adjusted,
    ev.DiscountApplied: _discount_applied,
    ev.DiscountRemoved: _discount_removed,
    ev.ServiceChargeChanged: _service_charge_changed,
}
