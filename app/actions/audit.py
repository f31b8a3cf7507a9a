"""The audit log as people use it: noting what they did, reading it, and taking it elsewhere with all chains' heads.

What happens to a bill is in the bill's own log, with who and when. Here is the rest: logins, reviews, exports and
erasures of people's data, refunds' approvals, and every change of the house that staff make.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import orjson
import structlog

from app.actions import errors
from app.actions.access import Access, StaffAccess
from app.actions.desk import Desk
from app.actions.roles import HOUSE, check_role
from app.storage import audit, heads
from app.storage.audit import Entry, Kept
from app.storage.database import Database
from app.storage.heads import KINDS, ChainHead

log = structlog.get_logger()

LISTED_MAX = 200


def entry(desk: Desk, by: Access, what: str, subject: str = "", detail: Mapping[str, Any] | None = None) -> Entry:
    """What `by` does now, for the audit log of their restaurant."""
    who, role, where = (by.staff_id, by.role, by.address) if isinstance(by, StaffAccess) else (by.guest_id, "guest", "")
    return Entry(by.restaurant_id, desk.now(), who, what, subject, role, where, detail or {})


async def note(desk: Desk, by: Access, what: str, subject: str = "", detail: Mapping[str, Any] | None = None) -> None:
    """Keep what somebody did, in a transaction of its own: `note(desk, by, "refund.approved", refund.id)`.

    `detail` holds ids, amounts and words; never a name, an address or a secret.
    """
    await audit.note(desk.database, entry(desk, by, what, subject, detail))


async def note_operator(
    desk: Desk, restaurant_id: str, what: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Keep what the operator did to a restaurant from the command line."""
    said = Entry(restaurant_id, desk.now(), "operator", what, subject, "operator", detail=detail or {})
    await audit.note(desk.database, said)


async def listed(desk: Desk, *, by: StaffAccess, before: str | None = None) -> dict[str, Any]:
    """`GET /audit`: the restaurant's entries, the newest first, those before the cursor."""
    check_role(by.role, HOUSE)
    found = await audit.newest(desk.database, by.restaurant_id, before=_place(before), limit=LISTED_MAX)
    told: dict[str, Any] = {"entries": [_told(one) for one in found]}
    return {**told, "next": str(found[-1].seq)} if len(found) == LISTED_MAX else told


def _place(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isdecimal() or len(cursor) > len(str(LISTED_MAX)) * 3:
        raise errors.Invalid([errors.FieldError(("cursor",), "invalid", "not a cursor of this list")])
    return int(cursor)


def _told(kept: Kept) -> dict[str, Any]:
    entry = kept.entry
    members = {
        "seq": kept.seq,
        "at": entry.at,
        "by": entry.by,
        "role": entry.role,
        "what": entry.what,
        "subject": entry.subject,
        "where": entry.where,
        "detail": dict(entry.detail),
    }
    return {name: value for name, value in members.items() if value != ""}


# Elsewhere


async def export(database: Database, since: datetime, restaurant_id: str | None = None) -> AsyncIterator[bytes]:
    """Lines of JSON: the entries since that moment, then where every chain stands; of one restaurant, or of all."""
    async for one in audit.since(database, since, restaurant_id):
        yield _line({**_told(one), "chain": one.entry.chain, "hash": one.hash.hex()})
    async for head in heads.heads(database, restaurant_id):
        yield _line({"head": {"chain": head.kind, "id": head.id, "seq": head.seq, "hash": head.hash.hex()}})


def _line(members: Mapping[str, Any]) -> bytes:
    return orjson.dumps(members, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def since(text: str) -> datetime:
    """A day or a moment, in UTC: `2026-11-21` or `2026-11-21T18:00:00Z`. Raises ValueError."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def heads_in(lines: Iterable[bytes | str]) -> Iterator[ChainHead]:
    """The heads among the lines of an export. Raises ValueError for a line that is none of its lines."""
    for line in lines:
        read = orjson.loads(line)
        if not isinstance(read, dict):
            raise ValueError("a line that is not an object")  # noqa: TRY004 - all that is wrong with a file is one error
        if "head" not in read:
            continue
        head = read["head"]
        kind = next((one for one in KINDS if one == head.get("chain")), None)
        if kind is None:
            raise ValueError("a head of no chain that we know")
        yield ChainHead(kind, str(head["id"]), int(head["seq"]), bytes.fromhex(head["hash"]))


async def keep_heads(desk: Desk, directory: Path) -> Path | None:
    """Write today's heads into a file of the directory, once a day whoever comes first; None if they are there."""
    today = desk.now().date()
    file = directory / f"heads-{today.isoformat()}.jsonl"
    if await asyncio.to_thread(file.exists):
        return None
    midnight = datetime.combine(today, time(), UTC)
    lines = [line async for line in export(desk.database, midnight) if line.startswith(b'{"head"')]
    await asyncio.to_thread(_write, file, lines)
    log.info("the heads of all chains are kept", file=str(file), heads=len(lines))
    return file


def _write(file: Path, lines: Iterable[bytes]) -> None:
    """All of it or nothing: a copy of a half-written file would prove nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.draft")
    with draft.open("wb") as out:
        out.writelines(lines)
    draft.replace(file)
