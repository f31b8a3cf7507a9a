"""Tabs against the sandbox: placed, raised, captured, given back, and everything that can be lost in between."""

from typing import Any

import orjson
import pytest

from app.actions import errors, holds, payments, proof, shapes, webhooks
from app.actions.guests import Joined
from app.actions.holds import HoldState
from app.storage import payments as paid
from app.storage import restaurants
from app.storage.tables import Hold
from app.storage.verify import verify
from tests.actions.evening import Evening, Provider, access
from tests.actions.returning import give_back
from tests.actions.test_connect import connected
from tests.actions.test_webhooks import signed


async def open_tab(evening: Evening, who: Joined, estimate: int | None = None, **more: Any) -> HoldState:
    asked = shapes.read(shapes.HoldRequest, {"estimate": estimate} if estimate else {})
    return await holds.place(evening.desk, who.stream, asked, by=access(who), **more)


async def tab(
    evening: Evening, provider: Provider, who: Joined, estimate: int = 5000, card: str = "pm_card_visa"
) -> HoldState:
    """A tab that the bank agreed to."""
    placed = await open_tab(evening, who, estimate)
    await enter(provider, placed, card)
    return await state(evening, placed.id, who)


async def enter(provider: Provider, placed: Any, card: str = "pm_card_visa") -> None:
    """The holder's browser gives a card."""
    await provider.confirm(placed, card)


async def state(evening: Evening, hold: str, who: Any) -> HoldState:
    evening.clock.pass_(seconds=3)
    return await holds.state(evening.desk, hold, by=access(who))


async def capture(evening: Evening, hold: str, who: Any, **asked: int) -> HoldState:
    request = shapes.read(shapes.CaptureRequest, asked)
    return await holds.capture(evening.desk, hold, request, by=access(who))


async def raise_(evening: Evening, hold: str, who: Any, estimate: int) -> HoldState:
    request = shapes.read(shapes.RaiseRequest, {"estimate": estimate})
    return await holds.raise_(evening.desk, hold, request, by=access(who))


async def intent(provider: Provider) -> dict[str, Any]:
    (found,) = await provider.intents()
    return found


async def keys(provider: Provider, operation: str) -> list[str]:
    return [line["key"] for line in await provider.journal(f"payment_intents.{operation}")]


