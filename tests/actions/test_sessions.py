from typing import Any

import orjson
import pytest

from app.actions import errors, guests, sessions
from app.actions.access import GuestAccess, StaffAccess
from app.actions.shelf import PAST_EVERY
from app.domain.view import merge
from app.storage import restaurants
from tests.actions.conftest import MakeDesk
from tests.actions.evening import PIN, Evening, access


async def _evening_of_events(evening: Evening) -> str:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    (line, _) = await evening.order(ana, "Burger", "Pasta")
    await evening.do(ben, ben.stream, "claims.set", line=line, guest=ben.guest_id, parts=2)
    await evening.do(ben, ben.stream, "guest.rename", name="Benjamin")
    await evening.do(ana, ana.stream, "split.set", mode="even", shares=3)
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id)
    return ana.stream


async def test_every_event_turns_the_view_before_into_the_view_after(evening: Evening) -> None:
    stream = await _evening_of_events(evening)
    whole = await sessions.snapshot(evening.desk, stream)
    frames = await sessions.events_since(evening.desk, stream, whole.epoch, 0)
    assert frames is not None
    view: dict[str, Any] = {}
    for place, frame in enumerate(frames):
        read = orjson.loads(frame)
        assert read["n"] == place + 1
        view = merge(view, read["d"])
    assert view == whole.view


async def test_resuming_anywhere_leads_to_the_same_view(evening: Evening) -> None:
    stream = await _evening_of_events(evening)
    whole = await sessions.snapshot(evening.desk, stream)
    frames = await sessions.events_since(evening.desk, stream, whole.epoch, 0)
    assert frames is not None
    for n in range(whole.version + 1):
        rest = await sessions.events_since(evening.desk, stream, whole.epoch, n)
        assert rest == frames[n:]


async def test_resuming_a_long_evening_leads_to_the_same_view_wherever_it_was_worked_on(make_desk: MakeDesk) -> None:
    one, other = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await one.seat("Ana")
    (line, _) = await one.order(ana, "Burger", "Pasta")
    for turn in range(3 * PAST_EVERY):
        here = one if turn % 7 else other
        await here.do(ana, ana.stream, "claims.set", line=line, guest=ana.guest_id, parts=turn % 2)
    whole = await sessions.snapshot(one.desk, ana.stream)
    frames = await sessions.events_since((await make_desk()), ana.stream, whole.epoch, 0)
    assert frames is not None
    for n in range(0, whole.version + 1, 5):
        for desk in (one.desk, other.desk):
            assert await sessions.events_since(desk, ana.stream, whole.epoch, n) == frames[n:]


async def test_who_missed_a_little_of_a_long_evening_costs_a_little(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    (line, _) = await evening.order(ana, "Burger", "Pasta")
    for turn in range(3 * PAST_EVERY):
        await evening.do(ana, ana.stream, "claims.set", line=line, guest=ana.guest_id, parts=turn % 2)
    kept = evening.desk.shelf.take(ana.stream)
    newest = kept.bill.version
    assert all(newest - 2 * PAST_EVERY <= kept.not_after(n).version <= n for n in range(newest - PAST_EVERY, newest))
    assert len(kept.past) == 2


async def test_nobody_resumes_from_elsewhere(evening: Evening) -> None:
    stream = await _evening_of_events(evening)
    whole = await sessions.snapshot(evening.desk, stream)
    assert await sessions.events_since(evening.desk, stream, "elsewhere", 1) is None
    assert await sessions.events_since(evening.desk, stream, whole.epoch, whole.version + 1) is None
    assert await sessions.events_since(evening.desk, stream, whole.epoch, whole.version) == []


async def test_a_room_that_only_looks_sees_the_newest_bill_and_puts_none_on_the_shelf(make_desk: MakeDesk) -> None:
    one, other = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await one.seat("Ana")
    await one.order(ana, "Burger")
    for desk in (one.desk, other.desk):  # Here somebody works on it, there nobody does.
        seen = await sessions.glimpse(desk, ana.stream, await desk.log.head(ana.stream))
        assert seen == await sessions.snapshot(one.desk, ana.stream)
    assert other.desk.shelf.at_hand(ana.stream) is None
    await other.order(ana, "Pasta")
    seen = await sessions.glimpse(one.desk, ana.stream, await one.desk.log.head(ana.stream))
    assert seen == await sessions.snapshot(other.desk, ana.stream)
    with pytest.raises(errors.NotFound):
        await sessions.glimpse(one.desk, "nowhere", None)


async def test_staff_seat_a_party(evening: Evening) -> None:
    stream = await sessions.open_session(evening.desk, evening.tables["1"], 4, by=evening.team["waiter"])
    assert (await evening.bill(stream)).covers == 4
    assert (await evening.seat("Ana")).stream == stream
    with pytest.raises(errors.Refused) as caught:
        await sessions.open_session(evening.desk, evening.tables["1"], 4, by=evening.team["waiter"])
    assert caught.value.code == "table_taken"


async def test_the_kitchen_seats_nobody(evening: Evening) -> None:
    with pytest.raises(errors.NotAllowed):
        await sessions.open_session(evening.desk, evening.tables["1"], None, by=evening.team["kitchen"])


async def test_staff_of_one_restaurant_have_no_business_in_another(make_desk: MakeDesk) -> None:
    """C3: by id, as somebody would try it."""
    here, there = await Evening.at(await make_desk()), await Evening.at(await make_desk(), PIN)
    foreign = await there.seat("Ana")
    waiter = here.team["waiter"]
    with pytest.raises(errors.NotFound):
        await sessions.may_enter(here.desk, foreign.stream, waiter)
    with pytest.raises(errors.NotFound):
        await sessions.open_session(here.desk, there.tables["1"], None, by=waiter)
    ours = await here.seat("Ben")
    await sessions.may_enter(here.desk, ours.stream, waiter)
    with pytest.raises(errors.NotFound):
        await here.do(waiter, ours.stream, "session.move", table=there.tables["2"])


async def test_a_guest_enters_the_own_visit_only(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana", "1"), await evening.seat("Ben", "2")
    await sessions.may_enter(evening.desk, ana.stream, access(ana))
    with pytest.raises(errors.NotFound):
        await sessions.may_enter(evening.desk, ben.stream, access(ana))


async def test_nobody_enters_what_is_not_there(evening: Evening) -> None:
    for who in (GuestAccess("g", "s", evening.restaurant), StaffAccess("x", evening.restaurant, "waiter", "X")):
        with pytest.raises(errors.NotFound):
            await sessions.may_enter(evening.desk, "nowhere", who)


async def test_a_token_outlives_the_visit_for_its_receipt(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.do(evening.team["waiter"], ana.stream, "session.close")
    assert await guests.authenticate(evening.desk, ana.token) is not None
    row = await restaurants.table_session(evening.desk.database, ana.stream)
    assert row is not None
    assert row.status == "closed"
