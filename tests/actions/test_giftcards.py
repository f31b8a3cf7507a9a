"""Gift cards and passes from the sale to the last cent, on both databases."""

import asyncio
from typing import Any

import pytest

from app.actions import bills, errors, giftcards, payments, receipts, shapes
from app.actions.guests import Joined
from app.actions.kitchen import kitchen
from app.actions.payments import PaymentStarted
from app.domain import commands as c
from app.domain.commands import SYSTEM
from app.storage import tenders
from app.storage.tables import GiftCard
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider, access, start


async def confirmed(evening: Evening, payment: PaymentStarted) -> None:
    waiter = evening.team["waiter"]
    await evening.do(waiter, payment.table_session_id, "payment.confirm", payment=payment.id)


async def bought(evening: Evening, name: str = "Gift card", table: str = "6") -> tuple[Joined, str, str]:
    """A guest at another table buys one with cash: the guest, the payment and the code."""
    buyer = await evening.seat("Zoe", table)
    await evening.order(buyer, name)
    payment = await evening.pay(buyer, buyer.stream, paymentMethod="cash")
    await confirmed(evening, payment)
    found = await giftcards.bought_with(evening.desk, payment.id, by=access(buyer))
    return buyer, payment.id, found["giftCards"][0]["code"]


async def redeem(evening: Evening, who: Joined, code: str, **more: Any) -> PaymentStarted:
    return await evening.pay(who, who.stream, paymentMethod="giftCard", code=code, **more)


async def card_of(evening: Evening, payment: str) -> GiftCard:
    (card,) = await tenders.sold_with(evening.desk.database, payment)
    return card


async def refused(evening: Evening, who: Joined, code: str, **more: Any) -> str:
    with pytest.raises(errors.Refused) as error:
        await redeem(evening, who, code, **more)
    return error.value.code


async def test_a_card_is_there_with_the_payment_that_bought_it_and_not_before(
    paying: Evening, provider: Provider
) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Gift card")
    payment = await paying.pay(ana, ana.stream)
    assert await tenders.sold_with(paying.desk.database, payment.id) == []
    await provider.confirm(payment)
    await payments.state(paying.desk, payment.id, by=access(ana))
    card = await card_of(paying, payment.id)
    assert (card.kind, card.balance, card.currency, card.state) == ("giftCard", 5000, "USD", "active")
    assert card.valid_until is not None
    assert (await paying.bill(ana.stream)).status == "settled"


async def test_the_code_is_kept_nowhere_and_shown_to_the_buyer_alone(evening: Evening) -> None:
    buyer, payment, code = await bought(evening)
    friend = await evening.seat("Yan", "6", visit="join")
    kept = (await card_of(evening, payment)).model_dump()
    assert code.replace("-", "") not in str(kept)
    assert kept["last4"] == code[-4:]
    told = await payments.state(evening.desk, payment, by=access(buyer))
    receipt = await receipts.receipt(evening.desk, str(told.receipt_token))
    assert receipt["giftCards"][0]["code"] == code
    with pytest.raises(errors.NotFound):
        await giftcards.bought_with(evening.desk, payment, by=access(friend))
    with pytest.raises(errors.NotAllowed):
        await giftcards.bought_with(evening.desk, payment, by=evening.team["waiter"])
    assert "code" not in (await receipts.receipt_of(evening.desk, payment, by=evening.team["waiter"]))["giftCards"][0]
    assert (await payments.state(evening.desk, payment, by=evening.team["waiter"])).receipt_token is None
    assert code not in str(await giftcards.listed(evening.desk, by=evening.team["manager"]))


async def test_staff_who_took_the_money_hand_the_code_over(evening: Evening) -> None:
    waiter = evening.team["waiter"]
    guest = await evening.seat("Ana")
    await evening.order(guest, "Gift card")
    payment = await evening.pay(waiter, guest.stream, paymentMethod="cash")
    await confirmed(evening, payment)
    found = await giftcards.bought_with(evening.desk, payment.id, by=waiter)
    assert len(found["giftCards"][0]["code"]) == 19
    with pytest.raises(errors.NotAllowed):
        await giftcards.bought_with(evening.desk, payment.id, by=evening.team["kitchen"])


async def test_a_card_pays_what_it_holds_at_once(evening: Evening) -> None:
    _, payment, code = await bought(evening)
    ana = await evening.seat("Ana")
    await evening.order(ana, "Lobster", "Burger")
    paid = await redeem(evening, ana, code.lower().replace("-", " "))
    assert (paid.status, paid.amount, paid.gift_card) == (
        "succeeded",
        5000,
        {"id": f"{(await card_of(evening, payment)).id}", "last4": code[-4:], "balance": 0},
    )
    assert (await evening.bill(ana.stream)).unpaid == 4800 + 1579 - 5000
    assert await refused(evening, ana, code) == "gift_card_empty"


async def test_what_is_left_pays_another_time(evening: Evening) -> None:
    _, payment, code = await bought(evening)
    for table, left in (("1", 5000 - 1080), ("2", 5000 - 2 * 1080)):
        guest = await evening.seat("Ana", table)
        await evening.order(guest, "Pasta")
        assert (await redeem(evening, guest, code, tipAmount=100)).status == "succeeded"
        assert (await card_of(evening, payment)).balance == left
        assert (await evening.bill(guest.stream)).status == "settled"
    listed = await giftcards.listed(evening.desk, by=evening.team["owner"])
    assert [use["amount"] for use in listed["giftCards"][0]["usedFor"]] == [1080, 1080]


