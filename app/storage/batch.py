"""What a batch of appends does to the database, decided in memory on the heads that were locked for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.copying import replace
from app.domain.events import Event
from app.storage.appends import (
    Append,
    Committed,
    Conflict,
    Duplicate,
    Head,
    NotAppended,
    Reused,
    Row,
    TakePortions,
)
from app.storage.codec import NO_HASH, Codec, chained

Group = tuple[Append, ...]
"""Appends that are committed all or not at all."""

Outcome = tuple[Committed, ...] | NotAppended
CommandId = tuple[str, str, int]
EventRow = tuple[str, int, datetime, str, str, int, str | None, bytes, bytes]

EntryRow = tuple[str, str, str, str, str, datetime, int, str]
"""cause, account, restaurant_id, stream, kind, at, amount, currency: one row of the ledger."""

ENDED = frozenset({"closed", "abandoned"})


@dataclass(slots=True)
class Stream:
    """A stream as it will be after the batch; `opened_at` is set if the batch creates it."""

    head: Head
    at: datetime
    summary: dict[str, Any]
    opened_at: datetime | None = None
    pin: str | None = None


@dataclass(slots=True)
class Plan:
    """Everything to write, and what to tell each group after the commit."""

    outcomes: list[Outcome] = field(default_factory=list)
    streams: dict[str, Stream] = field(default_factory=dict)
    events: list[EventRow] = field(default_factory=list)
    commands: dict[CommandId, tuple[bytes, int]] = field(default_factory=dict)
    portions: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)

    def absorb(self, other: "Plan") -> None:
        """Take over what one group wants to write."""
        self.streams |= other.streams
        self.events += other.events
        self.commands |= other.commands
        self.rows += other.rows
        self.entries += other.entries
        for item, quantity in other.portions.items():
            self.portions[item] = self.portions.get(item, 0) + quantity

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write at all."""
        return not self.streams

    def opened(self) -> list[Stream]:
        """The streams that the batch creates."""
        return [stream for stream in self.streams.values() if stream.opened_at is not None]

    def ended(self) -> list[Stream]:
        """The streams that were there before and end: they make room on their tables."""
        return [stream for stream in self._old() if stream.head.status in ENDED]

    def grown(self) -> list[Stream]:
        """The streams that were there before and go on."""
        return [stream for stream in self._old() if stream.head.status not in ENDED]

    def _old(self) -> list[Stream]:
        return [stream for stream in self.streams.values() if stream.opened_at is None]


def streams_of(groups: Sequence[Group]) -> list[str]:
    """The streams that a batch touches, in the one order in which everybody locks them."""
    return sorted({append.stream for group in groups for append in group})


def commands_of(groups: Sequence[Group]) -> list[CommandId]:
    """The commands that a batch would apply."""
    appends = (append for group in groups for append in group)
    return [(append.stream, append.command.cid, append.command.id) for append in appends if append.command]


def follow_on(groups: Sequence[Group], heads: Mapping[str, Head]) -> bool:
    """Whether `groups` do nothing but go on with streams where `heads` say that they stand, without a repetition."""
    versions = {stream: head.version for stream, head in heads.items()}
    for append in (append for group in groups for append in group):
        if append.expected != versions.get(append.stream) or not _is_plain(append):
            return False
        versions[append.stream] = append.expected + len(append.facts)
    commands = commands_of(groups)
    return len(commands) == len(set(commands))


def _is_plain(append: Append) -> bool:
    moves = append.opening is not None or append.table_id is not None or append.status in ENDED
    return not (moves or append.rows or (append.run is not None and append.run.failed))


def fail(group: Group) -> None:
    """Nothing of a group happened: nothing may that was decided on it."""
    for append in group:
        if append.run is not None:
            append.run.failed = True


