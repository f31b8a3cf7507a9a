"""What the hash chain of a stream proves, and the first place where it does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from app.domain.events import Event
from app.storage.appends import Head
from app.storage.codec import NO_HASH, Codec, Unreadable, chained
from app.storage.columns import columns_of
from app.storage.tables import StoredEvent

LINKS = (
    sa.select(*columns_of(StoredEvent, "seq", "at", "by", "kind", "v", "cause", "body", "hash"))
    .where(col(StoredEvent.stream) == sa.bindparam("stream"))
    .order_by(col(StoredEvent.seq))
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it must be: in which stream, at which event (0: not at one), and what."""

    stream: str
    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Link:
    """An event as it lies in the database, column by column."""

    seq: int
    at: datetime
    by: str
    kind: str
    v: int
    cause: str | None
    body: bytes
    hash: bytes


def faults(head: Head, links: Sequence[Link], codec: Codec) -> list[Fault]:
    """Everything that is wrong with one stream: holes, broken hashes, edited columns, a head that is elsewhere.

    After the first broken hash or hole nothing more can be said of the chain, so it is the last that is reported.
    """
    digest = NO_HASH
    for place, link in enumerate(links, start=1):
        if link.seq != place:
            return [Fault(head.stream, place, f"a hole: the next event is {link.seq}")]
        digest = chained(digest, link.body)
        if digest != link.hash:
            return [Fault(head.stream, link.seq, "the hash does not follow from the one before it")]
        if what := _difference(head.stream, link, codec):
            return [Fault(head.stream, link.seq, what)]
    if head.version != len(links):
        return [Fault(head.stream, 0, f"the head is at {head.version}, the last event at {len(links)}")]
    return [] if head.hash == digest else [Fault(head.stream, 0, "the head's hash is not the last event's")]


def _difference(stream: str, link: Link, codec: Codec) -> str | None:
    """What the columns of an event say otherwise than the bytes that were hashed."""
    try:
        event = codec.decode(link.body)
    except Unreadable as error:
        return str(error)
    columns = Event(seq=link.seq, at=link.at, by=link.by, cause=link.cause, fact=event.fact)
    if columns != event or link.kind != event.fact.kind:
        return "a column differs from the hashed bytes"
    if link.v == event.fact.v and codec.encode(stream, event) != link.body:
        return "the bytes are not this stream's, or not canonical"
    return None
