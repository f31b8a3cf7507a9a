"""Webhooks are triggers to look: verified, stored once, acknowledged, and worked on later."""

from datetime import datetime

import orjson
import structlog

from app.actions import cards, connect, disputes, hold_looks, refund_looks
from app.actions.attending import attend
from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.actions.observing import observe
from app.actions.reconciling import adopt
from app.payments.gateway import BadSignature, WebhookEvent
from app.storage import holds, inbox, payments
from app.storage.tables import Hold, InboxRow, Payment

log = structlog.get_logger()

SOURCE = "stripe"
ABOUT_PAYMENTS = ("payment_intent.", "charge.", "refund.")
ABOUT_REFUNDS = ("refund.", "charge.refund")
ABOUT_DISPUTES = "charge.dispute."
UNNAMED = (ABOUT_DISPUTES, *ABOUT_REFUNDS)
"""What hangs on a payment names its intent, but not always the payment of ours."""


async def receive(desk: Desk, raw: bytes, signature: str | None) -> None:
    """Verify and store an event, and wake the jobs. Raises `app.payments.gateway.BadSignature` (400)."""
    try:
        event = desk.gateway.verify_webhook(raw, signature)
    except BadSignature as bad:
        # A clock that is wrong shows here first: `stale` and `future` are worth an alarm.
        desk.tally[f"webhooks_bad_{bad.reason}_total"] += 1
        log.warning("a webhook is refused", reason=bad.reason)
        raise
    if not await _keep(desk, event, raw):
        log.info("an event came again", id=event.id, type=event.type)


async def _keep(desk: Desk, event: WebhookEvent, raw: bytes) -> bool:
    """Store an event and wake the jobs; False if it is there already."""
    now = desk.now()
    row = InboxRow(
        source=SOURCE,
        event_id=event.id,
        type=event.type,
        object_id=event.object_id,
        account=event.account,
        # What to look at is all that is worked with: the rest is never believed. The event itself is kept for people.
        body=orjson.dumps({"intent": event.intent_id, "payment": event.payment_id, "created": event.created}),
        payload=raw,
        received_at=now,
        next_at=now,
    )
    if not await inbox.receive(desk.database, row):
        return False
    desk.wake.set()
    return True


async def fetch_undelivered(desk: Desk, since: datetime) -> int:
    """Take the events since then that no webhook of ours took; says how many of them were new."""
    fetched = [(each.event, each.raw) async for each in desk.gateway.undelivered_since(since)]
    kept = [await _keep(desk, event, raw) for event, raw in reversed(fetched)]
    if any(kept):
        log.warning("events that did not reach us are fetched", events=sum(kept))
    return sum(kept)


async def process(desk: Desk, row: InboxRow) -> None:
    """Look at what the event is about. Raises what the provider or the database raises: the row is tried again."""
    if not row.type.startswith(ABOUT_PAYMENTS):
        return
    about = orjson.loads(row.body)
    payment = await _payment(desk, about)
    await cards.heard(desk, payment, row)
    if (hold := await _hold(desk, about)) and (payment is None or hold.state not in holds.ENDED):
        await _attend_hold(desk, row, hold, about["intent"])
    elif payment is None and about["intent"] and (about["payment"] or row.type.startswith(UNNAMED)):
        await adopt(desk, about["intent"])
    elif payment is None:
        log.info("an event about nothing of ours", id=row.event_id, type=row.type)
    elif row.account != payment.account:
        facts = {"event": row.event_id, "account": row.account or "ours", "expected": payment.account or "ours"}
        await raise_finding(desk, "wrong_account", payment.id, stream=payment.stream, facts=facts)
    elif payment.intent_id is None:
        await observe(desk, payment.id, intent_id=about["intent"])
    elif not row.type.startswith(UNNAMED):
        await attend(desk, payment.id)
    if row.type.startswith(UNNAMED) or row.type in connect.ABOUT_FEES:
        await _follow(desk, row, about["intent"])


async def _follow(desk: Desk, row: InboxRow, intent: str | None) -> None:
    """Look at what hangs on a payment and the event is about, now that the payment itself is known."""
    payment = await payments.by_intent(desk.database, intent) if intent else None
    if payment is None or payment.account != row.account:
        return
    if row.type.startswith(ABOUT_DISPUTES):
        await disputes.observe_dispute(desk, payment, row.object_id or "")
    elif row.type.startswith(ABOUT_REFUNDS):
        await refund_looks.look(desk, payment.id)
    if row.type in connect.ABOUT_FEES:
        await connect.book_fee(desk, payment.id)


def created_at(row: InboxRow) -> datetime | None:
    """When the provider made the event, as it says itself."""
    made = orjson.loads(row.body).get("created")
    return datetime.fromisoformat(made) if isinstance(made, str) else None


async def _payment(desk: Desk, about: dict[str, str | None]) -> Payment | None:
    intent, payment = about.get("intent"), about.get("payment")
    found = await payments.by_intent(desk.database, intent) if intent else None
    if found is not None or payment is None:
        return found
    return await payments.payment(desk.database, payment)


async def _hold(desk: Desk, about: dict[str, str | None]) -> Hold | None:
    """The tab that an event is about. Once it is captured, its payment is looked at as any other."""
    intent, payment = about.get("intent"), about.get("payment")
    found = await holds.by_intent(desk.database, intent) if intent else None
    return await holds.hold(desk.database, payment) if found is None and payment else found


async def _attend_hold(desk: Desk, row: InboxRow, hold: Hold, intent: str | None) -> None:
    if row.account != hold.account:
        facts = {"event": row.event_id, "account": row.account or "ours", "expected": hold.account or "ours"}
        await raise_finding(desk, "wrong_account", hold.id, stream=hold.stream, facts=facts)
    else:
        await hold_looks.attend(desk, hold.id, intent_id=intent)
