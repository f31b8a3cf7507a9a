"""Rows about a payment whose answer, or whose news, is lost, late, or said several times."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from tests.journeys.city import City, in_background
from tests.nodes import Phone, Problem

CREATE = "payment_intents.create"


async def _one_intent_and_paid(built: City, phone: Phone, payment: str) -> None:
    """The doubt is resolved with the same key, and the guest pays once."""
    known = await built.known(phone, payment)
    assert len(await built.intents_of(payment)) == 1
    await built.confirm(known)
    await phone.until_view(lambda view: view["payments"][payment]["status"] == "succeeded")


async def lost_answer(built: City) -> AsyncIterator[None]:
    """F09: a time-out, and the provider did it: the page is told `checking`, the same key finds the intent."""
    phone = await built.diner("F09")
    started = await built.pay(phone, {"fault": "cut", "effect": "done"})
    assert (started["status"], started["checking"]) == ("initiated", True)
    yield
    await _one_intent_and_paid(built, phone, started["id"])


async def broken_down(built: City) -> AsyncIterator[None]:
    """F10: a 500 that says not to retry is doubt, not failure."""
    phone = await built.diner("F10")
    fault = {"fault": "error", "status": 500, "shouldRetry": False, "effect": "done"}
    started = await built.pay(phone, fault)
    assert started["checking"]
    yield
    await _one_intent_and_paid(built, phone, started["id"])


async def too_many_on_a_replay(built: City) -> AsyncIterator[None]:
    """F11: a 429 about the second send says nothing about the first."""
    phone = await built.diner("F11")
    started = await built.pay(phone, {"fault": "cut", "effect": "done"})
    again = await built.fault("error", key=f"pay:{started['id']}:create", status=429, code="rate_limit")
    await built.struck(again)
    yield
    await _one_intent_and_paid(built, phone, started["id"])


async def killed_in_flight(built: City, number: str, effect: str) -> AsyncIterator[None]:
    """The node is killed while a create is on its way; the caller's retry finds the same payment."""
    phone = await built.diner(number)
    slow = await built.fault("slow", operation=CREATE, session=phone.stream, effect=effect)
    await in_background(phone.pay(f"key-{number}"))
    await built.struck(slow)
    await phone.until_view(lambda view: len(view["payments"]) > 0)
    yield
    (payment,) = [each for each, shown in phone.view["payments"].items() if shown["guest"] == phone.guest]
    await _one_intent_and_paid(built, phone, payment)


def killed_before_the_send(built: City) -> AsyncIterator[None]:
    """F07: committed, and nothing has reached the provider."""
    return killed_in_flight(built, "F07", "none")


def killed_before_the_answer(built: City) -> AsyncIterator[None]:
    """F08: the provider has done it, and nobody heard of it."""
    return killed_in_flight(built, "F08", "done")


async def tapped_twice(built: City) -> AsyncIterator[None]:
    """F03, F05: the same key at the same time is one payment; while the first runs the second is told to wait."""
    phone = await built.diner("F03")
    slow = await built.fault("slow", operation=CREATE, session=phone.stream, effect="done")
    first = await in_background(phone.pay("one-key"))
    await built.struck(slow)
    with pytest.raises(Problem) as waits:
        await phone.pay("one-key")
    assert (waits.value.status, waits.value.code) == (409, "duplicate_in_progress")
    await built.lift(slow)
    started = await first
    assert await phone.pay("one-key") == started
    assert len(await built.intents_of(started["id"])) == 1
    yield
    assert await phone.pay("one-key") == started
    await built.confirm(started)
    await phone.until_view(lambda view: view["payments"][started["id"]]["status"] == "succeeded")


async def told_thrice(built: City) -> AsyncIterator[None]:
    """F16, F17: the same event three times at once, and a second event object, are one effect."""
    phone = await built.diner("F16", dish="Pasta")
    started = await built.pay(phone)
    for kind, more in (("duplicate", {"copies": 2}), ("twin", {})):
        await built.fault(kind, event="payment_intent.succeeded", payment=started["id"], **more)
    await built.confirm(started)
    await phone.until_view(lambda view: view["payments"][started["id"]]["status"] == "succeeded")
    yield
    succeeded = [one for one in await built.events() if one["type"] == "payment_intent.succeeded"]
    mine = [one for one in succeeded if one["data"]["object"]["metadata"]["payment"] == started["id"]]
    assert sorted(len(one["deliveries"]) for one in mine) == [1, 3]
    assert all(each["answers"][-1] == 200 for one in mine for each in one["deliveries"])
    assert (await _facts(built, phone, started["id"])).count("payment.succeeded") == 1


async def _facts(built: City, phone: Phone, payment: str) -> list[str]:
    """What the log says happened to a payment."""
    facts = [event.fact for event in await built.house.desk.log.since(phone.stream)]
    return [fact.kind for fact in facts if getattr(fact, "payment", None) == payment]


