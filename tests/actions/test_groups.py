"""People who pay together, over the real provider's sandbox: all of them are charged, or nobody is."""

from typing import Any

import pytest

from app.actions import errors, findings, groups, payments, shapes
from app.actions.groups import GroupTold
from app.actions.guests import Joined
from app.storage import payments as rows
from app.storage import tenders
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider, access


async def couple(evening: Evening) -> tuple[Joined, Joined]:
    """Ana owes a burger, Ben a pasta."""
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    await evening.order(ana, "Burger")
    await evening.order(ben, "Pasta")
    return ana, ben


async def propose(evening: Evening, who: Any, stream: str, **request: Any) -> GroupTold:
    asked = shapes.read(shapes.GroupRequest, request)
    return await groups.start(evening.desk, stream, asked, by=access(who))


async def pay(evening: Evening, provider: Provider, who: Joined, told: GroupTold, card: str = "pm_card_visa") -> None:
    """What a payer's page does with the own share."""
    mine = (await groups.state(evening.desk, told.id, by=access(who))).payment
    assert mine is not None
    await provider.confirm(mine, card)
    await payments.observe(evening.desk, mine.id)


async def settle(evening: Evening) -> None:
    """Rounds of the jobs until there is nothing left to do."""
    while await evening.work():
        pass


async def statuses(provider: Provider) -> list[str]:
    return sorted(intent["status"] for intent in await provider.intents())


async def test_everybody_pays_or_nobody_does(paying: Evening, provider: Provider) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream)
    assert (told.status, told.amount, len(told.waiting)) == ("open", 2559, 2)
    assert told.payment is not None
    assert told.payment.client_secret
    await pay(paying, provider, ana, told)
    assert await statuses(provider) == ["requires_capture", "requires_payment_method"]
    await pay(paying, provider, ben, told)
    await settle(paying)
    assert await statuses(provider) == ["succeeded", "succeeded"]
    assert (await groups.state(paying.desk, told.id, by=access(ben))).status == "succeeded"
    assert (await paying.bill(ana.stream)).status == "settled"
    assert {line["key"] for line in await provider.journal("payment_intents.capture")} == {
        f"pay:{payment}:capture:1" for payment in told.payments
    }


async def test_nobody_but_the_payer_learns_the_secret_of_a_share(paying: Evening) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, paying.team["waiter"], ana.stream)
    assert told.payment is None
    for who in (ana, ben):
        mine = (await groups.state(paying.desk, told.id, by=access(who))).payment
        assert mine is not None
        assert (mine.id, bool(mine.client_secret)) == (
            next(payment for payment, guest in told.payments.items() if guest == who.guest_id),
            True,
        )


async def test_when_one_share_cannot_be_created_nothing_is_left_of_the_others(
    paying: Evening, provider: Provider
) -> None:
    ana, ben = await couple(paying)
    await provider.fault("error", operation="payment_intents.create", status=400, code="amount_too_small")
    told = await propose(paying, ana, ana.stream)
    assert (told.status, told.reason) == ("released", "refused")
    await settle(paying)
    assert await statuses(provider) == ["canceled"]
    bill = await paying.bill(ana.stream)
    assert (bill.reserved, bill.open_payments) == (0, [])
    assert (await propose(paying, ben, ana.stream)).status == "open"


async def test_the_deadline_cancels_what_was_agreed_and_nobody_is_charged(paying: Evening, provider: Provider) -> None:
    ana, _ben = await couple(paying)
    told = await propose(paying, ana, ana.stream, deadlineS=60)
    await pay(paying, provider, ana, told)
    paying.clock.pass_(seconds=61)
    await settle(paying)
    paying.clock.pass_(seconds=61)
    await settle(paying)
    assert await statuses(provider) == ["canceled", "canceled"]
    bill = await paying.bill(ana.stream)
    assert (bill.groups[told.id].reason, bill.reserved) == ("deadline", 0)


async def test_a_decline_leaves_time_for_another_card(paying: Evening, provider: Provider) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream)
    await pay(paying, provider, ana, told, "pm_card_visa_chargeDeclined")
    await pay(paying, provider, ben, told)
    assert (await paying.bill(ana.stream)).groups[told.id].status == "open"
    await pay(paying, provider, ana, told)
    await settle(paying)
    assert (await paying.bill(ana.stream)).status == "settled"


async def test_whoever_lets_go_of_the_own_share_lets_go_of_all(paying: Evening, provider: Provider) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream)
    await pay(paying, provider, ana, told)
    own = next(payment for payment, guest in told.payments.items() if guest == ben.guest_id)
    await payments.cancel(paying.desk, own, by=access(ben))
    await settle(paying)
    assert await statuses(provider) == ["canceled", "canceled"]
    assert (await groups.state(paying.desk, told.id, by=access(ana))).reason == "payer"


async def test_a_group_is_given_up_by_its_people_and_by_staff_alone(paying: Evening, provider: Provider) -> None:
    ana, _ben = await couple(paying)
    stranger, elsewhere = await paying.seat("Cy"), await paying.seat("Dee", "2")
    told = await propose(paying, ana, ana.stream)
    with pytest.raises(errors.Refused, match="not your group"):
        await groups.cancel(paying.desk, told.id, by=access(stranger))
    with pytest.raises(errors.NotFound):
        await groups.cancel(paying.desk, told.id, by=access(elsewhere))
    with pytest.raises(errors.NotAllowed):
        await groups.cancel(paying.desk, told.id, by=paying.team["kitchen"])
    gone = await groups.cancel(paying.desk, told.id, by=paying.team["waiter"])
    assert (gone.status, gone.reason) == ("released", "staff")
    assert await statuses(provider) == ["canceled", "canceled"]


