"""Refunds as staff ask for them: how much, of what, by whom, and what it does to the bill."""

import asyncio

import pytest

from app.actions import errors, refunds
from app.actions.receipts import receipt_of
from app.actions.refund_lists import page, refundable, told_one
from app.domain.bill import Bill
from app.storage.refunds import Wanted
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider
from tests.actions.returning import BURGER, give_back, give_back_over, paid, pay, row_of

PASTA = 980
"""With its tax."""


def owed(bill: Bill) -> int:
    """What the table owes again, or is owed."""
    return sum(line.unpaid for line in bill.lines.values())


async def test_a_refund_goes_out_at_once_and_ends_with_what_the_provider_holds(
    paying: Evening, provider: Provider
) -> None:
    ana, payment = await paid(paying, provider, tipAmount=200)
    (refund,) = await give_back(paying, payment.id)
    assert (refund.state, refund.amount, refund.tip) == ("succeeded", BURGER, 200)
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].returned, owed(bill), bill.status) == (BURGER + 200, 0, "settled")
    (line,) = await provider.journal("refunds.create")
    assert (line["key"], line["outcome"]) == (f"ref:{refund.id}:create", "executed")


async def test_goodwill_is_taken_off_the_bill_to_the_cent_unless_it_is_owed_again(
    paying: Evening, provider: Provider
) -> None:
    ana, payment = await paid(paying, provider)
    await give_back(paying, payment.id, amount=501)
    bill = await paying.bill(ana.stream)
    assert (owed(bill), bill.status, sum(line.charged for line in bill.lines.values())) == (0, "settled", BURGER - 501)
    await give_back(paying, payment.id, amount=100, owedAgain=True)
    bill = await paying.bill(ana.stream)
    assert (owed(bill), bill.status) == (100, "settling")


async def test_lines_and_tips_go_back_by_choice(paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider, "Burger", "Pasta", tipAmount=300)
    bill = await paying.bill(ana.stream)
    pasta = next(line.id for line in bill.lines.values() if line.name == "Pasta")
    assert refundable(bill, bill.payments[payment.id])["tipAmount"] == 300
    (refund,) = await give_back(paying, payment.id, lines=[pasta])
    assert (refund.amount, refund.tip) == (PASTA, 0)
    (tip,) = await give_back(paying, payment.id, amount=0, tip=300)
    assert (tip.amount, tip.tip) == (0, 300)
    bill = await paying.bill(ana.stream)
    assert bill.lines[pasta].comped
    assert refundable(bill, bill.payments[payment.id]) == {
        "amount": BURGER, "tipAmount": 0, "credit": 0, "surplus": 0,
        "lines": {line.id: BURGER for line in bill.lines.values() if line.name == "Burger"},
    }  # fmt: skip
    with pytest.raises(errors.Refused, match="nothing of this"):
        await give_back(paying, payment.id, lines=[pasta])


async def test_a_sum_off_a_split_goes_over_all_who_paid(paying: Evening, provider: Provider) -> None:
    ana, first = await paid(paying, provider)
    bob = await paying.seat("Bob", visit="join")
    await paying.order(bob, "Pasta")
    second = await pay(paying, provider, bob)
    rows = await give_back_over(paying, ana.stream, amount=100)
    assert {row.payment_id: row.amount for row in rows} == {first.id: 62, second.id: 38}
    assert {row.state for row in rows} == {"succeeded"}
    bill = await paying.bill(ana.stream)
    assert (owed(bill), bill.status) == (0, "settled")


