"""Payments beside the log: their rows, the journal of what is sent to the provider, and whose its ids are.

The rows change with the log: `Put` or `Change` in the same append. What only the journal knows changes here.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from sqlmodel import col, select

from app.storage.database import Database, execute
from app.storage.tables import Payment, StripeCall, StripeRef

LEASE = timedelta(seconds=30)
"""How long the one who sends a call has before somebody else may take it over."""

LOOKS = tuple(timedelta(seconds=seconds) for seconds in (30, 2 * 60, 10 * 60, 60 * 60, 6 * 60 * 60, 23 * 60 * 60))
"""When to look at an open payment, counted from its start."""

OPEN_CALLS = ("planned", "sent")
ENDED = ("succeeded", "canceled", "refused")

CallEnd = Literal["answered", "refused", "looked_up"]


async def payment(database: Database, payment_id: str) -> Payment | None:
    """One payment."""
    async with database.read() as session:
        return await session.get(Payment, payment_id)


async def of_stream(database: Database, stream: str) -> list[Payment]:
    """The payments of one table session, in the order in which they started."""
    query = select(Payment).where(Payment.stream == stream).order_by(col(Payment.id))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def by_receipt(database: Database, receipt_token: str) -> Payment | None:
    """The payment whose receipt lies at this address."""
    return await _one(database, col(Payment.receipt_token) == receipt_token)


async def by_intent(database: Database, intent_id: str) -> Payment | None:
    """The payment that an intent of the provider was made for."""
    return await _one(database, col(Payment.intent_id) == intent_id)


async def expired(database: Database, now: datetime, limit: int = 100) -> list[Payment]:
    """Payments that are still open although their time is over, the longest first."""
    query = (
        select(Payment)
        .where(col(Payment.expires_at) <= now, col(Payment.state).not_in(ENDED))
        .order_by(col(Payment.expires_at))
        .limit(limit)
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def claim_looks(database: Database, now: datetime, limit: int = 20) -> list[Payment]:
    """Take the payments that are due to be looked at; each is due again at its next time, whoever looks."""
    query = (
        select(Payment)
        .where(col(Payment.next_look_at) <= now)
        .order_by(col(Payment.next_look_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with database.write() as session:
        due = list((await session.exec(query)).all())
        for row in due:
            row.looks += 1
            row.next_look_at = next_look(row.created_at, now)
    return due


def next_look(started: datetime, now: datetime) -> datetime:
    """When to look next at a payment that started then: the next time of `LOOKS`, and once a day after the last."""
    upcoming = (started + after for after in LOOKS)
    return next((at for at in upcoming if at > now), now + timedelta(days=1))


async def look_at(database: Database, payment_id: str, at: datetime | None) -> None:
    """Ask for a look at `at`, or (None) stop watching."""
    query = sa.update(Payment).where(col(Payment.id) == payment_id).values(next_look_at=at)
    async with database.write() as session:
        await execute(session, query)


def planned(
    *,
    key: str,
    operation: str,
    subject: str,
    stream: str,
    parameters: dict[str, Any],
    now: datetime,
    account: str | None = None,
    lease: timedelta = LEASE,
) -> StripeCall:
    """A call to be committed (`Add`, in the append that decided it) before it is sent, its parameters frozen.

    The one who planned it sends it; after `lease` without a word of it anybody may.
    """
    frozen = orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS)
    return StripeCall(
        key=key,
        operation=operation,
        subject=subject,
        stream=stream,
        account=account,
        parameters=frozen,
        parameters_hash=hashlib.sha256(frozen).digest(),
        state="planned",
        created_at=now,
        next_at=now + lease,
    )


async def call(database: Database, key: str) -> StripeCall | None:
    """One call by its key."""
    async with database.read() as session:
        return await session.get(StripeCall, key)


async def calls_of(database: Database, subject: str) -> list[StripeCall]:
    """Every call about one payment (or refund), in the order in which they were planned."""
    query = select(StripeCall).where(StripeCall.subject == subject).order_by(col(StripeCall.created_at))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def open_calls(database: Database, stream: str) -> list[StripeCall]:
    """Calls of one table session whose end is not known: nothing of them may be believed yet."""
    query = select(StripeCall).where(StripeCall.stream == stream, col(StripeCall.state).in_(OPEN_CALLS))
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def claim_calls(database: Database, now: datetime, limit: int = 20, lease: timedelta = LEASE) -> list[StripeCall]:
    """Take calls whose sender was not heard of; nobody else gets them before `lease` is over."""
    query = (
        select(StripeCall)
        .where(col(StripeCall.state).in_(OPEN_CALLS), StripeCall.next_at <= now)
        .order_by(col(StripeCall.next_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with database.write() as session:
        due = list((await session.exec(query)).all())
        for row in due:
            row.next_at = now + lease
    return due


async def mark_sent(
    database: Database, key: str, now: datetime, *, seen: datetime | None = None, lease: timedelta = LEASE
) -> int:
    """Commit that a call is about to be sent, and say the how manieth send this is; 0 if it has ended.

    `seen` is the lease (`next_at`) on which the caller decided: 0 as well if somebody else has taken it since.
    """
    query = (
        sa.update(StripeCall)
        .where(col(StripeCall.key) == key, col(StripeCall.state).in_(OPEN_CALLS))
        .values(
            state="sent",
            sends=col(StripeCall.sends) + 1,
            first_sent_at=sa.func.coalesce(col(StripeCall.first_sent_at), now),
            next_at=now + lease,
            error=None,
        )
        .returning(col(StripeCall.sends))
    )
    if seen is not None:
        query = query.where(col(StripeCall.next_at) == seen)
    async with database.write() as session:
        return (await execute(session, query)).scalar_one_or_none() or 0


async def put_off(database: Database, key: str, until: datetime, error: str) -> None:
    """A send ended in doubt: the same key again at `until`."""
    await _change_call(database, key, next_at=until, error=error[:200])


async def due(database: Database, key: str, now: datetime) -> None:
    """What a call that was put off waited for is there: it is due. One that somebody is sending is left alone."""
    query = sa.update(StripeCall).where(col(StripeCall.key) == key, col(StripeCall.state).in_(OPEN_CALLS))
    async with database.write() as session:
        await execute(session, query.where(col(StripeCall.error).is_not(None)).values(next_at=now))


async def mark_ended(
    database: Database,
    key: str,
    state: CallEnd,
    now: datetime,
    *,
    answer: dict[str, Any] | None = None,
    error: str = "",
) -> None:
    """Keep the definitive end of a call. Nothing happens if it had ended before."""
    await _change_call(database, key, state=state, answered_at=now, answer=answer, error=error[:200] or None)


async def hurry(database: Database, now: datetime) -> int:
    """The provider answers again: calls that were put off because it did not are due at once; says how many.

    What somebody is sending right now is left alone: it has no error yet.
    """
    query = (
        sa.update(StripeCall)
        .where(col(StripeCall.state).in_(OPEN_CALLS), col(StripeCall.error).is_not(None))
        .where(col(StripeCall.next_at) > now)
        .values(next_at=now)
    )
    async with database.write() as session:
        return (await execute(session, query)).rowcount


async def oldest_open_call(database: Database) -> tuple[int, datetime | None]:
    """How many calls have no end yet, and since when the oldest of them waits."""
    query = sa.select(sa.func.count(), sa.func.min(col(StripeCall.created_at)))
    found = await database.rows(query.where(col(StripeCall.state).in_(OPEN_CALLS)))
    return found[0][0], found[0][1]


async def open_since(database: Database, before: datetime, limit: int = 500) -> list[Payment]:
    """Card payments that started before that and are still open, the oldest first."""
    query = (
        select(Payment)
        .where(Payment.method == "card", col(Payment.state).not_in(ENDED), Payment.created_at <= before)
        .order_by(col(Payment.created_at))
        .limit(limit)
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def cards_between(database: Database, since: datetime, until: datetime) -> list[Payment]:
    """Card payments that started in that time."""
    query = select(Payment).where(Payment.method == "card", Payment.created_at >= since, Payment.created_at < until)
    async with database.read() as session:
        return list((await session.exec(query.order_by(col(Payment.created_at)))).all())


async def captured_cards(database: Database, restaurant: str, since: datetime, until: datetime) -> list[Payment]:
    """A restaurant's card payments that started in that time and were taken."""
    query = select(Payment).where(
        Payment.restaurant_id == restaurant,
        Payment.created_at >= since,
        Payment.created_at < until,
        Payment.method == "card",
        Payment.state == "succeeded",
    )
    async with database.read() as session:
        return list((await session.exec(query)).all())


