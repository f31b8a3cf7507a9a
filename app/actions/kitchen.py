"""The kitchen's view: lines of all open visits that have to be made."""

from typing import Any

from app.actions.desk import Desk


async def kitchen(desk: Desk, restaurant_id: str) -> dict[str, Any]:
    """`GET /kitchen`: `{"lines": [{id, tableSessionId, table, name, quantity, modifiers, note, station, status, at}]}`."""
    raise NotImplementedError
