"""How parts of a bill become plain JSON, for the view and for a tile of the floor alike."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from app.domain.bill import Bill, Request

__all__ = ["JSON", "members", "requests", "same", "shown_each", "timestamp"]

JSON = dict[str, Any]

Thing = TypeVar("Thing")
Shown = TypeVar("Shown")


@lru_cache(maxsize=512)
def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: ``2026-11-21T18:04:05.123456Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def members(**each: object) -> JSON:
    """Only members that are there: a merge patch deletes by null, so a view has none."""
    return {key: value for key, value in each.items() if value is not None}


def same(bill: Bill, subject: str, *parts: object, show: Callable[[], Shown]) -> Shown:
    """What ``show`` makes of ``parts`` of the bill; what it made of the very same or equal ones, if it did so last."""
    seen = bill.recalled.get(subject)
    if seen is not None and seen[0] == parts:
        known: Shown = seen[1]
        return known
    shown = show()
    bill.recalled[subject] = (parts, shown)
    return shown


def shown_each(bill: Bill, subject: str, things: Mapping[str, Thing], show: Callable[[Thing], JSON]) -> JSON:
    """Each of ``things`` of the bill by its id; what is the very same as in the version seen last is not shown anew."""
    seen: tuple[Mapping[str, Thing], JSON] = bill.recalled.get(subject, ({}, {}))
    before, known = seen
    if before is things:
        return known
    shown = {name: known[name] if before.get(name) is thing else show(thing) for name, thing in things.items()}
    bill.recalled[subject] = (things, shown)
    return shown


def requests(bill: Bill) -> JSON:
    """Who asks for the staff, and for what."""
    return shown_each(bill, "requests", bill.requests, _request)


def _request(request: Request) -> JSON:
    return members(kind=request.what, by=request.guest, at=timestamp(request.at), claimedBy=request.claimed_by)
