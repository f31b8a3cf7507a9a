"""The review queue of suspicious payments, for the floor."""

from starlette.responses import Response

from app.actions import reviews
from app.web import answers
from app.web.calls import Asked
from app.web.shapes import Because, Nothing


async def listed(asked: Asked[Nothing]) -> Response:
    """List payments that wait for staff, or that were decided."""
    query = asked.request.query_params
    told = await reviews.listed(
        asked.desk, by=asked.staff, state=query.get("state", "open"), before=query.get("cursor")
    )
    return answers.json(told)


async def allow(asked: Asked[Because]) -> Response:
    """Let the guest pay by card for a while."""
    return await _decide(asked, "allowed")


async def block(asked: Asked[Because]) -> Response:
    """Let the guest pay in cash only, for a while."""
    return await _decide(asked, "blocked")


async def _decide(asked: Asked[Because], said: reviews.Said) -> Response:
    told = await reviews.decide(asked.desk, asked.path("review"), said, asked.body.reason, by=asked.staff)
    return answers.json(told)
