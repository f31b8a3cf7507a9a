"""The floor: every table of a restaurant with its summary."""

from typing import Any

from app.actions.desk import Desk
from app.domain.bill import Bill
from app.domain.tile import summary
from app.storage import restaurants
from app.storage.restaurants import FloorTable
from app.storage.tables import DiningTable

EMPTY_MONEY = "none"


async def floor(desk: Desk, restaurant_id: str) -> dict[str, Any]:
    """`GET /floor`: `{"tables": {"<table id>": tile}}`."""
    places = await restaurants.floor(desk.database, restaurant_id)
    return {"tables": {place.table.id: _tile(place) for place in places}}


async def tile(desk: Desk, restaurant_id: str, table_id: str) -> dict[str, Any] | None:
    """One table of the floor; None if the restaurant has no such table."""
    place = await restaurants.floor_table(desk.database, table_id)
    return _tile(place) if place and place.table.restaurant_id == restaurant_id else None


def _tile(place: FloorTable) -> dict[str, Any]:
    if place.session is None:
        return {**_place(place.table), "service": place.table.service, "money": EMPTY_MONEY}
    return {**_place(place.table), **place.session.summary}


def _place(table: DiningTable) -> dict[str, Any]:
    return {"label": table.label, "area": table.area, "seats": table.seats, "position": table.position}


def tile_patch(bill: Bill) -> dict[str, Any] | None:
    """What a tile takes over from a bill that goes on; None where the tile has to be read from its rows."""
    return None if bill.is_over else dict(summary(bill))
