"""People's own data: told to them or to a manager, and erased."""

from starlette.responses import Response

from app.actions import privacy
from app.web import access, answers
from app.web.calls import Asked
from app.web.errors import Fault, Problem
from app.web.shapes import Nothing

PRIVATE = {"cache-control": "no-store"}


async def mine(asked: Asked[Nothing]) -> Response:
    """Tell me everything that is kept of me."""
    me = asked.guest
    return answers.json(await privacy.export(asked.desk, me.stream, me.guest_id, by=me), headers=PRIVATE)


async def erase_mine(asked: Asked[Nothing]) -> Response:
    """Erase who I was; at a running visit that is leaving the table too."""
    me = asked.guest
    erased = await privacy.erase(asked.desk, me.stream, me.guest_id, by=me)
    answer = answers.json({"erased": erased}, headers=PRIVATE)
    access.drop_seat(answer, asked.site, me.stream)
    return answer


async def export(asked: Asked[Nothing]) -> Response:
    """Tell everything that is kept of a guest of one visit."""
    told = await privacy.export(asked.desk, _visit(asked), asked.path("guest"), by=asked.staff)
    return answers.json(told, headers=PRIVATE)


async def erase(asked: Asked[Nothing]) -> Response:
    """Erase who a guest of one visit was."""
    erased = await privacy.erase(asked.desk, _visit(asked), asked.path("guest"), by=asked.staff)
    return answers.json({"erased": erased}, headers=PRIVATE)


def _visit(asked: Asked[Nothing]) -> str:
    named = asked.request.query_params.get("tableSession")
    if not named:
        fault = Fault("tableSession", "missing", "the table session that the guest was at")
        raise Problem("invalid", "Say which visit.", faults=[fault])
    return named
