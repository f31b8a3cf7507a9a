import pytest

from app.actions import errors, receipts
from tests.actions.evening import Evening, Provider, access
from tests.actions.returning import give_back, paid


async def test_a_receipt_says_what_was_paid_for_and_the_tax_in_it(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    (burger, _) = await evening.order(ana, "Burger", "Oysters")
    await evening.do(ben, ben.stream, "claims.set", line=burger, guest=ben.guest_id, parts=1)
    started = await evening.pay(ana, ana.stream, paymentMethod="cash", tipAmount=100)
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id)
    assert started.receipt_token is not None
    told = await receipts.receipt(evening.desk, started.receipt_token)
    assert (told["restaurant"]["name"], told["restaurant"]["timezone"]) == ("The Open Door", "UTC")
    assert (told["payment"]["amount"], told["payment"]["tip"], told["payment"]["total"]) == (1139, 100, 1239)
    assert [(line["name"], line["charged"], line["paid"]) for line in told["lines"]] == [
        ("Burger", 1579, 789),
        ("Oysters", 350, 350),
    ]
    assert (told["taxes"], told["service"]) == ({"88750": 64}, 0)
    assert told["bill"] == {"total": 1929, "settled": 1139, "unpaid": 790, "payments": 1}


async def test_a_receipt_is_its_payers_and_the_staffs(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    for who in (ana, evening.team["waiter"]):
        assert (await receipts.receipt_of(evening.desk, started.id, by=access(who)))["payment"]["id"] == started.id
    with pytest.raises(errors.NotFound):
        await receipts.receipt_of(evening.desk, started.id, by=access(ben))
    with pytest.raises(errors.NotFound):
        await receipts.receipt(evening.desk, "guessed")


async def test_the_taxes_of_all_receipts_of_a_line_are_the_lines(evening: Evening) -> None:
    people = [await evening.seat(name) for name in ("Ana", "Ben", "Cem")]
    (line,) = await evening.order(people[0], "Burger")
    for person in people[1:]:
        await evening.do(person, person.stream, "claims.set", line=line, guest=person.guest_id, parts=1)
    total = 0
    for person in people:
        started = await evening.pay(person, person.stream, paymentMethod="cash")
        told = await receipts.receipt_of(evening.desk, started.id, by=access(person))
        total += told["taxes"]["88750"]
    assert abs(total - 129) <= 1


async def test_a_receipt_says_how_much_service_is_in_it(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    (oysters,) = await evening.order(ana, "Oysters")
    await evening.do(evening.team["manager"], ana.stream, "service_charge.set", ppm=120_000, fromCovers=0)
    await evening.do(ben, ben.stream, "claims.set", line=oysters, guest=ben.guest_id, parts=1)
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    told = await receipts.receipt_of(evening.desk, started.id, by=access(ana))
    assert (told["payment"]["amount"], told["service"], told["taxes"]) == (196, 21, {})


async def test_a_receipt_tells_what_went_back_and_not_what_staff_still_talk_about(
    paying: Evening, provider: Provider
) -> None:
    ana, payment = await paid(paying, provider, tipAmount=200)
    await give_back(paying, payment.id, amount=500)
    await give_back(paying, payment.id, by="waiter", amount=100)
    told = await receipts.receipt_of(paying.desk, payment.id, by=access(ana))
    assert [(one["amount"], one["tipAmount"], one["state"]) for one in told["refunds"]] == [(500, 0, "succeeded")]
    assert told["payment"]["refunded"] == 500
