"""Booking facts about refunds and disputes."""

from dataclasses import replace

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.booking import Bookings
from app.domain.booking.amounts import settle, with_payment
from app.domain.payment import Refund, merged, without


def _refund_started(bill: Bill, fact: ev.RefundStarted, _: ev.Event) -> Bill:
    refund = Refund(fact.refund, fact.payment, fact.allocations, fact.surplus, fact.tip, fact.cause)
    payment = bill.payments[fact.payment]
    paid = replace(
        payment,
        settled=without(payment.settled, fact.allocations),
        surplus=payment.surplus - fact.surplus,
        refunding=payment.refunding + refund.base,
    )
    after = with_payment(settle(bill, fact.allocations, -1), paid)
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
    after = with_payment(bill, paid)
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
    after = with_payment(settle(bill, fact.settled, 1), paid)
    return replace(after, refunds={**bill.refunds, refund.id: replace(refund, status="failed")})


def _dispute_opened(bill: Bill, fact: ev.DisputeOpened, _: ev.Event) -> Bill:
    after = with_payment(bill, replace(bill.payments[fact.payment], disputed=True))
    return replace(after, disputes={**bill.disputes, fact.dispute: "open"})


def _dispute_closed(bill: Bill, fact: ev.DisputeClosed, _: ev.Event) -> Bill:
    after = with_payment(bill, replace(bill.payments[fact.payment], disputed=False))
    return replace(after, disputes={**bill.disputes, fact.dispute: fact.outcome})


BOOKINGS: Bookings = {
    ev.RefundStarted: _refund_started,
    ev.RefundSucceeded: _refund_succeeded,
    ev.RefundFailed: _refund_failed,
    ev.DisputeOpened: _dispute_opened,
    ev.DisputeClosed: _dispute_closed,
}
