"""What time does to a tab: a card that nobody gives, an alarm, a deadline, a bank that lets go."""

import pytest

from app.storage import holds as rows
from tests.actions.evening import Evening, Provider
from tests.actions.test_holds import deliver, floor, intent, open_tab, tab


async def test_an_expired_charge_ends_the_tab_by_its_event(paying: Evening, provider: Provider) -> None:
    """F43."""
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await provider.http.post(f"/_sandbox/objects/{(await intent(provider))['id']}/finish")
    await deliver(paying, provider)
    bill = await paying.bill(ana.stream)
    assert bill.holds[hold.id].status == "expired"
    (tile,) = [place.session for place in await floor(paying) if place.session]
    assert "tab" in tile.summary["session"]["attention"]


@pytest.mark.parametrize("owes", [True, False], ids=["owing", "owing nothing"])
async def test_staff_hear_of_it_before_the_deadline_captures_or_gives_back(
    paying: Evening, provider: Provider, owes: bool
) -> None:
    """F43: twelve hours before the bank lets go, and two hours' notice."""
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    if owes:
        await paying.order(ana, "Burger")
    paying.clock.pass_(days=6, hours=10, minutes=30)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert (bill.holds[hold.id].alerted, bill.holds[hold.id].status) == (True, "authorized")
    paying.clock.pass_(hours=2)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert bill.holds[hold.id].status == ("captured" if owes else "released")
    assert (await intent(provider))["amount_received"] == (1579 if owes else 0)


async def test_a_card_that_nobody_gives_ends_the_tab(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await open_tab(paying, ana, 5000)
    paying.clock.pass_(minutes=21)
    await paying.work()
    assert (await paying.bill(ana.stream)).holds[hold.id].status == "released"
    assert (await intent(provider))["status"] == "canceled"
    row = await rows.hold(paying.desk.database, hold.id)
    assert row is not None
    assert (row.state, row.next_at) == ("released", None)
