"""Table sessions: opened by staff, read by everybody at the table."""

from dataclasses import dataclass
from typing import Any

import orjson

from app.actions import bills, errors, frames, visits
from app.actions.access import Access, GuestAccess, StaffAccess
from app.actions.desk import Desk, Step
from app.actions.roles import FLOOR, check_role
from app.actions.shelf import Kept
from app.domain.evolve import evolve
from app.domain.refusals import Refusal
from app.domain.view import view
from app.storage import restaurants
from app.storage.log import Head, TableTaken

EVENTS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole bill as the table sees it, and its position in the stream."""

    epoch: str
    version: int
    view: dict[str, Any]


async def may_enter(desk: Desk, stream: str, who: Access) -> None:
    """Make sure that `who` has business with this table session. Raises `NotFound`: others' look like none."""
    if isinstance(who, GuestAccess):
        allowed = who.stream == stream
    else:
        head = await desk.log.head(stream)
        allowed = head is not None and head.restaurant_id == who.restaurant_id
    if not allowed:
        raise errors.NotFound("there is no such table session")


async def open_session(desk: Desk, table_id: str, covers: int | None, *, by: StaffAccess) -> str:
    """Staff seat a party; answers with the table session's id. Raises `NotFound`, `Refused` (`table_taken`)."""
    check_role(by.role, FLOOR)
    table = await restaurants.table(desk.database, table_id)
    house = await restaurants.restaurant(desk.database, by.restaurant_id)
    if table is None or house is None or table.restaurant_id != house.id:
        raise errors.NotFound("there is no such table")
    stream = desk.new_id()
    try:
        await visits.open_visit(desk, stream, house, table, by=by.actor, covers=covers)
    except TableTaken:
        raise errors.Refused(Refusal("table_taken", "There is a visit going on at this table.")) from None
    return stream


async def snapshot(desk: Desk, stream: str) -> Snapshot:
    """The newest bill. Raises `NotFound`."""
    return _shown(desk, await bills.newest(desk, stream))


async def glimpse(desk: Desk, stream: str, head: Head | None) -> Snapshot:
    """The newest bill for a room that keeps what it is told. Raises `NotFound`; `head` is where the log has it.

    Nothing is read that is known. A bill that nobody works on is folded for this alone and not put on the shelf: what
    thousands of idle phones cost is their connections.
    """
    if head is None:
        raise errors.NotFound("there is no such table session")
    kept = desk.shelf.at_hand(stream)
    if kept is None or not kept.bill.version:
        await desk.shelf.load(stream, kept := Kept(), head)
    elif (head.epoch, head.version) != (kept.epoch, kept.bill.version):
        kept = await bills.newest(desk, stream)
    return _shown(desk, kept)


def _shown(desk: Desk, kept: Kept) -> Snapshot:
    return Snapshot(kept.epoch, kept.bill.version, view(kept.bill, kept.names, idle=desk.policies.session_idle))


async def events_since(desk: Desk, stream: str, epoch: str, n: int) -> list[bytes] | None:
    """The encoded `ev` frames after version `n`; None where only a snapshot helps (other epoch, ahead, too far)."""
    kept = await bills.newest(desk, stream)
    if epoch != kept.epoch or not 0 <= kept.bill.version - n <= EVENTS_MAX:
        return None
    bill, steps = kept.not_after(n), list[Step]()
    for event in await desk.log.since(stream, bill.version):
        after = evolve(bill, event)
        if event.seq > n:
            steps.append(Step(event, bill, after))
        bill = after
    return frames.encoded(stream, steps, kept.names, idle=desk.policies.session_idle)


def as_json(view_: dict[str, Any]) -> bytes:
    """A view as the bytes that go over the wire."""
    return orjson.dumps(view_)
