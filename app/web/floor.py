"""The floor: every table with its summary."""

from starlette.responses import Response

from app.actions import floor
from app.web import answers
from app.web.calls import Asked
from app.web.rendering import squeezed
from app.web.shapes import Nothing


async def read(asked: Asked[Nothing]) -> Response:
    """Read the tables of the restaurant."""
    return squeezed(asked.request, answers.json(await floor.floor(asked.desk, asked.staff.restaurant_id)))
