"""Money that nobody was asked for goes back by itself, once."""

import asyncio

from app.actions import refunds
from app.actions.guests import Joined
from app.actions.observing import observe
from app.actions.remedies import put_right
from app.storage import refunds as kept
from app.storage import restaurants
from app.storage.tables import Remedy
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider
from tests.actions.returning import BURGER, give_back, paid, pay

PASTA = 980


async def _policy(evening: Evening, policy: str) -> None:
    house = await restaurants.restaurant(evening.desk.database, evening.restaurant)
    assert house is not None
    house.surplus_policy = policy
    await restaurants.save(evening.desk.database, house)


async def _voided(evening: Evening, guest: Joined, name: str = "Pasta") -> str:
    """Something that was paid never came."""
    bill = await evening.bill(guest.stream)
    line = next(line.id for line in bill.lines.values() if line.name == name)
    await evening.do(evening.team["waiter"], guest.stream, "line.void", line=line, reason="never came")
    return line


async def _rows(evening: Evening, payment: str) -> list[tuple[str, str, int, int]]:
    found = await kept.of_payment(evening.desk.database, payment)
    return [(row.cause, row.state, row.amount, row.tip) for row in found]


async def test_f28_a_late_success_of_a_share_that_another_has_paid_goes_back_once_with_its_tip(
    paying: Evening, provider: Provider
) -> None:
    """F28: both payments are on the bill; both payers see it, because all phones get the same view."""
    ana, bob = await paying.seat("Ana"), await paying.seat("Bob")
    await paying.order(ana, "Burger")
    late = await paying.pay(ana, ana.stream, tipAmount=200)
    await provider.fault("error", operation="payment_intents.cancel", status=500, times=0)
    release = {"payment": late.id, "reason": "phone died"}
    await paying.do(paying.team["manager"], ana.stream, "payment.release", **release)
    treat = await pay(paying, provider, bob, pays="everything")
    await provider.confirm(late)
    await observe(paying.desk, late.id)
    bill = await paying.bill(ana.stream)
    assert [bill.payments[each.id].status for each in (late, treat)] == ["succeeded", "succeeded"]
    assert bill.payments[late.id].surplus == BURGER
    paying.clock.pass_(seconds=11)
    await asyncio.gather(paying.work(), paying.work())
    assert await _rows(paying, late.id) == [("surplus", "succeeded", BURGER, 200)]
    bill = await paying.bill(ana.stream)
    assert (bill.payments[late.id].surplus, bill.payments[late.id].returned) == (0, BURGER + 200)
    assert len(await provider.journal("refunds.create")) == 1


async def test_f29_what_a_void_makes_too_much_goes_back_by_itself(paying: Evening, provider: Provider) -> None:
    """F29: the bill is less by the time the money is there; within a minute the rest is on its way, once."""
    ana, payment = await paid(paying, provider, "Burger", "Pasta", tipAmount=100)
    line = await _voided(paying, ana)
    await paying.work()
    assert await _rows(paying, payment.id) == [], "staff may still put a slip of the finger right"
    paying.clock.pass_(seconds=11)
    for _ in range(3):
        await paying.work()
    assert await _rows(paying, payment.id) == [("credit", "succeeded", PASTA, 0)]
    bill = await paying.bill(ana.stream)
    assert (bill.lines[line].unpaid, bill.payments[payment.id].returned) == (0, PASTA)
    await _voided(paying, ana, "Burger")
    paying.clock.pass_(seconds=11)
    await paying.work()
    assert [row[2] for row in await _rows(paying, payment.id)] == [PASTA, BURGER], "another credit is another refund"


async def test_two_nodes_send_a_credit_back_once(make_desk: MakeDesk, paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider, "Burger", "Pasta")
    await _voided(paying, ana)
    paying.clock.pass_(seconds=11)
    other = await Evening.at(await make_desk(provider=provider.url, clock=paying.clock))
    await asyncio.gather(paying.work(), other.work())
    await asyncio.gather(paying.work(), other.work())
    assert await _rows(paying, payment.id) == [("credit", "succeeded", PASTA, 0)]
    assert len(await provider.refunds()) == 1


async def test_where_the_house_wants_to_be_asked_it_is_asked_once(paying: Evening, provider: Provider) -> None:
    await _policy(paying, "ask")
    ana, payment = await paid(paying, provider, "Burger", "Pasta")
    await _voided(paying, ana)
    for _ in range(2):
        paying.clock.pass_(minutes=1)
        await paying.work()
    assert await _rows(paying, payment.id) == [("credit", "asked", PASTA, 0)]
    (row,) = await kept.of_payment(paying.desk.database, payment.id)
    done = await refunds.approve(paying.desk, row.id, by=paying.team["waiter"])
    assert (done.state, done.cause, done.asked_by) == ("succeeded", "credit", None)
    assert (await paying.bill(ana.stream)).payments[payment.id].returned == PASTA


async def test_a_credit_that_is_kept_goes_back_when_the_visit_ends(paying: Evening, provider: Provider) -> None:
    await _policy(paying, "credit")
    ana, payment = await paid(paying, provider, "Burger", "Pasta")
    await _voided(paying, ana)
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert await _rows(paying, payment.id) == [("credit", "asked", PASTA, 0)]
    await paying.do(paying.team["waiter"], ana.stream, "session.close", reason="bye")
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert await _rows(paying, payment.id) == [("credit", "succeeded", PASTA, 0)]


async def test_cash_is_never_sent_back_by_itself(paying: Evening) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    cash = await paying.pay(ana, ana.stream, paymentMethod="cash")
    await paying.do(paying.team["waiter"], ana.stream, "payment.confirm", payment=cash.id)
    await _voided(paying, ana, "Burger")
    paying.clock.pass_(seconds=11)
    await paying.work()
    assert await _rows(paying, cash.id) == [("credit", "asked", BURGER, 0)]
    (row,) = await kept.of_payment(paying.desk.database, cash.id)
    assert (await refunds.approve(paying.desk, row.id, by=paying.team["waiter"])).state == "succeeded"


async def test_a_wish_ends_by_itself_when_nothing_is_left_of_it(paying: Evening, provider: Provider) -> None:
    await _policy(paying, "ask")
    ana, payment = await paid(paying, provider, "Burger", "Pasta", "Oysters")
    await _voided(paying, ana)
    paying.clock.pass_(seconds=11)
    await paying.work()
    await give_back(paying, payment.id, by="waiter", credits=True)
    bill = await paying.bill(ana.stream)
    await put_right(paying.desk, Remedy(stream=bill.session, due_at=paying.desk.now()))
    assert {row[:2] for row in await _rows(paying, payment.id)} == {("credit", "withdrawn"), ("staff", "succeeded")}
