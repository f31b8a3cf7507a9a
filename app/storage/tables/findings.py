"""What the books and the provider do not agree about, and who looks for it when."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel

from app.storage.columns import Json, Utc, one_of

FINDING_STATES = ("open", "resolved", "closed")


class Finding(SQLModel, table=True):
    """A difference for people to look at; at most one is open for each kind and subject.

    `resolved` ended by itself because the difference went away, `closed` because a person said so in `note`. `subject`
    is an id of ours or of the provider. Without a restaurant nobody could say whose it is: the operator's to see.
    """

    __tablename__ = "findings"
    __table_args__ = (
        one_of("state", FINDING_STATES),
        Index(
            "uq_findings_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str | None = Field(default=None, foreign_key="restaurants.id", index=True, max_length=26)
    stream: str | None = Field(default=None, max_length=26)
    kind: str = Field(max_length=40)
    subject: str = Field(max_length=120)
    facts: dict[str, Any] = Field(sa_type=Json)
    state: str = Field(default="open", max_length=16)
    seen: int = 1
    first_seen_at: datetime = Field(sa_type=Utc)
    last_seen_at: datetime = Field(sa_type=Utc)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    closed_by: str | None = Field(default=None, max_length=26)
    note: str | None = Field(default=None, max_length=200)


class ScheduledJob(SQLModel, table=True):
    """Something one node does for all of them: whoever moves `next_at` ahead does it."""

    __tablename__ = "scheduled_jobs"

    name: str = Field(primary_key=True, max_length=60)
    next_at: datetime = Field(sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc)
