"""Holds at the provider: what is asked of it, what it says, and how that is booked.

One thing at a time is asked of an intent: the domain decides nothing further while a raise, a capture or a cancel has
no answer. Every answer ends in `record`, whoever fetched it, and twice is the same as once.
"""

from datetime import datetime
from typing import Any

import orjson
import structlog

from app.actions import bills, calls, cards, connect
from app.actions.calls import KINDS, LOOK_BACK, Kind
from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.actions.hold_rows import (
    CANCEL,
    CAPTURE,
    CREATE,
    RAISE,
    cancel_key,
    capture_key,
    create_key,
    planned_cancel,
    raise_key,
)
from app.actions.observing import STATUSES, ended, evidence
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, ObserveHold, RefuseHold, ReleaseHold
from app.domain.events import Fact
from app.payments.gateway import CreateIntent, Declined, Intent, Misused, Refused, Unknown
from app.storage import holds, payments
from app.storage.log import Add, Change, Put, Taken, Write
from app.storage.tables import Hold, Payment, StripeCall, StripeRef

log = structlog.get_logger()

CANCELABLE = frozenset({"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"})
"""States of an intent in which the provider cancels it."""

CANCELS_MAX = 20
"""A refusal is no accident any more after so many; what is left is in the nightly comparison."""


def planned_create(row: CreateIntent, stream: str, now: datetime) -> StripeCall:
    """The create of a hold's intent, to be committed with the fact that it is placed."""
    members = {name: getattr(row, name) for name in CreateIntent.__dataclass_fields__}
    return payments.planned(
        key=create_key(row.payment),
        operation=CREATE,
        subject=row.payment,
        stream=stream,
        parameters={name: value for name, value in members.items() if value is not None},
        now=now,
    )


async def send_planned(desk: Desk, bill: Bill) -> None:
    """Send what was decided about the holds of a bill and not sent yet; what ends in doubt is left to the jobs."""
    for hold in bill.holds.values():
        if hold.status == "capturing":
            await calls.send(desk, capture_key(hold.id))
        elif hold.status == "releasing":
            await calls.send(desk, cancel_key(hold.id))
        elif hold.raising:
            await calls.send(desk, raise_key(hold.id, hold.raises))


async def observe(desk: Desk, hold: str, *, intent_id: str | None = None) -> None:
    """Fetch a hold's intent and append what the log does not know yet.

    `intent_id` is what a webhook said it is about, for a hold whose create was never answered.
    Raises `app.payments.gateway.Unknown` where the provider cannot be asked.
    """
    row = await holds.hold(desk.database, hold)
    known = row.intent_id if row and row.intent_id else intent_id
    if row is None or known is None:
        return
    try:
        intent = await desk.gateway.retrieve_intent(known, account=row.account)
    except Refused as refused:
        facts = {"intent": known, "code": refused.code}
        await raise_finding(desk, "missing_there", hold, stream=row.stream, facts=facts)
        return
    await record(desk, row, intent)


async def record(desk: Desk, row: Hold, intent: Intent, *, answered: str | None = None) -> None:
    """Append what `intent` says that the log lacks; `answered` is the call that this is the answer to."""
    bill = (await bills.newest(desk, row.stream)).bill
    if intent.amount < bill.holds[row.id].amount:
        # It is of another time, as is the answer to a call that comes again: the hold was raised since then.
        intent = await desk.gateway.retrieve_intent(intent.id, account=row.account)
    if problem := _mismatch(row, bill, intent):
        await _mismatched(desk, row, intent, problem, answered)
        return
    if intent.status not in STATUSES:
        told = {"intent": intent.id, "status": intent.provider_status}
        await raise_finding(desk, "unknown_status", row.id, stream=row.stream, facts=told)
    news = (_news(row, intent),) if intent.status in STATUSES else ()
    changed = await bills.change(desk, row.stream, *news, by=SYSTEM, rows=_rows(desk, row, intent, answered))
    await _follow_up(desk, changed.bill, row.id, intent)


async def _follow_up(desk: Desk, bill: Bill, hold: str, intent: Intent) -> None:
    """What follows from the news is sent; a tab is not for trying out cards; money that fits no bill is looked at."""
    standing = bill.holds[hold]
    if standing.status == "placed" and standing.declines >= desk.policies.declines_max:
        released = await bills.change(desk, bill.session, ReleaseHold(hold, "declines"), by=SYSTEM)
        bill = released.bill
    if intent.status == "succeeded" and standing.status != "captured":
        facts = {"problem": "captured elsewhere", "intent": intent.id, "received": intent.amount_received}
        await raise_finding(desk, "mismatch", hold, stream=bill.session, facts=facts)
    await send_planned(desk, bill)


def _mismatch(row: Hold, bill: Bill, intent: Intent) -> str | None:
    """Why this object cannot be the evidence of that hold."""
    if intent.payment_id != row.id or intent.metadata.get("table_session") != row.stream:
        return "metadata"
    if intent.currency != row.currency:
        return "currency"
    if row.intent_id is not None and row.intent_id != intent.id:
        return "a second intent"
    # The row was read before the object was fetched, the bill after it: only that says what was asked for by then.
    hold = bill.holds[row.id]
    if intent.amount < hold.amount or (hold.status == "placed" and intent.amount != hold.amount):
        return "amount"
    payment = bill.payments.get(row.id)
    if intent.status == "succeeded" and payment is not None and payment.charge != intent.amount_received:
        return "amount"
    return None


