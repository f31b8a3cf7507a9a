"""What is handed to the log, what comes back, and the ways in which it can fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel

from app.domain.events import Event, Fact


@dataclass(frozen=True, slots=True)
class Put:
    """Insert this row, or update the one with its primary key: then only the columns that were given change."""

    row: SQLModel


@dataclass(frozen=True, slots=True)
class Add:
    """Insert this row; where a unique column is taken, the append fails with `Taken`."""

    row: SQLModel


@dataclass(frozen=True, slots=True)
class Change:
    """Set some columns of one row: `Change(Payment, {"id": "01…"}, {"state": "succeeded"})`.

    `key` names the row by columns of its primary key. A row that is not there fails the append with `Missing`.
    """

    table: type[SQLModel]
    key: dict[str, Any]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TakePortions:
    """Reserve `quantity` portions of a dish, or give them back where it is negative.

    Fails the append with `SoldOut` where fewer are left or the dish is not available. A dish without a count
    of portions has as many as are ordered.
    """

    menu_item_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Spend:
    """Take `amount` (minor units) from a gift card, or `uses` from a pass; below 0 they are given back.

    Fails the append with `Overdrawn` where the card holds less, is blocked, or is not valid `at` that time.
    What is given back is taken whatever the card's state.
    """

    card: str
    amount: int
    uses: int
    at: datetime

    @property
    def gives_back(self) -> bool:
        """Whether the card gets something."""
        return self.amount < 0 or self.uses < 0


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Block a gift card that nobody has used. Fails the append with `Overdrawn` where somebody has."""

    card: str


Row = Put | Add | Change | Spend | Withdraw
Write = Row | TakePortions


@dataclass(frozen=True, slots=True)
class Booking:
    """What the event `seq` of an append's stream books in the ledger: `amounts` by account, which add up to 0."""

    seq: int
    kind: str
    currency: str
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CommandKey:
    """The sender's name for a command and the hash of what it asks: sent twice, it is applied once."""

    cid: str
    id: int
    body_hash: bytes

    @property
    def cause(self) -> str:
        """How events name the command that caused them: `"<cid>:<id>"`."""
        return f"{self.cid}:{self.id}"


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a new stream belongs. `pin` is what newcomers are asked for, where the restaurant wants one."""

    restaurant_id: str
    table_id: str
    pin: str | None = None


@dataclass(slots=True, eq=False)
class Run:
    """Appends of one stream, each decided on what the one before it will leave, without waiting for its commit.

    `failed` is set when one of them did not happen: none of those after it may, not even where the stream's version
    fits by chance, because others wrote meanwhile.
    """

    failed: bool = False


@dataclass(frozen=True, slots=True)
class Append:
    """Facts for one stream that were decided on its version `expected`, and the rows that change with them.

    `status` and `summary` are what the stream's row says of the bill afterwards. `opening` goes with `expected` 0 and
    creates the stream; `table_id` moves it to another table. `command` is remembered even if it made no facts.
    `bookings` are what the facts mean to the ledger. `run`: what it was decided on may not be committed yet.
    """

    stream: str
    expected: int
    facts: tuple[Fact, ...]
    by: str
    at: datetime
    status: str
    summary: dict[str, Any]
    command: CommandKey | None = None
    rows: tuple[Write, ...] = ()
    opening: Opening | None = None
    table_id: str | None = None
    bookings: tuple[Booking, ...] = ()
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What an append became: its events, on disk, and the stream's version after them."""

    stream: str
    epoch: str
    events: tuple[Event, ...]
    version: int


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands."""

    stream: str
    epoch: str
    version: int
    hash: bytes
    status: str
    table_id: str
    restaurant_id: str


class NotAppended(Exception):
    """Nothing of the append happened.

    NotAppended
    ├── Conflict         somebody was faster: decide again on the newer bill
    ├── Duplicate        this command was applied before, at `version`
    ├── Reused           the command's id was used before for something else
    ├── TableTaken       the table has an open session
    ├── Taken            another unique value of a row is taken
    ├── Missing          a row to change is not there
    ├── SoldOut          not enough portions left of `menu_item_id`
    ├── Overdrawn        a gift card holds less than that
    └── Unavailable      the database does not answer; for a commit under way nobody knows, so ask again by the command
    """


class Conflict(NotAppended):
    """Somebody was faster: decide again on the newer bill."""


class Duplicate(NotAppended):
    """This command was applied before; the stream stood at `version` afterwards."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class Reused(NotAppended):
    """The command's (cid, id) was used before with another body."""


class TableTaken(NotAppended):
    """The table has an open session already."""


class Taken(NotAppended):
    """A unique value of a row is taken; the message names the constraint or the columns."""


class Missing(NotAppended):
    """A row to change is not there."""


class SoldOut(NotAppended):
    """Not enough portions are left."""

    def __init__(self, menu_item_id: str) -> None:
        super().__init__(menu_item_id)
        self.menu_item_id = menu_item_id


class Overdrawn(NotAppended):
    """A gift card holds less than was to be taken from it, or may not be used."""

    def __init__(self, card: str) -> None:
        super().__init__(card)
        self.card = card


class Unavailable(NotAppended):
    """The database does not answer. A commit under way may have happened: the same command again will tell."""
