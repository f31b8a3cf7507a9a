"""The audit log: what people did that no bill tells, one hash chain for each restaurant, never edited.

An entry is written in the transaction of what it tells (`add`), or by itself (`note`). Old entries go through
`forget` alone, which keeps the hash of the last one: what is left still proves itself.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.storage.chain import Fault
from app.storage.codec import NO_HASH, chained
from app.storage.database import Database, execute, insert_once
from app.storage.tables import AuditEntry, AuditForgotten, AuditHead

HOUSE = "house"
"""The chain of what concerns the whole installation."""

PAGE = 500
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what, when and where. `detail` holds ids, amounts and words; never a name, an address or a secret.

    `by` is a member of staff, a guest or `system`; `where` is the address they came from, where there is one.
    """

    chain: str
    at: datetime
    by: str
    what: str
    subject: str = ""
    role: str = ""
    where: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry with its place in the chain."""

    seq: int
    entry: Entry
    hash: bytes


async def add(session: AsyncSession, entry: Entry) -> int:
    """Put an entry at the end of its chain, in the caller's transaction; answers with its number."""
    await insert_once(session, AuditHead(chain=entry.chain, seq=0, hash=NO_HASH))
    query = select(AuditHead).where(AuditHead.chain == entry.chain).with_for_update()
    head = (await session.exec(query)).one()
    body = _encoded(entry, head.seq + 1)
    head.seq, head.hash = head.seq + 1, chained(head.hash, body)
    row = AuditEntry(
        chain=entry.chain,
        seq=head.seq,
        at=entry.at,
        by=entry.by,
        what=entry.what,
        subject=entry.subject,
        body=body,
        hash=head.hash,
    )
    session.add(row)
    await session.flush()
    return head.seq


async def note(database: Database, entry: Entry) -> int:
    """The same in a transaction of its own."""
    async with database.write() as session:
        return await add(session, entry)


def _encoded(entry: Entry, seq: int) -> bytes:
    members = {
        "at": entry.at.astimezone(UTC),
        "by": entry.by,
        "c": entry.chain,
        "d": dict(entry.detail),
        "k": entry.what,
        "n": seq,
        "p": entry.where,
        "r": entry.role,
        "s": entry.subject,
    }
    return orjson.dumps(members, option=_CANONICAL)


def _decoded(body: bytes) -> Entry:
    raw = orjson.loads(body)
    at = datetime.fromisoformat(raw["at"])
    return Entry(raw["c"], at, raw["by"], raw["k"], raw["s"], raw["r"], raw["p"], raw["d"])


async def newest(database: Database, chain: str, *, before: int | None = None, limit: int = 50) -> list[Kept]:
    """Entries of a chain, the newest first, those before number `before`."""
    query = select(AuditEntry).where(AuditEntry.chain == chain).order_by(col(AuditEntry.seq).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditEntry.seq) < before)
    async with database.read() as session:
        return [_kept(row) for row in (await session.exec(query)).all()]


async def since(database: Database, at: datetime, chain: str | None = None) -> AsyncIterator[Kept]:
    """Every entry of a chain, or of all chains, since that moment; chain by chain, the oldest first."""
    for name in await chains(database) if chain is None else [chain]:
        last = 0
        while page := await _page(database, name, last, at):
            for row in page:
                yield _kept(row)
            last = page[-1].seq


async def _page(database: Database, chain: str, last: int, at: datetime) -> Sequence[AuditEntry]:
    query = (
        select(AuditEntry)
        .where(AuditEntry.chain == chain, col(AuditEntry.seq) > last, col(AuditEntry.at) >= at)
        .order_by(col(AuditEntry.seq))
        .limit(PAGE)
    )
    async with database.read() as session:
        return (await session.exec(query)).all()


async def chains(database: Database) -> list[str]:
    """The names of all chains."""
    return [row[0] for row in await database.rows(sa.select(col(AuditHead.chain)).order_by(col(AuditHead.chain)))]


