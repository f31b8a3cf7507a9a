"""Committed events as `ev` frames: each with the merge patch of the view, encoded once for everybody."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from app.actions.desk import Step
from app.domain.events import GuestRenamed
from app.domain.view import JSON, merge, patch, view
from realtime.frames import encode_event


def table_room(stream: str) -> str:
    """The room of a table session."""
    return f"table:{stream}"


def floor_room(restaurant_id: str) -> str:
    """The room of a restaurant's floor."""
    return f"floor:{restaurant_id}"


def encoded(stream: str, steps: Iterable[Step], names: Mapping[str, str], *, idle: timedelta) -> list[bytes]:
    """One frame per step, in order. `names` are those of now: a patch carries the name as it is, not as it was."""
    frames, shown, last = [], None, None
    for step in steps:
        before = shown if shown is not None and last is step.before else view(step.before, names, idle=idle)
        shown, last = view(step.after, names, idle=idle), step.after
        frames.append(_frame(stream, step, _patch(step, before, shown)))
    return frames


def _patch(step: Step, before: JSON, after: JSON) -> JSON:
    change = patch(before, after) if step.before.version else after
    fact = step.event.fact
    if isinstance(fact, GuestRenamed) and fact.guest in after["guests"]:
        # Views are made with the names of now, so this one's difference shows in neither.
        change = merge(change, {"guests": {fact.guest: {"name": after["guests"][fact.guest]["name"]}}})
    return change


def _frame(stream: str, step: Step, change: dict[str, Any]) -> bytes:
    event = step.event
    return encode_event(
        table_room(stream), event.seq, event.fact.kind, at=event.at, by=event.by, patch=change, cause=event.cause
    )
