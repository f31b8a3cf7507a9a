"""The desk: everything an action needs to work with, made once a process in main and passed as first argument."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

from app import development, ids
from app.actions.measuring import Measures
from app.actions.shelf import Shelf
from app.domain.bill import Bill
from app.domain.events import Event
from app.payments.gateway import Gateway
from app.storage.database import Database
from app.storage.log import Log


@dataclass(frozen=True, slots=True)
class Step:
    """One committed event with the bill before and after it."""

    event: Event
    before: Bill
    after: Bill


@dataclass(frozen=True, slots=True)
class Advance:
    """A bill moved on: the committed `steps`, in order, of the stream `stream` in its `epoch`."""

    stream: str
    epoch: str
    steps: tuple[Step, ...]
    names: dict[str, str]


class Announcer(Protocol):
    """Tells everybody what was committed. Called after the commit; must neither wait nor raise."""

    def advanced(self, advance: Advance) -> None:
        """A bill moved on."""

    def table_changed(self, restaurant_id: str, table_id: str) -> None:
        """Something about a table changed that is not on its bill."""

    def removed(self, stream: str, guest_id: str) -> None:
        """This guest has no business in the room of `stream` any more."""


class Silence:
    """An announcer that tells nobody: for commands of the terminal, which have no phones."""

    def advanced(self, advance: Advance) -> None:
        """Tell nobody."""

    def table_changed(self, restaurant_id: str, table_id: str) -> None:
        """Tell nobody."""

    def removed(self, stream: str, guest_id: str) -> None:
        """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What the operator decided about the life of visits and payments; see the settings of the same names."""

    environment: str = "development"
    public_url: str = "http://127.0.0.1:8000"
    signing_keys: tuple[str, ...] = (development.SECRET,)
    publishable_key: str = ""
    payment_lifetime: timedelta = timedelta(minutes=5)
    payment_lifetime_max: timedelta = timedelta(minutes=20)
    session_idle: timedelta = timedelta(hours=3)
    session_grace: timedelta = timedelta(minutes=30)
    webhooks_kept: timedelta = timedelta(days=90)
    payments_kept: timedelta = timedelta(days=7 * 365)
    sessions_kept: timedelta = timedelta(days=30)
    audit_kept: timedelta = timedelta(days=3 * 365)
    heads_directory: Path | None = None
    staff_session: timedelta = timedelta(hours=14)
    payment_starts_per_hour_max: int = 10
    declines_max: int = 5
    table_declines_max: int = 15
    risk_challenge_score: int = 50
    risk_block_score: int = 80
    group_lifetime: timedelta = timedelta(minutes=10)
    tip_max: int = 1000
    refund_limit: int = 100
    refunds_per_shift_max: int = 10
    refund_shift: timedelta = timedelta(hours=12)
    remedy_delay: timedelta = timedelta(seconds=10)
    guests_max: int = 64
    lines_max: int = 64
    quantity_max: int = 99


@dataclass(frozen=True, slots=True)
class Desk:
    """What an action works with.

    `wake` rings for the jobs when there is something to do before their next look; `looked` says when this process last
    asked the provider about a payment because a page wanted to know. `tally` and
    `measures` count for the metrics of this process.
    """

    database: Database
    log: Log
    gateway: Gateway
    shelf: Shelf
    announce: Announcer = field(default_factory=Silence)
    policies: Policies = field(default_factory=Policies)
    clock: Callable[[], datetime] = ids.utc_now
    new_id: Callable[[], str] = ids.new_id
    new_token: Callable[[], str] = ids.new_token
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Random = field(default_factory=Random)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    looked: dict[str, datetime] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    measures: Measures = field(default_factory=Measures)

    def now(self) -> datetime:
        """The time, as the clock of this desk tells it."""
        return self.clock()
