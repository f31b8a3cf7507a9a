"""Folded bills at hand: bounded, and caught up with the log by version before anybody relies on them."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from app.domain.bill import EMPTY, Bill
from app.domain.events import Event, GuestJoined, GuestRenamed
from app.domain.evolve import evolve
from app.storage import guests
from app.storage.database import Database
from app.storage.log import Log

KEPT_MAX = 2048


@dataclass(slots=True)
class Kept:
    """One bill as of its version. Whoever changes it holds `turn`, so that this process decides one by one."""

    epoch: str = ""
    bill: Bill = EMPTY
    names: Mapping[str, str] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Shelf:
    """The bills this process used last, at most `kept_max` of them; one in use is never put away."""

    def __init__(self, log: Log, database: Database, *, kept_max: int = KEPT_MAX) -> None:
        self._log = log
        self._database = database
        self._kept_max = kept_max
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def take(self, stream: str) -> Kept:
        """The place of a bill, empty if nobody used it lately."""
        kept = self._kept.setdefault(stream, Kept())
        self._kept.move_to_end(stream)
        self._make_room()
        return kept

    def _make_room(self) -> None:
        spare = len(self._kept) - self._kept_max
        if spare <= 0:
            return
        idle = (stream for stream, kept in self._kept.items() if not kept.turn.locked())
        for stream in list(islice(idle, spare)):
            del self._kept[stream]

    def forget(self, stream: str) -> None:
        """Read this bill afresh next time."""
        self._kept.pop(stream, None)

    async def load(self, stream: str, kept: Kept) -> bool:
        """Make sure `kept` holds some version of the bill; False if there is no such stream."""
        if kept.bill.version:
            return True
        head = await self._log.head(stream)
        if head is None:
            self.forget(stream)
            return False
        kept.epoch = head.epoch
        await self.catch_up(stream, kept)
        return True

    async def catch_up(self, stream: str, kept: Kept) -> bool:
        """Read what others committed since; True if that was anything."""
        events = await self._log.since(stream, kept.bill.version)
        await self.advance(stream, kept, events)
        return bool(events)

    async def follow(self, stream: str, kept: Kept, before: Bill, after: Bill, events: Sequence[Event]) -> None:
        """Take over what this process decided on `before` and has just committed: nothing is folded again."""
        if kept.bill is not before:
            await self.advance(stream, kept, events)
            return
        if any(isinstance(event.fact, GuestJoined | GuestRenamed) for event in events):
            kept.names = await guests.names(self._database, stream)
        kept.bill = after

    async def advance(self, stream: str, kept: Kept, events: Iterable[Event]) -> None:
        """Fold further events in, skipping what is there already, and learn new names."""
        bill, renamed = kept.bill, False
        for event in events:
            if event.seq == bill.version + 1:
                bill = evolve(bill, event)
                renamed |= isinstance(event.fact, GuestJoined | GuestRenamed)
        if renamed:
            kept.names = await guests.names(self._database, stream)
        if bill.version > kept.bill.version:
            kept.bill = bill
