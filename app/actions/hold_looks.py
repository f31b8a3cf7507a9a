"""What a hold needs next, decided from what is written: for jobs and webhooks."""

from app.actions import bills, hold_calls
from app.actions.desk import Desk
from app.actions.hold_rows import ALERT_BEFORE, deadline_of, next_time
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, AlertHold, CaptureHold, Command, ReleaseHold
from app.domain.hold import Hold
from app.storage import holds


async def attend(desk: Desk, hold: str, *, intent_id: str | None = None) -> None:
    """Move a hold on: look at the provider, then see to its deadline, and say when to come back.

    Raises `app.payments.gateway.Unknown` where the provider cannot be asked: to be tried again.
    """
    row = await holds.hold(desk.database, hold)
    if row is None:
        return
    await hold_calls.observe(desk, hold, intent_id=intent_id)
    await hold_calls.cancel_again(desk, hold)
    bill = await _in_time(desk, (await bills.newest(desk, row.stream)).bill, hold)
    await holds.see_to(desk.database, hold, next_time(bill.holds[hold], desk.now()))


async def _in_time(desk: Desk, bill: Bill, hold: str) -> Bill:
    """What its time asks for: a card that nobody gave, an alarm to staff, the money before the bank lets go of it."""
    command = _due(desk, bill.holds[hold])
    if command is None:
        return bill
    changed = await bills.change(desk, bill.session, command, by=SYSTEM)
    await hold_calls.send_planned(desk, changed.bill)
    return (await bills.newest(desk, bill.session)).bill


def _due(desk: Desk, hold: Hold) -> Command | None:
    now, deadline = desk.now(), deadline_of(hold)
    if hold.status == "placed" and hold.expires_at is not None and hold.expires_at <= now:
        return ReleaseHold(hold.id, "expired")
    if not hold.is_usable or hold.closing or deadline is None:
        return None
    if now >= deadline:
        return CaptureHold(hold.id)
    return AlertHold(hold.id) if now >= deadline - ALERT_BEFORE and not hold.alerted else None
