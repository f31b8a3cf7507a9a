"""The review queue: what staff see of suspicious payments, and what they say about them."""

from contextlib import suppress
from typing import Any, Literal

from app.actions import audit, bills, errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.risk import REVIEW_LASTS
from app.actions.roles import FLOOR, check_role
from app.domain.commands import SYSTEM, AnswerRequest
from app.domain.refusals import Refusal
from app.storage import guests, restaurants, reviews, staff
from app.storage.reviews import Decision
from app.storage.tables import REVIEW_STATES, Review

LISTED_MAX = 50
Said = Literal["allowed", "blocked"]


async def listed(desk: Desk, *, by: StaffAccess, state: str = "open", before: str | None = None) -> dict[str, Any]:
    """`GET /reviews`: the restaurant's reviews in one state, the newest first. Raises `Invalid`, `NotAllowed`."""
    check_role(by.role, FLOOR)
    if state not in REVIEW_STATES:
        raise errors.Invalid([errors.FieldError(("state",), "one_of", f"one of {', '.join(REVIEW_STATES)}")])
    rows = await reviews.listed(desk.database, by.restaurant_id, state, before=before, limit=LISTED_MAX)
    told: dict[str, Any] = {"reviews": [await _told(desk, row) for row in rows]}
    return {**told, "next": rows[-1].id} if len(rows) == LISTED_MAX else told


async def decide(desk: Desk, review: str, said: Said, reason: str, *, by: StaffAccess) -> dict[str, Any]:
    """Approve or refuse the card payments of a guest for a while. Raises `NotFound`, `Refused` (`review_decided`)."""
    check_role(by.role, FLOOR)
    row = await reviews.one(desk.database, review)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such review")
    detail = {"guest": row.guest_id, "tableSession": row.stream, "payment": row.payment_id, "score": row.score}
    entry = audit.entry(desk, by, f"review.{said}", review, detail)
    decided = await reviews.decide(desk.database, review, Decision(said, by.staff_id, reason, desk.now()), entry)
    if decided is None:
        raise errors.Refused(Refusal("review_decided", "Somebody has decided this, or its time was over."))
    await _answer(desk, decided.stream, decided.request_id)
    return await _told(desk, decided)


async def _answer(desk: Desk, stream: str, request: str | None) -> None:
    """Take the table's request away: the guest's page sees that, and asks again."""
    if request is None:
        return
    with suppress(errors.ActionError):  # Answered on the floor already, or the visit is over.
        await bills.change(desk, stream, AnswerRequest(request), by=SYSTEM)


async def expire(desk: Desk) -> int:
    """End reviews that nobody decided in time; says how many."""
    now = desk.now()
    ended = await reviews.expire(desk.database, now - REVIEW_LASTS, now)
    for stream, request in ended:
        await _answer(desk, stream, request)
    return len(ended)


async def _told(desk: Desk, row: Review) -> dict[str, Any]:
    table = await restaurants.table(desk.database, row.table_id)
    names = await guests.names(desk.database, row.stream)
    members = {
        "id": row.id,
        "state": row.state,
        "verdict": row.verdict,
        "score": row.score,
        "tableSessionId": row.stream,
        "tableId": row.table_id,
        "table": table.label if table else "",
        "guestId": row.guest_id,
        "guest": names.get(row.guest_id, ""),
        "paymentId": row.payment_id,
        "amount": row.amount,
        "tipAmount": row.tip,
        "currency": row.currency,
        "signals": row.signals,
        "createdAt": row.created_at,
        "decidedAt": row.decided_at,
        "decidedBy": await _who(desk, row.decided_by),
        "reason": row.reason,
    }
    return {name: value for name, value in members.items() if value is not None}


async def _who(desk: Desk, by: str | None) -> str | None:
    if by is None or by == reviews.SYSTEM:
        return by
    member = await staff.by_id(desk.database, by)
    return member.name if member else by
