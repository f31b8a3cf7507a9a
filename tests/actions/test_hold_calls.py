"""What goes wrong between a tab and the provider: doubt that lasts, objects of others, hands in the dashboard."""

from dataclasses import replace
from typing import Any

import pytest

from app.actions import hold_calls
from app.actions import holds as tabs
from app.actions.hold_rows import create_key
from app.storage import findings, holds, payments
from app.storage.payments import OPEN_CALLS
from tests.actions.evening import Evening, Provider
from tests.actions.test_holds import capture, deliver, enter, intent, keys, open_tab, raise_, state, tab

SECRET = {"authorization": "Bearer sk_test_sandbox"}


async def dashboard(provider: Provider, what: str = "", **sent: str) -> None:
    """Somebody does something to the one intent, without us."""
    found = (await intent(provider))["id"]
    answer = await provider.http.post(f"/v1/payment_intents/{found}{what}", data=sent, headers=SECRET)
    assert answer.is_success, answer.text


async def found(evening: Evening) -> list[tuple[str, Any]]:
    rows = await findings.listed(evening.desk.database, restaurant=evening.restaurant)
    return [(row.kind, row.facts.get("problem")) for row in rows]


async def test_an_object_that_is_not_ours_has_no_effect_and_is_a_finding(paying: Evening, provider: Provider) -> None:
    """F26."""
    ana = await paying.seat("Ana")
    placed = await open_tab(paying, ana, 5000)
    await dashboard(provider, **{"metadata[payment]": "another"})
    await enter(provider, placed)
    assert (await state(paying, placed.id, ana)).status == "placed"
    assert await found(paying) == [("mismatch", "metadata")]


async def test_money_taken_in_the_dashboard_pays_the_holders_share(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await dashboard(provider, "/capture", amount_to_capture="1579")
    await deliver(paying, provider)
    bill = await paying.bill(ana.stream)
    assert (bill.status, bill.payments[hold.id].status, bill.holds[hold.id].captured) == ("settled", "succeeded", 1579)


async def test_more_than_the_bill_taken_in_the_dashboard_is_a_finding(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await dashboard(provider, "/capture")
    await deliver(paying, provider)
    assert hold.id not in (await paying.bill(ana.stream)).payments
    assert await found(paying) == [("mismatch", "captured elsewhere")]


async def test_a_tab_that_somebody_cancelled_in_the_dashboard_has_lapsed(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await dashboard(provider, "/cancel")
    await deliver(paying, provider)
    assert (await paying.bill(ana.stream)).holds[hold.id].status == "expired"


async def test_a_capture_that_can_never_be_opens_the_debt_and_gives_the_hold_back(
    paying: Evening, provider: Provider
) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await provider.fault("error", operation="payment_intents.capture", status=400, code="amount_too_small")
    told = await capture(paying, hold.id, ana)
    assert (told.status, told.owed) == ("released", 1579)
    assert await keys(provider, "cancel") == [f"hold:{hold.id}:cancel"]


@pytest.mark.parametrize("is_there", [True, False], ids=["made", "never made"])
async def test_a_create_without_an_answer_for_a_day_is_looked_up_and_never_sent_again(
    paying: Evening, provider: Provider, is_there: bool
) -> None:
    """F14."""
    ana = await paying.seat("Ana")
    effect = {"effect": "done"} if is_there else {}
    await provider.fault("cut", operation="payment_intents.create", **effect)
    hold = await open_tab(paying, ana, 5000)
    paying.clock.pass_(hours=24)
    await provider.heal()
    for _ in range(3):
        await paying.work()
        paying.clock.pass_(minutes=3)
    told = (await paying.bill(ana.stream)).holds[hold.id]
    assert told.status == ("released" if is_there else "refused")
    assert await keys(provider, "create") == [f"hold:{hold.id}:create"]


async def test_a_tab_that_a_misused_key_froze_ends_when_the_provider_can_have_nothing_of_it(
    paying: Evening, provider: Provider
) -> None:
    """F13."""
    ana, hold = await paying.seat("Ana"), paying.desk.new_id()
    headers = SECRET | {"idempotency-key": create_key(hold)}
    await provider.http.post("/v1/payment_intents", data={"amount": "9999", "currency": "usd"}, headers=headers)
    await open_tab(paying, ana, 3000, hold=hold)
    await tabs.release(paying.desk, hold, by=paying.team["waiter"])
    paying.clock.pass_(hours=22)
    await paying.work()
    assert (await paying.bill(ana.stream)).holds[hold].status == "releasing"
    for _ in range(2):
        paying.clock.pass_(hours=2)
        await paying.work()
    assert (await paying.bill(ana.stream)).holds[hold].status == "refused"
    assert not [each for each in await payments.calls_of(paying.desk.database, hold) if each.state in OPEN_CALLS]


async def test_an_answer_of_before_the_raise_is_no_word_of_today(paying: Evening, provider: Provider) -> None:
    """The provider repeats its first answer to a call that comes again."""
    ana = await paying.seat("Ana")
    await provider.fault("cut", operation="payment_intents.create", effect="done")
    hold = await open_tab(paying, ana, 3000)
    await enter(provider, replace(hold, client_secret=(await intent(provider))["client_secret"]))
    await deliver(paying, provider)
    assert (await raise_(paying, hold.id, ana, 4000)).amount == 4800
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert await keys(provider, "create") == [create_key(hold.id)] * 2
    call = await payments.call(paying.desk.database, create_key(hold.id))
    assert call is not None
    assert (call.state, call.error, await found(paying)) == ("answered", None, [])
    assert (await paying.bill(ana.stream)).holds[hold.id].amount == 4800


async def test_who_looked_while_a_tab_was_raised_believes_the_bill_of_afterwards(
    paying: Evening, provider: Provider
) -> None:
    ana = await paying.seat("Ana")
    placed = await open_tab(paying, ana, 3000)
    before = await holds.hold(paying.desk.database, placed.id)
    assert before is not None
    await enter(provider, placed)
    await deliver(paying, provider)
    await raise_(paying, placed.id, ana, 4000)
    await hold_calls.record(paying.desk, before, await paying.desk.gateway.retrieve_intent(before.intent_id or ""))
    assert await found(paying) == []
    assert (await paying.bill(ana.stream)).holds[placed.id].amount == 4800


async def test_a_raise_without_an_answer_for_a_day_is_what_the_bank_holds(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana, 3000)
    await paying.order(ana, "Lobster")
    await provider.fault("cut", operation="payment_intents.increment_authorization")
    assert (await capture(paying, hold.id, ana)).raising == 4800
    paying.clock.pass_(hours=24)
    await paying.work()
    told = await state(paying, hold.id, ana)
    assert (told.status, told.captured, told.owed) == ("captured", 3600, 1200)
