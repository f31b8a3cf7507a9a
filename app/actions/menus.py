"""The menu as guests read it, and what is sold out."""

from typing import Any

from app.actions.access import StaffAccess
from app.actions.desk import Desk


async def menu(desk: Desk, restaurant_id: str) -> dict[str, Any]:
    """`GET /menus/{restaurantId}`, camelCase members as in the API. Raises `NotFound`."""
    raise NotImplementedError


async def set_availability(
    desk: Desk, item_id: str, *, by: StaffAccess, available: bool | None = None, left: int | None = None
) -> None:
    """86 a dish, bring it back, or count its portions. Raises `NotFound`, `NotAllowed`."""
    raise NotImplementedError
