"""Booking facts about refunds and disputes."""

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.booking import Bookings
from app.domain.booking.amounts import settle, with_payment
from app.domain.copying import replace
from app.domain.payment import Dispute, Refund, merged, without


def _nothing_moves(bill: Bill, _fact: ev.RefundAsked | ev.RefundDeclined, _: ev.Event) -> Bill:
    return bill


def _refund_started(bill: Bill, fact: ev.RefundStarted, _: ev.Event) -> Bill:
    refund = Refund(fact.refund, fact.payment, fact.allocations, fact.surplus, fact.tip, fact.cause, fact.rounding)
    payment = bill.payments[fact.payment]
    paid = replace(
        payment,
        settled=without(payment.settled, fact.allocations),
        surplus=payment.surplus - fact.surplus,
        refunding=payment.refunding + refund.base,
        tip_refunding=payment.tip_refunding + refund.tip,
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
        tip_refunding=payment.tip_refunding - refund.tip,
        tip_refunded=payment.tip_refunded + refund.tip,
        rounding_refunded=payment.rounding_refunded + refund.rounding,
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
        tip_refunding=payment.tip_refunding - (0 if came_back else refund.tip),
        tip_refunded=payment.tip_refunded - (refund.tip if came_back else 0),
        rounding_refunded=payment.rounding_refunded - (refund.rounding if came_back else 0),
    )
    after = with_payment(settle(bill, fact.settled, 1), paid)
    return replace(after, refunds={**bill.refunds, refund.id: replace(refund, status="failed")})


def _dispute_opened(bill: Bill, fact: ev.DisputeOpened, _: ev.Event) -> Bill:
    before = bill.disputes.get(fact.dispute)
    withdrawn = before.withdrawn if before else 0
    return _with_dispute(bill, Dispute(fact.dispute, fact.payment, fact.amount, withdrawn=withdrawn))


def _dispute_funds_moved(bill: Bill, fact: ev.DisputeFundsMoved, _: ev.Event) -> Bill:
    dispute = bill.disputes[fact.dispute]
    return _with_dispute(bill, replace(dispute, withdrawn=dispute.withdrawn + fact.amount))


def _dispute_closed(bill: Bill, fact: ev.DisputeClosed, _: ev.Event) -> Bill:
    return _with_dispute(bill, replace(bill.disputes[fact.dispute], status=fact.outcome))


def _with_dispute(bill: Bill, dispute: Dispute) -> Bill:
    disputes = {**bill.disputes, dispute.id: dispute}
    disputed = any(each.payment == dispute.payment and each.status == "open" for each in disputes.values())
    after = with_payment(bill, replace(bill.payments[dispute.payment], disputed=disputed))
    return replace(after, disputes=disputes)


BOOKINGS: Bookings = {
    ev.RefundAsked: _nothing_moves,
    ev.RefundDeclined: _nothing_moves,
    ev.RefundStarted: _refund_started,
    ev.RefundSucceeded: _refund_succeeded,
    ev.RefundFailed: _refund_failed,
    ev.DisputeOpened: _dispute_opened,
    ev.DisputeFundsMoved: _dispute_funds_moved,
    ev.DisputeClosed: _dispute_closed,
}
