"""Answers about findings."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.web.shown import Reply


class Finding(Reply):
    """A difference between the books and the provider, for people to look at."""

    id: str
    kind: Annotated[str, Field(description="a stable word")]
    title: str
    advice: str
    subject: Annotated[str, Field(description="an id of ours or of the provider")]
    table_session_id: str | None = None
    state: Literal["open", "resolved", "closed"]
    facts: dict[str, Any]
    seen: int
    first_seen_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    note: str | None = None


class Findings(Reply):
    """A page of them, the newest first."""

    findings: list[Finding]
    open: Annotated[dict[str, int], Field(description="how many are open, by kind")]
    next: Annotated[str | None, Field(description="`before` of the next page")] = None
