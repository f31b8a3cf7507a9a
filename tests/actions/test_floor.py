from app.actions import floor
from app.domain.view import merge
from app.live import tiles
from tests.actions.conftest import MakeDesk
from tests.actions.evening import PIN, Evening


async def test_every_table_has_a_tile(evening: Evening) -> None:
    ana = await evening.seat("Ana", "2")
    await evening.order(ana, "Burger")
    found = (await floor.floor(evening.desk, evening.restaurant))["tables"]
    assert [found[evening.tables[label]]["service"] for label in ("1", "2")] == ["free", "ordering"]
    tile = found[evening.tables["2"]]
    assert (tile["label"], tile["area"], tile["seats"], tile["money"]) == ("2", "Room", 4, "none")
    assert (tile["session"]["id"], tile["session"]["total"]) == (ana.stream, 1579)


async def test_a_table_whose_party_left_is_to_be_cleaned(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.do(evening.team["waiter"], ana.stream, "session.close")
    tile = await floor.tile(evening.desk, evening.restaurant, evening.tables["1"])
    assert tile is not None
    assert (tile["service"], tile["money"], "session" in tile) == ("to_clean", "none", False)


async def test_the_floor_of_another_restaurant_is_not_ours(make_desk: MakeDesk) -> None:
    here, there = await Evening.at(await make_desk()), await Evening.at(await make_desk(), PIN)
    assert await floor.tile(here.desk, here.restaurant, there.tables["1"]) is None
    assert set((await floor.floor(here.desk, here.restaurant))["tables"]) == set(here.tables.values())


async def test_what_is_published_adds_up_to_what_is_read(evening: Evening) -> None:
    view = await floor.floor(evening.desk, evening.restaurant)
    ana, waiter = await evening.seat("Ana"), evening.team["waiter"]
    await evening.order(ana, "Burger")
    await evening.do(ana, ana.stream, "request.make", kind="bill")
    (request,) = (await evening.bill(ana.stream)).requests
    await evening.do(waiter, ana.stream, "request.answer", request=request)
    await evening.do(waiter, ana.stream, "session.move", table=evening.tables["2"])
    started = await evening.pay(ana, ana.stream, paymentMethod="cash")
    await evening.do(waiter, ana.stream, "payment.confirm", payment=started.id)
    await evening.do(waiter, ana.stream, "session.close")
    for advance in evening.ear.advances:
        changed = tiles(advance.steps[0].before, advance.steps[-1].after)
        view = merge(view, {"tables": changed})
    assert view == await floor.floor(evening.desk, evening.restaurant)
