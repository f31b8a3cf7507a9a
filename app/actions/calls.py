"""Writes to the provider: each is a committed row first, sent under one key until its end is known.

Who plans a call does it in the append that decided it. Then it is marked as sent, committed, sent outside of any
transaction, and its end is booked. Whatever dies in between, a job finds the row and sends the same key again.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import structlog

from app.actions import bills
from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.actions.observing import ended, observe, record
from app.domain.commands import SYSTEM, RefusePayment
from app.payments.gateway import CreateIntent, Declined, Misused, Refused, Unavailable, Unknown
from app.storage import payments
from app.storage.tables import Payment, StripeCall

log = structlog.get_logger()

SAME_KEY_FOR = timedelta(hours=23)
"""The provider remembers a key for a day; after this nothing is sent with it any more."""

LOOK_BACK = timedelta(minutes=5)
CREATE_MAY_TAKE = timedelta(seconds=15)
FROZEN_FOR = timedelta(hours=1)
PAUSE_FIRST_S = 2
PAUSE_MAX_S = 300
PAUSE_LEAST_S = 1

CREATE, CANCEL = "create", "cancel"


def create_key(payment: str) -> str:
    """The key of the create: one for the whole life of a payment."""
    return f"pay:{payment}:create"


def cancel_key(payment: str, refused: int = 0) -> str:
    """The key of the cancel that is decided after so many were refused: a refusal is remembered with its key."""
    return f"pay:{payment}:cancel:{refused + 1}" if refused else f"pay:{payment}:cancel"


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


def planned_cancel(payment: str, stream: str, now: datetime, *, refused: int = 0) -> StripeCall:
    """The cancel of an intent, to be committed with the decision to let go."""
    return payments.planned(
        key=cancel_key(payment, refused),
        operation=CANCEL,
        subject=payment,
        stream=stream,
        parameters={"payment": payment},
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """How calls of one operation are sent (for the how manieth time) and their end booked, and how they are looked up.

    `send` raises `Unknown` where the end stays in doubt; `look_up` is asked instead when the key is too old to be sent.
    Without one it is sent as long as it takes: the provider's object remembers what was done to it, not only the key.
    """

    send: Callable[[Desk, StripeCall, int], Awaitable[None]]
    look_up: Callable[[Desk, StripeCall], Awaitable[None]] | None


KINDS: dict[str, Kind] = {}
"""By operation; whoever plans calls of an operation says here what becomes of them."""


async def send(desk: Desk, key: str, *, lease: datetime | None = None) -> None:
    """Send a planned call, or a sent one once more, and book its end; what ends in doubt is left to the jobs.

    `lease` is what a job holds of it. Without one, only a call that nobody else is at is sent.
    """
    call = await payments.call(desk.database, key)
    if call is None or call.state not in payments.OPEN_CALLS or not _may_send(call, lease, desk.now()):
        return
    if hashlib.sha256(call.parameters).digest() != call.parameters_hash:
        await misused(desk, call, "the frozen parameters have changed")
    elif (look_up := KINDS[call.operation].look_up) and _is_too_old(call, desk.now()):
        await look_up(desk, call)
        await _tell(desk, call)
    elif sends := await payments.mark_sent(desk.database, key, desk.now(), seen=call.next_at):
        await _send(desk, call, sends)


def _may_send(call: StripeCall, lease: datetime | None, now: datetime) -> bool:
    """A call that somebody else is at is not sent a second time beside it, although that would do no harm."""
    return call.next_at == lease if lease else call.state == "planned" or call.next_at <= now


async def _send(desk: Desk, call: StripeCall, sends: int) -> None:
    try:
        await KINDS[call.operation].send(desk, call, sends)
    except Misused as error:
        await misused(desk, call, error.message)
    except Unknown as doubt:
        await _put_off(desk, call, sends, doubt)


async def misused(desk: Desk, call: StripeCall, problem: str) -> None:
    """A key stands for something else than it should: nothing more is sent with it, and a person has to look."""
    log.error("a key was used with other parameters: nothing more is sent with it", key=call.key)
    await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error="idempotency_error")
    facts = {"operation": call.operation, "subject": call.subject, "problem": problem[:120]}
    await raise_finding(desk, "params_differ", call.key, stream=call.stream, facts=facts)


def _is_too_old(call: StripeCall, now: datetime) -> bool:
    return call.first_sent_at is not None and now - call.first_sent_at > SAME_KEY_FOR


async def _tell(desk: Desk, call: StripeCall) -> None:
    """It was looked up what became of a call: let people know."""
    facts = {"operation": call.operation, "subject": call.subject, "sends": call.sends, "error": call.error or ""}
    await raise_finding(desk, "never_answered", call.key, stream=call.stream, facts=facts)


async def _put_off(desk: Desk, call: StripeCall, sends: int, doubt: Unknown) -> None:
    # Anywhere up to the longest pause: what failed together does not come back together.
    pause = min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** min(sends, 10)) * desk.chance.random()
    pause = max(pause, PAUSE_LEAST_S, doubt.retry_after or 0)
    level = log.info if isinstance(doubt, Unavailable) else log.warning
    level("a call to the provider ended in doubt", key=call.key, reason=doubt.reason, sends=sends)
    await payments.put_off(desk.database, call.key, desk.now() + timedelta(seconds=pause), doubt.reason)


async def _create(desk: Desk, call: StripeCall, sends: int) -> None:
    row = await _payment(desk, call)
    try:
        intent = await desk.gateway.create_intent(
            CreateIntent(**orjson.loads(call.parameters)), key=call.key, sends=sends, account=call.account
        )
    except Declined as declined:
        if declined.intent is None:
            raise Unknown("declined without an intent") from declined
        intent = declined.intent
    except Misused:
        raise
    except Refused as refused:
        await _refused(desk, call, row, refused.code)
        return
    await record(desk, row, intent, answered=call.key)
    if sends > 1:  # Meanwhile somebody may have let go of it: there is something to cancel now.
        await payments.due(desk.database, cancel_key(row.id), desk.now())
        desk.wake.set()


async def _payment(desk: Desk, call: StripeCall) -> Payment:
    """The payment that a call is about; both were committed together."""
    row = await payments.payment(desk.database, call.subject)
    if row is None:
        raise LookupError(f"call {call.key} is about no payment")
    return row


async def _refused(desk: Desk, call: StripeCall, row: Payment, code: str) -> None:
    log.warning("the provider refused a payment", payment=row.id, code=code)
    end = ended(call.key, "refused", desk.now(), error=code)
    await bills.change(desk, row.stream, RefusePayment(row.id, code), by=SYSTEM, rows=lambda _bill, _facts: (end,))


async def _cancel(desk: Desk, call: StripeCall, sends: int) -> None:
    row = await _payment(desk, call)
    if row.intent_id is None and row.state in payments.ENDED:
        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error="nothing to cancel")
        return
    if row.intent_id is None:
        await cannot_cancel_yet(desk, call, create_key(row.id))
        return
    try:
        intent = await desk.gateway.cancel_intent(row.intent_id, key=call.key, sends=sends, account=call.account)
    except Misused:
        raise
    except Refused as refused:
        # It succeeded (or was cancelled) meanwhile: what the provider holds decides.
        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error=refused.code)
        await observe(desk, row.id)
        return
    await record(desk, row, intent, answered=call.key)


async def cannot_cancel_yet(desk: Desk, call: StripeCall, creates: str) -> None:
    """Let a cancel come back when the create under the key `creates`, which is in doubt, was answered.

    One that was frozen never is: a day later the provider shows what its key made, or nothing can be cancelled.
    """
    create, now = await payments.call(desk.database, creates), desk.now()
    pause = CREATE_MAY_TAKE
    # One that was answered well a moment ago has no error: its intent is there to be cancelled the next time.
    if create is not None and create.state not in payments.OPEN_CALLS and create.error is not None:
        pause = FROZEN_FOR
        look_up = KINDS[create.operation].look_up
        if look_up is not None and now - (create.first_sent_at or create.created_at) > SAME_KEY_FOR:
            await look_up(desk, create)
    await payments.put_off(desk.database, call.key, now + pause, "nothing to cancel yet")


async def _find_created(desk: Desk, call: StripeCall) -> None:
    """The intent of a create, by its metadata; what is not there after a day never will be."""
    row = await _payment(desk, call)
    since = (call.first_sent_at or call.created_at) - LOOK_BACK
    intent = await desk.gateway.find_intent(row.id, since=since, account=call.account)
    # The call ends with what is booked or after it: whoever dies in between leaves it to be looked up again.
    if intent is not None:
        await record(desk, row, intent)
        await payments.mark_ended(desk.database, call.key, "looked_up", desk.now())
        return
    end = ended(call.key, "looked_up", desk.now())
    refused = RefusePayment(row.id, "never_created")
    await bills.change(desk, row.stream, refused, by=SYSTEM, rows=lambda _bill, _facts: (end,))


KINDS[CREATE] = Kind(_create, _find_created)
KINDS[CANCEL] = Kind(_cancel, None)
