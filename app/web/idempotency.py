"""Idempotency-Key: a request that moves money is done once, and everybody who sends it again hears the same answer.

A key belongs to one restaurant and one guest or member of staff. The row is taken in a transaction of its own before
anything happens, and holds the id that the new thing will have: a retry after a crash goes on with the same thing.
"""

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from app.actions.access import Access, GuestAccess
from app.actions.errors import ActionError, NeedsApproval
from app.ids import new_id
from app.storage import idempotency as kept
from app.storage.appends import Unavailable
from app.web import errors, limits
from app.web.errors import MEDIA_TYPE, Problem
from app.web.state import AppState

if TYPE_CHECKING:
    from app.web.calls import Asked, Call

log = structlog.get_logger()

HEADER = "idempotency-key"
REPLAYED = {"idempotent-replayed": "true", "cache-control": "no-store"}
RETRY_AFTER_S_MAX = 2
"""A request rarely takes longer; the row's own estimate is when a dead one may be taken over."""

TOO_MANY = 429

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


async def once(found: "Call", asked: "Asked[Any]", raw: bytes, key: str) -> Response:
    """Run the handler of ``found`` unless this key was used before; then answer as it was answered."""
    scope = scope_of(asked.by)
    database, clock = asked.desk.database, asked.desk.clock
    body_hash = fingerprint(asked.request.method, asked.request.url.path, raw)
    verdict = await kept.begin(database, scope, key, body_hash, subject=new_id(), now=clock())
    match verdict:
        case kept.Replay():
            asked.house.metrics.replayed()
            return _again(verdict)
        case kept.InProgress():
            wait_s = min(verdict.retry_after_s, RETRY_AFTER_S_MAX)
            raise Problem("duplicate_in_progress", headers={"retry-after": str(wait_s)})
        case kept.OtherBody():
            raise Problem("idempotency_key_reused")
    return await _first(found, asked.making(verdict.subject), scope, key)


async def _first(found: "Call", asked: "Asked[Any]", scope: str, key: str) -> Response:
    database, clock = asked.desk.database, asked.desk.clock
    try:
        await limits.spend(asked, found.limits)
    except Problem:
        await kept.release(database, scope, key, clock())
        raise
    try:
        answer = await found.handler(asked)
    except NeedsApproval as error:
        # Asked again once staff have said yes, under the same key.
        await kept.release(database, scope, key, clock())
        return await errors.answer(asked.request, error)
    except (ActionError, Problem, Unavailable) as error:
        answer = await errors.answer(asked.request, error)
    except BaseException:
        # Nobody knows what happened: the next one with this key goes on with the same subject.
        await asyncio.shield(kept.release(database, scope, key, clock()))
        raise
    body = bytes(answer.body)
    if answer.status_code == TOO_MANY:
        # Turned away is not tried: the key is as good as new.
        await kept.release(database, scope, key, clock())
        return answer
    await kept.complete(database, scope, key, status=answer.status_code, body=body, now=clock())
    return answer


def scope_of(who: Access) -> str:
    """Whose keys these are: the same word of two guests means two things."""
    if isinstance(who, GuestAccess):
        return f"{who.restaurant_id}:guest:{who.guest_id}"
    return f"{who.restaurant_id}:staff:{who.staff_id}"


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What is remembered of a request, to know it again."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).digest()


def key_of(request: "Request[AppState]") -> str:
    """The caller's name for this request. Raises `Problem` where there is none, or one that is no key."""
    given = request.headers.get(HEADER, "")
    if not given:
        raise Problem("idempotency_key_required")
    if not _KEY.fullmatch(given):
        fault = errors.Fault(HEADER, "invalid", "1 to 255 printable ASCII characters without spaces")
        raise Problem("invalid", "The Idempotency-Key is not valid.", faults=[fault])
    return given


def _again(answer: kept.Replay) -> Response:
    is_error = answer.status >= kept.CLIENT_ERROR
    return Response(answer.body, answer.status, REPLAYED, MEDIA_TYPE if is_error else "application/json")
