"""Cards that were tried: each is counted once, and a payment on which too many were declined is let go of.

The page of a payer holds a client secret, with which further cards are tried at the provider without asking us. So the
limit is kept where it can be: the payment is cancelled there.
"""

from datetime import datetime

import structlog

from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.domain.bill import Bill
from app.domain.commands import CancelPayment, Command
from app.domain.events import Fact, HoldDeclined, PaymentDeclined, PaymentSucceeded
from app.payments.gateway import Intent
from app.storage import risk
from app.storage.log import Put, Write
from app.storage.tables import CardTry, Hold, InboxRow, Payment

log = structlog.get_logger()

FAILED = "charge.failed"
REASON = "declines"
"""Why such a payment was let go, in the facts of its bill."""


def tried(desk: Desk, row: Payment | Hold, intent: Intent, bill: Bill, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
    """The row of a card that was declined or went through, written with the fact that says so."""
    outcomes = {PaymentDeclined: "declined", HoldDeclined: "declined", PaymentSucceeded: "succeeded"}
    outcome = next((outcomes[type(fact)] for fact in facts if type(fact) in outcomes), None)
    if outcome is None:
        return ()
    known = intent.card.fingerprint if intent.card else None
    card = desk.database.sealer.fingerprint(known) if known else None
    return (Put(_row(row, attempt_of(intent), bill.table_id, outcome, desk.now(), card)),)


def attempt_of(intent: Intent) -> str:
    """What tells one try from another: the provider's charge, or the reason where there was none."""
    return intent.charge_id or f":{intent.last_error.code if intent.last_error else ''}"


def _row(
    row: Payment | Hold, attempt: str, table_id: str, outcome: str, at: datetime, card: str | None = None
) -> CardTry:
    return CardTry(
        payment_id=row.id,
        attempt=attempt,
        stream=row.stream,
        restaurant_id=row.restaurant_id,
        table_id=table_id,
        guest_id=row.guest_id,
        outcome=outcome,
        card=card,
        at=at,
    )


async def heard(desk: Desk, row: Payment | None, event: InboxRow) -> None:
    """Count a charge that failed as soon as its event comes: a look at the payment only ever sees the last one."""
    if row is None or event.type != FAILED or not event.object_id or event.account != row.account:
        return
    head = await desk.log.head(row.stream)
    if head is not None:
        await risk.note(desk.database, _row(row, event.object_id, head.table_id, "declined", desk.now()))


async def exhausted(desk: Desk, row: Payment, intent: Intent) -> tuple[Command, ...]:
    """Let go of a payment when too many cards were declined: of its payer, or at its table."""
    head = await desk.log.head(row.stream)
    if intent.last_error is None or intent.status != "requires_payment_method" or head is None:
        return ()
    policies = desk.policies
    this = (row.id, attempt_of(intent))
    mine = await _recent(desk, row, this, guest=row.guest_id)
    here = await _recent(desk, row, this, table_id=head.table_id)
    if mine < policies.declines_max and here < policies.table_declines_max:
        return ()
    log.warning("too many cards were declined", payment=row.id, guest=mine, table=here)
    if here >= policies.table_declines_max:
        facts = {"table": head.table_id, "declines": here}
        await raise_finding(desk, "card_testing", row.stream, stream=row.stream, facts=facts)
    return (CancelPayment(row.id, known=True, reason=REASON),)


async def _recent(
    desk: Desk, row: Payment, this: tuple[str, str], *, guest: str | None = None, table_id: str | None = None
) -> int:
    """How many declines there were in ten minutes, with the one that is being booked."""
    since = desk.now() - risk.TEN_MINUTES
    known = await risk.declines(desk.database, min(since, row.created_at), guest=guest, table_id=table_id)
    is_new = this not in [(payment, attempt) for payment, attempt, _ in known]
    return sum(at > since for _, _, at in known) + is_new
