"""The kitchen: what has to be made."""

from starlette.responses import Response

from app.actions import kitchen
from app.web import answers
from app.web.calls import Asked
from app.web.rendering import squeezed
from app.web.shapes import Nothing


async def read(asked: Asked[Nothing]) -> Response:
    """Read the lines of all open visits that have to be made."""
    return squeezed(asked.request, answers.json(await kitchen.kitchen(asked.desk, asked.staff.restaurant_id)))