async def test_many_tables_with_one_card_never_take_more_than_it_holds(make_desk: MakeDesk) -> None:
    """Two nodes, five tables, one card: every payment stands, and together they are what was on it."""
    first, second = await Evening.at(await make_desk()), await Evening.at(await make_desk())
    _, payment, code = await bought(first)
    guests = [await first.seat("Guest", str(number)) for number in range(1, 6)]
    for guest in guests:
        await first.order(guest, "Burger")
    asked = {"paymentMethod": "giftCard", "code": code}
    tries = [start((first, second)[n % 2].desk, guest, guest.stream, **asked) for n, guest in enumerate(guests)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    paid = [end.amount for end in ends if isinstance(end, PaymentStarted)]
    assert sorted(paid) == [5000 - 3 * 1579, 1579, 1579, 1579]
    assert [end.code for end in ends if isinstance(end, errors.Refused)] == ["gift_card_empty"]
    assert (await card_of(first, payment)).balance == 0


async def test_a_pass_pays_its_dishes_and_a_refund_gives_the_use_back(evening: Evening) -> None:
    _, bought_by, code = await bought(evening, "Ten pastas")
    ana = await evening.seat("Ana")
    await evening.order(ana, "Pasta", "Pasta", "Burger")
    paid = await redeem(evening, ana, code)
    assert (paid.amount, (await card_of(evening, bought_by)).uses_left) == (1960, 8)
    assert (await evening.bill(ana.stream)).unpaid == 3538 - 1960
    await _refund(evening, paid)
    assert (await card_of(evening, bought_by)).uses_left == 10


async def _refund(evening: Evening, paid: PaymentStarted, part: int | None = None) -> None:
    settled = (await evening.bill(paid.table_session_id)).payments[paid.id].settled
    (line, guests), *_ = settled.items()
    some = {line: dict.fromkeys(guests, part)} if part else settled
    refund = c.StartRefund(evening.desk.new_id(), paid.id, some, 0, 0, "staff")
    ended = c.EndRefund(refund.refund, succeeded=True)
    await bills.change(evening.desk, paid.table_session_id, refund, ended, by=SYSTEM)


async def test_a_refund_puts_the_money_back_on_the_card(evening: Evening) -> None:
    _, bought_by, code = await bought(evening)
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    paid = await redeem(evening, ana, code)
    await _refund(evening, paid, 79)
    assert (await card_of(evening, bought_by)).balance == 5000 - 1579 + 79
    await _refund(evening, paid)
    assert (await card_of(evening, bought_by)).balance == 5000


async def test_a_refunded_card_is_blocked_and_a_used_one_is_not_refunded(evening: Evening) -> None:
    buyer, payment, code = await bought(evening)
    paid = await payments.state(evening.desk, payment, by=access(buyer))
    await _refund(evening, paid)
    assert (await card_of(evening, payment)).state == "blocked"
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    assert await refused(evening, ana, code) == "gift_card_blocked"
    other, second, code = await bought(evening, table="5")
    await redeem(evening, ana, code)
    with pytest.raises(errors.Refused) as error:
        await _refund(evening, await payments.state(evening.desk, second, by=access(other)))
    assert error.value.code == "gift_card_used"


async def test_a_card_says_what_is_on_it_to_whoever_knows_its_code(evening: Evening) -> None:
    _, _, code = await bought(evening)
    told = await giftcards.balance(evening.desk, evening.restaurant, code)
    assert (told["balance"], "code" in told) == (5000, False)
    with pytest.raises(errors.Refused) as error:
        await giftcards.balance(evening.desk, evening.restaurant, "0000-0000-0000-0000")
    assert error.value.code == "unknown_gift_card"


async def test_a_card_of_another_house_is_unknown_here(evening: Evening) -> None:
    _, _, code = await bought(evening)
    with pytest.raises(errors.Refused):
        await giftcards.balance(evening.desk, "01ELSEWHERE", code)


async def test_a_card_ends_with_its_last_day_and_a_manager_may_move_it(evening: Evening) -> None:
    _, payment, code = await bought(evening)
    evening.clock.pass_(days=366)
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    assert await refused(evening, ana, code) == "gift_card_expired"
    card, manager = (await card_of(evening, payment)).id, evening.team["manager"]
    until = shapes.read(shapes.CardChange, {"validUntil": "2090-01-01T00:00:00Z"})
    await giftcards.change(evening.desk, card, until, by=manager)
    blocked = shapes.read(shapes.CardChange, {"state": "blocked"})
    assert (await giftcards.change(evening.desk, card, blocked, by=manager))["state"] == "blocked"
    assert await refused(evening, ana, code) == "gift_card_blocked"
    await giftcards.change(evening.desk, card, shapes.read(shapes.CardChange, {"state": "active"}), by=manager)
    assert (await redeem(evening, ana, code)).status == "succeeded"
    with pytest.raises(errors.NotAllowed):
        await giftcards.change(evening.desk, card, blocked, by=evening.team["waiter"])


async def test_a_code_goes_with_a_gift_card_alone(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    with pytest.raises(errors.Invalid):
        await evening.pay(ana, ana.stream, paymentMethod="giftCard")
    with pytest.raises(errors.Invalid):
        await evening.pay(ana, ana.stream, paymentMethod="cash", code="7K2M-9QXD")


async def test_a_gift_card_is_nothing_for_the_kitchen(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Gift card", "Burger")
    assert [line["name"] for line in (await kitchen(evening.desk, evening.restaurant))["lines"]] == ["Burger"]
