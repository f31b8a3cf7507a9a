"""Physical tables and their QR codes."""

from dataclasses import dataclass
from typing import Literal

from app.actions.access import StaffAccess
from app.actions.desk import Desk


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
    raise NotImplementedError


async def rotate_code(desk: Desk, table_id: str, *, by: StaffAccess) -> TableCode:
    """Make the printed code of a table stop working and give it a new one (managers)."""
    raise NotImplementedError


async def set_service(desk: Desk, table_id: str, service: Literal["free", "to_clean"], *, by: StaffAccess) -> None:
    """`PATCH /tables/{id}`: a cleared table is free again. Raises `NotFound`, `NotAllowed`."""
    raise NotImplementedError
