from datetime import timedelta

import pytest

from app.actions import reviews
from app.actions.errors import NeedsApproval, NotAllowed, TooMany
from app.actions.guests import Joined
from app.ids import new_id
from app.storage import audit, risk
from app.storage import reviews as kept
from app.storage.tables import CardTry
from tests.actions.evening import Evening


async def decline(evening: Evening, who: Joined, times: int, *, card: str | None = None, table: str = "1") -> None:
    """Cards that were declined, as the provider told us of them."""
    for _ in range(times):
        await risk.note(evening.desk.database, tried(evening, who, "declined", card, table))


def tried(evening: Evening, who: Joined, outcome: str, card: str | None, table: str = "1") -> CardTry:
    return CardTry(
        payment_id=new_id(),
        attempt="ch_1",
        stream=who.stream,
        restaurant_id=evening.restaurant,
        table_id=evening.tables[table],
        guest_id=who.guest_id,
        outcome=outcome,
        card=card,
        at=evening.clock(),
    )


@pytest.fixture
async def ana(evening: Evening) -> Joined:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    return ana


async def test_a_usual_payment_leaves_no_review(evening: Evening, ana: Joined) -> None:
    started = await evening.pay(ana, ana.stream)
    assert started.status == "initiated"
    assert await kept.of_guest(evening.desk.database, ana.stream, ana.guest_id) == []


async def test_what_was_noticed_of_an_allowed_payment_is_explained(evening: Evening, ana: Joined) -> None:
    await decline(evening, ana, 2)
    assert (await evening.pay(ana, ana.stream)).status == "initiated"
    (review,) = await kept.of_guest(evening.desk.database, ana.stream, ana.guest_id)
    assert (review.verdict, review.state, review.decided_by, review.score) == ("allow", "allowed", "system", 12)
    (entry,) = await audit.newest(evening.desk.database, evening.restaurant)
    assert (entry.entry.what, entry.entry.subject) == ("payment.allowed", review.id)
    assert entry.entry.detail["signals"] == {"guest_declines": 2}


async def test_a_suspicious_payment_waits_for_staff_and_reserves_nothing(evening: Evening, ana: Joined) -> None:
    await decline(evening, ana, 4)
    with pytest.raises(NeedsApproval) as waits:
        await evening.pay(ana, ana.stream)
    bill = await evening.bill(ana.stream)
    assert bill.payments == {}
    ((_, request),) = bill.requests.items()
    assert (request.what, request.guest) == ("review", ana.guest_id)
    (review,) = await kept.of_guest(evening.desk.database, ana.stream, ana.guest_id)
    assert (review.id, review.state, review.verdict) == (waits.value.review, "open", "challenge")
    assert [signal["name"] for signal in review.signals] == ["guest_declines", "table_declines"]


async def test_asked_again_it_is_the_same_review_and_the_same_call(evening: Evening, ana: Joined) -> None:
    await decline(evening, ana, 4)
    told = []
    for _ in range(3):
        with pytest.raises(NeedsApproval) as waits:
            await evening.pay(ana, ana.stream)
        told.append(waits.value.review)
    assert len(set(told)) == 1
    assert len((await evening.bill(ana.stream)).requests) == 1
    assert len(await kept.of_guest(evening.desk.database, ana.stream, ana.guest_id)) == 1


async def test_a_guest_whom_staff_approved_pays_by_card_for_a_while(evening: Evening, ana: Joined) -> None:
    await decline(evening, ana, 4)
    with pytest.raises(NeedsApproval) as waits:
        await evening.pay(ana, ana.stream)
    await reviews.decide(evening.desk, waits.value.review, "allowed", "knows them", by=evening.team["waiter"])
    assert (await evening.bill(ana.stream)).requests == {}
    assert (await evening.pay(ana, ana.stream)).status == "initiated"


