import asyncio

import pytest

from app.actions import reviews
from app.actions.access import StaffAccess
from app.actions.errors import Invalid, NeedsApproval, NotAllowed, NotFound, Refused
from app.storage import audit
from tests.actions.evening import OPEN, PIN, Evening
from tests.actions.test_risk import decline


async def waiting(evening: Evening, name: str = "Ana", table: str = "1") -> str:
    """A review that waits; answers with its id."""
    guest = await evening.seat(name, table)
    await evening.order(guest, "Burger")
    await decline(evening, guest, 4, table=table)
    with pytest.raises(NeedsApproval) as waits:
        await evening.pay(guest, guest.stream, tipAmount=200)
    return waits.value.review


async def test_the_queue_says_who_wants_to_pay_what_and_why_it_waits(evening: Evening) -> None:
    review = await waiting(evening)
    told = await reviews.listed(evening.desk, by=evening.team["waiter"])
    (one,) = told["reviews"]
    assert (one["id"], one["guest"], one["table"], one["amount"], one["tipAmount"]) == (review, "Ana", "1", 1579, 200)
    assert "4 cards were declined on this phone" in one["signals"][0]["text"]
    assert not {"decidedAt", "decidedBy", "reason"} & one.keys()


async def test_a_decision_leaves_the_queue_and_is_in_the_audit_log(evening: Evening) -> None:
    review, waiter = await waiting(evening), evening.team["waiter"]
    told = await reviews.decide(evening.desk, review, "allowed", "knows them", by=waiter)
    assert (told["state"], told["decidedBy"], told["reason"]) == ("allowed", "Waiter", "knows them")
    assert (await reviews.listed(evening.desk, by=waiter))["reviews"] == []
    assert len((await reviews.listed(evening.desk, by=waiter, state="allowed"))["reviews"]) == 1
    newest, before = await audit.newest(evening.desk.database, evening.restaurant, limit=2)
    assert (newest.entry.what, newest.entry.by, newest.entry.subject) == ("review.allowed", waiter.staff_id, review)
    assert before.entry.what == "payment.challenged"


async def test_of_two_who_decide_at_once_one_is_told_so(evening: Evening) -> None:
    review, waiter = await waiting(evening), evening.team["waiter"]
    said = await asyncio.gather(
        reviews.decide(evening.desk, review, "allowed", "yes", by=waiter),
        reviews.decide(evening.desk, review, "blocked", "no", by=evening.team["manager"]),
        return_exceptions=True,
    )
    (refused,) = [one for one in said if isinstance(one, Refused)]
    assert refused.code == "review_decided"


async def test_only_the_floor_of_the_restaurant_decides(evening: Evening) -> None:
    review = await waiting(evening)
    other = await Evening.at(evening.desk, PIN)
    assert other.restaurant != evening.restaurant
    stranger = StaffAccess("stranger", other.restaurant, "owner", "Stranger")
    with pytest.raises(NotFound):
        await reviews.decide(evening.desk, review, "allowed", "mine", by=stranger)
    with pytest.raises(NotFound):
        await reviews.decide(evening.desk, "nothing", "allowed", "mine", by=evening.team["owner"])
    with pytest.raises(NotAllowed):
        await reviews.decide(evening.desk, review, "allowed", "mine", by=evening.team["kitchen"])
    assert (await reviews.listed(evening.desk, by=stranger))["reviews"] == []
    with pytest.raises(NotAllowed):
        await reviews.listed(evening.desk, by=evening.team["kitchen"])


async def test_a_state_that_is_none_is_said_to_be(evening: Evening) -> None:
    with pytest.raises(Invalid):
        await reviews.listed(evening.desk, by=evening.team["waiter"], state="lost")


async def test_a_request_that_was_answered_on_the_floor_does_not_stop_a_decision(evening: Evening) -> None:
    assert OPEN
    review, waiter = await waiting(evening), evening.team["waiter"]
    (one,) = (await reviews.listed(evening.desk, by=waiter))["reviews"]
    (request,) = (await evening.bill(one["tableSessionId"])).requests
    await evening.do(waiter, one["tableSessionId"], "request.answer", request=request)
    assert (await reviews.decide(evening.desk, review, "blocked", "gone", by=waiter))["state"] == "blocked"
