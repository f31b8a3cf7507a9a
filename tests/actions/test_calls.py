"""What happens around a send: lost answers, refusals, doubt, and the provider away."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from app.actions import calls, payments
from app.actions.guests import Joined
from app.actions.shapes import PaymentRequest
from app.storage import findings
from app.storage import payments as rows
from app.storage.tables import StripeCall
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider, access


async def _ordered(evening: Evening) -> Joined:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    return ana


async def _posts(provider: Provider) -> list[str | None]:
    return [line["key"] for line in await provider.journal("payment_intents.create")]


async def test_an_answer_lost_after_the_effect_is_found_with_the_same_key(paying: Evening, provider: Provider) -> None:
    """F08, F09: the share stays held, the client is told that we are checking, and one intent comes of it."""
    ana = await _ordered(paying)
    await provider.fault("cut", operation="payment_intents.create", effect="done")
    started = await paying.pay(ana, ana.stream)
    assert (started.status, started.checking, started.client_secret) == ("initiated", True, None)
    assert (await paying.bill(ana.stream)).reserved == 1579
    paying.clock.pass_(seconds=31)
    await paying.work()
    told = await payments.state(paying.desk, started.id, by=access(ana))
    assert (told.status, told.checking) == ("awaiting", False)
    assert told.client_secret is not None
    assert len(await provider.intents()) == 1
    assert await _posts(provider) == [f"pay:{started.id}:create"] * 2


class Always(Random):
    """Chance that always says the same."""

    def __init__(self, says: float) -> None:
        super().__init__()
        self.says = says

    def random(self) -> float:
        return self.says


@pytest.mark.parametrize(("chance", "pauses"), [(0.0, [1, 1, 1]), (0.99, [4, 8, 16])], ids=["least", "longest"])
async def test_the_pause_before_the_next_send_is_anywhere_up_to_its_longest(
    make_desk: MakeDesk, provider: Provider, chance: float, pauses: list[int]
) -> None:
    desk = replace(await make_desk(provider=provider.url), chance=Always(chance))
    paying = await Evening.at(desk)
    ana = await _ordered(paying)
    await provider.fault("cut", operation="payment_intents.create", times=0)
    key = calls.create_key((await paying.pay(ana, ana.stream)).id)
    for longest in pauses:
        call = await rows.call(desk.database, key)
        assert call is not None
        assert round((call.next_at - desk.now()).total_seconds()) == longest
        paying.clock.pass_(seconds=longest)
        await calls.send(desk, key)


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "error", "status": 500},
        {"fault": "error", "status": 500, "effect": "done", "shouldRetry": "false"},
        {"fault": "error", "status": 429, "code": "rate_limit"},
        {"fault": "error", "status": 409, "code": "idempotency_key_in_use"},
        {"fault": "cut"},
        {"fault": "garbled"},
        {"fault": "truncated", "effect": "done"},
    ],
    ids=["500", "500 no retry, done", "429", "409 in use", "cut before", "no JSON", "half an answer"],
)
async def test_doubt_keeps_the_key_until_the_answer_is_definitive(
    paying: Evening, provider: Provider, fault: dict[str, object]
) -> None:
    """F10, F11, F12: none of these says that nothing happened."""
    ana = await _ordered(paying)
    await provider.fault(operation="payment_intents.create", **fault)  # type: ignore[arg-type]
    started = await paying.pay(ana, ana.stream)
    assert started.checking
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert set(await _posts(provider)) == {f"pay:{started.id}:create"}
    assert len(await provider.intents()) == 1
    assert (await payments.state(paying.desk, started.id, by=access(ana))).status == "awaiting"


async def test_a_definitive_refusal_frees_the_share(paying: Evening, provider: Provider) -> None:
    """F47: what the provider will never do holds nothing."""
    ana = await _ordered(paying)
    await provider.fault("error", operation="payment_intents.create", status=400, code="amount_too_small")
    started = await paying.pay(ana, ana.stream)
    assert (started.status, started.decline) == ("refused", "amount_too_small")
    bill = await paying.bill(ana.stream)
    assert (bill.reserved, bill.status) == (0, "open")


async def test_a_key_that_was_misused_freezes_the_payment(paying: Evening, provider: Provider) -> None:
    """F13: no new key, no release; a person has to look."""
    ana, payment = await _ordered(paying), paying.desk.new_id()
    headers = {"authorization": "Bearer sk_test_sandbox", "idempotency-key": f"pay:{payment}:create"}
    other = {"amount": "9999", "currency": "usd"}
    await provider.http.post("/v1/payment_intents", data=other, headers=headers)
    asked = PaymentRequest(payment_method="card")
    started = await payments.start(paying.desk, ana.stream, asked, by=access(ana), payment=payment)
    assert (started.status, started.checking) == ("initiated", True)
    paying.clock.pass_(hours=1)
    await paying.work()
    assert (await paying.bill(ana.stream)).reserved == 1579
    call = await rows.call(paying.desk.database, calls.create_key(payment))
    assert call is not None
    assert (call.state, call.error, call.sends) == ("refused", "idempotency_error", 1)
    assert await findings.subjects(paying.desk.database, "params_differ") == {call.key}


async def test_what_a_misused_key_froze_ends_when_the_provider_can_have_nothing_of_it(
    paying: Evening, provider: Provider
) -> None:
    """F13: a manager frees the share at once; the payment itself is open until a look a day later."""
    ana, payment = await _ordered(paying), paying.desk.new_id()
    headers = {"authorization": "Bearer sk_test_sandbox", "idempotency-key": f"pay:{payment}:create"}
    await provider.http.post("/v1/payment_intents", data={"amount": "9999", "currency": "usd"}, headers=headers)
    await payments.start(
        paying.desk, ana.stream, PaymentRequest(payment_method="card"), by=access(ana), payment=payment
    )
    await paying.do(paying.team["manager"], ana.stream, "payment.release", payment=payment, reason="it hangs")
    paying.clock.pass_(hours=22)
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert (bill.reserved, bill.payments[payment].status) == (0, "initiated")
    paying.clock.pass_(hours=2)
    await paying.work()
    assert (await paying.bill(ana.stream)).payments[payment].status == "refused"
    paying.clock.pass_(hours=2)
    await paying.work()
    assert not [each for each in await rows.calls_of(paying.desk.database, payment) if each.state in rows.OPEN_CALLS]


async def test_a_key_older_than_a_day_is_looked_up_and_never_sent(paying: Evening, provider: Provider) -> None:
    """F14: the provider forgets keys; sending an old one could charge twice."""
    ana = await _ordered(paying)
    await provider.fault("cut", operation="payment_intents.create", effect="done")
    started = await paying.pay(ana, ana.stream)
    paying.clock.pass_(hours=23, minutes=1)
    await calls.send(paying.desk, calls.create_key(started.id))
    assert len(await _posts(provider)) == 1
    call = await rows.call(paying.desk.database, calls.create_key(started.id))
    assert call is not None
    assert call.state == "looked_up"
    assert await findings.subjects(paying.desk.database, "never_answered") == {call.key}
    row = await rows.payment(paying.desk.database, started.id)
    assert row is not None
    assert row.intent_id == (await provider.intents())[0]["id"]


async def test_a_create_that_never_happened_is_given_up_after_a_day(paying: Evening, provider: Provider) -> None:
    ana = await _ordered(paying)
    await provider.fault("cut", operation="payment_intents.create", times=0)
    started = await paying.pay(ana, ana.stream)
    paying.clock.pass_(hours=23, minutes=1)
    await calls.send(paying.desk, calls.create_key(started.id))
    assert (await paying.bill(ana.stream)).payments[started.id].status == "refused"
    assert await provider.intents() == []


async def test_a_share_that_waited_a_day_for_its_create_is_let_go_at_the_provider_all_the_same(
    paying: Evening, provider: Provider
) -> None:
    ana = await _ordered(paying)
    await provider.fault("error", operation="payment_intents.create", effect="done", saved=True)
    started = await paying.pay(ana, ana.stream)
    await payments.cancel(paying.desk, started.id, by=access(ana))
    paying.clock.pass_(hours=23, minutes=1)
    await paying.work()  # The create is looked up,
    paying.clock.pass_(minutes=6)
    await paying.work()  # and what it made is cancelled, however long the wish for that is known.
    assert [each["status"] for each in await provider.intents()] == ["canceled"]
    assert (await paying.bill(ana.stream)).payments[started.id].status == "canceled"


async def test_parameters_that_are_not_what_was_planned_are_not_sent(paying: Evening, provider: Provider) -> None:
    """F13: the hash of what was decided goes with the key."""
    ana = await _ordered(paying)
    await provider.fault("cut", operation="payment_intents.create")
    started = await paying.pay(ana, ana.stream)
    call = await rows.call(paying.desk.database, calls.create_key(started.id))
    assert call is not None
    async with paying.desk.database.write() as session:
        await session.delete(await session.get_one(StripeCall, call.key))
        await session.flush()
        session.add(StripeCall(**{**call.model_dump(), "parameters": b"{}"}))
    paying.clock.pass_(minutes=5)
    await calls.send(paying.desk, call.key)
    assert len(await _posts(provider)) == 1
    assert await findings.subjects(paying.desk.database, "params_differ") == {call.key}


async def test_a_call_that_somebody_else_is_at_is_left_to_them(paying: Evening, provider: Provider) -> None:
    """F54: two nodes, one lease."""
    ana = await _ordered(paying)
    await provider.fault("cut", operation="payment_intents.create")
    started = await paying.pay(ana, ana.stream)
    paying.clock.pass_(minutes=5)
    (mine,) = await rows.claim_calls(paying.desk.database, paying.desk.now())
    await calls.send(paying.desk, mine.key)
    assert len(await _posts(provider)) == 1
    paying.clock.pass_(minutes=5)
    (taken_over,) = await rows.claim_calls(paying.desk.database, paying.desk.now())
    await calls.send(paying.desk, mine.key, lease=mine.next_at)
    assert len(await _posts(provider)) == 1
    await calls.send(paying.desk, mine.key, lease=taken_over.next_at)
    assert len(await _posts(provider)) == 2
    assert (await paying.bill(ana.stream)).payments[started.id].status == "awaiting"


async def test_a_call_that_has_ended_is_not_sent_again(paying: Evening, provider: Provider) -> None:
    ana = await _ordered(paying)
    started = await paying.pay(ana, ana.stream)
    await calls.send(paying.desk, calls.create_key(started.id))
    assert len(await _posts(provider)) == 1


async def test_a_crash_between_commit_and_send_is_made_good_by_a_job(paying: Evening, provider: Provider) -> None:
    """F07: the process dies after the payment and its call were committed; nothing was sent."""
    ana = await _ordered(paying)
    await _start_and_die(paying, ana)
    (payment,) = (await paying.bill(ana.stream)).payments
    assert await provider.intents() == []
    paying.clock.pass_(seconds=31)
    await paying.work()
    assert [intent["metadata"]["payment"] for intent in await provider.intents()] == [payment]
    told = await payments.state(paying.desk, payment, by=access(ana))
    assert told.client_secret is not None


async def _start_and_die(paying: Evening, ana: Joined) -> None:
    """Everything up to the commit; the send never happens, because whoever would send it ends with the first news."""
    desk = paying.desk
    before = desk.announce.advanced
    starting = asyncio.create_task(paying.pay(ana, ana.stream))

    def die(advance: object) -> None:
        starting.cancel()

    desk.announce.advanced = die  # type: ignore[method-assign]
    with suppress(asyncio.CancelledError):
        await starting
    desk.announce.advanced = before  # type: ignore[method-assign]