async def assume_sent(database: Database) -> int:
    """After a restored backup nobody knows what was sent since: every open call may have been, when it was planned."""
    query = (
        sa.update(StripeCall)
        .where(col(StripeCall.state).in_(OPEN_CALLS))
        .values(state="sent", first_sent_at=sa.func.coalesce(col(StripeCall.first_sent_at), col(StripeCall.created_at)))
    )
    async with database.write() as session:
        return (await execute(session, query)).rowcount


async def remember(database: Database, stripe_id: str, kind: str, our_id: str, stream: str) -> None:
    """Keep whose an id of the provider is; again is no error."""
    async with database.write() as session:
        await session.merge(StripeRef(stripe_id=stripe_id, kind=kind, our_id=our_id, stream=stream))


async def reference(database: Database, stripe_id: str) -> StripeRef | None:
    """Whose an id of the provider is, if it is known."""
    async with database.read() as session:
        return await session.get(StripeRef, stripe_id)


async def _one(database: Database, which: sa.ColumnElement[bool]) -> Payment | None:
    async with database.read() as session:
        found: Sequence[Payment] = (await session.exec(select(Payment).where(which))).all()
    return found[0] if found else None


async def _change_call(database: Database, key: str, **values: object) -> None:
    query = sa.update(StripeCall).where(col(StripeCall.key) == key, col(StripeCall.state).in_(OPEN_CALLS))
    async with database.write() as session:
        await execute(session, query.values(**values))
