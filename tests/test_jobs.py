import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.actions import errors, payments
from app.jobs import Worker, run_once
from app.storage import findings, idempotency, inbox
from app.storage.tables import InboxRow
from tests.actions.conftest import (
    MakeDesk,
    desk,
    evening,
    furnished,
    make_desk,
    paying,
    provider,
    pytest_generate_tests,
    url,
)
from tests.actions.evening import Evening, Provider

__all__ = ["desk", "evening", "furnished", "make_desk", "paying", "provider", "pytest_generate_tests", "url"]


async def test_a_lost_webhook_is_made_good_by_a_look(paying: Evening, provider: Provider) -> None:
    """F20."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    assert await paying.work() == 0
    paying.clock.pass_(seconds=31)
    assert await paying.work() == 1
    assert (await paying.bill(ana.stream)).status == "settled"


async def test_two_workers_never_do_the_same_thing_twice(make_desk: MakeDesk, provider: Provider) -> None:
    """F54."""
    nodes = [await Evening.at(await make_desk(provider=provider.url)) for _ in range(2)]
    ana = await nodes[0].seat("Ana")
    await nodes[0].order(ana, "Burger")
    await nodes[0].pay(ana, ana.stream)
    for node in nodes:
        node.clock.pass_(seconds=31)
    done = await asyncio.gather(*(node.work() for node in nodes))
    assert sorted(done) == [0, 1]


async def test_a_paid_visit_closes_by_itself_after_the_grace_period(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id)
    evening.clock.pass_(minutes=29)
    await evening.work()
    assert (await evening.bill(ana.stream)).status == "settled"
    evening.clock.pass_(minutes=2)
    await evening.work()
    assert (await evening.bill(ana.stream)).status == "closed"
    assert evening.ear.tables == [evening.tables["1"]]


async def test_an_idle_visit_closes_only_when_nothing_is_owed(evening: Evening) -> None:
    empty, owing = await evening.seat("Ana", "1"), await evening.seat("Ben", "2")
    await evening.order(owing, "Burger")
    evening.clock.pass_(hours=3, minutes=1)
    await evening.work()
    assert (await evening.bill(empty.stream)).status == "closed"
    assert (await evening.bill(owing.stream)).status == "open"


async def test_the_worker_wakes_when_it_is_called(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    task = asyncio.create_task(Worker(evening.desk, interval_s=3600).run())
    evening.clock.pass_(hours=4)
    evening.desk.wake.set()
    async with asyncio.timeout(20):
        await evening.ear.until("session.closed")
    assert (await evening.bill(ana.stream)).status == "closed"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_money_that_goes_back_slowly_holds_up_nothing_else(paying: Evening, provider: Provider) -> None:
    ana, ben = await paying.seat("Ana", "1"), await paying.seat("Ben", "2")
    (line,) = await paying.order(ana, "Burger")
    paid = await paying.pay(ana, ana.stream)
    await provider.confirm(paid)
    await payments.observe(paying.desk, paid.id)
    await paying.do(paying.team["manager"], ana.stream, "line.void", line=line, reason="never came")
    slow = await provider.fault("slow", operation="refunds.create")
    task = asyncio.create_task(Worker(paying.desk, interval_s=0.01).run())
    paying.clock.pass_(minutes=1)
    paying.desk.wake.set()
    async with asyncio.timeout(20):
        await paying.ear.until("refund.started")
        paying.clock.pass_(hours=4)
        await paying.ear.until("session.closed")
    assert (await paying.bill(ben.stream)).status == "closed"
    await provider.http.delete(f"/_sandbox/faults/{slow}")
    async with asyncio.timeout(20):
        await paying.ear.until("refund.succeeded")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_once_an_hour_old_answers_and_old_events_are_forgotten(evening: Evening) -> None:
    desk, now = evening.desk, evening.clock()
    worker = Worker(desk)
    await worker.run_once()
    for event in ("evt_done", "evt_waiting"):
        row = InboxRow(source="stripe", event_id=event, type="x", body=b"{}", received_at=now, next_at=now)
        await inbox.receive(desk.database, row)
    (done, waiting) = await inbox.claim(desk.database, now, lease=timedelta(days=99))
    await inbox.done(desk.database, done, now)
    await idempotency.begin(desk.database, "scope", "key", b"hash", subject="s", now=now)
    evening.clock.pass_(minutes=59)
    await worker.run_once()
    assert await inbox.counts(desk.database) == {"done": 1, "received": 1}
    evening.clock.pass_(days=91)
    await worker.run_once()
    assert await inbox.counts(desk.database) == {waiting.state: 1}
    assert await idempotency.purge(desk.database, evening.clock()) == 0


async def test_one_job_that_fails_does_not_stop_the_others(paying: Evening, provider: Provider) -> None:
    people = [await paying.seat(name, table) for name, table in (("Ana", "1"), ("Ben", "2"))]
    for person in people:
        await paying.order(person, "Burger")
        await provider.confirm(await paying.pay(person, person.stream))
    paying.clock.pass_(seconds=31)
    await provider.fault("error", operation="payment_intents.retrieve", status=400, code="resource_missing")
    await run_once(paying.desk)
    statuses = {(await paying.bill(person.stream)).status for person in people}
    assert statuses == {"settling", "settled"}


async def test_while_the_provider_is_away_cards_are_refused_politely_and_afterwards_everything_goes_on(
    paying: Evening, provider: Provider
) -> None:
    """F52: the circuit opens, what was held stays held, cash goes on, and the queue drains at once when it is back."""
    people = [await paying.seat(name, table) for name, table in (("Ana", "1"), ("Ben", "2"))]
    for person in people:
        await paying.order(person, "Burger")
    ana, ben = people
    await provider.fault("error", status=500, times=0)
    started = await paying.pay(ana, ana.stream)
    assert started.checking
    for _ in range(5):
        paying.clock.pass_(seconds=61)
        await paying.work()
    with pytest.raises(errors.Unavailable) as refused:
        await paying.pay(ben, ben.stream)
    assert (refused.value.code, refused.value.retry_after_s > 0) == ("provider_unavailable", True)
    assert (await paying.bill(ben.stream)).payments == {}
    assert (await paying.pay(ben, ben.stream, paymentMethod="cash")).status == "awaiting"
    paying.clock.pass_(minutes=30)
    await paying.work()
    assert (await paying.bill(ana.stream)).reserved == started.amount
    await provider.heal()
    for _ in range(2):
        paying.clock.pass_(seconds=31)
        await paying.work()
    (intent,) = await provider.intents()
    assert intent["status"] == "canceled"
    assert (await paying.bill(ana.stream)).reserved == 0
    assert (await paying.pay(ana, ana.stream)).client_secret


async def test_an_event_that_fails_for_a_day_is_dead_and_others_are_not_blocked(
    paying: Evening, provider: Provider
) -> None:
    """F22."""
    desk = paying.desk
    for event in ("evt_broken", "evt_good"):
        body, now = (b"broken" if event == "evt_broken" else b'{"intent":null,"payment":null}'), desk.now()
        row = InboxRow(source="stripe", event_id=event, type="charge.x", body=body, received_at=now, next_at=now)
        row.payload = b"as it came"
        await inbox.receive(desk.database, row)
    await paying.work()
    assert await inbox.counts(desk.database) == {"done": 1, "received": 1}
    paying.clock.pass_(hours=24, minutes=1)
    await paying.work()
    (dead,) = await inbox.listed(desk.database, "dead")
    assert (dead.event_id, dead.attempts, dead.error) == ("evt_broken", 2, "JSONDecodeError")
    assert inbox.payload(desk.database, dead) == b"as it came"
    assert await findings.counts(desk.database) == {"dead_event": 1}


async def test_a_worker_survives_whatever_its_work_raises(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    evening.clock.pass_(hours=4)
    troubles = iter([RuntimeError("the database is away"), OSError("still away")])

    def clock() -> datetime:
        if trouble := next(troubles, None):
            raise trouble
        return evening.clock()

    desk = replace(evening.desk, clock=clock)
    task = asyncio.create_task(Worker(desk, interval_s=0.001).run())
    async with asyncio.timeout(20):
        await evening.ear.until("session.closed")
    task.cancel()
    assert (await evening.bill(ana.stream)).status == "closed"
