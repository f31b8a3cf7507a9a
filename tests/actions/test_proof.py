import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.actions import proof
from app.actions.desk import Step
from app.actions.projections import bookings
from app.domain.events import Event, Fact, PaymentCanceled, PaymentStarted, PaymentSucceeded
from app.domain.evolve import evolve
from app.domain.tile import summary
from app.storage.database import execute
from app.storage.log import Append
from app.storage.tables import Refund
from app.storage.verify import verify
from tests.actions.evening import Evening, Provider
from tests.actions.returning import give_back, paid


async def test_the_books_of_an_evening_are_proved(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger", "Pasta")
    started = await paying.pay(ana, ana.stream, tipAmount=10)
    await provider.confirm(started)
    paying.clock.pass_(seconds=31)
    await paying.work()
    report = await verify(paying.desk.database, proof.replay)
    assert (report.streams, report.faults) == (1, [])


async def test_the_rows_of_refunds_are_what_the_log_says_of_them(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider)
    (refund,) = await give_back(paying, payment.id, amount=500)
    (asked,) = await give_back(paying, payment.id, by="waiter", amount=100)
    assert (await verify(paying.desk.database, proof.replay)).faults == []
    for refund_id, values in ((refund.id, {"amount": 501}), (asked.id, {"state": "succeeded"})):
        async with paying.desk.database.write() as session:
            await execute(session, sa.update(Refund).where(col(Refund.id) == refund_id).values(**values))
    report = await verify(paying.desk.database, proof.replay)
    assert [fault.what for fault in report.faults] == [
        f"refund {refund.id} differs from the log in amount",
        f"refund {asked.id} is not in the log",
    ]


async def test_events_that_do_not_fold_are_named(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    events = await evening.desk.log.since(ana.stream)
    assert proof.replay(events).broken == ()
    assert proof.replay([events[0], events[2]]).broken[0][0] == events[2].seq


async def planted(evening: Evening, stream: str, *facts: Fact) -> list[tuple[int, str]]:
    """Put facts that nobody decided into the log, hashed and folded as if they were right; what a proof says then."""
    before = await evening.bill(stream)
    at, bill, steps = evening.clock(), before, list[Step]()
    for n, fact in enumerate(facts, 1):
        event = Event(before.version + n, at, "nobody", fact)
        steps.append(Step(event, bill, evolve(bill, event)))
        bill = steps[-1].after
    await evening.desk.log.append(
        Append(
            stream,
            before.version,
            facts,
            by="nobody",
            at=at,
            status=bill.status,
            summary=summary(bill),
            bookings=tuple(bookings(steps)),
        )
    )
    report = await verify(evening.desk.database, proof.replay)
    return [(fault.seq, fault.what) for fault in report.faults if fault.seq]


async def test_a_planted_event_that_breaks_an_invariant_is_named_once_and_with_its_number(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    (line,) = (await evening.bill(ana.stream)).lines
    more_than_it_costs = {line: {ana.guest_id: 9_999}}
    start = PaymentStarted("p", ana.guest_id, "terminal", 9_999, 0, 0, more_than_it_costs, {}, None)
    assert await planted(evening, ana.stream, start) == [
        (4, f"invariant 4: more of line {line} is reserved than was unpaid")
    ]


async def test_a_planted_payment_that_may_not_follow_is_named(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id)
    events = await evening.desk.log.since(ana.stream)
    wrong = Event(len(events) + 1, evening.clock(), "nobody", PaymentCanceled(started.id, "by hand"))
    ((seq, what),) = proof.replay([*events, wrong]).broken
    assert (seq, what) == (wrong.seq, f"cannot be folded: payment {started.id}: canceled may not follow succeeded")


async def test_money_that_a_planted_success_invents_is_named(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    (line,) = (await evening.bill(ana.stream)).lines
    found = await planted(evening, ana.stream, PaymentSucceeded(started.id, {line: {ana.guest_id: 1}}, 0))
    assert found == [(5, f"invariant 3: what was captured of payment {started.id} is not where it went")]


async def entry(evening: Evening, which: str) -> None:
    """Do something to the ledger that its database forbids."""
    async with evening.desk.database.write() as session:
        await execute(session, sa.text(which))


@pytest.mark.parametrize("which", ["UPDATE ledger_entries SET amount = amount + 1", "DELETE FROM ledger_entries"])
async def test_what_is_booked_is_never_changed(evening: Evening, which: str) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        await entry(evening, which)


async def test_the_first_event_that_the_ledger_tells_otherwise_is_named(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    await evening.order(ana, "Pasta")
    is_sqlite = evening.desk.database.dialect == "sqlite"
    trigger = "ledger_entries_are_kept" + ("_UPDATE" if is_sqlite else " ON ledger_entries")
    await entry(evening, f"DROP TRIGGER {trigger}")
    await entry(evening, "UPDATE ledger_entries SET amount = amount + 1 WHERE account = 'bill_receivable'")
    report = await verify(evening.desk.database, proof.replay)
    unbalanced = [(f"{ana.stream}.{seq}", 0, "what was booked does not add up to 0") for seq in (3, 4)]
    first = (ana.stream, 3, "the ledger says bill_receivable 1580, not 1579")
    assert [(fault.stream, fault.seq, fault.what) for fault in report.faults] == [*unbalanced, first]
