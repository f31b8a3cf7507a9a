"""Comparing whole days: what the provider has of ours against what the books say.

Whatever can be repaired is repaired by looking at the object again, as everywhere. What is left is a finding.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.actions import bills, errors, hold_looks, refund_looks
from app.actions import disputes as disputing
from app.actions.desk import Desk
from app.actions.findings import raise_finding, settle_finding
from app.actions.observing import STATUSES, evidence, observe
from app.domain.commands import SYSTEM, ImportPayment, ObservePayment
from app.payments.gateway import Dispute, Intent, Refund, Refused
from app.storage import disputes, findings, payments, refunds, restaurants
from app.storage.log import Change, Put, Taken, Write
from app.storage.tables import Payment, StripeRef

log = structlog.get_logger()

CLOCKS_APART = timedelta(minutes=10)
"""What is younger than this is still under way, or made by a clock that is not ours."""

OPEN_TOO_LONG = timedelta(hours=24)


@dataclass(slots=True)
class Report:
    """What was compared since `since`, and what came of it."""

    since: datetime
    intents: int = 0
    refunds: int = 0
    disputes: int = 0
    payments: int = 0
    repaired: int = 0
    imported: int = 0
    differences: int = 0

    def __str__(self) -> str:
        """The report in one line for the terminal."""
        return (
            f"since {self.since:%Y-%m-%d %H:%M} UTC: {self.intents} intents, {self.refunds} refunds and {self.disputes}"
            f" disputes of the provider, {self.payments} payments of ours;"
            f" {self.repaired} repaired, {self.imported} imported, {self.differences} differences"
        )


async def reconcile(desk: Desk, since: datetime) -> Report:
    """Compare everything since then, both ways. Raises `app.payments.gateway.Unknown` where the provider is away."""
    report = Report(since)
    seen: set[str] = set()
    async for intent in desk.gateway.intents_since(since):
        seen.add(intent.id)
        if intent.payment_id and intent.metadata.get("environment") == desk.policies.environment:
            report.intents += 1
            await _compare(desk, intent, report)
    async for refund in desk.gateway.refunds_since(since):
        report.refunds += 1
        await _compare_refund(desk, refund, report)
    async for dispute in desk.gateway.disputes_since(since):
        report.disputes += 1
        await _compare_dispute(desk, dispute, report)
    for row in await payments.cards_between(desk.database, since + CLOCKS_APART, desk.now() - CLOCKS_APART):
        report.payments += 1
        if row.intent_id and row.intent_id not in seen:
            await _missing_there(desk, row, report)
    log.info("compared with the provider", report=str(report))
    return report


async def _compare(desk: Desk, intent: Intent, report: Report) -> None:
    row = await payments.payment(desk.database, intent.payment_id or "")
    if row is None:
        hold = await payments.reference(desk.database, intent.id)
        await (_compare_hold(desk, intent, hold.our_id, report) if hold else _adopt(desk, intent, report))
        return
    if agrees(row, intent):
        return
    await observe(desk, row.id, intent_id=intent.id)
    newer = await payments.payment(desk.database, row.id)
    if newer is None or (intent.amount_received and not agrees(newer, intent)):
        report.differences += 1
        facts = {"intent": intent.id, "received": intent.amount_received, "booked": row.captured, "payment": row.id}
        await raise_finding(desk, "missing_here", intent.id, stream=row.stream, facts=facts)
    elif newer.state != row.state:
        report.repaired += 1
        await settle_finding(desk, "missing_here", intent.id)


async def _compare_hold(desk: Desk, intent: Intent, hold: str, report: Report) -> None:
    """What was captured of a tab is a payment of its own."""
    if not intent.amount_received or await _is_captured(desk, intent):
        return
    await hold_looks.attend(desk, hold)
    if await _is_captured(desk, intent):
        report.repaired += 1
        await settle_finding(desk, "missing_here", intent.id)
        return
    report.differences += 1
    facts = {"intent": intent.id, "received": intent.amount_received, "hold": hold}
    stream = intent.metadata.get("table_session")
    await raise_finding(desk, "missing_here", intent.id, stream=stream, facts=facts)


async def _is_captured(desk: Desk, intent: Intent) -> bool:
    row = await payments.by_intent(desk.database, intent.id)
    return row is not None and row.captured == intent.amount_received


def agrees(row: Payment, intent: Intent) -> bool:
    """Whether the row says what the intent says about money taken."""
    if row.intent_id != intent.id or STATUSES.get(intent.status) != row.state:
        return False
    return row.captured == intent.amount_received


async def _compare_refund(desk: Desk, found: Refund, report: Report) -> None:
    """A refund that we do not know, or know otherwise, makes us look at all refunds of its payment."""
    row = await payments.by_intent(desk.database, found.intent_id) if found.intent_id else None
    if row is None:
        return
    ours = await refunds.by_stripe_id(desk.database, found.id)
    if ours is not None and ours.provider_status == found.provider_status:
        return
    await refund_looks.look(desk, row.id)
    if await refunds.by_stripe_id(desk.database, found.id) is not None:
        report.repaired += 1


async def _compare_dispute(desk: Desk, found: Dispute, report: Report) -> None:
    row = await payments.by_intent(desk.database, found.intent_id) if found.intent_id else None
    ours = await disputes.dispute(desk.database, found.id)
    known = (ours.provider_status, ours.withdrawn) if ours else None
    if row is None or known == (found.provider_status, found.withdrawn):
        return
    await disputing.observe_dispute(desk, row, found.id)
    if await disputes.dispute(desk.database, found.id) is not None:
        report.repaired += 1


async def _missing_there(desk: Desk, row: Payment, report: Report) -> None:
    """Not in the provider's list: looked at once more by its id. Not to be found, it is a finding."""
    before = await findings.subjects(desk.database, "missing_there")
    await observe(desk, row.id)
    if row.id in await findings.subjects(desk.database, "missing_there"):
        report.differences += 1
    elif row.id in before:
        await settle_finding(desk, "missing_there", row.id)


