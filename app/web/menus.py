"""The menu, and what is sold out."""

import hashlib

from starlette.responses import Response

from app.actions import menus
from app.actions.shapes import AvailabilityRequest
from app.web import answers
from app.web.calls import Asked
from app.web.rendering import squeezed
from app.web.shapes import Nothing


async def read(asked: Asked[Nothing]) -> Response:
    """Read the menu of a restaurant."""
    body = answers.encoded(await menus.menu(asked.desk, asked.path("restaurant")))
    tag = hashlib.sha256(body).hexdigest()[:16]
    return squeezed(asked.request, answers.tagged(asked.request, body, tag))


async def change(asked: Asked[AvailabilityRequest]) -> Response:
    """Mark a dish as sold out or available again, or count its portions."""
    await menus.set_availability(
        asked.desk, asked.path("item"), by=asked.staff, **asked.body.model_dump(exclude_unset=True)
    )
    return answers.nothing()
