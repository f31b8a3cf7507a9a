import pytest
import sqlalchemy as sa

from app.actions.errors import TooMany
from app.actions.guests import Joined
from app.actions.observing import observe
from app.actions.payments import PaymentStarted
from app.storage import findings, risk
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider
from tests.actions.test_risk import decline

CARDS = sa.text("SELECT outcome, card FROM card_tries")


@pytest.fixture
async def ana(paying: Evening) -> Joined:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    return ana


async def settle(evening: Evening, rounds: int = 6) -> None:
    """Let the jobs work until nothing is due."""
    for _ in range(rounds):
        evening.clock.pass_(seconds=31)
        await evening.work()


async def declined(evening: Evening, provider: Provider, started: PaymentStarted) -> None:
    """A card that the payer's page tries at the provider, and the look that a webhook brings."""
    await provider.confirm(started, "pm_card_visa_chargeDeclined")
    await observe(evening.desk, started.id)


async def test_every_decline_is_counted_once_however_often_somebody_looks(
    paying: Evening, provider: Provider, ana: Joined
) -> None:
    started = await paying.pay(ana, ana.stream)
    for _ in range(2):
        await declined(paying, provider, started)
        await observe(paying.desk, started.id)
    since = paying.clock() - 2 * risk.HALF_AN_HOUR
    assert len(await risk.declines(paying.desk.database, since, guest=ana.guest_id)) == 2


async def test_a_card_is_known_again_without_saying_which_it_is(
    paying: Evening, provider: Provider, ana: Joined
) -> None:
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    await settle(paying, 1)
    rows = await paying.desk.database.rows(CARDS)
    assert [(row[0], len(row[1])) for row in rows] == [("succeeded", 32)]


async def test_f57_a_payment_is_cancelled_at_the_provider_when_too_many_cards_were_declined_on_it(
    make_desk: MakeDesk, provider: Provider
) -> None:
    evening = await Evening.at(await make_desk(provider=provider.url, declines_max=3))
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream)
    for _ in range(3):
        await declined(evening, provider, started)
    assert (await evening.bill(ana.stream)).payments[started.id].expiring == "declines"
    await settle(evening)
    (intent,) = await provider.intents()
    assert intent["status"] == "canceled"
    ended = (await evening.bill(ana.stream)).payments[started.id]
    assert (ended.status, ended.holds) == ("canceled", False)
    with pytest.raises(TooMany):
        await evening.pay(ana, ana.stream)


async def test_f57_the_last_of_many_declines_at_a_table_ends_the_payment_and_alerts_staff(
    paying: Evening, provider: Provider, ana: Joined
) -> None:
    started = await paying.pay(ana, ana.stream)
    eve = await paying.seat("Eve")
    await decline(paying, eve, 14)
    await declined(paying, provider, started)
    assert (await paying.bill(ana.stream)).payments[started.id].expiring == "declines"
    (finding,) = await findings.listed(paying.desk.database, restaurant=paying.restaurant, state="open")
    assert (finding.kind, finding.subject, finding.facts["declines"]) == ("card_testing", ana.stream, 15)


async def test_old_declines_do_not_end_a_payment(paying: Evening, provider: Provider, ana: Joined) -> None:
    await decline(paying, ana, 4)
    paying.clock.pass_(minutes=11)
    started = await paying.pay(ana, ana.stream)
    await declined(paying, provider, started)
    assert (await paying.bill(ana.stream)).payments[started.id].expiring == ""
