"""The floor: every table of a restaurant with its summary."""

from typing import Any

from app.actions.desk import Desk


async def floor(desk: Desk, restaurant_id: str) -> dict[str, Any]:
    """`GET /floor`: `{"tables": {"<table id>": tile}}`."""
    raise NotImplementedError


async def tile(desk: Desk, restaurant_id: str, table_id: str) -> dict[str, Any] | None:
    """One table of the floor; None if the restaurant has no such table."""
    raise NotImplementedError
