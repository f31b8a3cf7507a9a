"""The one way to change a bill: decide on the newest version, append once, tell everybody after the commit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from app.actions import errors
from app.actions.desk import Advance, Desk, Step
from app.actions.hold_rows import hold_rows
from app.actions.owed_back import remedy_rows
from app.actions.projections import bookings, payment_rows
from app.actions.shelf import Kept
from app.actions.tender_rows import tender_rows
from app.domain.bill import Bill
from app.domain.commands import Actor, Command
from app.domain.decide import decide
from app.domain.events import Event, Fact
from app.domain.evolve import evolve
from app.domain.refusals import Refusal
from app.domain.view import summary
from app.storage import log
from app.storage.log import Append, CommandKey, Committed, Opening, Write

ATTEMPTS_MAX = 12
PAUSE_S = 0.01

Rows = Callable[[Bill, tuple[Fact, ...]], tuple[Write, ...]]
"""Rows that change with a decision, made from the bill as it will be and the facts that were decided."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a command: the bill afterwards. `dup`: it had been applied before, and nothing happened now."""

    bill: Bill
    version: int
    events: tuple[Event, ...] = ()
    dup: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything that is asked of one stream: `commands` are decided one after another and appended together."""

    stream: str
    commands: tuple[Command, ...]
    by: Actor
    key: CommandKey | None = None
    rows: Rows | None = None
    opening: Opening | None = None
    table_id: str | None = None


async def change(
    desk: Desk,
    stream: str,
    *commands: Command,
    by: Actor,
    key: CommandKey | None = None,
    rows: Rows | None = None,
    opening: Opening | None = None,
    table_id: str | None = None,
) -> Changed:
    """Make `commands` happen to the bill, all or none, or say why not.

    Somebody who was faster only means to decide again. A command that was applied before answers with its version.
    `opening` creates the stream. Raises `NotFound`, `Refused`, `Reused`, `Unavailable`, and from
    `app.storage.log` what only the caller understands: `TableTaken`, `Taken`, `Missing`.
    """
    wish = Wish(stream, commands, by, key, rows, opening, table_id)
    kept = desk.shelf.take(stream)
    async with kept.turn:
        if opening is None and not await desk.shelf.load(stream, kept):
            raise errors.NotFound("there is no such table session")
        try:
            return await _until_appended(desk, wish, kept)
        except log.Duplicate as duplicate:
            return Changed(kept.bill, duplicate.version, dup=True)
        except log.Reused:
            raise errors.Reused("this command number was used for something else") from None
        except log.SoldOut as sold_out:
            figures = {"menuItemId": sold_out.menu_item_id}
            raise errors.Refused(Refusal("sold_out", "There are not enough portions left.", figures)) from None
        except log.Overdrawn as overdrawn:
            detail = "This gift card was used meanwhile, or may not be used."
            raise errors.Refused(Refusal("gift_card_used", detail, {"giftCard": overdrawn.card})) from None
        except log.Unavailable:
            raise errors.Unavailable("the database does not answer") from None


async def _until_appended(desk: Desk, wish: Wish, kept: Kept) -> Changed:
    for attempt in range(ATTEMPTS_MAX):
        try:
            return await _decide_and_append(desk, wish, kept)
        except log.Conflict:
            desk.measures.conflicted()
            await desk.sleep(PAUSE_S * attempt * desk.chance.random())
            await desk.shelf.catch_up(wish.stream, kept)
    raise errors.Unavailable("too many people change this bill at once")


async def _decide_and_append(desk: Desk, wish: Wish, kept: Kept) -> Changed:
    now = desk.now()
    decided = decide_all(kept.bill, wish.commands, by=wish.by, now=now)
    if isinstance(decided, Refusal):
        return await _refused(desk, wish, kept, decided)
    steps = tuple(_steps(kept.bill, decided, wish, now))
    after = steps[-1].after if steps else kept.bill
    append = _append(desk, wish, kept.bill, after, steps, now)
    if not (append.facts or append.rows or append.command):
        return Changed(after, after.version)
    committed, *_ = await desk.log.append(append)
    return await _committed(desk, wish, kept, committed, steps)


def decide_all(bill: Bill, commands: tuple[Command, ...], *, by: Actor, now: datetime) -> tuple[Fact, ...] | Refusal:
    """Decide each command on the bill as the ones before leave it; one refusal refuses them all."""
    facts: tuple[Fact, ...] = ()
    for index, command in enumerate(commands):
        decided = decide(bill, command, by=by, now=now)
        if isinstance(decided, Refusal):
            return decided
        facts += decided
        if index + 1 < len(commands):
            for fact in decided:
                bill = evolve(bill, Event(bill.version + 1, now, by.id, fact))
    return facts


def _steps(bill: Bill, facts: tuple[Fact, ...], wish: Wish, now: datetime) -> Iterator[Step]:
    cause = wish.key.cause if wish.key else None
    for fact in facts:
        event = Event(bill.version + 1, now, wish.by.id, fact, cause)
        after = evolve(bill, event)
        yield Step(event, bill, after)
        bill = after


def _append(desk: Desk, wish: Wish, before: Bill, after: Bill, steps: tuple[Step, ...], now: datetime) -> Append:
    facts = tuple(step.event.fact for step in steps)
    rows = payment_rows(after, facts, stream=wish.stream, now=now, new_token=desk.new_token)
    rows += remedy_rows(before, after, now + desk.policies.remedy_delay)
    rows += tender_rows(desk, before, after, facts, now)
    rows += hold_rows(before, after, facts, now=now)
    if wish.rows is not None:
        rows += wish.rows(after, facts)
    return Append(
        stream=wish.stream,
        expected=before.version,
        facts=facts,
        by=wish.by.id,
        at=now,
        status=after.status,
        summary=summary(after),
        command=wish.key,
        rows=rows,
        opening=wish.opening,
        table_id=wish.table_id,
        bookings=tuple(bookings(steps)),
    )


async def _refused(desk: Desk, wish: Wish, kept: Kept, refusal: Refusal) -> Changed:
    """Refuse on the newest bill only, and never what was applied before."""
    if await desk.shelf.catch_up(wish.stream, kept):
        raise log.Conflict
    if wish.key is not None and (applied := await desk.log.applied(wish.stream, wish.key.cid, wish.key.id)):
        body_hash, version = applied
        if body_hash != wish.key.body_hash:
            raise log.Reused
        return Changed(kept.bill, version, dup=True)
    raise errors.Refused(with_names(refusal, kept))


def with_names(refusal: Refusal, kept: Kept) -> Refusal:
    """Put the name of the guest it is about into the refusal's sentence."""
    guest = refusal.figures.get("guest")
    name = kept.names.get(str(guest), "Somebody") if guest else "Somebody"
    return replace(refusal, detail=refusal.detail.replace("{guest}", name))


async def _committed(desk: Desk, wish: Wish, kept: Kept, committed: Committed, steps: tuple[Step, ...]) -> Changed:
    kept.epoch = committed.epoch
    if steps:
        await desk.shelf.follow(wish.stream, kept, steps[0].before, steps[-1].after, committed.events)
    desk.measures.committed(steps)
    if steps:
        desk.announce.advanced(Advance(wish.stream, committed.epoch, steps, dict(kept.names)))
    return Changed(kept.bill, committed.version, committed.events)


async def newest(desk: Desk, stream: str) -> Kept:
    """The bill as of now, with its epoch and its people's names. Raises `NotFound`."""
    kept = desk.shelf.take(stream)
    if not await desk.shelf.load(stream, kept):
        raise errors.NotFound("there is no such table session")
    await desk.shelf.catch_up(stream, kept)
    return kept
