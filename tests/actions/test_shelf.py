import asyncio

from app.actions import bills
from app.actions.shelf import Shelf
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening


async def test_a_bill_changed_elsewhere_is_caught_up_with(make_desk: MakeDesk) -> None:
    one, other = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await one.seat("Ana")
    assert (await other.bill(ana.stream)).version == 2
    await one.order(ana, "Burger")
    await one.do(ana, ana.stream, "guest.rename", name="Anna")
    kept = other.desk.shelf.take(ana.stream)
    assert await other.desk.shelf.catch_up(ana.stream, kept)
    assert (kept.bill.version, kept.names[ana.guest_id]) == (4, "Anna")
    assert not await other.desk.shelf.catch_up(ana.stream, kept)


async def test_bills_that_many_ask_for_at_once_are_read_together(make_desk: MakeDesk) -> None:
    one = await Evening.at(await make_desk())
    seats = [await one.seat(name, table=table) for table, name in (("1", "Ana"), ("2", "Ben"), ("3", "Cem"))]
    await one.order(seats[0], "Burger")
    other = await make_desk()
    reads = await asyncio.gather(*(bills.newest(other, seat.stream) for seat in seats))
    for seat, kept in zip(seats, reads, strict=True):
        known = one.desk.shelf.take(seat.stream)
        assert (kept.bill, kept.names, kept.epoch) == (known.bill, known.names, known.epoch)


async def test_only_so_many_bills_are_kept_and_none_in_use_is_put_away(evening: Evening) -> None:
    shelf = Shelf(evening.desk.log, evening.desk.database, kept_max=2)
    used = shelf.take("a")
    async with used.turn:
        for stream in ("b", "c", "d"):
            shelf.take(stream)
        assert shelf.take("a") is used
    for stream in ("e", "f", "g"):
        shelf.take(stream)
    assert shelf.take("a") is not used


async def test_a_bill_that_is_not_there_is_not_kept(evening: Evening) -> None:
    shelf = evening.desk.shelf
    kept = shelf.take("nowhere")
    assert not await shelf.load("nowhere", kept)
    assert shelf.take("nowhere") is not kept


async def test_a_forgotten_bill_is_read_afresh(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    before = evening.desk.shelf.take(ana.stream)
    evening.desk.shelf.forget(ana.stream)
    assert (await evening.bill(ana.stream)) == before.bill
    assert evening.desk.shelf.take(ana.stream) is not before