async def test_a_guest_whom_staff_refused_pays_in_cash_only(evening: Evening, ana: Joined) -> None:
    await decline(evening, ana, 4)
    with pytest.raises(NeedsApproval) as waits:
        await evening.pay(ana, ana.stream)
    await reviews.decide(evening.desk, waits.value.review, "blocked", "no card of theirs", by=evening.team["waiter"])
    with pytest.raises(NotAllowed) as blocked:
        await evening.pay(ana, ana.stream)
    assert blocked.value.code == "payment_blocked"
    assert (await evening.pay(ana, ana.stream, paymentMethod="cash")).status == "awaiting"


async def test_far_too_much_is_blocked_at_once_and_staff_are_called(evening: Evening, ana: Joined) -> None:
    ben = await evening.seat("Ben")
    await decline(evening, ben, 8)
    await decline(evening, ana, 4)
    for _ in range(2):
        with pytest.raises(NotAllowed):
            await evening.pay(ana, ana.stream)
    (review,) = await kept.of_guest(evening.desk.database, ana.stream, ana.guest_id)
    assert (review.verdict, review.state) == ("block", "blocked")
    assert [request.what for request in (await evening.bill(ana.stream)).requests.values()] == ["review"]
    await reviews.decide(evening.desk, review.id, "allowed", "a broken card", by=evening.team["waiter"])
    assert (await evening.pay(ana, ana.stream)).status == "initiated"


async def test_what_nobody_decided_is_judged_anew_later(evening: Evening, ana: Joined) -> None:
    await decline(evening, ana, 4)
    with pytest.raises(NeedsApproval):
        await evening.pay(ana, ana.stream)
    evening.clock.pass_(minutes=70)
    assert await reviews.expire(evening.desk) == 1
    assert (await evening.bill(ana.stream)).requests == {}
    assert (await evening.pay(ana, ana.stream)).status == "initiated"


async def test_f57_a_table_with_too_many_declines_takes_no_card_and_the_next_table_does(
    evening: Evening, ana: Joined
) -> None:
    eve, ben = await evening.seat("Eve"), await evening.seat("Ben", "2")
    await decline(evening, eve, 15)
    with pytest.raises(TooMany) as turned_away:
        await evening.pay(ana, ana.stream)
    assert 590 <= (turned_away.value.retry_after_s or 0) <= 600
    await evening.order(ben, "Burger")
    assert (await evening.pay(ben, ben.stream)).status == "initiated"
    evening.clock.pass_(minutes=10)
    assert (await evening.pay(ana, ana.stream)).status == "initiated"


async def test_one_card_in_many_hands_is_noticed_wherever_they_sit(evening: Evening, ana: Joined) -> None:
    database, card = evening.desk.database, evening.desk.database.sealer.fingerprint("fp_1")
    for table in ("2", "3", "4", "5"):
        other = await evening.seat("Eve", table)
        await risk.note(database, tried(evening, other, "succeeded", card, table))
    await risk.note(database, tried(evening, ana, "declined", card))
    with pytest.raises(NeedsApproval) as waits:
        await evening.pay(ana, ana.stream)
    review = await kept.one(database, waits.value.review)
    assert review is not None
    assert [(one["name"], one["value"]) for one in review.signals] == [("card_guests", 5)]


async def test_a_phone_at_many_tables_is_noticed(evening: Evening) -> None:
    seats = [await evening.seat("Eve", str(table), device="one phone") for table in range(1, 6)]
    lately = await risk.lately(
        evening.desk.database, evening.restaurant, "t", seats[0].stream, seats[0].guest_id, evening.clock()
    )
    assert (lately.phone_tables_24h, lately.new_tables_10m, lately.phones_30m) == (5, 5, 1)
    tomorrow = evening.clock() + timedelta(days=2)
    later = await risk.lately(
        evening.desk.database, evening.restaurant, "t", seats[0].stream, seats[0].guest_id, tomorrow
    )
    assert (later.phone_tables_24h, later.new_tables_10m, later.phones_30m) == (0, 0, 0)