# Money of before a restored backup


async def adopt(desk: Desk, intent_id: str) -> None:
    """An event is about an intent that nobody here knows: fetch it, and book what it took if it is ours."""
    try:
        intent = await desk.gateway.retrieve_intent(intent_id)
    except Refused:
        log.info("an event about nothing of ours", intent=intent_id)
        return
    if intent.payment_id and intent.metadata.get("environment") == desk.policies.environment:
        await _compare(desk, intent, Report(desk.now()))


async def _adopt(desk: Desk, intent: Intent, report: Report) -> None:
    """Money that was taken for a visit of ours which does not know of it is booked there, where it fits."""
    if intent.status != "succeeded":
        return
    stream = intent.metadata.get("table_session", "")
    facts = {"intent": intent.id, "received": intent.amount_received, "currency": intent.currency, "session": stream}
    restaurant = await restaurants.restaurant(desk.database, intent.metadata.get("restaurant", ""))
    try:
        await _import(desk, intent, stream)
    except errors.NotFound:
        house = restaurant.id if restaurant else None
        report.differences += 1
        await raise_finding(desk, "orphan", intent.id, restaurant=house, facts=facts)
    except errors.Refused as refused:
        report.differences += 1
        await raise_finding(desk, "missing_here", intent.id, stream=stream, facts={**facts, "code": refused.code})
    else:
        report.imported += 1
        log.warning("a payment of the provider is imported", payment=intent.payment_id, intent=intent.id)
        await settle_finding(desk, "missing_here", intent.id)


async def _import(desk: Desk, intent: Intent, stream: str) -> None:
    payment, tip = intent.payment_id or "", _tip(intent)
    bill = (await bills.newest(desk, stream)).bill
    if bill.currency != intent.currency:
        raise errors.NotFound("that visit is in another currency")
    seen = {
        "intent_id": intent.id,
        "charge_id": intent.charge_id,
        "provider_status": intent.provider_status,
        "card_brand": intent.card.brand if intent.card else None,
        "card_last4": intent.card.last4 if intent.card else None,
        "evidence": {**evidence(intent), "imported": True},
        "next_look_at": None,
    }
    rows: tuple[Write, ...] = (
        Change(Payment, {"id": payment}, seen),
        Put(StripeRef(stripe_id=intent.id, kind="payment_intent", our_id=payment, stream=stream)),
    )
    try:
        await bills.change(
            desk,
            stream,
            ImportPayment(payment, intent.amount_received - tip, tip),
            ObservePayment(payment, "succeeded", intent.amount_received),
            by=SYSTEM,
            rows=lambda _bill, facts: rows if facts else (),
        )
    except Taken:
        return  # Somebody else brought it in a moment ago.


def _tip(intent: Intent) -> int:
    """How much of the amount was a tip, by the metadata."""
    tip = intent.metadata.get("tip", "0")
    return min(int(tip), intent.amount_received) if tip.isdecimal() else 0


# What stays open


async def find_open_too_long(desk: Desk) -> None:
    """A card payment that is open for a day is a finding until it ends."""
    rows = await payments.open_since(desk.database, desk.now() - OPEN_TOO_LONG)
    for row in rows:
        facts = {"amount": row.amount + row.tip, "currency": row.currency, "intent": row.intent_id or ""}
        await raise_finding(desk, "open_24h", row.id, stream=row.stream, facts=facts)
    for gone in await findings.subjects(desk.database, "open_24h") - {row.id for row in rows}:
        await settle_finding(desk, "open_24h", gone)


async def look_again(desk: Desk) -> None:
    """What was not as it should be is compared once more: what is right by now ends by itself."""
    for payment in await findings.subjects(desk.database, "mismatch") | await findings.subjects(
        desk.database, "unknown_status"
    ):
        row = await payments.payment(desk.database, payment)
        if row is None or row.intent_id is None:
            continue
        intent = await desk.gateway.retrieve_intent(row.intent_id, account=row.account)
        if agrees(row, intent):
            await settle_finding(desk, "mismatch", payment)
            await settle_finding(desk, "unknown_status", payment)
