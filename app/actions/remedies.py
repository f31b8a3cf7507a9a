"""Money that nobody was asked for goes back by itself: credits, and what a late payment could not settle.

A bill on which somebody has paid too much is noted in the append that made it so. A job sees to it some seconds later:
by the restaurant's policy the money is sent back, or kept until the visit ends, or laid before staff. What a job cannot
send (cash is in the drawer, a refund has failed before) is laid before staff as well, one wish for each payment.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta

import structlog

from app.actions import bills, calls
from app.actions.desk import Desk
from app.actions.errors import Refused
from app.actions.refunds import adding, asked_row
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, AskRefund, Back, BackCredit, BackSurplus, DeclineRefund, GiveBack
from app.domain.events import Cause
from app.domain.giving_back import shares_of
from app.domain.payment import Payment
from app.domain.refunding import credits_of
from app.domain.refusals import Refusal
from app.storage import payments, refunds, restaurants
from app.storage.log import Add, Change, Missing, Taken
from app.storage.tables import Refund, Remedy

log = structlog.get_logger()

CONTEST_MAX = timedelta(seconds=45)
"""How long a surplus waits for the payment that holds its place, and is being cancelled, to let go of it."""

AGAIN = timedelta(seconds=3)
WHAT: Mapping[str, Back] = {"surplus": BackSurplus(), "credit": BackCredit()}
REASONS = {"surplus": "paid for what others had paid", "credit": "costs less than was paid"}
NOTHING_LEFT = "there is nothing of it left to send back"
BY_ITSELF = ("card", "giftCard")
"""Ways of paying whose money goes back without anybody's hands."""


async def put_right(desk: Desk, remedy: Remedy) -> None:
    """Send back what is due on one bill, or see to it that somebody decides."""
    bill = (await bills.newest(desk, remedy.stream)).bill
    house = await restaurants.restaurant(desk.database, bill.restaurant_id)
    policy = house.surplus_policy if house else "ask"
    await _forget_what_is_settled(desk, bill)
    waits = False
    for payment, cause in list(_owed(bill)):
        if cause == "surplus" and _is_contested(desk, bill, payment):
            waits = True
        else:
            await _one(desk, remedy.stream, payment.id, cause, policy)
    if waits:
        await refunds.put_off_remedy(desk.database, remedy, desk.now() + AGAIN)
    else:
        await refunds.remedied(desk.database, remedy)


def _owed(bill: Bill) -> Iterator[tuple[Payment, Cause]]:
    """Each payment that has something to give back, and why."""
    for payment in bill.payments.values():
        if payment.status == "succeeded" and payment.surplus:
            yield payment, "surplus"
    for share in credits_of(bill):
        yield bill.payments[share.payment], "credit"


def _is_contested(desk: Desk, bill: Bill, payment: Payment) -> bool:
    """Whether the surplus may still move into its lines, because what holds them is being cancelled."""
    late = payment.succeeded_at is None or desk.now() - payment.succeeded_at > CONTEST_MAX
    return not late and any(other.expiring == "contested" and other.is_open for other in bill.payments.values())


async def _one(desk: Desk, stream: str, payment: str, cause: Cause, policy: str) -> None:
    bill = (await bills.newest(desk, stream)).bill
    rows = [row for row in await refunds.of_payment(desk.database, payment) if row.cause == cause]
    waiting = next((row for row in rows if row.state == "asked"), None)
    if not _goes_by_itself(bill, bill.payments[payment], policy):
        if waiting is None:
            await _lay_before_staff(desk, bill, payment, cause, len(rows))
        return
    try:
        await _send_back(desk, bill, payment, cause, waiting, len(rows))
    except (Taken, Missing, Refused):
        log.info("somebody else has seen to it", payment=payment, cause=cause)


def _goes_by_itself(bill: Bill, payment: Payment, policy: str) -> bool:
    newest = [refund for refund in bill.refunds.values() if refund.payment == payment.id][-1:]
    if payment.method not in BY_ITSELF or payment.disputed or any(refund.status == "failed" for refund in newest):
        return False
    return policy == "refund" or (policy == "credit" and bill.is_over)


async def _send_back(desk: Desk, bill: Bill, payment: str, cause: Cause, waiting: Refund | None, before: int) -> None:
    refund = waiting.id if waiting else desk.new_id()
    give = GiveBack((refund,), payment, WHAT[cause], cause, REASONS[cause])
    mine = {row.id: row for row in await payments.of_stream(desk.database, bill.session)}
    rows = adding(desk, give, mine, waiting=waiting, reference=None if waiting else f"{payment}:{before + 1}")
    changed = await bills.change(desk, bill.session, give, by=SYSTEM, rows=rows)
    if changed.events:
        await calls.send(desk, f"ref:{refund}:create")


async def _lay_before_staff(desk: Desk, bill: Bill, payment: str, cause: Cause, before: int) -> None:
    shares = shares_of(bill, payment, WHAT[cause])
    if isinstance(shares, Refusal):
        return
    refund = desk.new_id()
    ask = AskRefund(refund, payment, WHAT[cause], REASONS[cause])
    row = asked_row(desk, bill, ask, shares, cause=cause, reference=f"{payment}:{before + 1}")
    try:
        await bills.change(desk, bill.session, ask, by=SYSTEM, rows=adding_one(row))
    except (Taken, Refused):
        log.info("somebody else has seen to it", payment=payment, cause=cause)


def adding_one(row: Refund) -> bills.Rows:
    """The row of a wish, with the fact that tells of it and not without it."""
    return lambda _bill, facts: (Add(row),) if facts else ()


async def _forget_what_is_settled(desk: Desk, bill: Bill) -> None:
    """A wish that was laid before staff ends by itself when there is nothing left of it."""
    for row in await refunds.of_stream(desk.database, bill.session):
        is_ours = row.state == "asked" and row.asked_by is None and row.cause in WHAT
        if is_ours and isinstance(shares_of(bill, row.payment_id, WHAT[row.cause]), Refusal):
            await _withdraw(desk, row)


async def _withdraw(desk: Desk, row: Refund) -> None:
    values = {"state": "withdrawn", "decided_at": desk.now(), "ended_at": desk.now()}
    change = Change(Refund, {"id": row.id, "state": "asked"}, values)
    no = DeclineRefund(row.id, NOTHING_LEFT)
    with suppress(Missing):
        await bills.change(desk, row.stream, no, by=SYSTEM, rows=lambda _bill, _facts: (change,))
