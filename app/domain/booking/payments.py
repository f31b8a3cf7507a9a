"""Booking facts about payments."""

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.booking import Bookings
from app.domain.booking.amounts import freed, reserve, settle, with_payment
from app.domain.copying import replace
from app.domain.payment import ALLOWED, Payment, Status, merged, total_of


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
    return with_payment(reserve(bill, fact.allocations, 1), payment)


def _to(payment: Payment, status: Status) -> Payment:
    """One step along the table of allowed transitions. Raises ValueError for any other."""
    if status != payment.status and status not in ALLOWED[payment.status]:
        message = f"payment {payment.id}: {status} may not follow {payment.status}"
        raise ValueError(message)
    return replace(payment, status=status)


def _payment_awaiting(bill: Bill, fact: ev.PaymentAwaiting, _: ev.Event) -> Bill:
    payment = _to(bill.payments[fact.payment], "awaiting")
    return with_payment(bill, replace(payment, action=fact.action))


def _payment_processing(bill: Bill, fact: ev.PaymentProcessing, _: ev.Event) -> Bill:
    return with_payment(bill, replace(_to(bill.payments[fact.payment], "processing"), action=False))


def _payment_authorized(bill: Bill, fact: ev.PaymentAuthorized, _: ev.Event) -> Bill:
    return with_payment(bill, replace(_to(bill.payments[fact.payment], "authorized"), action=False))


def _payment_extended(bill: Bill, fact: ev.PaymentExtended, _: ev.Event) -> Bill:
    return with_payment(bill, replace(bill.payments[fact.payment], expires_at=fact.expires_at))


def _payment_declined(bill: Bill, fact: ev.PaymentDeclined, event: ev.Event) -> Bill:
    payment = _to(bill.payments[fact.payment], "awaiting")
    heard_at = (*payment.declined_at, event.at)
    declined = replace(payment, decline=fact.code, attempt=fact.attempt, declined_at=heard_at, action=False)
    return with_payment(bill, declined)


def _payment_expiring(bill: Bill, fact: ev.PaymentExpiring, _: ev.Event) -> Bill:
    return with_payment(bill, replace(bill.payments[fact.payment], expiring=fact.reason))


def _payment_released(bill: Bill, fact: ev.PaymentReleased, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    return with_payment(freed(bill, payment), replace(payment, released=True))


def _payment_canceled(bill: Bill, fact: ev.PaymentCanceled, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    return with_payment(freed(bill, payment), _to(payment, "canceled"))


def _payment_refused(bill: Bill, fact: ev.PaymentRefused, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    return with_payment(freed(bill, payment), replace(_to(payment, "refused"), decline=fact.code))


def _payment_succeeded(bill: Bill, fact: ev.PaymentSucceeded, event: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    paid = replace(
        _to(payment, "succeeded"),
        settled=fact.settled,
        surplus=fact.surplus,
        succeeded_at=event.at,
        action=False,
        expiring="",
        given=fact.given,
        reference=fact.reference or "",
    )
    return with_payment(settle(freed(bill, payment), fact.settled, 1), paid)


def _surplus_applied(bill: Bill, fact: ev.SurplusApplied, _: ev.Event) -> Bill:
    payment = bill.payments[fact.payment]
    applied = replace(
        payment, settled=merged(payment.settled, fact.settled), surplus=payment.surplus - total_of(fact.settled)
    )
    return with_payment(settle(bill, fact.settled, 1), applied)


BOOKINGS: Bookings = {
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
}
