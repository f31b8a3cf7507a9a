"""One day of our card payments beside the provider's own list of it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import structlog

from app.actions.desk import Desk
from app.domain.days import Day
from app.payments.gateway import GatewayError
from app.payments.settling import BalanceTransaction
from app.storage import payments, refunds
from app.storage.tables import Payment, Restaurant

log = structlog.get_logger()

LATE = timedelta(hours=1)
"""How long after a payment the provider's list may name it at the latest."""

Difference = dict[str, Any]


async def compared(desk: Desk, house: Restaurant, day: Day, captured: int, refunded: int) -> dict[str, Any]:
    """What we took and gave back by card on a day, what the provider says of it, and every difference by its id.

    Money that went to the restaurant's own account was taken by the platform's: one list has them all. Where the
    provider does not answer, the day is told without it.
    """
    try:
        lines = await desk.gateway.balance_transactions(day.start, min(day.end + LATE, desk.now() + LATE))
    except GatewayError as error:
        log.warning("a day could not be compared with the provider", restaurant=house.id, error=repr(error))
        return {"reachable": False}
    ours = await payments.captured_cards(desk.database, house.id, day.start - LATE, day.end)
    own = [line for line in lines if await _is_ours(desk, house, line)]
    inside = [line for line in own if line.created < day.end]
    found = [*await _unknown(desk, inside, ours), *_unseen(desk, day, own, ours)]
    return {
        "reachable": True,
        "captured": sum(line.amount for line in inside if line.kind == "charge"),
        "refunded": -sum(line.amount for line in inside if line.kind in ("refund", "refund_failure")),
        "ours": {"captured": captured, "refunded": refunded},
        "differences": found,
    }


async def _is_ours(desk: Desk, house: Restaurant, line: BalanceTransaction) -> bool:
    """A charge says whose it is; a refund belongs where its intent does."""
    if line.restaurant is not None:
        return line.restaurant == house.id and line.environment == desk.policies.environment
    if line.intent_id is None or line.kind not in ("refund", "refund_failure"):
        return False
    row = await payments.by_intent(desk.database, line.intent_id)
    return row is not None and row.restaurant_id == house.id


async def _unknown(desk: Desk, lines: Sequence[BalanceTransaction], ours: Sequence[Payment]) -> list[Difference]:
    """What the provider has and we do not, or not with that amount."""
    by_intent = {row.intent_id: row for row in ours}
    found: list[Difference] = []
    for line in lines:
        row = by_intent.get(line.intent_id)
        if line.kind == "charge" and row is None:
            found.append({"kind": "missing_here", "stripeId": line.source_id, "theirs": line.amount})
        elif line.kind == "charge" and row is not None and row.captured != line.amount:
            amounts = {"ours": row.captured, "theirs": line.amount}
            found.append({"kind": "amount", "stripeId": line.source_id, "paymentId": row.id, **amounts})
        elif line.kind == "refund" and await refunds.by_stripe_id(desk.database, line.source_id or "") is None:
            found.append({"kind": "missing_here", "stripeId": line.source_id, "theirs": line.amount})
    return found


def _unseen(desk: Desk, day: Day, lines: Sequence[BalanceTransaction], ours: Sequence[Payment]) -> Iterator[Difference]:
    """What we have and the provider does not, once it has had its time to list it."""
    known = {line.intent_id for line in lines if line.kind == "charge"}
    for row in ours:
        is_due = row.created_at >= day.start and row.updated_at + LATE <= desk.now()
        if is_due and row.intent_id not in known:
            yield {"kind": "missing_there", "stripeId": row.charge_id, "paymentId": row.id, "ours": row.captured}
