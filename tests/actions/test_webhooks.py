import asyncio
import hashlib
import hmac
import time
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.actions import payments, webhooks
from app.actions.guests import Joined
from app.actions.payments import PaymentStarted
from app.payments.gateway import BadSignature
from app.storage import findings, inbox
from tests.actions.evening import Evening, Provider, access

SECRET = "whsec_sandbox"


def signed(raw: bytes, *, secret: str = SECRET, age_s: float = 0) -> str:
    stamp = int(time.time() - age_s)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def event(intent: dict[str, Any], kind: str = "payment_intent.succeeded", id: str = "evt_1") -> bytes:
    return orjson.dumps(
        {
            "id": id,
            "object": "event",
            "type": kind,
            "livemode": False,
            "created": int(time.time()),
            "api_version": "2026-10-28.endive",
            "data": {"object": intent},
        }
    )


async def _paid(paying: Evening, provider: Provider) -> tuple[str, str, dict[str, Any]]:
    """A payment that the provider has taken and we have not heard of: its stream, its id, its intent."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started)
    (intent,) = await provider.intents()
    return ana.stream, started.id, intent


async def _unanswered(paying: Evening, provider: Provider) -> tuple[Joined, PaymentStarted, dict[str, Any]]:
    """A payment whose create had its effect and no answer: whose it is, what they were told, its intent."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    await provider.fault("cut", operation="payment_intents.create", effect="done")
    started = await paying.pay(ana, ana.stream)
    (intent,) = await provider.intents()
    return ana, started, intent


async def test_an_event_makes_us_look_and_what_we_find_settles(paying: Evening, provider: Provider) -> None:
    stream, payment, intent = await _paid(paying, provider)
    raw = event(intent)
    await webhooks.receive(paying.desk, raw, signed(raw))
    assert paying.desk.wake.is_set()
    assert (await paying.bill(stream)).payments[payment].status == "awaiting"
    await paying.work()
    assert (await paying.bill(stream)).status == "settled"
    assert await inbox.counts(paying.desk.database) == {"done": 1}


async def test_what_an_event_says_is_not_believed(paying: Evening, provider: Provider) -> None:
    """B1: the object is fetched, so a signed event about an unpaid intent pays nothing."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    (intent,) = await provider.intents()
    raw = event({**intent, "status": "succeeded", "amount_received": intent["amount"]})
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    assert (await paying.bill(ana.stream)).payments[started.id].status == "awaiting"


async def test_the_same_event_three_times_at_once_is_one_row_and_one_effect(
    paying: Evening, provider: Provider
) -> None:
    """F16."""
    stream, _, intent = await _paid(paying, provider)
    raw = event(intent)
    await asyncio.gather(*(webhooks.receive(paying.desk, raw, signed(raw)) for _ in range(3)))
    await paying.work()
    assert await inbox.counts(paying.desk.database) == {"done": 1}
    kinds = [one.fact.kind for one in await paying.desk.log.since(stream)]
    assert kinds.count("payment.succeeded") == 1


async def test_another_event_for_the_same_change_has_no_effect(paying: Evening, provider: Provider) -> None:
    """F17."""
    stream, _, intent = await _paid(paying, provider)
    for name in ("evt_1", "evt_2"):
        raw = event(intent, id=name)
        await webhooks.receive(paying.desk, raw, signed(raw))
        await paying.work()
    kinds = [one.fact.kind for one in await paying.desk.log.since(stream)]
    assert kinds.count("payment.succeeded") == 1


async def test_late_news_of_an_older_attempt_changes_nothing(paying: Evening, provider: Provider) -> None:
    """F18."""
    stream, payment, intent = await _paid(paying, provider)
    for number, kind in enumerate(("payment_intent.succeeded", "payment_intent.payment_failed")):
        raw = event(intent, kind, id=f"evt_{number}")
        await webhooks.receive(paying.desk, raw, signed(raw))
        await paying.work()
    assert (await paying.bill(stream)).payments[payment].status == "succeeded"


async def test_an_event_that_comes_before_our_answer_finds_the_payment_by_its_metadata(
    paying: Evening, provider: Provider
) -> None:
    """F15: the create's answer was lost, so no row of ours has the intent's id yet."""
    ana, started, intent = await _unanswered(paying, provider)
    raw = event(intent, "payment_intent.created")
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    told = await payments.state(paying.desk, started.id, by=access(ana))
    assert (told.status, told.checking) == ("awaiting", False)


@pytest.mark.parametrize("what", ["disputes", "refunds"])
async def test_what_hangs_on_a_payment_that_is_not_booked_yet_is_booked_with_it(
    paying: Evening, provider: Provider, what: str
) -> None:
    """A dispute or refund names its intent alone: whose that is, the intent's metadata say."""
    ana, started, intent = await _unanswered(paying, provider)
    await provider.confirm(replace(started, client_secret=intent["client_secret"]))
    made = await provider.control(what, payment_intent=intent["id"], amount=500)
    raw = event(made, {"disputes": "charge.dispute.created", "refunds": "refund.created"}[what])
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    bill = await paying.bill(ana.stream)
    assert bill.payments[started.id].status == "succeeded"
    assert (list(bill.disputes), bill.payments[started.id].disputed) == (
        ([made["id"]], True) if what == "disputes" else ([], False)
    )
    assert sum(each.total for each in bill.refunds.values()) == (500 if what == "refunds" else 0)