async def _mismatched(desk: Desk, row: Hold, intent: Intent, problem: str, answered: str | None) -> None:
    """The object is not what we asked for: it has no effect, a person has to look. Nothing more is sent for it."""
    facts = {
        "intent": intent.id,
        "problem": problem,
        "expected": row.amount,
        "found": intent.amount,
        "received": intent.amount_received,
        "currency": intent.currency,
    }
    if answered is not None:
        await payments.mark_ended(desk.database, answered, "answered", desk.now(), error=f"mismatch: {problem}")
    await raise_finding(desk, "mismatch", row.id, stream=row.stream, facts=facts)


def _news(row: Hold, intent: Intent) -> ObserveHold:
    error = intent.last_error
    return ObserveHold(
        hold=row.id,
        status=STATUSES[intent.status],
        amount=intent.amount,
        captured=intent.amount_received,
        capture_before=intent.capture_before,
        can_raise=intent.can_raise,
        decline=(error.decline_code or error.code) if error else None,
        attempt=f"{intent.charge_id or ''}:{error.code}" if error else "",
    )


def _rows(desk: Desk, row: Hold, intent: Intent, answered: str | None) -> bills.Rows:
    now = desk.now()
    seen = {
        "intent_id": intent.id,
        "client_secret": intent.client_secret or row.client_secret,
        "provider_status": intent.provider_status,
        "charge_id": intent.charge_id or row.charge_id,
        "card_brand": intent.card.brand if intent.card else row.card_brand,
        "card_last4": intent.card.last4 if intent.card else row.card_last4,
    }
    changed = {name: value for name, value in seen.items() if getattr(row, name) != value}
    fixed: tuple[Write, ...] = (Change(Hold, {"id": row.id}, {**changed, "updated_at": now}),) if changed else ()
    if row.intent_id is None:
        fixed += (Put(StripeRef(stripe_id=intent.id, kind="payment_intent", our_id=row.id, stream=row.stream)),)
    if answered is not None:
        fixed += (ended(answered, "answered", now, answer={"intent": intent.id, "status": intent.provider_status}),)

    def rows(bill: Bill, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
        told = (*fixed, *cards.tried(desk, row, intent, bill, facts))
        paid = row.id in bill.payments and intent.status == "succeeded"
        return (*told, Change(Payment, {"id": row.id}, _paid(bill, intent, row, now))) if paid else told

    return rows


def _paid(bill: Bill, intent: Intent, row: Hold, now: datetime) -> dict[str, Any]:
    """What the row of the payment says of the capture that paid it."""
    directed = {"destination": row.destination, "application_fee": _fee(row, bill)} if row.destination else {}
    return {
        "intent_id": intent.id,
        "provider_status": intent.provider_status,
        "charge_id": intent.charge_id or row.charge_id,
        "card_brand": intent.card.brand if intent.card else row.card_brand,
        "card_last4": intent.card.last4 if intent.card else row.card_last4,
        "updated_at": now,
        "evidence": evidence(intent),
        **directed,
    }


def _fee(row: Hold, bill: Bill) -> int:
    """What the platform takes of the capture, on the terms that held when the tab was opened."""
    return connect.Terms(row.destination, row.fee_ppm, row.fee_fixed).fee(bill.payments[row.id].amount, bill.step)


# Sending


async def _hold(desk: Desk, call: StripeCall) -> Hold:
    """The row of the hold that a call is about; both were committed together."""
    row = await holds.hold(desk.database, call.subject)
    if row is None:
        raise LookupError(f"call {call.key} is about no hold")
    return row


async def _create(desk: Desk, call: StripeCall, sends: int) -> None:
    row = await _hold(desk, call)
    if row.state == "releasing" and sends == 1:
        await _withdraw(desk, call, row)
        return
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
    await payments.due(desk.database, cancel_key(row.id), desk.now())
    desk.wake.set()


async def _withdraw(desk: Desk, call: StripeCall, row: Hold) -> None:
    """It was given up before the provider ever heard of it."""
    end = ended(call.key, "refused", desk.now(), error="withdrawn")
    news = ObserveHold(row.id, "canceled", row.amount)
    await bills.change(desk, row.stream, news, by=SYSTEM, rows=lambda _bill, _facts: (end,))


async def _refused(desk: Desk, call: StripeCall, row: Hold, code: str) -> None:
    log.warning("the provider refused something about a hold", hold=row.id, operation=call.operation, code=code)
    end = ended(call.key, "refused", desk.now(), error=code)
    changed = await bills.change(
        desk, row.stream, RefuseHold(row.id, code), by=SYSTEM, rows=lambda _bill, _facts: (end,)
    )
    await send_planned(desk, changed.bill)


async def _raise(desk: Desk, call: StripeCall, sends: int) -> None:
    row = await _hold(desk, call)
    asked = orjson.loads(call.parameters)
    try:
        intent = await desk.gateway.raise_hold(
            row.intent_id or "", asked["amount"], asked["currency"], key=call.key, sends=sends, account=call.account
        )
    except Misused:
        raise
    except Declined as declined:
        await _not_raised(desk, call, row, declined.decline_code or declined.code)
        return
    except Refused as refused:
        await observe(desk, row.id)  # It is as high already, or over: what the provider holds decides.
        await _not_raised(desk, call, row, refused.code)
        return
    await record(desk, row, intent, answered=call.key)


async def _not_raised(desk: Desk, call: StripeCall, row: Hold, code: str, state: str = "refused") -> None:
    """What was authorized stays authorized."""
    end = ended(call.key, state, desk.now(), error=code)
    news = ObserveHold(row.id, "authorized", row.amount, decline=code, raise_declined=True)
    changed = await bills.change(desk, row.stream, news, by=SYSTEM, rows=lambda _bill, _facts: (end,))
    await send_planned(desk, changed.bill)


async def _capture(desk: Desk, call: StripeCall, sends: int) -> None:
    row = await _hold(desk, call)
    asked = orjson.loads(call.parameters)
    fee = _fee(row, (await bills.newest(desk, row.stream)).bill) if row.destination else None
    try:
        intent = await desk.gateway.capture_intent(
            row.intent_id or "",
            asked["amount"],
            asked["currency"],
            key=call.key,
            sends=sends,
            account=call.account,
            application_fee=fee,
        )
    except Misused:
        raise
    except Refused as refused:
        await _not_captured(desk, call, row, refused.code)
        return
    await record(desk, row, intent, answered=call.key)


async def _not_captured(desk: Desk, call: StripeCall, row: Hold, code: str) -> None:
    """It was taken before, or lapsed, or cannot be taken: what the provider holds decides."""
    log.warning("a capture was refused", hold=row.id, code=code)
    intent = await desk.gateway.retrieve_intent(row.intent_id or "", account=row.account)
    if intent.status == "requires_capture":
        await _refused(desk, call, row, code)
        return
    await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error=code)
    await record(desk, row, intent)


