"""The payer's page hands over what it collected for a payment that is there: another card after a decline, too."""

import asyncio

import orjson

from app.actions import bills, calls, errors, payments, tables
from app.actions.access import Access, GuestAccess
from app.actions.capturing import CONFIRM, confirm_key
from app.actions.desk import Desk
from app.actions.payments import PaymentStarted
from app.domain.payment import Payment as Standing
from app.domain.refusals import Refusal
from app.storage import payments as rows
from app.storage import restaurants
from app.storage.log import Add, Taken
from app.storage.tables import Payment, StripeCall

__all__ = ["pay"]

AGREED = ("processing", "authorized")


async def pay(desk: Desk, payment: str, token: str, *, by: Access, attempt: str) -> PaymentStarted:
    """Confirm the payment's intent with a confirmation token, once for each `attempt` (the request's own id).

    Raises `NotFound`, `NotAllowed` (somebody else's), `Refused` (`already_paid`, `payment_ended`, `payment_open` while
    the last try has no answer yet), `TooMany` after too many declined cards.
    """
    row = await payments.own(desk, payment, by)
    if not isinstance(by, GuestAccess) or row.method != "card":
        raise errors.NotAllowed("a card is tried by its payer")
    tried = [call for call in await rows.calls_of(desk.database, payment) if call.operation == CONFIRM]
    known = next((call for call in tried if orjson.loads(call.parameters)["attempt"] == attempt), None)
    key = known.key if known else await _plan(desk, row, token, tried, by, attempt)
    if key:
        await asyncio.shield(calls.send(desk, key))
    return await payments.told(desk, payment, by)


async def _plan(
    desk: Desk, row: Payment, token: str, tried: list[StripeCall], by: GuestAccess, attempt: str
) -> str | None:
    """Commit the call that is to be sent; None where the bank has agreed already."""
    bill = (await bills.newest(desk, row.stream)).bill
    standing = bill.payments[row.id]
    if standing.status in AGREED:
        return None
    if refusal := _may_not(row, standing, tried):
        raise errors.Refused(refusal)
    payments.check_provider(desk)
    payments.check_declines(desk, bill, by.guest_id)
    table = await restaurants.table(desk.database, bill.table_id)
    return_url = tables.code_of(desk, table).url if table else desk.policies.public_url
    call = rows.planned(
        key=confirm_key(row.id, len(tried) + 1),
        operation=CONFIRM,
        subject=row.id,
        stream=row.stream,
        parameters={"payment": row.id, "token": token, "return_url": return_url, "attempt": attempt},
        now=desk.now(),
        account=row.account,
    )
    try:
        await bills.change(desk, row.stream, by=by.actor, rows=lambda _bill, _facts: (Add(call),))
    except Taken:
        raise errors.Refused(_unanswered(row)) from None
    return call.key


def _may_not(row: Payment, standing: Standing, tried: list[StripeCall]) -> Refusal | None:
    if standing.status == "succeeded":
        return Refusal("already_paid", "This payment has gone through.", {"payment": row.id})
    if not standing.is_open or standing.expiring or standing.released:
        return Refusal("payment_ended", "This payment was given up.", {"payment": row.id})
    if row.intent_id is None or any(call.state in rows.OPEN_CALLS for call in tried):
        return _unanswered(row)
    return None


def _unanswered(row: Payment) -> Refusal:
    return Refusal("payment_open", "Your last try is still being checked.", {"payment": row.id})