async def told_too_early(built: City) -> AsyncIterator[None]:
    """F15: the webhook is here before the answer to the create, and finds the payment by its metadata."""
    phone = await built.diner("F15", dish="Pasta")
    token = await built.token()
    slow = await built.fault("slow", operation=CREATE, session=phone.stream, effect="done")
    paying = await in_background(phone.pay(confirmationToken=token))
    await built.struck(slow)
    await phone.until_view(lambda view: _own(view, phone).get("status") == "succeeded")
    await built.lift(slow)
    started = await paying
    assert started["status"] == "succeeded"
    yield
    assert len(await built.intents_of(started["id"])) == 1


def _own(view: dict[str, Any], phone: Phone) -> dict[str, Any]:
    return next((shown for shown in view["payments"].values() if shown.get("guest") == phone.guest), {})


async def never_told(built: City) -> AsyncIterator[None]:
    """F20: the webhook is lost; a look finds it, and the late webhook changes nothing."""
    phone = await built.diner("F20", dish="Pasta")
    started = await built.pay(phone)
    await built.fault("drop", payment=started["id"], times=0)
    await built.confirm(started)
    yield
    await phone.until_view(lambda view: view["payments"][started["id"]]["status"] == "succeeded")
    before = await _facts(built, phone, started["id"])
    for event in await built.events():
        if event["data"]["object"].get("metadata", {}).get("payment") == started["id"]:
            await built.http.post(f"/_sandbox/events/{event['id']}/deliver")
    await built.quiet()
    assert await _facts(built, phone, started["id"]) == before


async def killed_over_an_event(built: City) -> AsyncIterator[None]:
    """F21: acknowledged, and the worker dies over it; Redis is emptied. The sweeper takes it up."""
    phone = await built.diner("F21", dish="Pasta")
    started = await built.pay(phone)
    (intent,) = await built.intents_of(started["id"])
    stuck = await built.fault("slow", operation="payment_intents.retrieve", intent=intent["id"], times=0)
    await built.confirm(started)
    await built.struck(stuck)
    yield
    await phone.until_view(lambda view: view["payments"][started["id"]]["status"] == "succeeded")


async def ordered_while_paying(built: City) -> AsyncIterator[None]:
    """F30: what was quoted stands; the bill is not settled, and what is left is shown."""
    phone = await built.diner("F30", dish="Pasta")
    started = await built.pay(phone)
    await phone.order(built.house.wanted("Burger"))
    await phone.until_view(lambda view: len(view["lines"]) > 1)
    await built.confirm(started)
    await phone.until_view(lambda view: view["payments"][started["id"]]["status"] == "succeeded")
    yield
    assert phone.view["payments"][started["id"]]["amount"] == started["amount"]
    assert phone.view["guests"][phone.guest]["due"] > started["amount"]
    assert phone.view["tableSession"]["status"] != "settled"


async def too_small_for_the_provider(built: City) -> AsyncIterator[None]:
    """F47: below what a card can pay is said before anything is held; what only the provider knows frees the share."""
    phone = await built.diner("F47", dish="Mint")
    with pytest.raises(Problem) as refused:
        await phone.pay(pays={"lines": [_line(phone, "Mint")]})
    assert refused.value.code == "below_minimum"
    await phone.order(built.house.wanted("Pasta"))
    await phone.until_view(lambda view: view["guests"][phone.guest]["due"] > 900)
    fault = {"fault": "error", "status": 400, "code": "amount_too_small"}
    started = await built.pay(phone, fault)
    assert (started["status"], started["decline"]) == ("refused", "amount_too_small")
    yield
    assert phone.view["guests"][phone.guest]["reserved"] == 0
    assert await built.intents_of(started["id"]) == []


async def paid_while_nobody_listened(built: City) -> AsyncIterator[None]:
    """F08: charged while no node runs: the webhook comes again, or a look finds it."""
    phone = await built.diner("F08", dish="Pasta")
    started = await built.pay(phone, tipAmount=100)
    built.while_away.append(partial(built.confirm, started))
    yield
    await phone.until_view(lambda view: view["tableSession"]["status"] == "settled")
    assert phone.view["payments"][started["id"]]["status"] == "succeeded"


def _line(phone: Phone, name: str) -> str:
    found: str = next(line for line, shown in phone.view["lines"].items() if shown["name"] == name)
    return found


ROWS = (
    lost_answer,
    broken_down,
    too_many_on_a_replay,
    killed_before_the_send,
    killed_before_the_answer,
    tapped_twice,
    told_thrice,
    told_too_early,
    never_told,
    killed_over_an_event,
    ordered_while_paying,
    too_small_for_the_provider,
    paid_while_nobody_listened,
)