async def test_cash_is_handed_back_at_once_and_by_nobody_else(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    cash = await paying.pay(ana, ana.stream, paymentMethod="cash")
    await paying.do(paying.team["waiter"], ana.stream, "payment.confirm", payment=cash.id)
    (refund,) = await give_back(paying, cash.id, amount=500)
    assert (refund.state, refund.stripe_id) == ("succeeded", None)
    assert (await paying.bill(ana.stream)).payments[cash.id].returned == 500
    assert await provider.journal("refunds.create") == []


async def test_the_same_wish_twice_is_one_refund(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider)
    batch = paying.desk.new_id()
    first = await give_back(paying, payment.id, amount=500, batch=batch)
    again = await give_back(paying, payment.id, amount=500, batch=batch)
    assert [row.id for row in first] == [row.id for row in again] == [batch]
    assert len(await provider.journal("refunds.create")) == 1


async def test_f31_of_two_staff_at_once_the_second_is_refused_before_the_provider_hears_of_it(
    make_desk: MakeDesk, paying: Evening, provider: Provider
) -> None:
    """F31: two nodes, one database: planned refunds count against what can still be sent back."""
    _, payment = await paid(paying, provider)
    other = await Evening.at(await make_desk(provider=provider.url, clock=paying.clock))
    both = await asyncio.gather(
        give_back(paying, payment.id, by="manager"), give_back(other, payment.id, by="owner"), return_exceptions=True
    )
    refused = [each for each in both if isinstance(each, errors.Refused)]
    assert [each.code for each in refused] == ["nothing_to_refund"]
    assert len(await provider.journal("refunds.create")) == 1


async def test_a_receipt_tells_what_went_back(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider, tipAmount=200)
    await give_back(paying, payment.id, amount=500, tip=100)
    await give_back(paying, payment.id, by="waiter", amount=100)
    receipt = await receipt_of(paying.desk, payment.id, by=paying.team["manager"])
    assert [(one["amount"], one["tipAmount"], one["state"]) for one in receipt["refunds"]] == [(500, 100, "succeeded")]
    assert receipt["payment"]["refunded"] == 600


async def test_more_than_what_is_left_is_refused_with_the_figure(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider)
    with pytest.raises(errors.Refused) as caught:
        await give_back(paying, payment.id, amount=BURGER + 1)
    assert (caught.value.code, caught.value.refusal.figures) == ("amount_changed", {"amount": BURGER})


# Two people


async def test_a_waiter_asks_and_a_manager_decides(paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider)
    (asked,) = await give_back(paying, payment.id, by="waiter", amount=500)
    assert (asked.state, asked.amount, asked.decided_by) == ("asked", 500, None)
    assert (await paying.bill(ana.stream)).payments[payment.id].returned == 0
    done = await refunds.approve(paying.desk, asked.id, by=paying.team["manager"])
    assert (done.id, done.state, done.decided_by) == (asked.id, "succeeded", paying.team["manager"].staff_id)
    assert (await paying.bill(ana.stream)).payments[payment.id].returned == 500
    assert paying.ear.kinds.count("refund.asked") == 1
    again = await refunds.approve(paying.desk, asked.id, by=paying.team["manager"])
    assert again.state == "succeeded"
    with pytest.raises(errors.Refused, match="decided already"):
        await refunds.approve(paying.desk, asked.id, by=paying.team["owner"])


async def test_beyond_the_limit_two_people_of_the_house_decide(make_desk: MakeDesk, provider: Provider) -> None:
    evening = await Evening.at(await make_desk(provider=provider.url, refund_limit=5, refunds_per_shift_max=1))
    _, payment = await paid(evening, provider)
    (asked,) = await give_back(evening, payment.id, amount=501)
    assert asked.state == "asked"
    with pytest.raises(errors.NotAllowed) as caught:
        await refunds.approve(evening.desk, asked.id, by=evening.team["manager"])
    assert caught.value.code == "second_person"
    with pytest.raises(errors.NotAllowed):
        await refunds.approve(evening.desk, asked.id, by=evening.team["waiter"])
    assert (await refunds.approve(evening.desk, asked.id, by=evening.team["owner"])).state == "succeeded"
    assert (await give_back(evening, payment.id, amount=100))[0].state == "succeeded"
    assert (await give_back(evening, payment.id, amount=100))[0].state == "asked", "one per shift"


async def test_who_asked_takes_it_back_and_who_is_asked_says_no(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider)
    first, second = [(await give_back(paying, payment.id, by="waiter", amount=amount))[0] for amount in (100, 200)]
    assert (await refunds.decline(paying.desk, first.id, "no need", by=paying.team["waiter"])).state == "withdrawn"
    assert (await refunds.decline(paying.desk, second.id, "was fine", by=paying.team["owner"])).state == "declined"
    for refund in (first, second):
        with pytest.raises(errors.Refused, match="decided already"):
            await refunds.approve(paying.desk, refund.id, by=paying.team["manager"])
        with pytest.raises(errors.Refused, match="decided already"):
            await refunds.decline(paying.desk, refund.id, "again", by=paying.team["manager"])


async def test_what_was_asked_is_decided_on_the_bill_as_it_is_then(paying: Evening, provider: Provider) -> None:
    _, payment = await paid(paying, provider)
    (asked,) = await give_back(paying, payment.id, by="waiter", amount=BURGER)
    await give_back(paying, payment.id, amount=100)
    with pytest.raises(errors.Refused) as caught:
        await refunds.approve(paying.desk, asked.id, by=paying.team["manager"])
    assert caught.value.code == "amount_changed"
    assert (await row_of(paying, asked.id)).state == "asked"


async def test_a_waiter_hands_out_a_credit_with_one_tap(paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider, "Burger", "Pasta")
    bill = await paying.bill(ana.stream)
    pasta = next(line.id for line in bill.lines.values() if line.name == "Pasta")
    await paying.do(paying.team["waiter"], ana.stream, "line.void", line=pasta, reason="never came")
    assert (await paying.bill(ana.stream)).lines[pasta].unpaid == -PASTA
    (refund,) = await give_back(paying, payment.id, by="waiter", credits=True)
    assert (refund.state, refund.amount) == ("succeeded", PASTA)
    assert (await paying.bill(ana.stream)).lines[pasta].unpaid == 0


# Lists


async def test_refunds_are_listed_newest_first_page_by_page(paying: Evening, provider: Provider) -> None:
    ana, payment = await paid(paying, provider)
    made = [(await give_back(paying, payment.id, by=who, amount=100))[0].id for who in ("manager", "waiter", "owner")]
    manager, house = paying.team["manager"], paying.restaurant
    first = await page(paying.desk, Wanted(house, limit=2), by=manager)
    assert [each["id"] for each in first["refunds"]] == made[:0:-1]
    rest = await page(paying.desk, Wanted(house, limit=2, before=first["next"]), by=manager)
    assert [each["id"] for each in rest["refunds"]] == made[:1]
    asked = await page(paying.desk, Wanted(house, states=("asked",), payment=payment.id, stream=ana.stream), by=manager)
    assert [(each["askedBy"]["name"], each["table"], each["card"]) for each in asked["refunds"]] == [
        ("Waiter", "1", "visa 4242")
    ]
    one = await told_one(paying.desk, made[0], by=manager)
    assert sum(sum(guests.values()) for guests in one["allocations"].values()) == 100
    assert (await page(paying.desk, Wanted("elsewhere"), by=manager))["refunds"] == []
