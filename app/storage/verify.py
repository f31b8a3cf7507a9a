"""The proof of the books: every stream is replayed, and every row beside the log must say what the log says."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import col, select

from app.domain.events import Event
from app.storage import audit, ledger, retention, tenders
from app.storage.appends import Head
from app.storage.chain import LINKS, Fault, Link, faults
from app.storage.codec import Codec
from app.storage.database import Database, execute
from app.storage.tables import Hold, Payment, Refund, StoredCommand, StoredEvent, TableSession

PAGE = 200


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the events of a stream say. `payments` holds, by id, the columns that its row repeats from the log.

    `broken` names each invariant of the bill that did not hold, and after which event. `books` is what each event
    means to the ledger. `holds` and `refunds` are to those what `payments` is to payments.
    """

    status: str
    table_id: str
    summary: Mapping[str, Any]
    payments: Mapping[str, Mapping[str, Any]]
    broken: tuple[tuple[int, str], ...] = ()
    books: ledger.Books = field(default_factory=dict)
    holds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refunds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Replay = Callable[[Sequence[Event]], Replayed]


@dataclass(slots=True)
class Report:
    """What was looked at, and everything that was not as it must be."""

    streams: int = 0
    events: int = 0
    entries: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class _Books:
    """One stream and everything beside it, as of one moment."""

    row: TableSession
    links: list[Link]
    commands: dict[str, int]
    payments: dict[str, Payment]
    entries: list[tuple[str, str, int]]
    holds: dict[str, Hold]
    refunds: dict[str, Refund]


async def verify(database: Database, replay: Replay, *, codec: Codec | None = None) -> Report:
    """Check every stream: numbers, hashes, decoding, invariants, and the rows that repeat what it says.

    Then the audit log, entry by entry, and that what is forgotten was forgotten in the open.
    Appends may go on meanwhile: each stream is read as of one moment.
    """
    entries, broken = await audit.faults(database)
    report = Report(entries=entries, faults=[*await _orphans(database), *broken, *await retention.faults(database)])
    report.faults += [
        Fault(cause, 0, "what was booked does not add up to 0") for cause in await ledger.unbalanced(database)
    ]
    report.faults += [
        Fault(card, 0, "this gift card holds more than it was sold with less what it paid")
        for card in await tenders.overfull(database)
    ]
    codec = codec or Codec()
    async for stream in _streams(database):
        books = await _read(database, stream)
        report.streams += 1
        report.events += len(books.links)
        report.faults += _faults(books, replay, codec)
    return report


async def _streams(database: Database) -> AsyncIterator[str]:
    last = ""
    while True:
        query = select(TableSession.id).where(TableSession.id > last).order_by(col(TableSession.id)).limit(PAGE)
        async with database.read() as session:
            page = (await session.exec(query)).all()
        for stream in page:
            yield stream
        if len(page) < PAGE:
            return
        last = page[-1]


async def _orphans(database: Database) -> list[Fault]:
    is_headless = ~sa.exists().where(col(TableSession.id) == col(StoredEvent.stream))
    query = sa.select(col(StoredEvent.stream)).where(is_headless).distinct()
    async with database.read() as session:
        return [Fault(row[0], 0, "events of a stream that is not there") for row in await execute(session, query)]


async def _read(database: Database, stream: str) -> _Books:
    async with database.read() as session:
        row = await session.get_one(TableSession, stream)
        links = [Link(*link) for link in await execute(session, LINKS, {"stream": stream})]
        commands = (await session.exec(select(StoredCommand).where(StoredCommand.stream == stream))).all()
        payments = (await session.exec(select(Payment).where(Payment.stream == stream))).all()
        entries = await ledger.of_stream(session, stream)
        holds = (await session.exec(select(Hold).where(Hold.stream == stream))).all()
        returns = (await session.exec(select(Refund).where(Refund.stream == stream))).all()
    causes = {f"{command.cid}:{command.id}": command.version for command in commands}
    tenders = {payment.id: payment for payment in payments}
    return _Books(
        row, links, causes, tenders, entries, {hold.id: hold for hold in holds}, {each.id: each for each in returns}
    )


def _faults(books: _Books, replay: Replay, codec: Codec) -> list[Fault]:
    row = books.row
    head = Head(row.id, row.epoch, row.version, row.head_hash, row.status, row.table_id, row.restaurant_id)
    if broken := faults(head, books.links, codec):
        return broken  # What cannot be trusted is not worth replaying.
    replayed = replay([codec.decode(link.body) for link in books.links])
    found = [Fault(row.id, seq, what) for seq, what in replayed.broken]
    found += [Fault(row.id, 0, what) for what in _differences(row, replayed)]
    found += [Fault(row.id, 0, what) for what in _payment_differences(books.payments, replayed.payments)]
    found += [Fault(row.id, 0, what) for what in _hold_differences(books.holds, replayed.holds)]
    found += [Fault(row.id, 0, what) for what in _refund_differences(books.refunds, replayed.refunds)]
    found += [Fault(row.id, seq, what) for seq, what in ledger.differences(row.id, books.entries, replayed.books)]
    return found + list(_command_faults(books))


def _differences(row: TableSession, replayed: Replayed) -> Iterator[str]:
    if row.status != replayed.status:
        yield f"the row is {row.status}, the log {replayed.status}"
    if row.table_id != replayed.table_id:
        yield f"the row is at table {row.table_id}, the log at {replayed.table_id}"
    if row.summary != orjson.loads(orjson.dumps(replayed.summary)):
        yield "the row's summary is not the log's"


def _payment_differences(rows: Mapping[str, Payment], said: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for payment in sorted(rows.keys() - said.keys()):
        yield f"payment {payment} is not in the log"
    for payment in sorted(said.keys() - rows.keys()):
        yield f"payment {payment} has no row"
    for payment in sorted(rows.keys() & said.keys()):
        row = rows[payment]
        wrong = [name for name, value in said[payment].items() if getattr(row, name) != value]
        if wrong:
            yield f"payment {payment} differs from the log in {', '.join(wrong)}"
        if not 0 <= row.refunded <= row.captured:
            yield f"payment {payment} has more refunded than captured"


def _hold_differences(rows: Mapping[str, Hold], said: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for hold in sorted(rows.keys() ^ said.keys()):
        yield f"hold {hold} " + ("is not in the log" if hold in rows else "has no row")
    for hold in sorted(rows.keys() & said.keys()):
        wrong = [name for name, value in said[hold].items() if getattr(rows[hold], name) != value]
        if wrong:
            yield f"hold {hold} differs from the log in {', '.join(wrong)}"


def _refund_differences(rows: Mapping[str, Refund], said: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is only asked for is in the log as a wish, and moves nothing: its row stands alone."""
    for refund in sorted(said.keys() - rows.keys()):
        yield f"refund {refund} has no row"
    for refund, row in sorted(rows.items()):
        if refund not in said:
            if row.state not in ("asked", "declined", "withdrawn"):
                yield f"refund {refund} is not in the log"
            continue
        state = "started" if row.state in ("planned", "pending") else row.state
        wrong = [
            name for name, value in said[refund].items() if (state if name == "state" else getattr(row, name)) != value
        ]
        if wrong:
            yield f"refund {refund} differs from the log in {', '.join(wrong)}"


def _command_faults(books: _Books) -> Iterator[Fault]:
    for link in books.links:
        if link.cause is not None and books.commands.get(link.cause, -1) < link.seq:
            yield Fault(books.row.id, link.seq, f"command {link.cause} is not remembered")
