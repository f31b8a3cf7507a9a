"""The life of a visit: opened by the first scan or by staff, left to itself, ended by time."""

from datetime import datetime
from typing import Literal

from app.actions import bills, codes, errors, hold_calls
from app.actions.desk import Desk, Policies
from app.actions.making import to_clean
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, Actor, CloseSession, Command, OpenSession
from app.storage import restaurants
from app.storage.log import Opening, Write
from app.storage.tables import DiningTable, Restaurant

Standing = Literal["open", "grace", "stale", "over"]
"""`grace`: paid, and the party may still order. `stale`: nothing keeps it open any more, the next scan ends it."""


def standing(bill: Bill, now: datetime, policies: Policies) -> Standing:
    """Where a visit is in its life."""
    if bill.is_over:
        return "over"
    if bill.status == "settled" and bill.settled_at is not None:
        return "grace" if now - bill.settled_at <= policies.session_grace else "stale"
    idle = bill.last_at is not None and now - bill.last_at > policies.session_idle
    return "stale" if idle and not bill.unpaid and not bill.open_payments else "open"


async def open_visit(
    desk: Desk,
    stream: str,
    house: Restaurant,
    table: DiningTable,
    *then: Command,
    by: Actor,
    covers: int | None = None,
    rows: tuple[Write, ...] = (),
) -> bills.Changed:
    """Open the visit `stream` at a table and do `then`, in one append. Raises `app.storage.log.TableTaken`."""
    pin = codes.visit_pin(desk.policies.signing_keys, stream) if house.join_policy == "pin" else None

    return await bills.change(
        desk,
        stream,
        opening_command(stream, house, table, covers),
        *then,
        by=by,
        rows=lambda _bill, _facts: (restaurants.serviced(table.id, "free"), *rows),
        opening=Opening(house.id, table.id, pin),
    )


def opening_command(stream: str, house: Restaurant, table: DiningTable, covers: int | None) -> OpenSession:
    """A visit takes over the restaurant's currency, taxes and charges as they are when it opens."""
    return OpenSession(
        session=stream,
        table_id=table.id,
        table_label=table.label,
        restaurant_id=house.id,
        restaurant_name=house.name,
        currency=house.currency,
        tax_inclusive=house.tax_inclusive,
        service_ppm=house.service_ppm,
        service_tax_ppm=house.service_tax_ppm,
        service_from_covers=house.service_from_covers,
        covers=covers,
    )


async def end(desk: Desk, stream: str, reason: str) -> bool:
    """Close a visit that owes nothing; False if it turned out to owe, or somebody is paying."""
    try:
        changed = await bills.change(desk, stream, CloseSession(reason), by=SYSTEM, rows=to_clean)
    except errors.Refused:
        return False
    desk.announce.table_changed(changed.bill.restaurant_id, changed.bill.table_id)
    await hold_calls.send_planned(desk, changed.bill)
    return True
