from tests.web.house import V1, House
from tests.web.people import Guest, Member


async def test_the_floor_shows_every_table_and_who_sits_there(house: House, guest: Guest, waiter: Member) -> None:
    tables = (await waiter.http.get(f"{V1}/floor")).json()["tables"]
    tile = tables[guest.table.table_id]
    assert (tile["label"], tile["area"]) == (guest.table.label, guest.table.area)
    assert tile["session"]["id"] == guest.stream
    free = tables[(await house.here.table()).table_id]
    assert (free["service"], free["money"], "session" in free) == ("free", "none", False)
