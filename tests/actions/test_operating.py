from datetime import timedelta

from app.actions import calls, operating
from app.actions.findings import raise_finding
from app.actions.rounds import RESTORED, Rounds
from app.storage import findings, inbox, payments, schedule
from app.storage.tables import InboxRow
from tests.actions.evening import Evening, Provider


async def _event(evening: Evening, event: str, *, is_dead: bool = False) -> None:
    now = evening.clock()
    row = InboxRow(source="stripe", event_id=event, type="charge.x", body=b"{}", received_at=now, next_at=now)
    await inbox.receive(evening.desk.database, row)
    if is_dead:
        (taken,) = await inbox.claim(evening.desk.database, evening.clock())
        await inbox.failed(evening.desk.database, taken, now + timedelta(days=2), "KeyError")


async def test_the_inbox_is_shown_with_attempts_and_last_error(evening: Evening) -> None:
    await _event(evening, "evt_dead", is_dead=True)
    await _event(evening, "evt_waiting")
    waits, dead = [line async for line in operating.waiting(evening.desk.database)]
    assert waits.startswith("received  evt_waiting  charge.x")
    assert dead.startswith("dead  evt_dead  charge.x")
    assert dead.endswith("attempts 1  KeyError")


async def test_dead_events_are_worked_on_again_when_somebody_says_so(evening: Evening) -> None:
    """F22."""
    await _event(evening, "evt_1", is_dead=True)
    await raise_finding(evening.desk, "dead_event", "evt_1", facts={"type": "charge.x"})
    database = evening.desk.database
    assert await operating.replay(database, ["evt_nobody"], evening.clock()) == []
    assert await operating.replay(database, [], evening.clock(), all_dead=True) == ["evt_1"]
    assert await inbox.counts(database) == {"received": 1}
    assert await findings.counts(database) == {}


async def test_the_operator_sees_findings_of_every_house_and_of_none(evening: Evening) -> None:
    await raise_finding(evening.desk, "orphan", "pi_1", facts={"received": 5})
    await raise_finding(evening.desk, "mismatch", "p1", restaurant=evening.restaurant, facts={})
    newest, oldest = [line async for line in operating.found(evening.desk.database)]
    assert newest.startswith(f"mismatch  p1  {evening.restaurant}")
    assert oldest == "orphan  pi_1  -  seen 1  received 5"


async def test_after_a_restored_backup_no_call_is_taken_for_unsent_and_everything_since_is_compared(
    paying: Evening, provider: Provider
) -> None:
    """F56: what the backup says was planned may have been sent; a key that is too old is looked up."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    await provider.fault("cut", operation="payment_intents.create", effect="done")
    started = await paying.pay(ana, ana.stream)
    await Rounds(paying.desk).run_due()
    paying.clock.pass_(hours=30)
    before = await schedule.last_done(paying.desk.database, "alive")
    assert before is not None
    assert await operating.restored(paying.desk.database, "newepoch", paying.clock()) == (1, 1)
    since = await schedule.last_done(paying.desk.database, RESTORED)
    assert since is not None
    assert since <= before
    await Rounds(paying.desk).run_due()
    row = await payments.payment(paying.desk.database, started.id)
    assert row is not None
    assert row.intent_id is not None
    await calls.send(paying.desk, calls.create_key(started.id))
    assert len(await provider.journal("payment_intents.create")) == 1
    assert await schedule.last_done(paying.desk.database, RESTORED) is None
