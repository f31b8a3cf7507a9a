"""What a worker sees at a glance is what its claims would take."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.storage import holds, inbox, payments, refunds, tenders, waiting
from app.storage.database import Database
from app.storage.log import Add, Log, Put
from app.storage.tables import GroupPayment, Hold, InboxRow, Refund, Remedy
from tests.storage.making import HOUSE, NOON, opening, payment

MOMENT = timedelta(seconds=1)
Claim = Callable[[Database, datetime], Awaitable[Sequence[object]]]
CLAIMS: Sequence[tuple[waiting.Kind, Claim]] = (
    ("events", inbox.claim),
    ("calls", payments.claim_calls),
    ("looks", payments.claim_looks),
    ("reminders", tenders.claim_reminders),
    ("holds", holds.claim_due),
    ("remedies", refunds.claim_remedies),
    ("remedies", refunds.claim_looks),
)
"""In the order in which what is stored here becomes due, a moment apart: what was claimed stays so meanwhile."""


def at(claim: Claim) -> datetime:
    """When what that claim takes is due."""
    place = [each for _, each in CLAIMS].index(claim)
    return NOON + MOMENT * place


async def stored(log: Log, database: Database) -> None:
    """One thing of each kind."""
    of_visit: dict[str, Any] = {"stream": "s1", "restaurant_id": HOUSE, "created_at": NOON, "updated_at": NOON}
    call = payments.planned(
        key="pay:p1:create", operation="create", subject="p1", stream="s1", parameters={},
        now=NOON, lease=at(payments.claim_calls) - NOON,
    )  # fmt: skip
    hold = Hold(
        id="h1", guest_id="g1", currency="USD", amount=1, state="placed", next_at=at(holds.claim_due), **of_visit
    )
    group = GroupPayment(id="g1", state="open", deadline=NOON, remind_at=at(tenders.claim_reminders), **of_visit)
    refund = Refund(
        id="r1", batch="r1", stream="s1", restaurant_id=HOUSE, cause="staff", state="pending", currency="USD",
        amount=1, asked_at=NOON, payment_id="p1", next_look_at=at(refunds.claim_looks),
    )  # fmt: skip
    watched = payment("s1", id="p1", next_look_at=at(payments.claim_looks))
    remedy = Remedy(stream="s1", due_at=at(refunds.claim_remedies))
    await log.append(opening("s1", rows=(Put(watched), Add(call), Add(hold), Add(group), Add(refund), Add(remedy))))
    event = InboxRow(source="stripe", event_id="e", type="x", body=b"{}", received_at=NOON, next_at=at(inbox.claim))
    await inbox.receive(database, event)


async def test_a_kind_waits_exactly_where_its_claim_takes_something(log: Log, database: Database) -> None:
    await stored(log, database)
    assert await waiting.kinds(database, NOON - MOMENT) == frozenset()
    for kind, claim in CLAIMS:
        assert await waiting.kinds(database, at(claim)) == {kind}
        assert len(await claim(database, at(claim))) == 1
        assert await waiting.kinds(database, at(claim)) == frozenset()


async def test_a_share_waits_as_long_as_its_time_is_over_and_it_is_open(log: Log, database: Database) -> None:
    late = payment("s1", id="p1", expires_at=NOON)
    await log.append(opening("s1", rows=(Put(late), Put(payment("s1", id="p2", expires_at=NOON, state="canceled")))))
    for now, found in ((NOON - MOMENT, 0), (NOON, 1), (NOON + MOMENT, 1)):
        assert await waiting.kinds(database, now) == ({"expiries"} if found else set())
        assert len(await payments.expired(database, now)) == found
