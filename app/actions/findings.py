"""Findings: what the books and the provider do not agree about, shown to people until it is gone or they say why.

A finding moves no money. What can be repaired is repaired by looking at the provider's object again; a finding is
left for what a look does not explain.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from app.actions import errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import HOUSE, check_role
from app.domain.refusals import Refusal
from app.domain.view import timestamp
from app.storage import findings, staff
from app.storage.tables import Finding

log = structlog.get_logger()

KINDS: Mapping[str, tuple[str, str]] = {
    "mismatch": (
        "The provider's object is not what was asked for",
        "Amount, currency or metadata differ, so it was not booked. Compare it in the provider's dashboard.",
    ),
    "unknown_status": (
        "The provider reports a status this version does not know",
        "No money was booked for it. Look in the dashboard, and for a newer version of this server.",
    ),
    "never_answered": (
        "A call to the provider ended without anybody knowing how",
        "It was looked up instead of being sent again. Check in the dashboard that it is not there twice.",
    ),
    "missing_here": (
        "The provider took or returned money that the books do not have",
        "It is looked at again by itself. If it stays, book it by hand and say so here.",
    ),
    "missing_there": (
        "The books have money that the provider does not",
        "Check that the right account and mode are set, then correct the bill.",
    ),
    "orphan": (
        "The provider has a payment of ours that belongs to no visit",
        "Probably from a backup or a test on the same account. Return it in the dashboard if a guest paid it.",
    ),
    "refund_failed": (
        "A refund did not arrive",
        "The money is owed to the guest again. Return it another way.",
    ),
    "dispute_over_refund": (
        "A payment is disputed while its refund is under way",
        "Do not return it twice: answer the dispute with the refund.",
    ),
    "wrong_account": (
        "An event came for another account than its payment's",
        "It was not booked. Check which webhook endpoint sends to this server.",
    ),
    "params_differ": (
        "A call would have gone out under a key that was used for something else",
        "It was stopped. Nothing more is sent for it; report this.",
    ),
    "dead_event": (
        "An event could not be worked on for a day",
        "See its last error, then have it worked on again with `splittable replay`.",
    ),
    "card_testing": (
        "Card after card was declined at one table",
        "The table takes no cards for a while, cash goes on. Look who sits there; make its code void if it was copied.",
    ),
    "open_24h": (
        "A card payment is open for more than a day",
        "Look in the dashboard whether the guest paid. It may be released on the bill.",
    ),
}
"""What each kind means, and what to do about it."""

STATES = ("open", "resolved", "closed")


async def raise_finding(
    desk: Desk,
    kind: str,
    subject: str,
    *,
    stream: str | None = None,
    restaurant: str | None = None,
    facts: dict[str, Any],
) -> None:
    """Show a difference to people: one open finding for each kind and subject, however often it is raised.

    `facts` holds ids, words and amounts in minor units, nothing about persons. What a person closed comes back only
    with other facts.
    """
    if kind not in KINDS:
        raise ValueError(f"nobody has said what a finding of kind {kind} means")
    if restaurant is None and stream is not None:
        restaurant = await findings.restaurant_of(desk.database, stream)
    now = desk.now()
    row = Finding(
        id=desk.new_id(),
        restaurant_id=restaurant,
        stream=stream,
        kind=kind,
        subject=subject,
        facts=facts,
        first_seen_at=now,
        last_seen_at=now,
    )
    kept = await findings.raise_open(desk.database, row)
    if kept is not None and kept.id == row.id:
        log.error("a finding", kind=kind, subject=subject, stream=stream, **_loggable(facts))


def _loggable(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {f"fact_{name}": value for name, value in facts.items()}


async def settle_finding(desk: Desk, kind: str, subject: str) -> None:
    """The difference is gone: its finding, if one is open, ends by itself."""
    if await findings.resolve(desk.database, kind, subject, desk.now()):
        log.info("a finding is gone", kind=kind, subject=subject)


async def listed(desk: Desk, *, by: StaffAccess, state: str = "open", before: str | None = None) -> dict[str, Any]:
    """`GET /findings`: a page of the restaurant's, the newest first, and how many of each kind are open."""
    check_role(by.role, HOUSE)
    if state not in (*STATES, "all"):
        words = ", ".join((*STATES, "all"))
        raise errors.Invalid([errors.FieldError(("state",), "one_of", f"one of {words}")])
    wanted = None if state == "all" else state
    rows = await findings.listed(desk.database, restaurant=by.restaurant_id, state=wanted, before=before)
    names = await _names(desk, rows)
    told: dict[str, Any] = {
        "findings": [_told(row, names) for row in rows],
        "open": await findings.counts(desk.database, by.restaurant_id),
    }
    return {**told, "next": rows[-1].id} if len(rows) == findings.PAGE else told


async def one(desk: Desk, finding: str, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /findings/{finding}`. Raises `NotFound`, also for another restaurant's."""
    check_role(by.role, HOUSE)
    row = await findings.finding(desk.database, finding)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such finding")
    return _told(row, await _names(desk, [row]))


async def close(desk: Desk, finding: str, note: str, *, by: StaffAccess) -> dict[str, Any]:
    """A manager has looked into it and says what it was. Raises `Refused` (`finding_closed`), `NotFound`."""
    await one(desk, finding, by=by)
    if not await findings.close(desk.database, finding, by=by.staff_id, note=note, now=desk.now()):
        raise errors.Refused(Refusal("finding_closed", "This finding is not open any more."))
    log.info("a finding was closed", finding=finding, by=by.staff_id)
    return await one(desk, finding, by=by)


async def _names(desk: Desk, rows: Iterable[Finding]) -> dict[str, str]:
    closers = {row.closed_by for row in rows if row.closed_by}
    found = [await staff.by_id(desk.database, each) for each in sorted(closers)]
    return {account.id: account.name for account in found if account}


def _told(row: Finding, names: Mapping[str, str]) -> dict[str, Any]:
    title, advice = KINDS[row.kind]
    told = {
        "id": row.id,
        "kind": row.kind,
        "title": title,
        "advice": advice,
        "subject": row.subject,
        "tableSessionId": row.stream,
        "state": row.state,
        "facts": row.facts,
        "seen": row.seen,
        "firstSeenAt": timestamp(row.first_seen_at),
        "lastSeenAt": timestamp(row.last_seen_at),
        "closedAt": timestamp(row.closed_at) if row.closed_at else None,
        "closedBy": names.get(row.closed_by, "Somebody") if row.closed_by else None,
        "note": row.note,
    }
    return {name: value for name, value in told.items() if value is not None}
