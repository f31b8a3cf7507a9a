"""Table sessions: opened by staff, read by everybody at the table, followed by long poll."""

from dataclasses import dataclass

import orjson
from starlette.responses import Response

from app.actions import sessions
from app.actions.access import GuestAccess
from app.actions.shapes import OpenRequest
from app.web import answers
from app.web.bodies import invalid
from app.web.calls import Asked
from app.web.errors import Fault
from app.web.rendering import squeezed
from app.web.shapes import Nothing

CREATED = 201
NUMBER_DIGITS_MAX = 15


async def open_table(asked: Asked[OpenRequest]) -> Response:
    """Seat a party at a free table."""
    stream = await sessions.open_session(asked.desk, asked.body.table_id, asked.body.covers, by=asked.staff)
    now = await sessions.snapshot(asked.desk, stream)
    position = {"id": stream, "epoch": now.epoch, "version": now.version}
    location = {"location": f"/api/v1/table-sessions/{stream}"}
    return answers.json({"tableSession": position, "view": now.view}, CREATED, location)


async def read(asked: Asked[Nothing]) -> Response:
    """Read the whole bill."""
    now = await sessions.snapshot(asked.desk, asked.session)
    body = answers.encoded(_whole(now))
    return squeezed(asked.request, answers.tagged(asked.request, body, now.epoch, now.version))


@dataclass(frozen=True, slots=True)
class Since:
    """Where a caller stands: the version ``n`` of the stream in its ``epoch``."""

    epoch: str
    n: int


async def events(asked: Asked[Nothing]) -> Response:
    """Wait for what happens after ``since``: the socket's events, for those whom no socket reaches."""
    since, wait_s = _since(asked), _wait_s(asked)
    now = await sessions.snapshot(asked.desk, asked.session)
    if since is None:
        return _instead(asked, now, "first")
    if since.epoch != now.epoch:
        return _instead(asked, now, "epoch")
    if since.n > now.version:
        return _instead(asked, now, "ahead")
    if since.n == now.version and wait_s:
        await _wait(asked, since.n, wait_s)
    frames = await sessions.events_since(asked.desk, asked.session, since.epoch, since.n)
    if frames is None:
        return _instead(asked, await sessions.snapshot(asked.desk, asked.session), "too_far")
    position = {"epoch": since.epoch, "version": since.n + len(frames)}
    return answers.json({**position, "events": [orjson.Fragment(frame) for frame in frames]})


async def _wait(asked: Asked[Nothing], n: int, wait_s: float) -> None:
    room = f"table:{asked.session}"
    if isinstance(asked.who, GuestAccess):
        asked.hub.announce(room, asked.who.guest_id)
    with asked.house.long_polls.admit() as is_inside:
        # Without a place the answer comes at once: slower for the one who asks, and never wrong.
        if is_inside:
            await asked.hub.wait_beyond(room, n, wait_s)


def _instead(asked: Asked[Nothing], now: sessions.Snapshot, why: str) -> Response:
    return squeezed(asked.request, answers.json({**_whole(now), "why": why}))


def _whole(now: sessions.Snapshot) -> dict[str, object]:
    return {"epoch": now.epoch, "version": now.version, "view": now.view}


def _since(asked: Asked[Nothing]) -> Since | None:
    given = asked.request.query_params.get("since")
    if given is None:
        return None
    epoch, _, n = given.rpartition(".")
    if not epoch or not _is_number(n):
        raise invalid([Fault("since", "invalid", "must be the epoch and a version: x7f2.1839")])
    return Since(epoch, int(n))


def _wait_s(asked: Asked[Nothing]) -> float:
    given = asked.request.query_params.get("wait", "0")
    if not _is_number(given):
        raise invalid([Fault("wait", "invalid", "must be a whole number of seconds")])
    return min(int(given), asked.site.long_poll_s_max)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS_MAX
