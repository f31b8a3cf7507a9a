"""Rows that repeat what the log says, so that it can be found without folding: written in the append itself."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from app.actions.desk import Step
from app.domain import ledger
from app.domain import payment as domain
from app.domain.bill import Bill
from app.domain.events import (
    ClaimsChanged,
    CoversChanged,
    Fact,
    LineStatusChanged,
    PartsChanged,
    PaymentExpiring,
    PaymentStarted,
    RefundAsked,
    RefundDeclined,
    RequestAnswered,
    RequestClaimed,
    RequestMade,
    SplitChanged,
)
from app.storage.log import Booking, Change, Put, Write
from app.storage.tables import Payment

FIRST_LOOK = timedelta(seconds=30)

ROWLESS: frozenset[type[Fact]] = frozenset(
    {
        ClaimsChanged,
        CoversChanged,
        LineStatusChanged,
        PartsChanged,
        RequestAnswered,
        RequestClaimed,
        RequestMade,
        SplitChanged,
    }
)
"""The everyday facts of which no row says anything, and of which the ledger books nothing."""


def payment_rows(
    bill: Bill, facts: tuple[Fact, ...], *, stream: str, now: datetime, new_token: Callable[[], str]
) -> tuple[Write, ...]:
    """The rows of the payments that `facts` are about, as `bill` (already after them) has them."""
    started = {fact.payment for fact in facts if isinstance(fact, PaymentStarted)}
    touched = dict.fromkeys(payment for fact in facts if (payment := _subject(bill, fact)))
    return tuple(
        Put(_started(bill, bill.payments[payment], stream, now, new_token()))
        if payment in started
        else Change(Payment, {"id": payment}, {**columns(bill.payments[payment]), **_look(facts, payment, now)})
        for payment in touched
    )


def bookings(steps: Iterable[Step]) -> Iterator[Booking]:
    """What the steps mean to the ledger; most of them nothing."""
    for step in steps:
        if amounts := ledger.booked(step.before, step.after):
            yield Booking(step.event.seq, step.event.fact.kind, step.after.currency, amounts)


def _look(facts: tuple[Fact, ...], payment: str, now: datetime) -> dict[str, Any]:
    """Somebody has to cancel a payment that is to be let go, whoever decided it: the jobs look at once."""
    expiring = any(isinstance(fact, PaymentExpiring) and fact.payment == payment for fact in facts)
    return {"updated_at": now, **({"next_look_at": now} if expiring else {})}


def _subject(bill: Bill, fact: Fact) -> str | None:
    if isinstance(fact, RefundAsked | RefundDeclined):
        return None
    if refund := getattr(fact, "refund", None):
        return bill.refunds[refund].payment
    subject = getattr(fact, "payment", None)
    return subject if isinstance(subject, str) else None


def columns(payment: domain.Payment) -> dict[str, Any]:
    """What the log says of a payment, as columns of its row."""
    return {
        "state": payment.status,
        "released": payment.released,
        "captured": payment.charge if payment.status == "succeeded" else 0,
        "refunded": payment.returned,
        "surplus": payment.surplus,
        "decline_code": payment.decline or None,
        "expires_at": payment.expires_at,
        # An ended payment is looked at again only when the provider says that something happened to it.
        **({} if payment.is_open else {"next_look_at": None}),
    }


def _started(bill: Bill, payment: domain.Payment, stream: str, now: datetime, receipt_token: str) -> Payment:
    return Payment(
        id=payment.id,
        stream=stream,
        restaurant_id=bill.restaurant_id,
        guest_id=payment.guest,
        method=payment.method,
        currency=bill.currency,
        amount=payment.amount,
        tip=payment.tip,
        rounding=payment.rounding,
        receipt_token=receipt_token,
        created_at=now,
        updated_at=now,
        **{**columns(payment), "next_look_at": now + FIRST_LOOK if payment.method == "card" else None},
    )