async def test_a_tab_sets_a_fifth_more_aside_than_the_evening_may_cost(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    placed = await open_tab(paying, ana, 5000)
    assert (placed.status, placed.amount, placed.publishable_key) == ("placed", 6000, "pk_test_sandbox")
    assert placed.client_secret is not None
    asked = await intent(provider)
    assert (asked["amount"], asked["capture_method"]) == (6000, "manual")
    assert asked["metadata"]["payment"] == placed.id
    await enter(provider, placed)
    authorized = await state(paying, placed.id, ana)
    assert (authorized.status, authorized.can_raise, authorized.client_secret) == ("authorized", True, None)
    assert authorized.capture_before is not None
    assert await keys(provider, "create") == [f"hold:{placed.id}:create"]


async def test_a_tab_covers_at_least_what_is_owed(paying: Evening) -> None:
    ana = await paying.seat("Ana")
    with pytest.raises(errors.Invalid, match="estimate"):
        await open_tab(paying, ana)
    await paying.order(ana, "Lobster")
    assert (await open_tab(paying, ana, 100)).amount == 5760


async def test_a_tab_is_opened_once_and_only_on_the_guests_own_phone(paying: Evening) -> None:
    ana, hold = await paying.seat("Ana"), paying.desk.new_id()
    first = await open_tab(paying, ana, 5000, hold=hold)
    assert await open_tab(paying, ana, 5000, hold=hold) == first
    with pytest.raises(errors.Refused) as refused:
        await open_tab(paying, ana, 5000)
    assert refused.value.refusal.figures == {"hold": hold}
    with pytest.raises(errors.NotAllowed):
        await holds.place(paying.desk, ana.stream, shapes.HoldRequest(estimate=5000), by=paying.team["waiter"])
    bob = await paying.seat("Bob")
    with pytest.raises(errors.NotFound):
        await holds.state(paying.desk, hold, by=access(bob))


async def test_a_capture_takes_what_is_owed_and_gives_the_rest_back(paying: Evening, provider: Provider) -> None:
    """F40: less is captured than was authorized; again is a no-op; the payment is one like any other."""
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    captured = await capture(paying, hold.id, ana, tipAmount=200)
    assert (captured.status, captured.captured, captured.owed) == ("captured", 1779, 0)
    assert (await capture(paying, hold.id, ana)).captured == 1779
    taken = await intent(provider)
    assert (taken["status"], taken["amount_received"]) == ("succeeded", 1779)
    assert await keys(provider, "capture") == [f"pay:{hold.id}:capture:1"]
    row = await paid.payment(paying.desk.database, hold.id)
    assert row is not None
    assert (row.state, row.captured, row.tip, row.intent_id, row.card_last4) == (
        "succeeded", 1779, 200, taken["id"], "4242",
    )  # fmt: skip
    assert row.evidence is not None
    assert row.evidence["amountReceived"] == 1779
    assert (await paying.bill(ana.stream)).status == "settled"
    told = await payments.state(paying.desk, hold.id, by=access(ana))
    assert (told.status, told.amount, told.tip_amount) == ("succeeded", 1579, 200)


async def test_a_webhook_is_enough_to_learn_of_everything(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    placed = await open_tab(paying, ana, 5000)
    await enter(provider, placed)
    await deliver(paying, provider)
    assert (await paying.bill(ana.stream)).holds[placed.id].status == "authorized"
    await paying.order(ana, "Burger")
    await provider.fault("cut", operation="payment_intents.capture", effect="done")
    assert (await capture(paying, placed.id, ana)).checking
    await deliver(paying, provider)
    bill = await paying.bill(ana.stream)
    assert (bill.holds[placed.id].status, bill.status) == ("captured", "settled")


async def deliver(evening: Evening, provider: Provider) -> None:
    """Hand every event so far to the inbox, as the provider would, and let the jobs work on them."""
    for event in await provider.events():
        raw = orjson.dumps({name: value for name, value in event.items() if name != "deliveries"})
        await webhooks.receive(evening.desk, raw, signed(raw))
    await evening.work()


async def test_a_lost_answer_to_a_capture_is_found_with_the_same_key(paying: Evening, provider: Provider) -> None:
    """F42: nothing else is asked of the intent meanwhile; a cancel after the capture is sent to a refund."""
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await provider.fault("cut", operation="payment_intents.capture", effect="done")
    assert (await capture(paying, hold.id, ana)).status == "capturing"
    with pytest.raises(errors.Refused) as busy:
        await holds.release(paying.desk, hold.id, by=paying.team["waiter"])
    assert busy.value.code == "hold_busy"
    with pytest.raises(errors.Refused):
        await payments.cancel(paying.desk, hold.id, by=access(ana))
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert set(await keys(provider, "capture")) == {f"pay:{hold.id}:capture:1"}
    with pytest.raises(errors.Refused) as taken:
        await holds.release(paying.desk, hold.id, by=paying.team["waiter"])
    assert (taken.value.code, taken.value.refusal.figures) == ("already_paid", {"payment": hold.id})
    assert await keys(provider, "cancel") == []
    assert (await paying.bill(ana.stream)).payments[hold.id].status == "succeeded"


async def test_more_than_was_authorized_is_raised_and_then_captured(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana, 3000)
    await paying.order(ana, "Lobster")
    captured = await capture(paying, hold.id, ana, tipAmount=500)
    assert (captured.status, captured.amount, captured.captured, captured.owed) == ("captured", 5300, 5300, 0)
    assert await keys(provider, "increment_authorization") == [f"hold:{hold.id}:raise:1"]


async def test_a_declined_raise_leaves_the_rest_to_be_asked_for(paying: Evening, provider: Provider) -> None:
    """F41: the old authorization is captured; a second payment pays the rest."""
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana, 3000, "pm_card_raiseDeclined")
    raised = await raise_(paying, hold.id, ana, 4000)
    assert (raised.status, raised.amount, raised.decline) == ("authorized", 3600, "generic_decline")
    await paying.order(ana, "Lobster")
    captured = await capture(paying, hold.id, ana)
    assert (captured.status, captured.captured, captured.owed) == ("captured", 3600, 1200)
    rest = await paying.pay(ana, ana.stream)
    await provider.confirm(rest)
    paying.clock.pass_(seconds=3)
    await payments.state(paying.desk, rest.id, by=access(ana))
    assert (await paying.bill(ana.stream)).status == "settled"
    assert len(await provider.intents()) == 2


async def test_a_raise_whose_answer_is_lost_ends_in_the_capture_it_was_for(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana, 3000)
    await paying.order(ana, "Lobster")
    await provider.fault("cut", operation="payment_intents.increment_authorization", effect="done")
    told = await capture(paying, hold.id, ana)
    assert (told.status, told.raising, told.closing, told.checking) == ("authorized", 4800, True, True)
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert (await state(paying, hold.id, ana)).captured == 4800


async def test_a_card_whose_bank_does_not_raise_says_so(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana, 3000, "pm_card_amex")
    with pytest.raises(errors.Refused) as refused:
        await raise_(paying, hold.id, ana, 9000)
    assert refused.value.code == "raise_not_offered"


async def test_a_tab_that_lapsed_overnight_is_owed_again(paying: Evening, provider: Provider) -> None:
    """F40, F43: a capture after the end is refused, the share is free, and the floor shows it."""
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    lapsed = await provider.http.post(f"/_sandbox/objects/{(await intent(provider))['id']}/finish")
    assert lapsed.json()["steps"] == 1
    told = await capture(paying, hold.id, ana)
    assert (told.status, told.owed) == ("expired", 1579)
    bill = await paying.bill(ana.stream)
    assert (bill.reserved, bill.payments[hold.id].status) == (0, "canceled")
    await paying.pay(ana, ana.stream)


async def floor(evening: Evening) -> Any:
    return await restaurants.floor(evening.desk.database, evening.restaurant)


async def test_a_tab_whose_create_was_never_answered_is_given_back_when_it_is(
    paying: Evening, provider: Provider
) -> None:
    ana = await paying.seat("Ana")
    await provider.fault("cut", operation="payment_intents.create", effect="done")
    hold = await open_tab(paying, ana, 5000)
    assert hold.checking
    await holds.release(paying.desk, hold.id, by=access(ana))
    for _ in range(3):
        paying.clock.pass_(minutes=1)
        await paying.work()
    assert (await paying.bill(ana.stream)).holds[hold.id].status == "released"
    assert (await intent(provider))["status"] == "canceled"


async def test_a_tab_whose_card_was_just_charged_when_it_was_given_back_is_given_back_after_that(
    paying: Evening, provider: Provider
) -> None:
    """The provider refuses to cancel what is processing, and remembers that with the key."""
    ana = await paying.seat("Ana")
    hold = (await tab(paying, provider, ana)).id
    code = "payment_intent_unexpected_state"
    await provider.fault("error", operation="payment_intents.cancel", status=400, code=code, saved=True)
    await holds.release(paying.desk, hold, by=access(ana))
    assert (await paying.bill(ana.stream)).holds[hold].status == "releasing"
    assert (await state(paying, hold, ana)).status == "released"
    assert [found["status"] for found in await provider.intents()] == ["canceled"]
    assert await keys(provider, "cancel") == [f"hold:{hold}:cancel", f"hold:{hold}:cancel:2"]


async def test_a_tab_is_not_for_trying_out_cards(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    placed = await open_tab(paying, ana, 5000)
    for _ in range(paying.desk.policies.declines_max):
        await enter(provider, placed, "pm_card_visa_chargeDeclined")
        await state(paying, placed.id, ana)
    told = await state(paying, placed.id, ana)
    assert (told.status, told.decline) == ("released", "generic_decline")


# The end of the visit


async def test_a_walk_out_captures_the_holders_share_and_leaves_the_others_owing(
    paying: Evening, provider: Provider
) -> None:
    ana, bob = await paying.seat("Ana"), await paying.seat("Bob")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await paying.order(bob, "Lobster")
    await paying.do(paying.team["waiter"], ana.stream, "session.abandon", reason="ran away")
    bill = await paying.bill(ana.stream)
    assert (bill.status, bill.unpaid, bill.holds[hold.id].captured) == ("abandoned", 4800, 1579)


async def test_closing_captures_what_is_owed_and_then_ends_though_the_answer_was_lost(
    paying: Evening, provider: Provider
) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await provider.fault("cut", operation="payment_intents.capture", effect="done")
    await paying.do(paying.team["waiter"], ana.stream, "session.close", reason="good night")
    bill = await paying.bill(ana.stream)
    assert (bill.status, bill.ending, bill.holds[hold.id].status) == ("settling", "close", "capturing")
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert (await paying.bill(ana.stream)).status == "closed"
    assert [place.table.service for place in await floor(paying) if place.table.label == "1"] == ["to_clean"]


async def test_a_visit_that_ends_by_itself_gives_its_tabs_back(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    paying.clock.pass_(hours=4)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert (bill.status, bill.holds[hold.id].status) == ("closed", "released")
    assert (await intent(provider))["status"] == "canceled"


# What a capture is afterwards: a payment like any other


async def test_a_captured_tab_is_proved_refunded_and_never_taken_for_a_refund(
    paying: Evening, provider: Provider
) -> None:
    """F44: what the capture gave back is no refund; a refund of it goes out as any other."""
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await capture(paying, hold.id, ana, tipAmount=200)
    await deliver(paying, provider)
    assert (await paying.bill(ana.stream)).payments[hold.id].returned == 0
    (refund,) = await give_back(paying, hold.id, amount=500)
    assert (refund.state, refund.amount) == ("succeeded", 500)
    await deliver(paying, provider)
    assert (await paying.bill(ana.stream)).payments[hold.id].returned == 500
    report = await verify(paying.desk.database, proof.replay)
    assert report.faults == []
    async with paying.desk.database.write() as session:
        row = await session.get_one(Hold, hold.id)
        row.captured = 1
    report = await verify(paying.desk.database, proof.replay)
    assert [fault.what for fault in report.faults] == [f"hold {hold.id} differs from the log in captured"]


async def test_a_tab_goes_to_the_restaurants_account_less_the_fee_of_what_was_taken(
    paying: Evening, provider: Provider
) -> None:
    account = await connected(paying, provider)
    ana = await paying.seat("Ana")
    hold = await tab(paying, provider, ana)
    assert (await intent(provider))["transfer_data"] == {"destination": account}
    await paying.order(ana, "Burger")
    await capture(paying, hold.id, ana)
    row = await paid.payment(paying.desk.database, hold.id)
    assert row is not None
    assert (row.destination, row.application_fee) == (account, 34)
    assert (await intent(provider))["application_fee_amount"] == 34
