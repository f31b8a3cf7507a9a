"""Findings: what the books and the provider do not agree about, for owner and manager."""

from starlette.responses import Response

from app.actions import findings
from app.web import answers
from app.web.calls import Asked
from app.web.shapes import Noted, Nothing


async def listed(asked: Asked[Nothing]) -> Response:
    """List the restaurant's findings, the newest first."""
    query = asked.request.query_params
    told = await findings.listed(
        asked.desk, by=asked.staff, state=query.get("state", "open"), before=query.get("before")
    )
    return answers.json(told)


async def one(asked: Asked[Nothing]) -> Response:
    """Show one finding."""
    return answers.json(await findings.one(asked.desk, asked.path("finding"), by=asked.staff))


async def close(asked: Asked[Noted]) -> Response:
    """Say what a finding was about, and close it."""
    told = await findings.close(asked.desk, asked.path("finding"), asked.body.note, by=asked.staff)
    return answers.json(told)
