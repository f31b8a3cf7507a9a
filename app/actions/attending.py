"""What a payment needs next, decided from what is written: for jobs, webhooks and whoever lets go of a share."""

from collections.abc import Callable
from datetime import datetime

from app.actions import bills, calls
from app.actions.desk import Desk
from app.actions.observing import bill_of, observe
from app.domain import payment as domain
from app.domain.commands import SYSTEM, Actor, CancelPayment, Command, ExpirePayment
from app.domain.events import Fact, PaymentExpiring
from app.storage import payments
from app.storage.log import Add, Change, Missing, Taken, Write
from app.storage.tables import Payment, StripeCall

CANCELS_MAX = 20
"""So often a cancel is decided anew for a payment that was under way each time; after that a person has to look."""


async def attend(desk: Desk, payment: str) -> None:
    """Move a payment on: let go of it if its time is over, see to its cancel, or look at the provider.

    A create in doubt is not sent from here: whoever holds the lease of that call does. Raises
    `app.payments.gateway.Unknown` where the provider cannot be asked: to be tried again.
    """
    row = await payments.payment(desk.database, payment)
    if row is None or row.method != "card":
        return
    standing = await _standing(desk, row)
    if _is_over(standing, desk.now()):
        await _end(desk, row)
    elif standing.is_open and standing.expiring:
        await ensure_cancel(desk, row)
    else:
        await observe(desk, payment)


def _is_over(standing: domain.Payment, now: datetime) -> bool:
    return standing.is_open and standing.expires_at is not None and standing.expires_at <= now


async def _end(desk: Desk, row: Payment) -> None:
    """Look before letting go: who is asked by their bank, or being charged, gets more time; who has paid has paid."""
    await observe(desk, row.id)
    if _is_over(await _standing(desk, row), desk.now()):
        await expire(desk, row)


async def _standing(desk: Desk, row: Payment) -> domain.Payment:
    return (await bill_of(desk, row)).payments[row.id]


async def expire(desk: Desk, row: Payment) -> None:
    """Its time is over: free the share at once if the provider never heard of it, else cancel it there first."""
    await let_go(desk, row, lambda known: ExpirePayment(row.id, known), by=SYSTEM)


async def cancel(desk: Desk, row: Payment, reason: str, *, by: Actor) -> None:
    """Somebody lets go of a share. Raises `Refused` (`already_paid`)."""
    await let_go(desk, row, lambda known: CancelPayment(row.id, known, reason), by=by)


async def let_go(desk: Desk, row: Payment, command: Callable[[bool], Command], *, by: Actor) -> None:
    """Decide `command`, told whether the provider may know of the payment, and cancel it there if so."""
    if row.method != "card":
        await bills.change(desk, row.stream, command(False), by=by)
        return
    try:
        # A create that was never sent is withdrawn in the very append that frees the share: nobody can send it after.
        await bills.change(desk, row.stream, command(False), by=by, rows=_withdrawn(desk, row.id))
    except Missing:
        changed = await bills.change(desk, row.stream, command(True), by=by, rows=_cancelling(desk, row))
        if changed.events:
            await calls.send(desk, calls.cancel_key(row.id))
        else:
            await ensure_cancel(desk, row)


def _withdrawn(desk: Desk, payment: str) -> bills.Rows:
    key = {"key": calls.create_key(payment), "state": "planned"}
    values = {"state": "refused", "answered_at": desk.now(), "error": "withdrawn"}
    return lambda _bill, facts: (Change(StripeCall, key, values),) if facts else ()


def _cancelling(desk: Desk, row: Payment) -> bills.Rows:
    call = calls.planned_cancel(row.id, row.stream, desk.now())

    def rows(_bill: object, facts: tuple[Fact, ...]) -> tuple[Write, ...]:
        return (Add(call),) if any(isinstance(fact, PaymentExpiring) for fact in facts) else ()

    return rows


async def ensure_cancel(desk: Desk, row: Payment) -> None:
    """See to it that the provider cancels a payment that is to be let go; a call that is open is the jobs' to send."""
    standing = await _standing(desk, row)
    if not (standing.is_open and standing.expiring):
        return
    tried = [each for each in await payments.calls_of(desk.database, row.id) if each.operation == calls.CANCEL]
    if any(each.state in payments.OPEN_CALLS for each in tried):
        return
    if tried:
        # It was refused: the payment was under way, or over. What the provider holds now decides.
        await observe(desk, row.id)
        standing = await _standing(desk, row)
        if standing.status != "awaiting" or len(tried) >= CANCELS_MAX:
            return
    await _plan_cancel(desk, row, len(tried))


async def _plan_cancel(desk: Desk, row: Payment, refused: int) -> None:
    call = calls.planned_cancel(row.id, row.stream, desk.now(), refused=refused)
    try:
        await bills.change(desk, row.stream, by=SYSTEM, rows=lambda _bill, _facts: (Add(call),))
    except Taken:
        return  # Somebody else planned it a moment ago, and sends it.
    await calls.send(desk, call.key)
