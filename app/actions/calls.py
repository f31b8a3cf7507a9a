"""Writes to the provider: each is a committed row first, sent under one key until its end is known.

Who plans a call does it in the append that decided it. Then it is marked as sent, committed, sent outside of any
transaction, and its end is booked. Whatever dies in between, a job finds the row and sends the same key again.
"""

from datetime import datetime, timedelta

import orjson
import structlog

from app.actions import bills
from app.actions.desk import Desk
from app.actions.observing import ended, observe, record
from app.domain.commands import SYSTEM, RefusePayment
from app.payments.gateway import CreateIntent, Declined, Misused, Refused, Unavailable, Unknown
from app.storage import payments
from app.storage.tables import Payment, StripeCall

log = structlog.get_logger()

SAME_KEY_FOR = timedelta(hours=23)
"""The provider remembers a key for a day; after this nothing is sent with it any more."""

LOOK_BACK = timedelta(minutes=5)
PAUSE_FIRST_S = 2
PAUSE_MAX_S = 300

CREATE, CANCEL = "create", "cancel"


def create_key(payment: str) -> str:
    """The key of the create: one for the whole life of a payment."""
    return f"pay:{payment}:create"


def cancel_key(payment: str) -> str:
    """The key of the cancel."""
    return f"pay:{payment}:cancel"


def planned_create(row: CreateIntent, stream: str, now: datetime) -> StripeCall:
    """The create of an intent, to be committed with the payment's start."""
    members = {name: getattr(row, name) for name in CreateIntent.__dataclass_fields__}
    parameters = {name: value for name, value in members.items() if value is not None}
    return payments.planned(
        key=create_key(row.payment),
        operation=CREATE,
        subject=row.payment,
        stream=stream,
        parameters=parameters,
        now=now,
    )


def planned_cancel(payment: str, stream: str, now: datetime) -> StripeCall:
    """The cancel of an intent, to be committed with the decision to let go."""
    return payments.planned(
        key=cancel_key(payment),
        operation=CANCEL,
        subject=payment,
        stream=stream,
        parameters={"payment": payment},
        now=now,
    )


async def send(desk: Desk, key: str) -> None:
    """Send a planned call, or a sent one once more, and book its end; what ends in doubt is left to the jobs."""
    call = await payments.call(desk.database, key)
    row = await payments.payment(desk.database, call.subject) if call else None
    if call is None or row is None:
        return
    if call.first_sent_at is not None and desk.now() - call.first_sent_at > SAME_KEY_FOR:
        await _look_up(desk, call, row)
        return
    sends = await payments.mark_sent(desk.database, key, desk.now())
    if not sends:
        return
    try:
        await (_create if call.operation == CREATE else _cancel)(desk, call, row, sends)
    except Unknown as doubt:
        await _put_off(desk, call, sends, doubt)


async def _put_off(desk: Desk, call: StripeCall, sends: int, doubt: Unknown) -> None:
    pause = min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** min(sends, 10)) * (0.5 + desk.chance.random() / 2)
    pause = max(pause, doubt.retry_after or 0)
    level = log.info if isinstance(doubt, Unavailable) else log.warning
    level("a call to the provider ended in doubt", key=call.key, reason=doubt.reason, sends=sends)
    await payments.put_off(desk.database, call.key, desk.now() + timedelta(seconds=pause), doubt.reason)


async def _create(desk: Desk, call: StripeCall, row: Payment, sends: int) -> None:
    try:
        intent = await desk.gateway.create_intent(
            CreateIntent(**orjson.loads(call.parameters)), key=call.key, sends=sends, account=call.account
        )
    except Declined as declined:
        if declined.intent is None:
            raise Unknown("declined without an intent") from declined
        intent = declined.intent
    except Misused:
        log.exception("a key was used with other parameters: this payment is frozen", key=call.key)
        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error="idempotency_error")
        return
    except Refused as refused:
        await _refused(desk, call, row, refused.code)
        return
    await record(desk, row, intent, answered=call.key)


async def _refused(desk: Desk, call: StripeCall, row: Payment, code: str) -> None:
    log.warning("the provider refused a payment", payment=row.id, code=code)
    end = ended(call.key, "refused", desk.now(), error=code)
    await bills.change(desk, row.stream, RefusePayment(row.id, code), by=SYSTEM, rows=lambda _bill, _facts: (end,))


async def _cancel(desk: Desk, call: StripeCall, row: Payment, sends: int) -> None:
    if row.intent_id is None and row.state in payments.ENDED:
        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error="nothing to cancel")
        return
    if row.intent_id is None:
        # The create is still in doubt: when that is answered, this is due again.
        raise Unknown("nothing to cancel yet")
    try:
        intent = await desk.gateway.cancel_intent(row.intent_id, key=call.key, sends=sends, account=call.account)
    except Refused as refused:
        # It succeeded (or was cancelled) meanwhile: what the provider holds decides.
        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error=refused.code)
        await observe(desk, row.id)
        return
    await record(desk, row, intent, answered=call.key)


async def _look_up(desk: Desk, call: StripeCall, row: Payment) -> None:
    """The key is too old to be sent again: ask the provider what became of it."""
    if call.operation != CREATE or call.first_sent_at is None:
        await payments.mark_ended(desk.database, call.key, "looked_up", desk.now())
        await observe(desk, row.id)
        return
    intent = await desk.gateway.find_intent(row.id, since=call.first_sent_at - LOOK_BACK, account=call.account)
    await payments.mark_ended(desk.database, call.key, "looked_up", desk.now())
    if intent is not None:
        await record(desk, row, intent)
    else:
        await bills.change(desk, row.stream, RefusePayment(row.id, "never_created"), by=SYSTEM)