async def _cancel(desk: Desk, call: StripeCall, sends: int) -> None:
    row = await _hold(desk, call)
    if row.state in holds.ENDED:
        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error="nothing to cancel")
        return
    if row.intent_id is None:
        # The create is still in doubt, or was never sent: when that has an end, this is due again.
        await calls.cannot_cancel_yet(desk, call, create_key(row.id))
        await calls.send(desk, create_key(row.id))
        return
    try:
        intent = await desk.gateway.cancel_intent(row.intent_id, key=call.key, sends=sends, account=call.account)
    except Misused:
        raise
    except Refused as refused:
        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error=refused.code)
        await observe(desk, row.id)
        return
    await record(desk, row, intent, answered=call.key)


async def cancel_again(desk: Desk, hold: str) -> None:
    """Give a tab back whose cancel was refused because its card was just being charged, once that is over.

    Under a key of its own: the provider remembers a refusal with its key. A cancel that is open is the jobs' to send.
    """
    row = await holds.hold(desk.database, hold)
    if row is None or row.state != "releasing" or row.provider_status not in CANCELABLE:
        return
    tried = [each for each in await payments.calls_of(desk.database, hold) if each.operation == CANCEL]
    if len(tried) >= CANCELS_MAX or any(each.state in payments.OPEN_CALLS for each in tried):
        return
    bill = (await bills.newest(desk, row.stream)).bill
    call = planned_cancel(bill, hold, desk.now(), refused=len(tried))
    try:
        await bills.change(desk, row.stream, by=SYSTEM, rows=lambda _bill, _facts: (Add(call),))
    except Taken:
        return  # Somebody else planned it a moment ago, and sends it.
    await calls.send(desk, call.key)


# Keys that are too old to be sent again


async def _find_created(desk: Desk, call: StripeCall) -> None:
    row = await _hold(desk, call)
    since = (call.first_sent_at or call.created_at) - LOOK_BACK
    intent = await desk.gateway.find_intent(row.id, since=since, account=call.account)
    # The call ends with what is booked or after it: whoever dies in between leaves it to be looked up again.
    if intent is not None:
        await record(desk, row, intent)
        await payments.mark_ended(desk.database, call.key, "looked_up", desk.now())
        return
    end = ended(call.key, "looked_up", desk.now())
    refused = RefuseHold(row.id, "never_created")
    await bills.change(desk, row.stream, refused, by=SYSTEM, rows=lambda _bill, _facts: (end,))


async def _look_at_raised(desk: Desk, call: StripeCall) -> None:
    """The provider's object says how much is set aside: if that is not more, the raise never happened."""
    await observe(desk, call.subject)
    row = await _hold(desk, call)
    await _not_raised(desk, call, row, "never_answered", "looked_up")


KINDS[CREATE] = Kind(_create, _find_created)
KINDS[RAISE] = Kind(_raise, _look_at_raised)
KINDS[CAPTURE] = Kind(_capture, None)
KINDS[CANCEL] = Kind(_cancel, None)
