"""Webhooks are triggers to look: verified, stored once, acknowledged, and worked on later."""

import orjson
import structlog

from app.actions.attending import attend
from app.actions.desk import Desk
from app.actions.observing import observe
from app.storage import inbox, payments
from app.storage.tables import InboxRow, Payment

log = structlog.get_logger()

SOURCE = "stripe"
ABOUT_PAYMENTS = ("payment_intent.", "charge.")


async def receive(desk: Desk, raw: bytes, signature: str | None) -> None:
    """Verify and store an event, and wake the jobs. Raises `app.payments.gateway.BadSignature` (400)."""
    event = desk.gateway.verify_webhook(raw, signature)
    now = desk.now()
    row = InboxRow(
        source=SOURCE,
        event_id=event.id,
        type=event.type,
        object_id=event.object_id,
        account=event.account,
        # What to look at is all that is kept: the rest of the event is about people and is never believed anyway.
        body=orjson.dumps({"intent": event.intent_id, "payment": event.payment_id, "created": event.created}),
        received_at=now,
        next_at=now,
    )
    if await inbox.receive(desk.database, row):
        desk.wake.set()
    else:
        log.info("an event came again", id=event.id, type=event.type)


async def process(desk: Desk, row: InboxRow) -> None:
    """Look at what the event is about. Raises what the provider or the database raises: the row is tried again."""
    if not row.type.startswith(ABOUT_PAYMENTS):
        return
    about = orjson.loads(row.body)
    payment = await _payment(desk, about)
    if payment is None:
        log.info("an event about nothing of ours", id=row.event_id, type=row.type)
    elif payment.intent_id is None:
        await observe(desk, payment.id, intent_id=about["intent"])
    else:
        await attend(desk, payment.id)


async def _payment(desk: Desk, about: dict[str, str | None]) -> Payment | None:
    intent, payment = about.get("intent"), about.get("payment")
    found = await payments.by_intent(desk.database, intent) if intent else None
    if found is not None or payment is None:
        return found
    return await payments.payment(desk.database, payment)
