"""The audit log: noted for every call of staff that no bill tells, shown to managers, and taken elsewhere."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from app.actions import audit, roles
from app.actions.access import StaffAccess
from app.web import answers
from app.web.errors import Fault, Problem
from app.web.shapes import Nothing

if TYPE_CHECKING:
    from app.web.calls import Asked, Call

LINES = "application/x-ndjson"
BAD_REQUEST = 400
REPLAYED = "idempotent-replayed"


async def noted(found: "Call", asked: "Asked[Any]", answer: Response) -> None:
    """Keep that a member of staff did something, unless the bill's own log tells it, or it was told before."""
    who = asked.who
    if not isinstance(who, StaffAccess) or found.in_log or found.method == "GET":
        return
    if answer.status_code >= BAD_REQUEST or REPLAYED in answer.headers:
        return
    about: dict[str, str] = dict(asked.request.path_params)
    await audit.note(asked.desk, who, found.id, next(reversed(about.values()), ""), about)


async def listed(asked: "Asked[Nothing]") -> Response:
    """List what staff did, the newest first."""
    cursor = asked.request.query_params.get("cursor")
    return answers.json(await audit.listed(asked.desk, by=asked.staff, before=cursor))


async def export(asked: "Asked[Nothing]") -> Response:
    """Give out the entries since a day, and the heads of all chains, as lines of JSON."""
    roles.check_role(asked.staff.role, roles.HOUSE)
    try:
        since = audit.since(asked.request.query_params.get("since", "1970-01-01"))
    except ValueError:
        fault = Fault("since", "invalid", "a day or a moment: 2026-11-21 or 2026-11-21T18:00:00Z")
        raise Problem("invalid", "This is no day.", faults=[fault]) from None
    await audit.note(asked.desk, asked.staff, "audit.exported", detail={"since": since.isoformat()})
    lines: AsyncIterator[bytes] = audit.export(asked.desk.database, since, asked.staff.restaurant_id)
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines, headers=headers, media_type=LINES)
