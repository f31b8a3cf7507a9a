"""Money on its way back: asked for, decided, listed; and disputes, with what can be shown for them."""

from datetime import datetime

from starlette.responses import Response

from app.actions import evidence, refund_lists, refunds
from app.actions.access import StaffAccess
from app.actions.shapes import RefundRequest, TableRefundRequest
from app.storage.refunds import PAGE_MAX, Wanted
from app.storage.tables import REFUND_CAUSES, REFUND_STATES
from app.web import answers
from app.web.calls import Asked
from app.web.errors import Fault, Problem
from app.web.shapes import Because, Nothing

ACCEPTED = 202
PAGE = 50

REFUND_QUERY = {
    "state": "asked, declined, withdrawn, planned, pending, succeeded, failed; several with commas between",
    "cause": "staff, credit, surplus, provider, dispute; several with commas between",
    "payment": "of this payment",
    "session": "of this table session",
    "from": "asked for at this moment or later, RFC 3339",
    "to": "asked for before this moment",
    "cursor": "`next` of the page before",
    "limit": "1 to 100, 50 otherwise",
}
DISPUTE_QUERY = {
    "state": "open or closed; both otherwise",
    "payment": "of this payment",
    "cursor": "`next` of the page before",
    "limit": "1 to 100, 50 otherwise",
}


async def of_payment(asked: Asked[RefundRequest]) -> Response:
    """Send money of a payment back, or ask somebody who may."""
    wish = asked.body
    rows = await refunds.of_payment(
        asked.desk,
        asked.path("payment"),
        wish.back,
        tip=wish.tip,
        reason=wish.reason,
        owed_again=wish.owed_again,
        by=asked.staff,
        batch=_subject(asked.subject),
    )
    return answers.json({"refunds": await refund_lists.told(asked.desk, rows)}, ACCEPTED)


async def of_table(asked: Asked[TableRefundRequest]) -> Response:
    """Send money back over all payments of a split, or ask somebody who may."""
    wish = asked.body
    rows = await refunds.of_table(
        asked.desk,
        asked.session,
        wish.back,
        reason=wish.reason,
        owed_again=wish.owed_again,
        by=asked.staff,
        batch=_subject(asked.subject),
    )
    return answers.json({"refunds": await refund_lists.told(asked.desk, rows)}, ACCEPTED)


def _subject(subject: str | None) -> str:
    if subject is None:
        raise Problem("idempotency_key_required")
    return subject


async def approve(asked: Asked[Nothing]) -> Response:
    """Say yes to what somebody else asked for."""
    row = await refunds.approve(asked.desk, asked.path("refund"), by=asked.staff)
    return answers.json((await refund_lists.told(asked.desk, [row]))[0], ACCEPTED)


async def decline(asked: Asked[Because]) -> Response:
    """Say no to what was asked for, or take it back."""
    row = await refunds.decline(asked.desk, asked.path("refund"), asked.body.reason, by=asked.staff)
    return answers.json((await refund_lists.told(asked.desk, [row]))[0])


async def listed(asked: Asked[Nothing]) -> Response:
    """List the refunds, the newest first."""
    query = asked.request.query_params
    wanted = Wanted(
        asked.staff.restaurant_id,
        states=_words(asked, "state", REFUND_STATES),
        causes=_words(asked, "cause", REFUND_CAUSES),
        payment=query.get("payment"),
        stream=query.get("session"),
        since=_moment(asked, "from"),
        until=_moment(asked, "to"),
        before=query.get("cursor"),
        limit=_limit(asked),
    )
    return answers.json(await refund_lists.page(asked.desk, wanted, by=asked.staff))


async def one(asked: Asked[Nothing]) -> Response:
    """Show one refund."""
    return answers.json(await refund_lists.told_one(asked.desk, asked.path("refund"), by=asked.staff))


# Disputes


async def disputes(asked: Asked[Nothing]) -> Response:
    """List the disputes, the newest first."""
    state = _words(asked, "state", ("open", "closed"))
    query = asked.request.query_params
    page = await refund_lists.disputes_page(
        asked.desk,
        by=asked.staff,
        is_open=state == ("open",) if len(set(state)) == 1 else None,
        payment=query.get("payment"),
        before=query.get("cursor"),
        limit=_limit(asked),
    )
    return answers.json(page)


async def dispute(asked: Asked[Nothing]) -> Response:
    """Show one dispute."""
    return answers.json(await refund_lists.dispute(asked.desk, asked.path("dispute"), by=asked.staff))


async def evidence_file(asked: Asked[Nothing]) -> Response:
    """Hand out what can be shown for a disputed payment, as a file."""
    bundle = await _bundle(asked, asked.staff)
    name = f'attachment; filename="evidence-{asked.path("dispute")}.json"'
    return answers.json(bundle, headers={"content-disposition": name})


async def evidence_page(asked: Asked[Nothing]) -> Response:
    """Show the same as a page, to print."""
    return asked.house.pages.html(asked.request, "evidence.html", await _bundle(asked, asked.staff))


async def _bundle(asked: Asked[Nothing], by: StaffAccess) -> dict[str, object]:
    return await evidence.bundle(asked.desk, asked.path("dispute"), by=by)


# What a query says


def _words(asked: Asked[Nothing], name: str, admitted: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(word for word in asked.request.query_params.get(name, "").split(",") if word)
    if any(word not in admitted for word in words):
        raise _wrong(name, "one_of", "one of " + ", ".join(admitted))
    return words


def _moment(asked: Asked[Nothing], name: str) -> datetime | None:
    text = asked.request.query_params.get(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _wrong(name, "moment", "a moment like 2026-11-21T18:00:00Z")
    return at


def _limit(asked: Asked[Nothing]) -> int:
    text = asked.request.query_params.get("limit", str(PAGE))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= PAGE_MAX:
        raise _wrong("limit", "range", f"1 to {PAGE_MAX}")
    return int(text)


def _wrong(name: str, code: str, detail: str) -> Problem:
    return Problem(
        "invalid", "Something in the query is not valid; `errors` says what.", faults=[Fault(name, code, detail)]
    )
