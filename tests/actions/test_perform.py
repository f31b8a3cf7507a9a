from typing import Any

import pytest

from app.actions import errors, perform, shapes
from app.actions.roles import WHO
from app.domain.commands import Actor
from tests.actions.evening import Evening


def test_every_command_has_a_shape_and_somebody_who_may() -> None:
    assert set(shapes.COMMANDS) == set(WHO)


def test_a_key_is_the_same_however_the_members_are_ordered() -> None:
    one = perform.key_of("c", 1, "claims.set", {"line": "l", "parts": 1})
    assert one == perform.key_of("c", 1, "claims.set", {"parts": 1, "line": "l"})
    assert one != perform.key_of("c", 1, "claims.set", {"line": "l", "parts": 2})


async def test_an_unknown_command_names_itself(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    with pytest.raises(errors.Invalid) as caught:
        await evening.do(ana, ana.stream, "payment.succeeded", payment="x")
    assert caught.value.errors[0].path == ("k",)


async def test_guests_may_not_do_what_is_staffs(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    for k in sorted(k for k, who in WHO.items() if not who.guests):
        with pytest.raises(errors.NotAllowed, match=k):
            await evening.do(ana, ana.stream, k)


async def test_the_kitchen_moves_lines_and_nothing_else(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    for k in sorted(k for k, who in WHO.items() if "kitchen" not in who.staff):
        with pytest.raises(errors.NotAllowed, match=k):
            await evening.do(evening.team["kitchen"], ana.stream, k)


async def test_only_the_house_forces_a_share_free(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.order(ana, "Burger")
    started = await evening.pay(ana, ana.stream)
    asked = {"payment": started.id, "reason": "left"}
    with pytest.raises(errors.NotAllowed):
        await evening.do(evening.team["waiter"], ana.stream, "payment.release", **asked)
    await evening.do(evening.team["manager"], ana.stream, "payment.release", **asked)
    assert (await evening.bill(ana.stream)).reserved == 0


async def test_a_guest_acts_for_companions_and_for_nobody_else(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    await evening.do(ana, ana.stream, "companion.add", name="Grandma")
    grandma = list((await evening.bill(ana.stream)).guests)[-1]
    (line,) = await evening.order(ana, "Burger")
    await evening.do(ana, ana.stream, "claims.set", line=line, guest=grandma, parts=1)
    with pytest.raises(errors.Refused) as caught:
        await evening.do(ben, ben.stream, "claims.set", line=line, guest=grandma, parts=0)
    assert caught.value.code == "forbidden"


async def test_staff_walk_a_visit_through_its_life(evening: Evening) -> None:
    ana, waiter = await evening.seat("Ana"), evening.team["waiter"]
    lines = await evening.order(ana, "Burger", "Pasta")
    stream = ana.stream
    await evening.do(evening.team["kitchen"], stream, "line.status", lines=lines, status="ready")
    await evening.do(waiter, stream, "line.void", line=lines[0], reason="sent back")
    await evening.do(waiter, stream, "line.discount", line=lines[1], reason="slow", ppm=500_000)
    await evening.do(waiter, stream, "discount.set", reason="friends", amount=50, scope="all")
    await evening.do(waiter, stream, "covers.set", covers=3)
    await evening.do(waiter, stream, "service_charge.set", ppm=100_000, fromCovers=2)
    (discount,) = (await evening.bill(stream)).discounts
    await evening.do(waiter, stream, "discount.remove", discount=discount)
    await evening.do(waiter, stream, "session.move", table=evening.tables["2"])
    await evening.do(waiter, stream, "line.comp", line=lines[1], reason="on us")
    await evening.do(waiter, stream, "session.close")
    bill = await evening.bill(stream)
    assert (bill.status, bill.table_label, bill.unpaid) == ("closed", "2", 0)
    await evening.do(waiter, stream, "session.reopen", reason="too early")
    assert (await evening.bill(stream)).status == "open"


async def test_a_party_that_moved_is_found_at_its_new_table(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.do(evening.team["waiter"], ana.stream, "session.move", table=evening.tables["2"])
    assert (await evening.seat("Ben", "2")).stream == ana.stream
    assert (await evening.seat("Cem", "1")).stream != ana.stream


async def test_nobody_is_moved_onto_an_occupied_table(evening: Evening) -> None:
    ana = await evening.seat("Ana", "1")
    await evening.seat("Ben", "2")
    with pytest.raises(errors.Refused) as caught:
        await evening.do(evening.team["waiter"], ana.stream, "session.move", table=evening.tables["2"])
    assert caught.value.code == "table_taken"


async def test_a_visit_is_not_reopened_under_the_next_party(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.do(evening.team["waiter"], ana.stream, "session.close")
    await evening.seat("Ben")
    with pytest.raises(errors.Refused) as caught:
        await evening.do(evening.team["waiter"], ana.stream, "session.reopen")
    assert caught.value.code == "table_taken"


async def test_a_table_that_owes_is_not_closed_but_abandoned(evening: Evening) -> None:
    ana, waiter = await evening.seat("Ana"), evening.team["waiter"]
    await evening.order(ana, "Burger")
    with pytest.raises(errors.Refused) as caught:
        await evening.do(waiter, ana.stream, "session.close")
    assert caught.value.code == "still_owed"
    await evening.do(waiter, ana.stream, "session.abandon", reason="walked out")
    assert (await evening.bill(ana.stream)).status == "abandoned"


async def test_a_request_is_made_claimed_and_answered(evening: Evening) -> None:
    ana, waiter = await evening.seat("Ana"), evening.team["waiter"]
    await evening.do(ana, ana.stream, "request.make", kind="water")
    (request,) = (await evening.bill(ana.stream)).requests
    await evening.do(waiter, ana.stream, "request.claim", request=request)
    assert (await evening.bill(ana.stream)).requests[request].claimed_by == waiter.staff_id
    await evening.do(waiter, ana.stream, "request.answer", request=request)
    assert (await evening.bill(ana.stream)).requests == {}


@pytest.mark.parametrize("d", [{}, {"ppm": 1, "amount": 1}, {"ppm": 1_000_001}, {"amount": -1}])
async def test_a_discount_is_a_percent_or_an_amount(evening: Evening, d: dict[str, Any]) -> None:
    ana = await evening.seat("Ana")
    with pytest.raises(errors.Invalid):
        await evening.do(evening.team["waiter"], ana.stream, "discount.set", reason="friends", **d)


async def test_the_system_may_do_everything(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await perform.perform(evening.desk, ana.stream, "covers.set", {"covers": 3}, by=Actor("system", "system"))
    assert (await evening.bill(ana.stream)).covers == 3
