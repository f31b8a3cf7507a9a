import asyncio
from typing import Any

import pytest

from app.domain.view import merge
from app.ids import new_id
from tests.web.house import V1, House
from tests.web.people import Guest, Member, sit


async def follow(guest: Guest, **query: Any) -> dict[str, Any]:
    answer = await guest.get("/events", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_bill_is_not_sent_twice_to_who_has_it(house: House, guest: Guest) -> None:
    first = await guest.get()
    tag = first.headers["etag"]
    assert (await guest.get(headers={"if-none-match": tag})).status_code == 304
    await guest.order(house.here)
    fresh = await guest.get(headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag
    assert "no-cache" in fresh.headers["cache-control"]


async def test_without_a_position_there_is_a_whole_view(guest: Guest) -> None:
    told = await follow(guest)
    assert (told["why"], "events" in told) == ("first", False)
    assert told["view"] == await guest.view()


async def test_events_after_a_position_lead_to_the_newest_view(house: House, guest: Guest) -> None:
    start = (await guest.get()).json()
    await guest.order(house.here)
    await guest.post("/requests", {"kind": "water"})
    told = await follow(guest, since=f"{start['epoch']}.{start['version']}", wait=0)
    assert [event["n"] for event in told["events"]] == list(range(start["version"] + 1, told["version"] + 1))
    view = start["view"]
    for event in told["events"]:
        assert (event["t"], event["r"]) == ("ev", f"table:{guest.stream}")
        view = merge(view, event["d"])
    assert view == await guest.view()


async def test_who_waits_hears_at_once_what_happens(house: House, guest: Guest) -> None:
    start = (await guest.get()).json()
    waiting = asyncio.create_task(follow(guest, since=f"{start['epoch']}.{start['version']}", wait=20))
    second = await sit(house, table=guest.table)
    told = await asyncio.wait_for(waiting, 5)
    assert told["events"][0]["k"] == "guest.joined"
    assert second.id in told["events"][0]["d"]["guests"]


async def test_who_waits_in_vain_gets_no_events(guest: Guest) -> None:
    start = (await guest.get()).json()
    told = await follow(guest, since=f"{start['epoch']}.{start['version']}", wait=1)
    assert (told["events"], told["version"]) == ([], start["version"])


async def test_a_position_of_another_history_or_ahead_gets_a_whole_view(guest: Guest) -> None:
    start = (await guest.get()).json()
    assert (await follow(guest, since="other.1"))["why"] == "epoch"
    assert (await follow(guest, since=f"{start['epoch']}.{start['version'] + 5}"))["why"] == "ahead"


BAD = [
    {"since": "x"},
    {"since": ".5"},
    {"since": "e.-1"},
    {"since": "e.1.5x"},
    {"since": "e." + "9" * 30},
    {"wait": "soon"},
    {"wait": "-1"},
    {"wait": "1e9"},
]


@pytest.mark.parametrize("query", BAD)
async def test_a_position_that_is_none_is_invalid(guest: Guest, query: dict[str, str]) -> None:
    answer = await guest.get("/events", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] in query


async def test_staff_seat_a_party_once(house: House, waiter: Member) -> None:
    table = await house.here.table()
    answer = await waiter.http.post(f"{V1}/table-sessions", json={"tableId": table.table_id, "covers": 4})
    assert answer.status_code == 201
    opened = answer.json()
    assert opened["view"]["tableSession"]["covers"] == 4
    assert answer.headers["location"].endswith(opened["tableSession"]["id"])
    again = await waiter.http.post(f"{V1}/table-sessions", json={"tableId": table.table_id})
    assert (again.status_code, again.json()["code"]) == (409, "table_taken")
    guest = await sit(house, table=table)
    assert guest.stream == opened["tableSession"]["id"]


async def test_a_party_needs_a_table_there_is(waiter: Member) -> None:
    assert (await waiter.http.post(f"{V1}/table-sessions", json={"tableId": new_id()})).status_code == 404
    answer = await waiter.http.post(f"{V1}/table-sessions", json={"tableId": new_id(), "covers": 0})
    assert answer.status_code == 422