async def heads(database: Database, chain: str | None = None) -> list[AuditHead]:
    """Where each chain stands."""
    query = select(AuditHead).order_by(col(AuditHead.chain))
    if chain is not None:
        query = query.where(AuditHead.chain == chain)
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def hash_at(database: Database, chain: str, seq: int) -> bytes | None:
    """The hash of one entry; None where there is none (any more)."""
    for table in (AuditEntry, AuditForgotten):
        query = sa.select(col(table.hash)).where(col(table.chain) == chain, col(table.seq) == seq)
        if found := await database.rows(query):
            kept: bytes = found[0][0]
            return kept
    return None


async def has_forgotten(database: Database, chain: str, seq: int) -> bool:
    """Whether this entry is one of those whose time was over."""
    query = sa.select(col(AuditForgotten.seq)).where(col(AuditForgotten.chain) == chain, col(AuditForgotten.seq) >= seq)
    return bool(await database.rows(query.limit(1)))


async def forget(database: Database, before: datetime, now: datetime) -> int:
    """Let go of entries from before that moment; each chain says so itself, and keeps the hash it goes on from."""
    count = 0
    for chain in await chains(database):
        async with database.write() as session:
            count += await _forget(session, chain, before, now)
    return count


async def _forget(session: AsyncSession, chain: str, before: datetime, now: datetime) -> int:
    old = col(AuditEntry.at) < before
    query = select(AuditEntry).where(AuditEntry.chain == chain, old).order_by(col(AuditEntry.seq).desc()).limit(1)
    last = (await session.exec(query)).first()
    if last is None:
        return 0
    detail = {"upTo": last.seq, "hash": last.hash.hex()}
    await add(session, Entry(chain, now, "system", "audit.forgotten", chain, detail=detail))
    session.add(AuditForgotten(chain=chain, seq=last.seq, hash=last.hash, at=now))
    await session.flush()
    gone = sa.delete(AuditEntry).where(col(AuditEntry.chain) == chain, col(AuditEntry.seq) <= last.seq)
    return (await execute(session, gone)).rowcount


def _kept(row: AuditEntry) -> Kept:
    return Kept(row.seq, _decoded(row.body), row.hash)


# The proof


async def faults(database: Database) -> tuple[int, list[Fault]]:
    """How many entries there are, and the first place in each chain that is not as it was written."""
    count, found = 0, list[Fault]()
    for chain in await _every_chain(database):
        async with database.read() as session:
            head = await session.get(AuditHead, chain)
            start = await _start(session, chain)
            query = select(AuditEntry).where(AuditEntry.chain == chain).order_by(col(AuditEntry.seq))
            rows = (await session.exec(query)).all()
        count += len(rows)
        found += _faults(chain, head, start, rows)
    return count, found


async def _every_chain(database: Database) -> list[str]:
    """Chains that have a head, and those whose head somebody took away."""
    query = sa.select(col(AuditEntry.chain)).distinct()
    return sorted({*await chains(database), *(row[0] for row in await database.rows(query))})


async def _start(session: AsyncSession, chain: str) -> tuple[int, bytes]:
    query = (
        select(AuditForgotten).where(AuditForgotten.chain == chain).order_by(col(AuditForgotten.seq).desc()).limit(1)
    )
    last = (await session.exec(query)).first()
    return (last.seq, last.hash) if last else (0, NO_HASH)


def _faults(chain: str, head: AuditHead | None, start: tuple[int, bytes], rows: Sequence[AuditEntry]) -> list[Fault]:
    name, (place, digest) = f"audit {chain}", start
    for row in rows:
        place += 1
        if row.seq != place:
            return [Fault(name, place, f"a hole: the next entry is {row.seq}")]
        digest = chained(digest, row.body)
        if digest != row.hash:
            return [Fault(name, row.seq, "the hash does not follow from the one before it")]
        if not _is_itself(row):
            return [Fault(name, row.seq, "a column differs from the hashed bytes")]
    if head is None or (head.seq, head.hash) != (place, digest):
        return [Fault(name, 0, f"the head is not the last entry, {place}")]
    return []


def _is_itself(row: AuditEntry) -> bool:
    try:
        entry = _decoded(row.body)
    except (KeyError, TypeError, ValueError):
        return False
    columns = (row.chain, row.at, row.by, row.what, row.subject)
    return columns == (entry.chain, entry.at, entry.by, entry.what, entry.subject) and (
        _encoded(entry, row.seq) == row.body
    )
