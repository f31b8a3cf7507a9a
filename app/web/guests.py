"""A guest's seat: taken, renamed, left."""

from starlette.responses import Response

from app.actions import guests, sessions
from app.actions.errors import ApprovalPending
from app.actions.shapes import JoinRequest, Rename
from app.web import access, answers
from app.web.calls import Asked
from app.web.shapes import Nothing

CREATED, OK, ACCEPTED = 201, 200, 202


async def join(asked: Asked[JoinRequest]) -> Response:
    """Take a seat at the table behind a code; the same phone gets its seat back (200)."""
    body, cookies = asked.body, access.Cookies.of(asked.request, asked.site)
    device = cookies.device or asked.desk.new_token()
    seat_token = access.bearer(asked.request)
    try:
        joined = await guests.join(
            asked.desk,
            body.code,
            name=body.name,
            pin=body.pin,
            visit=body.visit,
            device=device,
            seat_token=seat_token,
        )
    except ApprovalPending as pending:
        return _waiting(asked, pending, device)
    answer = answers.json(await _seated(asked, joined), CREATED if joined.created else OK)
    return _remembered(asked, answer, joined.stream, joined.token, device)


async def rename(asked: Asked[Rename]) -> Response:
    """Change my name."""
    await guests.rename(asked.desk, asked.guest, asked.body.name)
    return answers.nothing()


async def leave(asked: Asked[Nothing]) -> Response:
    """Leave the table; what is not paid or being paid is given back."""
    await guests.leave(asked.desk, asked.guest)
    answer = answers.nothing()
    access.drop_seat(answer, asked.site, asked.guest.stream)
    return answer


async def _seated(asked: Asked[JoinRequest], joined: guests.Joined) -> dict[str, object]:
    now = await sessions.snapshot(asked.desk, joined.stream)
    seat: dict[str, object] = {
        "token": joined.token,
        "guest": {"id": joined.guest_id, "name": joined.name, "color": joined.color},
        "tableSession": {"id": joined.stream, "epoch": now.epoch, "version": now.version},
        "view": now.view,
    }
    return seat | ({"pin": joined.pin} if joined.pin else {})


def _waiting(asked: Asked[JoinRequest], pending: ApprovalPending, device: str) -> Response:
    body = {"code": pending.code, "detail": pending.detail, "token": pending.token}
    answer = answers.json({**body, "tableSession": {"id": pending.stream}}, ACCEPTED)
    return _remembered(asked, answer, pending.stream, pending.token, device)


def _remembered(asked: Asked[JoinRequest], answer: Response, stream: str, token: str, device: str) -> Response:
    access.keep_seat(answer, asked.site, stream, token)
    access.keep_device(answer, asked.site, device)
    return answer