class Planner:
    """Decides, group by group, which appends of a batch stand."""

    def __init__(self, codec: Codec, new_epoch: Callable[[], str]) -> None:
        self._codec = codec
        self._new_epoch = new_epoch

    def plan(
        self,
        groups: Sequence[Group],
        heads: Mapping[str, Head],
        known: Mapping[CommandId, tuple[bytes, int]],
    ) -> Plan:
        """Say what to write: `heads` and `known` commands are what the database holds, locked against others."""
        plan = Plan()
        for group in groups:
            try:
                wanted, committed = self._group(group, plan, heads, known)
            except NotAppended as refusal:
                fail(group)
                plan.outcomes.append(refusal)
            else:
                if wanted is not plan:
                    plan.absorb(wanted)
                plan.outcomes.append(committed)
        return plan

    def _group(
        self,
        group: Group,
        plan: Plan,
        heads: Mapping[str, Head],
        known: Mapping[CommandId, tuple[bytes, int]],
    ) -> tuple[Plan, tuple[Committed, ...]]:
        # An append that is alone fails before anything of it is planned, and needs no plan of its own.
        wanted = plan if len(group) == 1 else Plan()
        committed = []
        for append in group:
            _refuse_repetition(append, known, plan.commands, wanted.commands)
            if append.run is not None and append.run.failed:
                raise Conflict(append.stream)
            before = wanted.streams.get(append.stream) or plan.streams.get(append.stream)
            head = before.head if before else heads.get(append.stream)
            head = self._expected_head(append, head)
            committed.append(self._stage(append, head, before, wanted))
        return wanted, tuple(committed)

    def _expected_head(self, append: Append, head: Head | None) -> Head:
        """The head that the append was decided on, or `Conflict`."""
        opening = append.opening
        if head is None and opening is not None and append.expected == 0:
            return Head(
                stream=append.stream,
                epoch=self._new_epoch(),
                version=0,
                hash=NO_HASH,
                status=append.status,
                table_id=opening.table_id,
                restaurant_id=opening.restaurant_id,
            )
        if head is None or opening is not None or head.version != append.expected:
            raise Conflict(append.stream)
        return head

    def _stage(self, append: Append, head: Head, before: Stream | None, wanted: Plan) -> Committed:
        cause = append.command.cause if append.command else None
        events, digest = [], head.hash
        for seq, fact in enumerate(append.facts, start=head.version + 1):
            event = Event(seq=seq, at=append.at, by=append.by, cause=cause, fact=fact)
            body = self._codec.encode(append.stream, event)
            digest = chained(digest, body)
            events.append(event)
            wanted.events.append((append.stream, seq, append.at, append.by, fact.kind, fact.v, cause, body, digest))
        version = head.version + len(events)
        wanted.streams[append.stream] = _grown(append, replace(head, version=version, hash=digest), before)
        wanted.entries += _entries(append, head)
        _keep(append, version, wanted)
        return Committed(append.stream, head.epoch, tuple(events), version)


def _grown(append: Append, head: Head, before: Stream | None) -> Stream:
    head = replace(head, status=append.status, table_id=append.table_id or head.table_id)
    if append.opening is not None:
        return Stream(head, append.at, append.summary, opened_at=append.at, pin=append.opening.pin)
    opened_at, pin = (before.opened_at, before.pin) if before else (None, None)
    return Stream(head, append.at, append.summary, opened_at=opened_at, pin=pin)


def _entries(append: Append, head: Head) -> Iterator[EntryRow]:
    stream, house = append.stream, head.restaurant_id
    for booking in append.bookings:
        cause = cause_of(stream, booking.seq)
        for account, amount in booking.amounts.items():
            yield cause, account, house, stream, booking.kind, append.at, amount, booking.currency


def cause_of(stream: str, seq: int) -> str:
    """How the ledger names the event that booked something."""
    return f"{stream}.{seq}"


def _keep(append: Append, version: int, wanted: Plan) -> None:
    if append.command is not None:
        key = (append.stream, append.command.cid, append.command.id)
        wanted.commands[key] = (append.command.body_hash, version)
    for row in append.rows:
        if isinstance(row, TakePortions):
            wanted.portions[row.menu_item_id] = wanted.portions.get(row.menu_item_id, 0) + row.quantity
        else:
            wanted.rows.append(row)


def _refuse_repetition(append: Append, *applied: Mapping[CommandId, tuple[bytes, int]]) -> None:
    """Raise `Duplicate` or `Reused` where one of `applied` holds the append's command."""
    command = append.command
    if command is None:
        return
    for commands in applied:
        if found := commands.get((append.stream, command.cid, command.id)):
            body_hash, version = found
            raise Duplicate(version) if body_hash == command.body_hash else Reused(command.cause)
