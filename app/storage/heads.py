"""Where every chain stands: to be kept somewhere else, because whoever owns the database can rewrite a whole chain.

A head that was kept proves later that the chain up to it is still the one it was.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa

from app.storage import audit
from app.storage.chain import Fault
from app.storage.columns import columns_of
from app.storage.database import Database
from app.storage.tables import Forgotten, StoredEvent, TableSession

Kind = Literal["table_session", "forgotten", "audit"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PAGE = 1000

VISITS = columns_of(TableSession, "id", "version", "head_hash", "restaurant_id")
GONE = columns_of(Forgotten, "stream", "version", "head_hash", "restaurant_id")
EVENT = columns_of(StoredEvent, "stream", "seq", "hash")


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last number of one chain and the hash that stands there."""

    kind: Kind
    id: str
    seq: int
    hash: bytes


async def heads(database: Database, restaurant_id: str | None = None) -> AsyncIterator[ChainHead]:
    """The head of every chain, or of one restaurant's: its audit log, its visits, and those that are forgotten."""
    for one in await audit.heads(database, restaurant_id):
        yield ChainHead("audit", one.chain, one.seq, one.hash)
    async for row in _paged(database, VISITS, restaurant_id):
        yield ChainHead("table_session", *row)
    async for row in _paged(database, GONE, restaurant_id):
        yield ChainHead("forgotten", *row)


async def _paged(
    database: Database, columns: list[sa.Column[Any]], restaurant_id: str | None
) -> AsyncIterator[tuple[str, int, bytes]]:
    key, seq, digest, restaurant = columns
    last = ""
    while True:
        query = sa.select(key, seq, digest).where(key > last).order_by(key).limit(PAGE)
        if restaurant_id is not None:
            query = query.where(restaurant == restaurant_id)
        page = await database.rows(query)
        for row in page:
            yield row[0], row[1], bytes(row[2])
        if len(page) < PAGE:
            return
        last = page[-1][0]


async def differences(database: Database, kept: Iterable[ChainHead]) -> list[Fault]:
    """Every head that was kept once and that its chain does not have any more."""
    found = list[Fault]()
    for head in kept:
        now = await _hash(database, head)
        name = f"audit {head.id}" if head.kind == "audit" else head.id
        if now is None:
            found.append(Fault(name, head.seq, "was there when the heads were kept, and is not any more"))
        elif now != head.hash:
            found.append(Fault(name, head.seq, "is not what it was when the heads were kept"))
    return found


async def _hash(database: Database, head: ChainHead) -> bytes | None:
    """What stands at that place now; what was forgotten in the open is believed where nothing is left to compare."""
    if head.kind == "audit":
        found = await audit.hash_at(database, head.id, head.seq)
        return head.hash if found is None and await audit.has_forgotten(database, head.id, head.seq) else found
    stream, seq, digest = EVENT
    if rows := await database.rows(sa.select(digest).where(stream == head.id, seq == head.seq)):
        return bytes(rows[0][0])
    gone, version, last, _ = GONE
    for row in await database.rows(sa.select(version, last).where(gone == head.id, version >= head.seq)):
        return bytes(row[1]) if row[0] == head.seq else head.hash
    return None
