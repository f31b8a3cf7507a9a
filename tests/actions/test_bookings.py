"""Tables booked ahead, against the sandbox: one table at a time, held with a card, seated or paid for."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.actions import booking_terms, bookings, codes, errors, guests, shapes
from app.actions.access import GuestAccess
from app.actions.bookings import BookingState
from app.storage import guests as seats
from app.storage.tables import BookingPerson
from tests.actions.evening import Evening, Provider
from tests.actions.test_holds import capture, enter, intent

TERMS = {"bookable": True, "noShowAmount": 2000, "cancelHours": 24, "daysAhead": 30, "opensAt": 0, "lastAt": 1439}


async def open_house(evening: Evening, **terms: Any) -> None:
    request = shapes.read(shapes.PolicyRequest, {**TERMS, **terms})
    await booking_terms.set_policy(evening.desk, request, by=evening.team["manager"])


def tomorrow(evening: Evening, hours: float = 30) -> datetime:
    return evening.desk.now() + timedelta(hours=hours)


def wanted(at: datetime, people: int = 4, **more: Any) -> shapes.BookingRequest:
    said = {"at": at.isoformat(), "people": people, "name": "Ana", "contact": "ana@example.com"}
    return shapes.read(shapes.BookingRequest, {**said, **more})


async def booked(evening: Evening, at: datetime, people: int = 4, **more: Any) -> BookingState:
    return await bookings.book(evening.desk, evening.restaurant, wanted(at, people, **more))


async def held(evening: Evening, provider: Provider, at: datetime) -> BookingState:
    """A booking whose card was given."""
    made = await booked(evening, at)
    await enter(provider, made.hold)
    evening.clock.pass_(seconds=3)
    return await bookings.mine(evening.desk, by=booker(made))


def booker(made: BookingState) -> GuestAccess:
    assert made.hold is not None
    return GuestAccess(made.hold.guest, made.table_session_id, made.restaurant_id)


async def test_a_booking_holds_what_staying_away_costs_on_a_card(paying: Evening, provider: Provider) -> None:
    await open_house(paying)
    made = await held(paying, provider, tomorrow(paying))
    assert (made.state, made.people, made.no_show_amount, made.hold_status) == ("booked", 4, 8000, "authorized")
    assert (await intent(provider))["amount"] == 8000
    assert (made.name, made.contact) == ("Ana", "ana@example.com")
    bill = await paying.bill(made.table_session_id)
    assert (bill.status, bill.covers) == ("closed", 4)


async def test_who_booked_is_sealed_at_rest_and_can_be_erased(paying: Evening) -> None:
    await open_house(paying, noShowAmount=0)
    made = await booked(paying, tomorrow(paying))
    async with paying.desk.database.write() as session:
        row = await session.get(BookingPerson, made.id)
        assert row is not None
        assert "ana" not in (row.name + row.contact).lower()
        await session.delete(row)
    (told,) = await bookings.of_day(paying.desk, made.at.date(), by=paying.team["waiter"])
    assert (told.name, told.contact) == ("", "")


async def test_a_table_is_booked_once_for_a_time_however_many_ask_at_once(paying: Evening) -> None:
    """Six tables of four: six parties fit, the seventh does not."""
    await open_house(paying, noShowAmount=0)
    at = tomorrow(paying)
    made = await asyncio.gather(*(booked(paying, at) for _ in range(7)), return_exceptions=True)
    tables = {each.table_id for each in made if isinstance(each, BookingState)}
    refused = [each for each in made if isinstance(each, errors.ActionError)]
    assert (len(tables), len(refused)) == (6, 1)
    later = await booked(paying, at + timedelta(minutes=120))
    assert later.table_id in tables
    offer = await booking_terms.offer(paying.desk, paying.restaurant, at.date(), 4)
    assert not [time for time in offer.times if abs(time - at) < timedelta(minutes=90)]


async def test_the_same_key_is_the_same_booking(paying: Evening) -> None:
    await open_house(paying)
    at, key = tomorrow(paying), "k" * 20
    first, second = await booked(paying, at, key=key), await booked(paying, at, key=key)
    assert (first.id, first.token, first.hold_id) == (second.id, second.token, second.hold_id)
    assert first.hold is not None


@pytest.mark.parametrize(
    ("hours", "people", "terms"),
    [(-1, 4, {}), (24 * 7, 4, {}), (24 * 40, 4, {"noShowAmount": 0}), (30, 9, {"noShowAmount": 0})],
    ids=["past", "a bank would let go", "too far", "too many"],
)
async def test_what_the_house_does_not_offer_is_not_booked(
    paying: Evening, hours: int, people: int, terms: dict[str, Any]
) -> None:
    await open_house(paying, **terms)
    with pytest.raises(errors.Invalid):
        await booked(paying, tomorrow(paying, hours), people)


async def test_a_house_that_takes_no_bookings_says_so_to_guests_and_not_to_staff(paying: Evening) -> None:
    at = tomorrow(paying)
    with pytest.raises(errors.Refused, match="no bookings"):
        await booked(paying, at)
    made = await bookings.book(paying.desk, paying.restaurant, wanted(at), by=paying.team["waiter"])
    assert (made.state, made.hold_id) == ("booked", None)
    with pytest.raises(errors.NotAllowed):
        await booking_terms.set_policy(paying.desk, shapes.PolicyRequest(bookable=True), by=paying.team["waiter"])


async def test_cancelled_in_time_the_hold_goes_back(paying: Evening, provider: Provider) -> None:
    await open_house(paying)
    made = await held(paying, provider, tomorrow(paying))
    told = await bookings.cancel_mine(paying.desk, by=booker(made))
    assert (told.state, told.charged, told.hold_status) == ("canceled", 0, "released")
    assert (await intent(provider))["status"] == "canceled"
    assert (await bookings.cancel_mine(paying.desk, by=booker(made))).state == "canceled"


async def test_cancelled_late_costs_what_staying_away_costs(paying: Evening, provider: Provider) -> None:
    await open_house(paying)
    made = await held(paying, provider, tomorrow(paying))
    paying.clock.pass_(hours=8)
    told = await bookings.cancel_mine(paying.desk, by=booker(made))
    assert (told.state, told.charged, told.hold_status) == ("canceled", 8000, "captured")
    bill = await paying.bill(made.table_session_id)
    assert [(line.name, line.charged) for line in bill.lines.values()] == [("Late cancellation fee", 8000)]
    assert (bill.unpaid, bill.payments[made.hold_id or ""].status) == (0, "succeeded")


@pytest.mark.parametrize("charge", [True, False])
async def test_staff_charge_a_party_that_stayed_away_or_let_it_off(
    paying: Evening, provider: Provider, charge: bool
) -> None:
    await open_house(paying)
    made = await held(paying, provider, tomorrow(paying))
    with pytest.raises(errors.Refused, match="not come yet"):
        await bookings.no_show(paying.desk, made.id, charge=charge, by=paying.team["waiter"])
    paying.clock.pass_(hours=31)
    told = await bookings.no_show(paying.desk, made.id, charge=charge, by=paying.team["waiter"])
    assert (told.state, told.charged) == ("no_show", 8000 if charge else 0)
    assert (await intent(provider))["amount_received"] == told.charged
    with pytest.raises(errors.Refused, match="has ended"):
        await bookings.seat(paying.desk, made.id, None, by=paying.team["waiter"])


async def test_a_lost_answer_to_the_capture_of_a_fee_is_found(paying: Evening, provider: Provider) -> None:
    await open_house(paying)
    made = await held(paying, provider, tomorrow(paying))
    paying.clock.pass_(hours=31)
    await provider.fault("cut", operation="payment_intents.capture", effect="done")
    told = await bookings.no_show(paying.desk, made.id, charge=True, by=paying.team["waiter"])
    assert told.hold_status == "capturing"
    paying.clock.pass_(minutes=1)
    await paying.work()
    assert (await paying.bill(made.table_session_id)).unpaid == 0


async def test_a_party_that_comes_sits_down_with_its_tab_open(paying: Evening, provider: Provider) -> None:
    await open_house(paying)
    made = await held(paying, provider, tomorrow(paying))
    paying.clock.pass_(hours=30)
    waiter = paying.team["waiter"]
    seated = await bookings.seat(paying.desk, made.id, paying.tables["3"], by=waiter)
    assert (seated.state, seated.table_label) == ("seated", "3")
    assert (await bookings.seat(paying.desk, made.id, None, by=waiter)).state == "seated"
    bill = await paying.bill(made.table_session_id)
    assert (bill.status, bill.table_label) == ("open", "3")
    ana = await guests.join(paying.desk, paying.codes["3"], seat_token=await token_of(paying, made))
    assert ana.guest_id == booker(made).guest_id
    await paying.order(ana, "Burger")
    captured = await capture(paying, made.hold_id or "", ana)
    assert (captured.status, captured.captured) == ("captured", 1579)
    assert (await paying.bill(made.table_session_id)).status == "settled"


async def token_of(evening: Evening, made: BookingState) -> str:
    (seat,) = await seats.sessions(evening.desk.database, made.table_session_id)
    return codes.seat_token(evening.desk.policies.signing_keys, seat.id)


async def test_two_parties_are_not_seated_at_one_table(paying: Evening) -> None:
    await open_house(paying, noShowAmount=0)
    made = await booked(paying, tomorrow(paying))
    await paying.seat("Bob", made.table_label)
    with pytest.raises(errors.Refused) as refused:
        await bookings.seat(paying.desk, made.id, None, by=paying.team["waiter"])
    assert refused.value.code == "table_taken"
    assert (await paying.bill(made.table_session_id)).status == "closed"


async def test_a_booking_whose_card_never_came_frees_its_table(paying: Evening, provider: Provider) -> None:
    await open_house(paying)
    made = await booked(paying, tomorrow(paying))
    for _ in range(2):
        paying.clock.pass_(minutes=21)
        await paying.work()
    (told,) = await bookings.of_day(paying.desk, made.at.astimezone(UTC).date(), by=paying.team["waiter"])
    assert (told.state, told.hold_status) == ("canceled", "released")
    assert (await intent(provider))["status"] == "canceled"
