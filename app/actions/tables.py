"""Physical tables and their QR codes."""

from dataclasses import dataclass
from typing import Literal

from app.actions import codes, errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import FLOOR, HOUSE, check_role
from app.storage import restaurants
from app.storage.tables import DiningTable


@dataclass(frozen=True, slots=True)
class TableCode:
    """A table with the code that is printed for it and the address behind it."""

    table_id: str
    label: str
    area: str
    seats: int
    code: str
    url: str


async def qr_codes(desk: Desk, restaurant_id: str) -> list[TableCode]:
    """All tables of a restaurant with their codes, in the order of the floor."""
    return [code_of(desk, table) for table in await restaurants.tables(desk.database, restaurant_id)]


def code_of(desk: Desk, table: DiningTable) -> TableCode:
    """The code of one table, as it is valid now."""
    code = codes.table_code(desk.policies.signing_keys, table.id, table.code_version)
    return TableCode(table.id, table.label, table.area, table.seats, code, f"{desk.policies.public_url}/t/{code}")


async def rotate_code(desk: Desk, table_id: str, *, by: StaffAccess) -> TableCode:
    """Make the printed code of a table stop working and give it a new one (managers)."""
    await _own_table(desk, table_id, by)
    check_role(by.role, HOUSE)
    await restaurants.rotate_code(desk.database, table_id)
    return code_of(desk, await _own_table(desk, table_id, by))


async def set_service(desk: Desk, table_id: str, service: Literal["free", "to_clean"], *, by: StaffAccess) -> None:
    """`PATCH /tables/{id}`: a cleared table is free again. Raises `NotFound`, `NotAllowed`."""
    await _own_table(desk, table_id, by)
    check_role(by.role, FLOOR)
    await restaurants.set_service(desk.database, table_id, service)
    desk.announce.table_changed(by.restaurant_id, table_id)


async def _own_table(desk: Desk, table_id: str, by: StaffAccess) -> DiningTable:
    table = await restaurants.table(desk.database, table_id)
    if table is None or table.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such table")
    return table