async def test_an_event_about_somebody_elses_intent_is_done_with(paying: Evening) -> None:
    raw = event({"id": "pi_foreign", "object": "payment_intent", "metadata": {}})
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    assert await inbox.counts(paying.desk.database) == {"done": 1}


async def test_an_event_that_names_our_payment_for_a_foreign_intent_pays_nothing(
    paying: Evening, provider: Provider
) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    raw = event({"id": "pi_foreign", "object": "payment_intent", "metadata": {"payment": started.id}})
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    assert (await paying.bill(ana.stream)).payments[started.id].status == "awaiting"


async def test_an_event_of_another_account_than_the_payments_is_not_worked_on(
    paying: Evening, provider: Provider
) -> None:
    """F46."""
    stream, payment, intent = await _paid(paying, provider)
    raw = orjson.dumps({**orjson.loads(event(intent)), "account": "acct_other"})
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    assert (await paying.bill(stream)).payments[payment].status == "awaiting"
    assert await findings.subjects(paying.desk.database, "wrong_account") == {payment}


async def test_a_clock_that_is_wrong_shows_in_the_metrics(paying: Evening, provider: Provider) -> None:
    """F53: signatures fail loudly; what they were about is found by a look."""
    stream, _, intent = await _paid(paying, provider)
    paying.clock.pass_(minutes=10)
    raw = event(intent)
    with pytest.raises(BadSignature):
        await webhooks.receive(paying.desk, raw, signed(raw))
    assert paying.desk.tally["webhooks_bad_stale_total"] == 1
    await paying.work()
    assert (await paying.bill(stream)).status == "settled"


@pytest.mark.parametrize("raw", [b"[]", b"\xff", b"not json", b""], ids=["list", "bytes", "text", "nothing"])
async def test_what_is_no_event_leaves_no_trace(paying: Evening, raw: bytes) -> None:
    """F23: however well it is signed."""
    with pytest.raises(BadSignature):
        await webhooks.receive(paying.desk, raw, signed(raw))
    assert await inbox.counts(paying.desk.database) == {}


@pytest.mark.parametrize("signature", [None, "", "garbage", "t=1,v1=00"], ids=["none", "empty", "garbage", "made up"])
async def test_what_the_provider_did_not_sign_leaves_no_trace(paying: Evening, signature: str | None) -> None:
    """F23."""
    with pytest.raises(BadSignature):
        await webhooks.receive(paying.desk, event({"id": "pi_1"}), signature)
    assert await inbox.counts(paying.desk.database) == {}


async def test_a_signature_is_good_for_its_own_bytes_only(paying: Evening) -> None:
    with pytest.raises(BadSignature):
        await webhooks.receive(paying.desk, event({"id": "pi_1"}), signed(event({"id": "pi_2"})))


async def test_an_old_or_foreign_signature_is_refused(paying: Evening) -> None:
    raw = event({"id": "pi_1"})
    for signature in (signed(raw, age_s=600), signed(raw, secret="whsec_other")):
        with pytest.raises(BadSignature):
            await webhooks.receive(paying.desk, raw, signature)


async def test_an_event_of_the_real_world_is_refused_in_a_sandbox(paying: Evening) -> None:
    live = orjson.loads(event({"id": "pi_1"})) | {"livemode": True}
    raw = orjson.dumps(live)
    with pytest.raises(BadSignature):
        await webhooks.receive(paying.desk, raw, signed(raw))


async def test_an_event_that_cannot_be_worked_on_is_tried_again_later(paying: Evening, provider: Provider) -> None:
    stream, _, intent = await _paid(paying, provider)
    fault = await provider.fault("error", operation="payment_intents.retrieve", status=500, times=0)
    raw = event(intent)
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    assert await inbox.counts(paying.desk.database) == {"received": 1}
    await provider.http.delete(f"/_sandbox/faults/{fault}")
    paying.clock.pass_(minutes=20)
    await paying.work()
    assert (await paying.bill(stream)).status == "settled"
    assert await inbox.counts(paying.desk.database) == {"done": 1}
