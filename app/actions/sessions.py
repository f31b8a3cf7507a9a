"""Table sessions: opened by staff, read by everybody at the table."""

from dataclasses import dataclass
from typing import Any

from app.actions.access import Access, StaffAccess
from app.actions.desk import Desk


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole bill as the table sees it, and its position in the stream."""

    epoch: str
    version: int
    view: dict[str, Any]


async def may_enter(desk: Desk, stream: str, who: Access) -> None:
    """Make sure that `who` has business with this table session. Raises `NotFound`: others' look like none."""
    raise NotImplementedError


async def open_session(desk: Desk, table_id: str, covers: int | None, *, by: StaffAccess) -> str:
    """Staff seat a party; answers with the table session's id. Raises `NotFound`, `Refused` (`table_taken`)."""
    raise NotImplementedError


async def snapshot(desk: Desk, stream: str) -> Snapshot:
    """The newest bill. Raises `NotFound`."""
    raise NotImplementedError


async def events_since(desk: Desk, stream: str, epoch: str, n: int) -> list[bytes] | None:
    """The encoded `ev` frames after version `n`; None where only a snapshot helps (other epoch, ahead, too far)."""
    raise NotImplementedError
