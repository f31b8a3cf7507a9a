from datetime import timedelta

from app.actions import rounds
from app.actions.rounds import Rounds
from app.storage import findings, inbox, payments, schedule
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider


async def _paid(paying: Evening, provider: Provider) -> str:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    await provider.confirm(await paying.pay(ana, ana.stream))
    return ana.stream


async def _lists(provider: Provider) -> int:
    return len(await provider.journal("payment_intents.list"))


async def test_the_nights_comparison_is_done_by_one_node(make_desk: MakeDesk, provider: Provider) -> None:
    """F54."""
    nodes = [await Evening.at(await make_desk(provider=provider.url)) for _ in range(2)]
    works = [Rounds(node.desk) for node in nodes]
    for work in works:
        await work.run_due()
    assert await _lists(provider) == 0
    for node, work in zip(nodes, works, strict=True):
        node.clock.pass_(hours=24, minutes=1)
        await work.run_due()
        await work.run_due()
    assert await _lists(provider) == 1


async def test_a_round_that_fails_is_done_again_soon(paying: Evening, provider: Provider) -> None:
    work = Rounds(paying.desk)
    await work.run_due()
    await provider.fault("error", operation="payment_intents.list", status=401, times=1)
    paying.clock.pass_(hours=24, minutes=1)
    await work.run_due()
    assert await schedule.last_done(paying.desk.database, "nightly") is None
    paying.clock.pass_(minutes=11)
    await work.run_due()
    assert await schedule.last_done(paying.desk.database, "nightly") is not None


async def test_what_was_missed_while_no_node_was_there_is_found_at_the_next_start(
    paying: Evening, provider: Provider
) -> None:
    stream = await _paid(paying, provider)
    await Rounds(paying.desk).run_due()
    paying.clock.pass_(minutes=1)
    await Rounds(paying.desk).run_due()
    assert await _lists(provider) == 0
    paying.clock.pass_(minutes=30)
    await Rounds(paying.desk).run_due()
    assert await _lists(provider) == 1
    assert (await paying.bill(stream)).status == "settled"
    await Rounds(paying.desk).run_due()
    assert await _lists(provider) == 1


async def test_a_start_while_the_provider_is_away_is_made_good_later(paying: Evening, provider: Provider) -> None:
    stream = await _paid(paying, provider)
    await Rounds(paying.desk).run_due()
    paying.clock.pass_(minutes=30)
    fault = await provider.fault("error", operation="events.list", status=503, times=0)
    work = Rounds(paying.desk)
    await work.run_due()
    assert (await paying.bill(stream)).status == "settling"
    await provider.http.delete(f"/_sandbox/faults/{fault}")
    paying.clock.pass_(seconds=31)
    await work.run_due()
    assert (await paying.bill(stream)).status == "settled"


async def test_events_that_no_webhook_took_are_fetched_once(paying: Evening, provider: Provider) -> None:
    await provider.http.post("/_sandbox/webhooks", json={"url": "http://127.0.0.1:9/nobody"})
    stream = await _paid(paying, provider)
    (intent,) = await provider.intents()
    await provider.http.post(f"/_sandbox/objects/{intent['latest_charge']}/finish")
    await rounds.hourly(paying.desk)
    kept = await inbox.counts(paying.desk.database)
    assert kept["received"] >= 2
    await rounds.hourly(paying.desk)
    assert await inbox.counts(paying.desk.database) == kept
    while await paying.work():
        pass
    assert (await paying.bill(stream)).status == "settled"
    assert (await inbox.counts(paying.desk.database)).keys() == {"done"}


async def test_the_metrics_say_what_waits_and_what_was_found(paying: Evening, provider: Provider) -> None:
    await provider.fault("cut", operation="payment_intents.create", times=0)
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    await paying.pay(ana, ana.stream)
    paying.clock.pass_(hours=25)
    work = Rounds(paying.desk)
    await work.run_due()
    paying.clock.pass_(hours=1, seconds=1)
    await work.run_due()
    assert work.figures["findings_open_24h"] == work.figures["findings_open"] == 1
    assert (work.figures["calls_open"], work.figures["inbox_waiting"]) == (1, 0)
    assert work.figures["calls_oldest_s"] > timedelta(hours=25).total_seconds()
    assert len(await payments.open_since(paying.desk.database, paying.desk.now())) == 1
    assert await findings.counts(paying.desk.database) == {"open_24h": 1}
