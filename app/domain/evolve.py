"""Folding a bill from its events.

``evolve`` only books what a fact says; every rule has been applied before, by ``decide``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain import events as ev
from app.domain.bill import EMPTY, Bill, Guest, Hold, Line, Order, Request, SessionStatus, Split, is_paid_in_full
from app.domain.payment import ALLOWED, Payment, Refund, Status, merged, total_of, without
from app.domain.pricing import enter, leave

__all__ = ["evolve", "fold"]


def fold(events: Iterable[ev.Event], bill: Bill = EMPTY) -> Bill:
    """All events onto a bill, in their order."""
    for event in events:
        bill = evolve(bill, event)
    return bill


def evolve(bill: Bill, event: ev.Event) -> Bill:
    """The bill after one more event. Raises ValueError where the event is not the next one of its stream."""
    if event.seq != bill.version + 1:
        message = f"event {event.seq} does not follow version {bill.version}"
        raise ValueError(message)
    after = _BOOKINGS[type(event.fact)](bill, event.fact, event)
    return replace(after, version=event.seq, last_at=event.at, status=_status(after))


def _status(bill: Bill) -> SessionStatus:
    """Open until a payment is open or has settled, settling until paid in full; the rest is said by facts."""
    if bill.status == "settled" and is_paid_in_full(bill):
        return "settled"
    if bill.status not in ("open", "settling", "settled"):
        return bill.status
    touched = any(payment.is_open or payment.settled for payment in bill.payments.values())
    return "settling" if touched else "open"


# One function per fact. Each takes the bill, the fact and its event, and returns the next bill.


def _session_opened(_: Bill, fact: ev.SessionOpened, event: ev.Event) -> Bill:
    return Bill(
        status="open",
        session=fact.session,
        table_id=fact.table_id,
        table_label=fact.table_label,
        restaurant_id=fact.restaurant_id,
        restaurant_name=fact.restaurant_name,
        currency=fact.currency,
        tax_inclusive=fact.tax_inclusive,
        service_ppm=fact.service_ppm,
        service_tax_ppm=fact.service_tax_ppm,
        service_from_covers=fact.service_from_covers,
        service_applies=fact.service_ppm > 0 and (fact.covers or 0) >= fact.service_from_covers,
        covers_set=fact.covers,
        opened_at=event.at,
    )


def _session_moved(bill: Bill, fact: ev.SessionMoved, _: ev.Event) -> Bill:
    return replace(bill, table_id=fact.table_id, table_label=fact.table_label)


def _covers_changed(bill: Bill, fact: ev.CoversChanged, _: ev.Event) -> Bill:
    return replace(bill, covers_set=fact.covers)


def _guest_joined(bill: Bill, fact: ev.GuestJoined, _: ev.Event) -> Bill:
    guest = Guest(fact.guest, fact.color, fact.companion_of)
    return replace(bill, guests={**bill.guests, fact.guest: guest})


def _guest_renamed(bill: Bill, _: ev.GuestRenamed, __: ev.Event) -> Bill:
    return bill


def _guest_left(bill: Bill, fact: ev.GuestLeft, _: ev.Event) -> Bill:
    return replace(bill, guests={**bill.guests, fact.guest: replace(bill.guests[fact.guest], left=True)})


def _guest_removed(bill: Bill, fact: ev.GuestRemoved, _: ev.Event) -> Bill:
    return replace(bill, guests={**bill.guests, fact.guest: replace(bill.guests[fact.guest], removed=True)})


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


def _claims_changed(bill: Bill, fact: ev.ClaimsChanged, _: ev.Event) -> Bill:
    line = bill.lines[fact.line]
    claims = {guest: parts for guest, parts in line.claims.items() if guest != fact.guest}
    if fact.parts:
        claims[fact.guest] = fact.parts
    changed = replace(line, claims=claims, open_parts=fact.open_parts)
    return replace(bill, lines={**bill.lines, line.id: changed})


def _split_changed(bill: Bill, fact: ev.SplitChanged, _: ev.Event) -> Bill:
    split = Split(fact.mode, fact.shares, dict(fact.parts), bill.split.round + 1)
    return replace(bill, split=split)


def _parts_changed(bill: Bill, fact: ev.PartsChanged, _: ev.Event) -> Bill:
    parts = {guest: each for guest, each in bill.split.parts.items() if guest != fact.guest}
    if fact.parts:
        parts[fact.guest] = fact.parts
    return replace(bill, split=replace(bill.split, parts=parts, shares=fact.shares))


def _payment_started(bill: Bill, fact: ev.PaymentStarted, event: ev.Event) -> Bill:
    payment = Payment(
        id=fact.payment,
        guest=fact.guest,
        method=fact.method,
        amount=fact.amount,
        tip=fact.tip,
        rounding=fact.rounding,
        allocations=fact.allocations,
        consumes=fact.consumes,
        round=bill.split.round,
        at=event.at,
        status="initiated" if fact.method == "card" else "awaiting",
        expires_at=fact.expires_at,
    )
    return _with_payment(_reserve(bill, fact.allocations, 1), payment)


def _with_payment(bill: Bill, payment: Payment) -> Bill:
    return replace(bill, payments={**bill.payments, payment.id: payment})


def _to(payment: Payment, status: Status) -> Payment:
    """One step along the table of allowed transitions. Raises ValueError for any other."""
    if status != payment.status and status not in ALLOWED[payment.status]:
        message = f"payment {payment.id}: {status} may not follow {payment.status}"
        raise ValueError(message)
    return replace(payment, status=status)


def _book(amounts: Mapping[str, int], more: Mapping[str, int], sign: int) -> dict[str, int]:
    booked = dict(amounts)
    for guest, amount in more.items():
        booked[guest] = booked.get(guest, 0) + sign * amount
    return {guest: amount for guest, amount in booked.items() if amount}


def _reserve(bill: Bill, allocations: ev.Allocations, sign: int) -> Bill:
    changed = {
        line: replace(bill.lines[line], reserved=_book(bill.lines[line].reserved, guests, sign))
        for line, guests in allocations.items()
    }
    return replace(bill, lines={**bill.lines, **changed})


def _settle(bill: Bill, allocations: ev.Allocations, sign: int) -> Bill:
    changed = {
        line: replace(bill.lines[line], settled=_book(bill.lines[line].settled, guests, sign))
        for line, guests in allocations.items()
    }
    return replace(bill, lines={**bill.lines, **changed})


def _freed(bill: Bill, payment: Payment) -> Bill:
    """Give back what the payment holds, if it still holds it."""
    return _reserve(bill, payment.allocations, -1) if payment.holds else bill


def _payment_awaiting(bill: Bill, fact: ev.PaymentAwaiting, _: ev.Event) -> Bill:
    payment = _to(bill.payments[fact.payment], "awaiting")
    return _with_payment(bill, replace(payment, action=fact.action))


def _payment_processing(bill: Bill, fact: ev.PaymentProcessing, _: ev.Event) -> Bill:
    return _with_payment(bill, replace(_to(bill.payments[fact.payment], "processing"), action=False))


def _payment_authorized(bill: Bill, fact: ev.PaymentAuthorized, _: ev.Event) -> Bill:
    return _with_payment(bill, replace(_to(bill.payments[fact.payment], "authorized"), action=False))


def _payment_extended(bill: Bill, fact: ev.PaymentExtended, _: ev.Event) -> Bill:
    return _with_payment(bill, replace(bill.payments[fact.payment], expires_at=fact.expires_at))


def _payment_declined(bill: Bill, fact: ev.PaymentDeclined, event: ev.Event) -> Bill:
    payment = _to(bill.payments[fact.payment], "awaiting")
    heard_at = (*payment.declined_at, event.at)
    declined = replace(payment, decline=fact.code, attempt=fact.attempt, declined_at=heard_at, action=False)
    return _with_payment(bill, declined)


def _payment_expiring(bill: Bill, fact: ev.PaymentExpiring, _: ev.Event) -> Bill:
    return _with_payment(bill, replace(bill.payments[fact.payment], expiring=fact.reason))


def _payment_released(bill: Bill, fact: ev.PaymentReleased, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    return _with_payment(_freed(bill, payment), replace(payment, released=True))


def _payment_canceled(bill: Bill, fact: ev.PaymentCanceled, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    return _with_payment(_freed(bill, payment), _to(payment, "canceled"))


def _payment_refused(bill: Bill, fact: ev.PaymentRefused, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    return _with_payment(_freed(bill, payment), replace(_to(payment, "refused"), decline=fact.code))


def _payment_succeeded(bill: Bill, fact: ev.PaymentSucceeded, event: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    paid = replace(
        _to(payment, "succeeded"),
        settled=fact.settled,
        surplus=fact.surplus,
        succeeded_at=event.at,
        action=False,
        expiring="",
    )
    return _with_payment(_settle(_freed(bill, payment), fact.settled, 1), paid)


def _surplus_applied(bill: Bill, fact: ev.SurplusApplied, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    applied = replace(
        payment, settled=merged(payment.settled, fact.settled), surplus=payment.surplus - total_of(fact.settled)
    )
    return _with_payment(_settle(bill, fact.settled, 1), applied)


def _refund_started(bill: Bill, fact: ev.RefundStarted, _: ev.Event) -> Bill:
    refund = Refund(fact.refund, fact.payment, fact.allocations, fact.surplus, fact.tip, fact.cause)
    payment = bill.payments[fact.payment]
    paid = replace(
        payment,
        settled=without(payment.settled, fact.allocations),
        surplus=payment.surplus - fact.surplus,
        refunding=payment.refunding + refund.base,
    )
    after = _with_payment(_settle(bill, fact.allocations, -1), paid)
    return replace(after, refunds={**bill.refunds, refund.id: refund})


def _refund_succeeded(bill: Bill, fact: ev.RefundSucceeded, _: ev.Event) -> Bill:
    refund = bill.refunds[fact.refund]
    payment = bill.payments[refund.payment]
    paid = replace(
        payment,
        refunding=payment.refunding - refund.base,
        refunded=payment.refunded + refund.base,
        tip_refunded=payment.tip_refunded + refund.tip,
    )
    after = _with_payment(bill, paid)
    return replace(after, refunds={**bill.refunds, refund.id: replace(refund, status="succeeded")})


def _refund_failed(bill: Bill, fact: ev.RefundFailed, _: ev.Event) -> Bill:
    refund = bill.refunds[fact.refund]
    payment = bill.payments[refund.payment]
    came_back = refund.status == "succeeded"
    paid = replace(
        payment,
        settled=merged(payment.settled, fact.settled),
        surplus=payment.surplus + fact.surplus,
        refunding=payment.refunding - (0 if came_back else refund.base),
        refunded=payment.refunded - (refund.base if came_back else 0),
        tip_refunded=payment.tip_refunded - (refund.tip if came_back else 0),
    )
    after = _with_payment(_settle(bill, fact.settled, 1), paid)
    return replace(after, refunds={**bill.refunds, refund.id: replace(refund, status="failed")})


def _dispute_opened(bill: Bill, fact: ev.DisputeOpened, _: ev.Event) -> Bill:
    after = _with_payment(bill, replace(bill.payments[fact.payment], disputed=True))
    return replace(after, disputes={**bill.disputes, fact.dispute: "open"})


def _dispute_closed(bill: Bill, fact: ev.DisputeClosed, _: ev.Event) -> Bill:
    after = _with_payment(bill, replace(bill.payments[fact.payment], disputed=False))
    return replace(after, disputes={**bill.disputes, fact.dispute: fact.outcome})


def _hold_placed(bill: Bill, fact: ev.HoldPlaced, _: ev.Event) -> Bill:
    return replace(bill, holds={**bill.holds, fact.hold: Hold(fact.hold, fact.guest, fact.amount)})


def _hold_captured(bill: Bill, fact: ev.HoldCaptured, _: ev.Event) -> Bill:
    captured = replace(bill.holds[fact.hold], status="captured", amount=fact.amount)
    return replace(bill, holds={**bill.holds, fact.hold: captured})


def _hold_released(bill: Bill, fact: ev.HoldReleased, _: ev.Event) -> Bill:
    return replace(bill, holds={**bill.holds, fact.hold: replace(bill.holds[fact.hold], status="released")})


def _request_made(bill: Bill, fact: ev.RequestMade, event: ev.Event) -> Bill:
    request = Request(fact.request, fact.what, fact.guest, event.at)
    return replace(bill, requests={**bill.requests, fact.request: request})


def _request_claimed(bill: Bill, fact: ev.RequestClaimed, _: ev.Event) -> Bill:
    claimed = replace(bill.requests[fact.request], claimed_by=fact.staff)
    return replace(bill, requests={**bill.requests, fact.request: claimed})


def _request_answered(bill: Bill, fact: ev.RequestAnswered, _: ev.Event) -> Bill:
    left = {request: each for request, each in bill.requests.items() if request != fact.request}
    return replace(bill, requests=left)


def _session_settled(bill: Bill, _: ev.SessionSettled, event: ev.Event) -> Bill:
    return replace(bill, status="settled", settled_at=event.at)


def _session_reopened(bill: Bill, _: ev.SessionReopened, __: ev.Event) -> Bill:
    return replace(bill, status="settling")


def _session_merged(bill: Bill, fact: ev.SessionMerged, _: ev.Event) -> Bill:
    return replace(bill, merged_into=fact.into)


def _session_closed(bill: Bill, _: ev.SessionClosed, __: ev.Event) -> Bill:
    return replace(bill, status="closed", requests={})


def _session_abandoned(bill: Bill, _: ev.SessionAbandoned, __: ev.Event) -> Bill:
    return replace(bill, status="abandoned", requests={})


_BOOKINGS: Mapping[type[ev.Fact], Callable[[Bill, Any, ev.Event], Bill]] = {
    ev.SessionOpened: _session_opened,
    ev.SessionMoved: _session_moved,
    ev.CoversChanged: _covers_changed,
    ev.GuestJoined: _guest_joined,
    ev.GuestRenamed: _guest_renamed,
    ev.GuestLeft: _guest_left,
    ev.GuestRemoved: _guest_removed,
    ev.OrderPlaced: _order_placed,
    ev.LineStatusChanged: _line_status_changed,
    ev.LineAdjusted: _line_adjusted,
    ev.DiscountApplied: _discount_applied,
    ev.DiscountRemoved: _discount_removed,
    ev.ServiceChargeChanged: _service_charge_changed,
    ev.LinesMovedOut: _lines_moved_out,
    ev.LinesMovedIn: _lines_moved_in,
    ev.ClaimsChanged: _claims_changed,
    ev.SplitChanged: _split_changed,
    ev.PartsChanged: _parts_changed,
    ev.PaymentStarted: _payment_started,
    ev.PaymentAwaiting: _payment_awaiting,
    ev.PaymentProcessing: _payment_processing,
    ev.PaymentAuthorized: _payment_authorized,
    ev.PaymentExtended: _payment_extended,
    ev.PaymentDeclined: _payment_declined,
    ev.PaymentExpiring: _payment_expiring,
    ev.PaymentReleased: _payment_released,
    ev.PaymentCanceled: _payment_canceled,
    ev.PaymentRefused: _payment_refused,
    ev.PaymentSucceeded: _payment_succeeded,
    ev.SurplusApplied: _surplus_applied,
    ev.RefundStarted: _refund_started,
    ev.RefundSucceeded: _refund_succeeded,
    ev.RefundFailed: _refund_failed,
    ev.DisputeOpened: _dispute_opened,
    ev.DisputeClosed: _dispute_closed,
    ev.HoldPlaced: _hold_placed,
    ev.HoldCaptured: _hold_captured,
    ev.HoldReleased: _hold_released,
    ev.RequestMade: _request_made,
    ev.RequestClaimed: _request_claimed,
    ev.RequestAnswered: _request_answered,
    ev.SessionSettled: _session_settled,
    ev.SessionReopened: _session_reopened,
    ev.SessionMerged: _session_merged,
    ev.SessionClosed: _session_closed,
    ev.SessionAbandoned: _session_abandoned,
}
