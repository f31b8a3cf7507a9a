"""Guests who have paid, and staff who send money back: what the tests of refunds share."""

from collections.abc import Sequence
from typing import Any

from app.actions import refunds
from app.actions.guests import Joined
from app.actions.payments import PaymentStarted
from app.actions.shapes import RefundRequest, TableRefundRequest, read
from app.storage import findings as kept_findings
from app.storage import refunds as kept
from app.storage.tables import Refund
from tests.actions.evening import Evening, Provider

BURGER = 1579
"""A burger with its tax, in cents."""


async def paid(
    evening: Evening, provider: Provider, *dishes: str, name: str = "Ana", card: str = "pm_card_visa", **request: Any
) -> tuple[Joined, PaymentStarted]:
    """Somebody who has ordered and paid by card."""
    guest = await evening.seat(name)
    await evening.order(guest, *(dishes or ("Burger",)))
    return guest, await pay(evening, provider, guest, card=card, **request)


async def pay(
    evening: Evening, provider: Provider, guest: Joined, *, card: str = "pm_card_visa", **request: Any
) -> PaymentStarted:
    """Pay by card, until the log knows."""
    started = await evening.pay(guest, guest.stream, **request)
    await provider.confirm(started, card)
    evening.clock.pass_(seconds=31)
    await evening.work()
    assert (await evening.bill(guest.stream)).payments[started.id].status == "succeeded"
    return started


async def give_back(
    evening: Evening, payment: str, *, by: str = "manager", batch: str | None = None, **asked: Any
) -> Sequence[Refund]:
    """A member of staff sends money of one payment back."""
    wish = read(RefundRequest, {"reason": "cold", **asked})
    return await refunds.of_payment(
        evening.desk,
        payment,
        wish.back,
        tip=wish.tip,
        reason=wish.reason,
        owed_again=wish.owed_again,
        by=evening.team[by],
        batch=batch or evening.desk.new_id(),
    )


async def give_back_over(evening: Evening, stream: str, *, by: str = "manager", **asked: Any) -> Sequence[Refund]:
    """A member of staff sends money back over a whole split."""
    wish = read(TableRefundRequest, {"reason": "late", **asked})
    return await refunds.of_table(
        evening.desk,
        stream,
        wish.back,
        reason=wish.reason,
        owed_again=wish.owed_again,
        by=evening.team[by],
        batch=evening.desk.new_id(),
    )


async def row_of(evening: Evening, refund: str) -> Refund:
    """The row of a refund."""
    row = await kept.refund(evening.desk.database, refund)
    assert row is not None
    return row


async def findings(evening: Evening) -> set[tuple[str, str]]:
    """What is open: kinds and subjects."""
    rows = await kept_findings.listed(evening.desk.database, restaurant=evening.restaurant, state="open")
    return {(row.kind, row.subject) for row in rows}
