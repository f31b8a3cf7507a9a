import asyncio

import pytest

from app.actions import errors, guests, sessions, tables
from app.actions.access import GuestAccess
from tests.actions.conftest import MakeDesk
from tests.actions.evening import APPROVE, PIN, Evening


async def test_the_first_scan_opens_a_visit_and_later_ones_join_it(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    assert ana.stream == ben.stream
    assert list((await evening.bill(ana.stream)).guests) == [ana.guest_id, ben.guest_id]


async def test_looking_at_a_table_creates_nothing(evening: Evening) -> None:
    arrival = await guests.arrive(evening.desk, evening.codes["1"])
    assert (arrival.visit, arrival.stream, arrival.table_label) == ("none", None, "1")


async def test_an_arrival_names_the_visit_going_on(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    arrival = await guests.arrive(evening.desk, evening.codes["1"])
    assert (arrival.visit, arrival.stream) == ("open", ana.stream)


@pytest.mark.parametrize("code", ["", "x", "01ARZ3NDEKTSV4RRFFQ69G5FAV-1.bad", "é", "\ud800", "a" * 200])
async def test_a_code_nobody_signed_is_unknown(evening: Evening, code: str) -> None:
    with pytest.raises(errors.NotFound) as caught:
        await guests.join(evening.desk, code)
    assert caught.value.code == "unknown_code"


async def test_the_same_device_is_the_same_guest(evening: Evening) -> None:
    first = await evening.seat("Ana", device="phone-1")
    again = await evening.seat("Ana", device="phone-1")
    assert (again.guest_id, again.token, again.created) == (first.guest_id, first.token, False)


async def test_two_tabs_that_join_at_once_are_one_guest(evening: Evening) -> None:
    joined = await asyncio.gather(*(evening.seat("Ana", device="phone-1") for _ in range(4)))
    assert len({one.guest_id for one in joined}) == 1
    assert len({one.token for one in joined}) == 1
    assert len((await evening.bill(joined[0].stream)).guests) == 1


async def test_people_who_scan_at_the_same_moment_are_one_party(evening: Evening) -> None:
    joined = await asyncio.gather(*(evening.seat(f"Guest {number}") for number in range(5)))
    assert len({one.stream for one in joined}) == 1
    assert len((await evening.bill(joined[0].stream)).guests) == 5


async def test_nodes_agree_on_who_opened_the_visit(make_desk: MakeDesk) -> None:
    nodes = [await Evening.at(await make_desk()) for _ in range(3)]
    joined = await asyncio.gather(*(node.seat("Somebody") for node in nodes))
    assert len({one.stream for one in joined}) == 1
    assert len((await nodes[0].bill(joined[0].stream)).guests) == 3


async def test_a_token_stands_for_its_seat(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    found = await guests.authenticate(evening.desk, ana.token)
    assert found is not None
    assert (found.guest_id, found.stream, found.restaurant_id) == (ana.guest_id, ana.stream, evening.restaurant)
    assert await guests.authenticate(evening.desk, "nobody's") is None


async def test_a_guest_without_a_name_gets_one(evening: Evening) -> None:
    one = await guests.join(evening.desk, evening.codes["1"])
    other = await guests.join(evening.desk, evening.codes["1"])
    assert one.name
    assert one.name != other.name


async def test_a_new_name_is_seen_by_everybody(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await guests.rename(evening.desk, GuestAccess(ana.guest_id, ana.stream, evening.restaurant), "Anna")
    seen = await sessions.snapshot(evening.desk, ana.stream)
    assert seen.view["guests"][ana.guest_id]["name"] == "Anna"


async def test_leaving_ends_the_token_and_coming_back_takes_the_same_seat(evening: Evening) -> None:
    ana = await evening.seat("Ana", device="phone-1")
    await evening.seat("Ben")
    await guests.leave(evening.desk, GuestAccess(ana.guest_id, ana.stream, evening.restaurant))
    assert await guests.authenticate(evening.desk, ana.token) is None
    again = await evening.seat("Ana", device="phone-1")
    assert again.guest_id == ana.guest_id
    assert (await evening.bill(ana.stream)).guests[ana.guest_id].present


async def test_a_guest_whom_staff_removed_cannot_come_back(evening: Evening) -> None:
    ana = await evening.seat("Ana", device="phone-1")
    await evening.do(evening.team["waiter"], ana.stream, "guest.remove", guest=ana.guest_id)
    assert await guests.authenticate(evening.desk, ana.token) is None
    assert evening.ear.gone == [ana.guest_id]
    with pytest.raises(errors.NotAllowed):
        await evening.seat("Ana", device="phone-1")


# Policies


async def test_a_pin_is_asked_of_everybody_but_the_first(make_desk: MakeDesk) -> None:
    evening = await Evening.at(await make_desk(), PIN)
    first = await evening.seat("Ana")
    assert first.pin is not None
    assert len(first.pin) == 4
    wrong = "0000" if first.pin != "0000" else "0001"
    for pin in (None, wrong):
        with pytest.raises(errors.NotAllowed) as caught:
            await evening.seat("Ben", pin=pin)
        assert caught.value.code == "wrong_pin"
    assert (await evening.seat("Ben", pin=first.pin)).stream == first.stream


async def test_a_newcomer_waits_until_somebody_at_the_table_says_yes(make_desk: MakeDesk) -> None:
    evening = await Evening.at(await make_desk(), APPROVE)
    ana = await evening.seat("Ana")
    with pytest.raises(errors.ApprovalPending) as caught:
        await evening.seat("Ben", device="phone-2")
    assert await guests.authenticate(evening.desk, caught.value.token) is None
    (request,) = (await evening.bill(ana.stream)).requests.values()
    assert (request.what, request.guest is not None) == ("join", True)
    await evening.do(ana, ana.stream, "guest.approve", guest=request.guest)
    ben = await evening.seat("Ben", device="phone-2")
    assert ben.guest_id == request.guest
    assert (await evening.bill(ana.stream)).requests == {}


async def test_knocking_twice_is_knocking_once(make_desk: MakeDesk) -> None:
    evening = await Evening.at(await make_desk(), APPROVE)
    ana = await evening.seat("Ana")
    for _ in range(2):
        with pytest.raises(errors.ApprovalPending):
            await evening.seat("Ben", device="phone-2")
    assert len((await evening.bill(ana.stream)).requests) == 1


# After paying


async def _settled(evening: Evening) -> str:
    ana = await evening.seat("Ana", device="phone-1")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id)
    assert (await evening.bill(ana.stream)).status == "settled"
    return ana.stream


async def test_in_the_grace_period_a_newcomer_is_asked(evening: Evening) -> None:
    stream = await _settled(evening)
    with pytest.raises(errors.ChooseVisit) as caught:
        await evening.seat("Ben")
    assert set(caught.value.choices) == {"join", "new"}
    assert (await guests.arrive(evening.desk, evening.codes["1"])).visit == "grace"
    assert (await evening.seat("Ben", visit="join")).stream == stream


async def test_in_the_grace_period_the_party_itself_is_not_asked(evening: Evening) -> None:
    stream = await _settled(evening)
    assert (await evening.seat("Ana", device="phone-1")).stream == stream


async def test_a_new_visit_closes_the_old_one(evening: Evening) -> None:
    stream = await _settled(evening)
    ben = await evening.seat("Ben", visit="new")
    assert ben.stream != stream
    assert (await evening.bill(stream)).status == "closed"


async def test_after_the_grace_period_a_scan_opens_a_fresh_visit(evening: Evening) -> None:
    stream = await _settled(evening)
    evening.clock.pass_(minutes=31)
    assert (await guests.arrive(evening.desk, evening.codes["1"])).visit == "none"
    ben = await evening.seat("Ben")
    assert ben.stream != stream
    assert (await evening.bill(stream)).status == "closed"


async def test_an_idle_visit_that_owes_nothing_makes_room(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    evening.clock.pass_(hours=3, seconds=1)
    ben = await evening.seat("Ben")
    assert ben.stream != ana.stream


async def test_an_idle_visit_that_owes_goes_on(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    evening.clock.pass_(hours=9)
    assert (await evening.seat("Ben")).stream == ana.stream


async def test_a_rotated_code_is_void(evening: Evening) -> None:
    fresh = await tables.rotate_code(evening.desk, evening.tables["1"], by=evening.team["manager"])
    for refused in (evening.seat("Ana"), guests.arrive(evening.desk, evening.codes["1"])):
        with pytest.raises(errors.NotAllowed) as caught:
            await refused
        assert caught.value.code == "expired_code"
    assert (await guests.join(evening.desk, fresh.code)).created
