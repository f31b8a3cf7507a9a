"""Reviews of suspicious payments, tries with cards, the audit log, and what has been forgotten."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel

from app.storage.columns import Json, Utc, one_of

VERDICTS = ("allow", "challenge", "block")
REVIEW_STATES = ("open", "allowed", "blocked", "expired")

_IS_OPEN = sa.text("state = 'open'")


class Review(SQLModel, table=True):
    """A payment that somebody wanted to start, how it was judged and why, and what staff said.

    `payment_id` is the id that it would have had. `signals` holds every figure that the verdict came from.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        one_of("verdict", VERDICTS),
        one_of("state", REVIEW_STATES),
        Index("ix_reviews_queue", "restaurant_id", "state", "id"),
        Index(
            "uq_reviews_one_open", "stream", "guest_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
        ),
    )

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    table_id: str = Field(max_length=26)
    guest_id: str = Field(index=True, max_length=26)
    payment_id: str = Field(max_length=26)
    request_id: str | None = Field(default=None, max_length=26)
    currency: str = Field(max_length=3)
    amount: int = Field(sa_type=sa.BigInteger)
    tip: int = Field(sa_type=sa.BigInteger)
    verdict: str = Field(max_length=16)
    score: int
    signals: list[dict[str, Any]] = Field(sa_type=Json)
    state: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=Utc)
    decided_at: datetime | None = Field(default=None, sa_type=Utc)
    decided_by: str | None = Field(default=None, max_length=64)
    reason: str | None = Field(default=None, max_length=200)


class CardTry(SQLModel, table=True):
    """One card that somebody tried, as we heard of it: a decline or a success.

    `attempt` is the provider's charge, so that it counts once however often we hear of it. `card` recognises the same
    card again and says nothing else of it.
    """

    __tablename__ = "card_tries"
    __table_args__ = (
        one_of("outcome", ("declined", "succeeded")),
        Index("ix_card_tries_house", "restaurant_id", "at"),
        Index("ix_card_tries_card", "card", "at"),
        Index("ix_card_tries_table", "table_id", "at"),
    )

    payment_id: str = Field(primary_key=True, max_length=26)
    attempt: str = Field(primary_key=True, max_length=120)
    stream: str = Field(index=True, max_length=26)
    restaurant_id: str = Field(max_length=26)
    table_id: str = Field(max_length=26)
    guest_id: str | None = Field(default=None, index=True, max_length=26)
    outcome: str = Field(max_length=16)
    card: str | None = Field(default=None, max_length=32)
    at: datetime = Field(sa_type=Utc)


class Bucket(SQLModel, table=True):
    """How often somebody did something lately, where Redis does not say: the moment at which a bucket is full again."""

    __tablename__ = "buckets"

    key: str = Field(primary_key=True, max_length=200)
    full_at: int = Field(index=True, sa_type=sa.BigInteger)


class AuditHead(SQLModel, table=True):
    """The end of one chain of the audit log: a restaurant's, or `house` for what concerns all of them."""

    __tablename__ = "audit_heads"

    chain: str = Field(primary_key=True, max_length=26)
    seq: int
    hash: bytes


class AuditEntry(SQLModel, table=True):
    """Something that somebody did and that no bill tells: who, what, when, where. Never edited.

    `body` is the canonical JSON that was hashed; the other columns are for finding it.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_at", "at"),)

    chain: str = Field(primary_key=True, max_length=26)
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    by: str = Field(max_length=64)
    what: str = Field(max_length=64)
    subject: str = Field(max_length=64)
    body: bytes
    hash: bytes


class AuditForgotten(SQLModel, table=True):
    """Where a chain begins by now: everything up to `seq` is past its time, `hash` is what its last entry had."""

    __tablename__ = "audit_forgotten"

    chain: str = Field(primary_key=True, max_length=26)
    seq: int = Field(primary_key=True)
    hash: bytes
    at: datetime = Field(sa_type=Utc)


class Forgotten(SQLModel, table=True):
    """What is left of a visit whose time of keeping is over: that it was there, and the head of its chain."""

    __tablename__ = "forgotten"

    stream: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(index=True, max_length=26)
    version: int
    head_hash: bytes
    opened_at: datetime = Field(sa_type=Utc)
    ended_at: datetime = Field(sa_type=Utc)
    forgotten_at: datetime = Field(sa_type=Utc)
