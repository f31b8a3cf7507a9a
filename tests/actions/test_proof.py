from app.actions import proof
from app.storage.verify import verify
from tests.actions.evening import Evening, Provider


async def test_the_books_of_an_evening_are_proved(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger", "Pasta")
    started = await paying.pay(ana, ana.stream, tipAmount=10)
    await provider.confirm(started)
    paying.clock.pass_(seconds=31)
    await paying.work()
    report = await verify(paying.desk.database, proof.replay)
    assert (report.streams, report.faults) == (1, [])


async def test_events_that_do_not_fold_are_named(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    events = await evening.desk.log.since(ana.stream)
    assert proof.replay(events).broken == ()
    assert proof.replay([events[0], events[2]]).broken[0][0] == events[2].seq
