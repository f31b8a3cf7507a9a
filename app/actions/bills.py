"""The one way to change a bill: decide on the newest version, append once, tell everybody after the commit."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from app.actions import errors
from app.actions.desk import Advance, Desk, Step
from app.actions.hold_rows import hold_rows
from app.actions.owed_back import remedy_rows
from app.actions.projections import ROWLESS, bookings, payment_rows
from app.actions.shelf import Answer, Kept, renames
from app.actions.tender_rows import tender_rows
from app.domain.bill import Bill
from app.domain.commands import Actor, Command
from app.domain.decide import decide
from app.domain.events import Event, Fact
from app.domain.evolve import evolve
from app.domain.refusals import Refusal
from app.domain.tile import summary
from app.storage import log
from app.storage.log import Append, Booking, CommandKey, Committed, Opening, Write

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


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be appended, and what the bill will be.

    `must_wait`: nothing is decided on it before its commit, because the stream is new, or people's names have to be
    read again.
    """

    append: Append
    steps: tuple[Step, ...]
    after: Bill
    must_wait: bool


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
    try:
        return await _until_appended(desk, wish)
    except log.Duplicate as duplicate:
        return Changed((await newest(desk, stream)).bill, duplicate.version, dup=True)
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


async def _until_appended(desk: Desk, wish: Wish) -> Changed:
    for attempt in range(ATTEMPTS_MAX):
        kept = desk.shelf.take(wish.stream)
        try:
            return await _decide_and_append(desk, wish, kept)
        except log.Conflict:
            desk.measures.conflicted()
            kept.is_contested = True
            await desk.sleep(PAUSE_S * attempt * desk.chance.random())
    raise errors.Unavailable("too many people change this bill at once")


async def _decide_and_append(desk: Desk, wish: Wish, kept: Kept) -> Changed:
    """Hold the bill's turn while deciding, not until the commit: the next command is decided on what this one leaves.

    While others change the bill as well it is held until the commit: they would undo more than one decision.
    """
    async with kept.turn:
        decided = await _decided(desk, wish, kept)
        if isinstance(decided, Refusal):
            return await _refused(desk, wish, kept, decided)
        append, steps = decided.append, decided.steps
        if not (append.facts or append.rows or append.command):
            return Changed(decided.after, decided.after.version)
        answer = await desk.log.submit(append)
        if decided.must_wait:
            (committed,) = await asyncio.shield(answer)
            await desk.shelf.learn_names(wish.stream, kept)
            _land(desk, kept, steps, committed)
        else:
            kept.expect(decided.after, answer)
            answer.add_done_callback(partial(_heard, desk, kept, steps))
            if kept.is_contested:
                await asyncio.wait((answer,))
    (committed,) = await asyncio.shield(answer)
    kept.is_contested = False
    return Changed(decided.after, committed.version, committed.events)


async def _decided(desk: Desk, wish: Wish, kept: Kept) -> Decided | Refusal:
    """Decide on the bill as it will be; what is refused or changes nothing, on what is committed alone."""
    while True:
        await _ready(desk, wish, kept)
        decided = _decide(desk, wish, kept)
        if kept.last is None or not (isinstance(decided, Refusal) or decided.must_wait or not decided.steps):
            return decided
        await kept.quiet()


async def _ready(desk: Desk, wish: Wish, kept: Kept) -> None:
    if kept.run.failed:
        await kept.quiet()
        await desk.shelf.catch_up(wish.stream, kept)
        kept.start_again()
    if wish.opening is None and not await desk.shelf.load(wish.stream, kept):
        raise errors.NotFound("there is no such table session")


def _decide(desk: Desk, wish: Wish, kept: Kept) -> Decided | Refusal:
    now, before = desk.now(), kept.front
    decided = decide_all(before, wish.commands, by=wish.by, now=now)
    if isinstance(decided, Refusal):
        return decided
    steps = tuple(_steps(before, decided, wish, now))
    after = steps[-1].after if steps else before
    append = _append(desk, wish, kept, after, steps, now)
    must_wait = wish.opening is not None or any(renames(step.event) for step in steps)
    return Decided(append, steps, after, must_wait)


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


def _append(desk: Desk, wish: Wish, kept: Kept, after: Bill, steps: tuple[Step, ...], now: datetime) -> Append:
    facts = tuple(step.event.fact for step in steps)
    rows, booked = _repeated(desk, wish, kept.front, after, steps, now)
    if wish.rows is not None:
        rows += wish.rows(after, facts)
    return Append(
        stream=wish.stream,
        expected=kept.front.version,
        facts=facts,
        by=wish.by.id,
        at=now,
        status=after.status,
        summary=summary(after),
        command=wish.key,
        rows=rows,
        opening=wish.opening,
        table_id=wish.table_id,
        bookings=booked,
        run=kept.run,
    )


def _repeated(
    desk: Desk, wish: Wish, before: Bill, after: Bill, steps: tuple[Step, ...], now: datetime
) -> tuple[tuple[Write, ...], tuple[Booking, ...]]:
    """The rows that repeat what the facts say, and what these mean to the ledger."""
    facts = tuple(step.event.fact for step in steps)
    if all(type(fact) in ROWLESS for fact in facts):
        return (), ()
    rows = payment_rows(after, facts, stream=wish.stream, now=now, new_token=desk.new_token)
    rows += remedy_rows(before, after, now + desk.policies.remedy_delay)
    rows += tender_rows(desk, before, after, facts, now)
    rows += hold_rows(before, after, facts, now=now)
    return rows, tuple(bookings(steps))


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


def _heard(desk: Desk, kept: Kept, steps: tuple[Step, ...], answer: Answer) -> None:
    """Book an answer when it comes, in the order of the commits, whether or not somebody still waits for it."""
    kept.heard(answer)
    if not answer.cancelled() and answer.exception() is None:
        _land(desk, kept, steps, answer.result()[0])


def _land(desk: Desk, kept: Kept, steps: tuple[Step, ...], committed: Committed) -> None:
    kept.epoch = committed.epoch
    desk.measures.committed(steps)
    if steps:
        desk.shelf.land(kept, steps[0].before, steps[-1].after, committed.events)
        desk.announce.advanced(Advance(committed.stream, committed.epoch, steps, dict(kept.names)))


async def newest(desk: Desk, stream: str) -> Kept:
    """The bill as of now, with its epoch and its people's names. Raises `NotFound`."""
    kept = desk.shelf.take(stream)
    if kept.bill.version:
        await desk.shelf.catch_up(stream, kept)
    elif not await desk.shelf.load(stream, kept):
        raise errors.NotFound("there is no such table session")
    return kept
