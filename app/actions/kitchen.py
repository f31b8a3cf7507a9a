"""The kitchen's view: lines of all open visits that have to be made."""

from typing import Any

from app.actions import bills
from app.actions.desk import Desk
from app.domain.bill import Bill, Line
from app.domain.view import timestamp
from app.storage import restaurants

MADE = frozenset({"placed", "preparing", "ready"})


async def kitchen(desk: Desk, restaurant_id: str) -> dict[str, Any]:
    """`GET /kitchen`: `{"lines": [ticket…]}`, the oldest first.

    A ticket is `{id, tableSessionId, table, name, quantity, modifiers, note, station, status, at}`.
    """
    tickets: list[dict[str, Any]] = []
    for row in await restaurants.open_sessions(desk.database, restaurant_id):
        bill = (await bills.newest(desk, row.id)).bill
        tickets += [_ticket(bill, line) for line in bill.lines.values() if _is_made(line)]
    return {"lines": sorted(tickets, key=lambda ticket: (ticket["at"], ticket["id"]))}


def _is_made(line: Line) -> bool:
    """A gift card is ready as soon as it is paid."""
    return line.status in MADE and not line.voided and line.product is None


def _ticket(bill: Bill, line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "tableSessionId": bill.session,
        "table": bill.table_label,
        "name": line.name,
        "quantity": line.quantity,
        "modifiers": [modifier.name for modifier in line.modifiers],
        "note": line.note,
        "station": line.station,
        "status": line.status,
        "at": timestamp(line.at),
    }
