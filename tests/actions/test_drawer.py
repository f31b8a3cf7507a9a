"""The cash drawer: what should be in it is what the ledger says, and what is not is booked."""

import asyncio

import pytest

from app.actions import drawer, errors, shapes
from app.storage import ledger
from tests.actions.evening import Evening
from tests.actions.returning import give_back


def opening(amount: int) -> shapes.FloatRequest:
    return shapes.read(shapes.FloatRequest, {"float": amount})


def counted(amount: int, **more: str) -> shapes.CountRequest:
    return shapes.read(shapes.CountRequest, {"counted": amount, **more})


async def cash(evening: Evening, name: str, dish: str, given: int | None = None) -> str:
    """Somebody orders and pays in cash; the id of the payment."""
    guest = await evening.seat(name)
    await evening.order(guest, dish)
    started = await evening.pay(guest, guest.stream, paymentMethod="cash")
    more = {} if given is None else {"given": given}
    await evening.do(evening.team["waiter"], guest.stream, "payment.confirm", payment=started.id, **more)
    return started.id


async def balances(evening: Evening) -> dict[str, int]:
    found = await ledger.balances(evening.desk.database, evening.restaurant, evening.clock())
    return {account: amount for account, amount in found.items() if account.startswith("cash") and amount}


async def test_a_drawer_tells_what_came_in_what_was_given_back_and_what_is_missing(evening: Evening) -> None:
    waiter = evening.team["waiter"]
    await drawer.open_drawer(evening.desk, opening(20_000), by=waiter)
    await cash(evening, "Ana", "Burger", given=2000)
    standing = (await drawer.current(evening.desk, by=waiter))["drawer"]
    assert (standing["cashIn"], standing["change"], standing["expected"]) == (2000, 421, 21_579)
    told = await drawer.count(evening.desk, counted(21_500, note="a coin fell"), by=waiter)
    assert (told["expected"], told["counted"], told["difference"], told["countedBy"]) == (21_579, 21_500, -79, "Waiter")
    assert await drawer.current(evening.desk, by=waiter) == {}
    assert await balances(evening) == {"cash_safe": 1500, "cash_difference": 79}


async def test_cash_that_is_taken_while_no_drawer_is_open_is_carried_into_the_next(evening: Evening) -> None:
    waiter = evening.team["waiter"]
    await cash(evening, "Ana", "Burger")
    told = await drawer.open_drawer(evening.desk, opening(10_000), by=waiter)
    assert (told["carried"], told["cashIn"], told["expected"]) == (1579, 0, 11_579)
    assert (await drawer.count(evening.desk, counted(11_579), by=waiter))["difference"] == 0


async def test_cash_that_is_handed_back_is_missing_from_the_drawer_and_nobody_wonders(evening: Evening) -> None:
    waiter = evening.team["waiter"]
    await drawer.open_drawer(evening.desk, opening(5000), by=waiter)
    payment = await cash(evening, "Ana", "Burger")
    (refund,) = await give_back(evening, payment, amount=500)
    assert refund.state == "succeeded"
    told = (await drawer.current(evening.desk, by=waiter))["drawer"]
    assert (told["cashIn"], told["handedBack"], told["expected"]) == (1579, 500, 5000 + 1579 - 500)


async def test_one_drawer_is_open_at_a_time(evening: Evening) -> None:
    waiter = evening.team["waiter"]
    asked = [drawer.open_drawer(evening.desk, opening(amount), by=waiter) for amount in (100, 200, 300)]
    ends = await asyncio.gather(*asked, return_exceptions=True)
    refused = [end for end in ends if isinstance(end, errors.Refused)]
    assert [end.code for end in refused] == ["drawer_open"] * 2
    counts = [drawer.count(evening.desk, counted(amount), by=waiter) for amount in (100, 200)]
    closed = await asyncio.gather(*counts, return_exceptions=True)
    assert [end.code for end in closed if isinstance(end, errors.Refused)] == ["no_drawer"]


async def test_a_drawer_that_is_opened_again_under_the_same_id_is_the_same(evening: Evening) -> None:
    waiter = evening.team["waiter"]
    first = await drawer.open_drawer(evening.desk, opening(100), by=waiter, drawer="d1")
    again = await drawer.open_drawer(evening.desk, opening(100), by=waiter, drawer="d1")
    assert (first["id"], again["id"], again["opening"]) == ("d1", "d1", 100)


async def test_the_kitchen_has_no_business_with_the_drawer(evening: Evening) -> None:
    with pytest.raises(errors.NotAllowed):
        await drawer.current(evening.desk, by=evening.team["kitchen"])
