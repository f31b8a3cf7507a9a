"""Folded bills at hand: bounded, and caught up with the log by version before anybody relies on them."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from app.domain.bill import EMPTY, Bill
from app.domain.copying import replace
from app.domain.events import Event, GuestJoined, GuestRenamed
from app.domain.evolve import evolve
from app.storage import guests
from app.storage.database import Database
from app.storage.log import Committed, Head, Log, Run
from app.storage.together import Together

KEPT_MAX = 2048
PAST_EVERY = 32
READ_AT_ONCE = 20  # A whole bill may be long, and all of a read are folded in one turn of the loop.

Answer = asyncio.Future[tuple[Committed, ...]]


@dataclass(slots=True)
class Kept:
    """One bill as of its version. Whoever changes it holds `turn`, so that this process decides one by one.

    `ahead` is the bill as it will be when everything of `run` is committed, `last` the answer to the last of that
    which is not committed yet. `is_contested`: somebody else changed it, or refused something, a moment ago. `past` are
    two older versions, for the sake of those who missed a little: nobody folds a whole evening for them.
    """

    epoch: str = ""
    bill: Bill = EMPTY
    names: Mapping[str, str] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    ahead: Bill = EMPTY
    run: Run = field(default_factory=Run)
    last: Answer | None = None
    is_contested: bool = False
    past: tuple[Bill, ...] = ()

    def move_to(self, bill: Bill) -> None:
        """The bill has a newer version."""
        if self.bill.version >= (self.past[-1].version if self.past else 0) + PAST_EVERY:
            # A copy knows nothing of what was worked out for it, nor of the versions behind it.
            self.past = (*self.past[-1:], replace(self.bill))
        self.bill = bill

    def fold_in(self, events: Sequence[Event]) -> None:
        """Book further events, skipping what is there already."""
        for event in events:
            if event.seq == self.bill.version + 1:
                self.move_to(evolve(self.bill, event))

    def not_after(self, version: int) -> Bill:
        """The newest bill at hand that is no newer than `version`; the empty one if there is none."""
        return next((bill for bill in (self.bill, *reversed(self.past)) if bill.version <= version), EMPTY)

    @property
    def front(self) -> Bill:
        """What the next command is decided on."""
        return self.ahead if self.ahead.version > self.bill.version else self.bill

    def expect(self, after: Bill, answer: Answer) -> None:
        """The bill will be `after`, if `answer` is a good one."""
        self.ahead, self.last = after, answer

    def heard(self, answer: Answer) -> None:
        """An answer has come; what it said is booked."""
        if self.last is answer:
            self.last = None

    async def quiet(self) -> None:
        """Wait until every answer has come."""
        while self.last is not None:
            await asyncio.wait((self.last,))
            await asyncio.sleep(0)  # Those who book it were called before us or are next.

    def start_again(self) -> None:
        """Nothing is ahead of what is committed."""
        self.ahead, self.run = self.bill, Run()


class Shelf:
    """The bills this process used last, at most `kept_max` of them; one in use is never put away."""

    def __init__(self, log: Log, database: Database, *, kept_max: int = KEPT_MAX) -> None:
        self._log = log
        self._kept_max = kept_max
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        # After a node's death thousands of phones come, and none of their bills is here.
        self._histories = Together(log.histories, at_once=READ_AT_ONCE)
        self._names = Together(partial(guests.names_at, database), at_once=READ_AT_ONCE)

    def take(self, stream: str) -> Kept:
        """The place of a bill, empty if nobody used it lately."""
        kept = self._kept.get(stream)
        if kept is None:
            kept = self._kept[stream] = Kept()
            self._make_room()
        else:
            self._kept.move_to_end(stream)
        return kept

    def at_hand(self, stream: str) -> Kept | None:
        """The place of a bill, if somebody used it lately; to look there is no use."""
        return self._kept.get(stream)

    def _make_room(self) -> None:
        spare = len(self._kept) - self._kept_max
        if spare <= 0:
            return
        idle = (stream for stream, kept in self._kept.items() if not kept.turn.locked() and kept.last is None)
        for stream in list(islice(idle, spare)):
            del self._kept[stream]

    def forget(self, stream: str) -> None:
        """Read this bill afresh next time."""
        self._kept.pop(stream, None)

    async def load(self, stream: str, kept: Kept, head: Head | None = None) -> bool:
        """Make sure `kept` holds some version of the bill; False if there is no such stream. `head`: if it is known."""
        if kept.bill.version:
            return True
        head = head or await self._log.head(stream)
        if head is None:
            self.forget(stream)
            return False
        kept.epoch = head.epoch
        await self.catch_up(stream, kept)
        return True

    async def catch_up(self, stream: str, kept: Kept) -> bool:
        """Read what others committed since; True if that was anything."""
        if kept.bill.version:
            events = await self._log.since(stream, kept.bill.version)
        else:
            events = self._log.decoded(await self._histories.get(stream) or ())
        await self.advance(stream, kept, events)
        return bool(events)

    def land(self, kept: Kept, before: Bill, after: Bill, events: Sequence[Event]) -> None:
        """Take over what this process decided on `before` and what is committed now: nothing is folded again."""
        if kept.bill is before:
            kept.move_to(after)
        else:
            kept.fold_in(events)

    async def learn_names(self, stream: str, kept: Kept) -> None:
        """Read the names of the bill's people afresh: somebody came, or is called otherwise."""
        kept.names = await self._names.get(stream) or {}

    async def advance(self, stream: str, kept: Kept, events: Sequence[Event]) -> None:
        """Fold further events in, skipping what is there already, and learn new names."""
        if any(renames(event) for event in events if event.seq > kept.bill.version):
            await self.learn_names(stream, kept)
        kept.fold_in(events)


def renames(event: Event) -> bool:
    """Whether the names of a bill's people are others after it."""
    return isinstance(event.fact, GuestJoined | GuestRenamed)
