"""Refunds that are sent to the provider: planned in the append that decided them, under one key until their end."""

from http import HTTPStatus

import orjson

from app.actions import bills, calls
from app.actions.calls import Kind
from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.actions.observing import ended
from app.actions.refund_looks import look, record
from app.domain.commands import SYSTEM, EndRefund
from app.domain.payment import Refund as DomainRefund
from app.payments import gateway
from app.payments.gateway import CreateRefund, Misused, Refused, Unknown
from app.storage import payments, refunds
from app.storage.log import Change
from app.storage.tables import Payment, Refund, StripeCall

REFUND = "refund"


def refund_key(refund: str) -> str:
    """The key of a refund: one for its whole life."""
    return f"ref:{refund}:create"


def planned(desk: Desk, refund: DomainRefund, payment: Payment) -> StripeCall:
    """The refund to be sent, to be committed with the decision. A destination gives back its part of the money."""
    parameters = {
        "refund": refund.id,
        "intent_id": payment.intent_id,
        "amount": refund.base + refund.tip,
        "currency": payment.currency,
    }
    if payment.destination:
        # Stripe refuses to give back a fee that was never taken.
        parameters |= {"reverse_transfer": True, "refund_application_fee": bool(payment.application_fee)}
    return payments.planned(
        key=refund_key(refund.id),
        operation=REFUND,
        subject=refund.id,
        stream=payment.stream,
        parameters=parameters,
        now=desk.now(),
        account=payment.account,
    )


async def _create(desk: Desk, call: StripeCall, sends: int) -> None:
    row = await _row(desk, call)
    try:
        found = await desk.gateway.refund(
            CreateRefund(**orjson.loads(call.parameters)), key=call.key, sends=sends, account=call.account
        )
    except Misused:
        raise
    except Refused as refused:
        await _ended_without(desk, row, refused.code, call)
        return
    except Unknown as doubt:
        if doubt.status != HTTPStatus.BAD_REQUEST:
            raise
        await _refused_again(desk, row, call, doubt.reason)
        return
    await record(desk, row, found, answered=call.key)


async def _refused_again(desk: Desk, row: Refund, call: StripeCall, reason: str) -> None:
    """A repeat was refused: had the first send made a refund, its key would give it again. The list makes it sure."""
    if ours := await _listed(desk, row, call):
        await record(desk, row, ours, answered=call.key)
    else:
        await _ended_without(desk, row, reason, call)


async def _listed(desk: Desk, row: Refund, call: StripeCall) -> gateway.Refund | None:
    """Our refund by its metadata, in the complete list of its intent."""
    found = await desk.gateway.refunds_of(orjson.loads(call.parameters)["intent_id"], account=call.account)
    return next((each for each in found if each.refund_id == row.id), None)


async def _row(desk: Desk, call: StripeCall) -> Refund:
    row = await refunds.refund(desk.database, call.subject)
    if row is None:
        raise LookupError(f"call {call.key} is about no refund")
    return row


async def _ended_without(desk: Desk, row: Refund, code: str, call: StripeCall, state: str = "refused") -> None:
    """It never came to be at the provider: the money is where it was, and somebody has to know."""
    now = desk.now()
    values = {"state": "failed", "failure_reason": code[:64], "ended_at": now, "next_look_at": None}
    rows = (Change(Refund, {"id": row.id}, values), ended(call.key, state, now, error=code))
    await bills.change(desk, row.stream, EndRefund(row.id, succeeded=False), by=SYSTEM, rows=lambda _b, _f: rows)
    facts = {"amount": row.amount + row.tip, "currency": row.currency, "code": code}
    await raise_finding(desk, "refund_failed", row.id, stream=row.stream, facts=facts)
    if row.payment_id:
        # Somebody else has sent the money back already, most likely: then that is to be booked.
        await look(desk, row.payment_id)


async def _find_created(desk: Desk, call: StripeCall) -> None:
    """What is not in the list after a day never will be."""
    row = await _row(desk, call)
    ours = await _listed(desk, row, call)
    # The call ends with what is booked or after it: whoever dies in between leaves it to be looked up again.
    if ours is not None:
        await record(desk, row, ours)
        await payments.mark_ended(desk.database, call.key, "looked_up", desk.now())
    else:
        await _ended_without(desk, row, "never_created", call, "looked_up")


calls.KINDS[REFUND] = Kind(_create, _find_created)
