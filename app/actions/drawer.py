"""The cash drawer of a house: opened with a float, counted at the end of the day or of a shift."""

from collections.abc import Iterable
from typing import Any

import structlog

from app.actions import errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import FLOOR, check_role
from app.actions.shapes import CountRequest, FloatRequest
from app.domain.refusals import Refusal
from app.domain.view import timestamp
from app.storage import drawers, restaurants, staff
from app.storage.tables import Drawer

log = structlog.get_logger()


async def current(desk: Desk, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /drawer`: the one that is open, if one is."""
    check_role(by.role, FLOOR)
    row = await drawers.current(desk.database, by.restaurant_id)
    return {"drawer": await told(desk, row)} if row else {}


async def open_drawer(desk: Desk, asked: FloatRequest, *, by: StaffAccess, drawer: str | None = None) -> dict[str, Any]:
    """`POST /drawer/open`. `drawer` is the id it gets: asked again with the same, it is the same one.

    Raises `Refused` (`drawer_open`).
    """
    check_role(by.role, FLOOR)
    house = await restaurants.restaurant(desk.database, by.restaurant_id)
    if house is None:
        raise errors.NotFound("there is no such restaurant")
    row = Drawer(
        id=drawer or desk.new_id(),
        restaurant_id=house.id,
        currency=house.currency,
        opened_at=desk.now(),
        opened_by=by.staff_id,
        opening=asked.float,
    )
    if not await drawers.open_one(desk.database, row):
        standing = await drawers.current(desk.database, house.id)
        if standing is None or standing.id != row.id:
            raise errors.Refused(Refusal("drawer_open", "The drawer is open already: count it first."))
        row = standing
    log.info("the drawer was opened", drawer=row.id, by=by.staff_id)
    return await told(desk, row)


async def count(desk: Desk, asked: CountRequest, *, by: StaffAccess) -> dict[str, Any]:
    """`POST /drawer/count`: the drawer is closed, and what is missing or too much in it is booked.

    Raises `Refused` (`no_drawer`).
    """
    check_role(by.role, FLOOR)
    row = await drawers.count(
        desk.database, by.restaurant_id, counted=asked.counted, note=asked.note, by=by.staff_id, now=desk.now()
    )
    if row is None:
        raise errors.Refused(Refusal("no_drawer", "No drawer is open."))
    log.info("the drawer was counted", drawer=row.id, by=by.staff_id)
    return await told(desk, row)


async def told(desk: Desk, row: Drawer) -> dict[str, Any]:
    """A drawer as staff read it, with what happened in it."""
    moved = await drawers.movements(desk.database, row.restaurant_id, row.opened_at, row.counted_at or desk.now())
    names = await names_of(desk, (row.opened_by, row.counted_by))
    expected = row.expected
    if expected is None:
        expected = await drawers.balance(desk.database, row.restaurant_id)
    members = {
        "id": row.id,
        "currency": row.currency,
        "openedAt": timestamp(row.opened_at),
        "openedBy": names.get(row.opened_by),
        "opening": row.opening,
        "carried": row.carried,
        "cashIn": moved.cash_in,
        "change": moved.change,
        "handedBack": moved.handed_back,
        "expected": expected,
        "countedAt": timestamp(row.counted_at) if row.counted_at else None,
        "countedBy": names.get(row.counted_by or ""),
        "counted": row.counted,
        "difference": row.counted - expected if row.counted is not None else None,
        "note": row.note,
    }
    return {name: value for name, value in members.items() if value is not None}


async def names_of(desk: Desk, people: Iterable[str | None]) -> dict[str, str]:
    """What members of staff are called."""
    found = [await staff.by_id(desk.database, each) for each in sorted({one for one in people if one})]
    return {account.id: account.name for account in found if account}