async def test_a_process_that_died_before_sending_anything_leaves_it_to_the_jobs(
    make_desk: MakeDesk, provider: Provider
) -> None:
    dead = await Evening.at(await make_desk())
    ana, _ben = await couple(dead)
    told = await propose(dead, ana, ana.stream)
    assert told.payment is not None
    assert told.payment.checking
    alive = await Evening.at(await make_desk(provider=provider.url, clock=dead.clock))
    dead.clock.pass_(minutes=2)
    await settle(alive)
    assert await statuses(provider) == ["requires_payment_method"] * 2


async def test_a_capture_whose_answer_was_lost_is_sent_again_under_its_key(paying: Evening, provider: Provider) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream)
    await pay(paying, provider, ana, told)
    await provider.fault("cut", operation="payment_intents.capture", effect="done", times=2)
    await pay(paying, provider, ben, told)
    await settle(paying)
    await provider.heal()
    paying.clock.pass_(minutes=6)
    await settle(paying)
    assert (await paying.bill(ana.stream)).groups[told.id].status == "succeeded"
    assert await statuses(provider) == ["succeeded", "succeeded"]


async def test_what_everybody_agreed_to_is_taken_even_if_the_provider_was_away_for_a_day(
    paying: Evening, provider: Provider
) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream)
    await pay(paying, provider, ana, told)
    await provider.fault("cut", operation="payment_intents.capture", times=0)
    await pay(paying, provider, ben, told)
    await settle(paying)
    paying.clock.pass_(hours=24)
    await settle(paying)
    assert await statuses(provider) == ["requires_capture", "requires_capture"]
    await provider.heal()
    paying.clock.pass_(minutes=6)
    await settle(paying)
    assert (await paying.bill(ana.stream)).groups[told.id].status == "succeeded"
    assert await statuses(provider) == ["succeeded", "succeeded"]
    assert {line["key"] for line in await provider.journal("payment_intents.capture")} == {
        f"pay:{payment}:capture:1" for payment in told.payments
    }


async def test_once_everybody_agreed_the_deadline_means_nothing(paying: Evening, provider: Provider) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream, deadlineS=60)
    await pay(paying, provider, ana, told)
    await pay(paying, provider, ben, told)
    paying.clock.pass_(minutes=10)
    await settle(paying)
    assert (await paying.bill(ana.stream)).status == "settled"
    with pytest.raises(errors.Refused) as refused:
        await groups.cancel(paying.desk, told.id, by=access(ana))
    assert refused.value.code == "already_paid"


async def test_a_hold_that_is_taken_back_before_its_capture_is_found_and_owed_again(
    paying: Evening, provider: Provider
) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream)
    await pay(paying, provider, ana, told)
    await pay(paying, provider, ben, told)
    lost = next(payment for payment, guest in told.payments.items() if guest == ben.guest_id)
    row = await rows.payment(paying.desk.database, lost)
    assert row is not None
    key = {"authorization": "Bearer sk_test_sandbox"}
    await provider.http.post(f"/v1/payment_intents/{row.intent_id}/cancel", headers=key)
    await settle(paying)
    bill = await paying.bill(ana.stream)
    assert (bill.groups[told.id].status, bill.groups[told.id].reason) == ("released", "capture_failed")
    assert (bill.unpaid, bill.payments[lost].status) == (980, "canceled")
    found = await findings.listed(paying.desk, by=paying.team["manager"])
    assert [(each["kind"], each["subject"]) for each in found["findings"]] == [("mismatch", lost)]


async def test_the_room_is_reminded_half_way_and_a_minute_before_the_end(paying: Evening, provider: Provider) -> None:
    ana, ben = await couple(paying)
    told = await propose(paying, ana, ana.stream)
    await pay(paying, provider, ana, told)
    for minutes, times in ((4, 0), (2, 1), (2, 1), (1.5, 2), (0.1, 2)):
        paying.clock.pass_(minutes=minutes)
        await settle(paying)
        assert (await paying.bill(ana.stream)).groups[told.id].reminders == times
    with pytest.raises(errors.Refused) as refused:
        await groups.remind(paying.desk, told.id, by=access(ben))
    assert refused.value.code == "too_many"


async def test_asked_again_with_its_id_a_group_is_not_made_twice(paying: Evening, provider: Provider) -> None:
    ana, _ben = await couple(paying)
    asked = shapes.read(shapes.GroupRequest, {})
    first = await groups.start(paying.desk, ana.stream, asked, by=access(ana), group="01GROUP")
    second = await groups.start(paying.desk, ana.stream, asked, by=access(ana), group="01GROUP")
    assert first.payments == second.payments
    assert len(await provider.intents()) == 2
    found = await tenders.group(paying.desk.database, "01GROUP")
    assert found is not None
    assert found.stream == ana.stream


async def test_nothing_is_reserved_where_one_share_is_refused(paying: Evening, provider: Provider) -> None:
    ana, ben = await couple(paying)
    await paying.order(ana, "Mint")
    shares = [{"guest": ana.guest_id, "amount": 20}, {"guest": ben.guest_id}]
    with pytest.raises(errors.Refused) as refused:
        await propose(paying, ana, ana.stream, payers=shares)
    assert (refused.value.code, refused.value.refusal.figures["guest"]) == ("below_minimum", ana.guest_id)
    assert await rows.of_stream(paying.desk.database, ana.stream) == []
    assert await provider.intents() == []


async def test_a_share_is_said_in_one_way(paying: Evening) -> None:
    ana, ben = await couple(paying)
    shares = [{"guest": ana.guest_id, "amount": 500, "pays": "mine"}, {"guest": ben.guest_id}]
    with pytest.raises(errors.Invalid):
        await propose(paying, ana, ana.stream, payers=shares)
