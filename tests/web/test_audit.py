import json

import pytest

from tests.web.house import V1, House
from tests.web.people import Guest, Member, keyed, sign_in


@pytest.fixture
async def manager(house: House) -> Member:
    return await sign_in(house, "manager")


async def newest(manager: Member, count: int = 1) -> list[dict[str, str]]:
    answer = await manager.http.get(f"{V1}/audit")
    assert answer.status_code == 200, answer.text
    entries: list[dict[str, str]] = answer.json()["entries"]
    return entries[:count]


async def test_what_staff_change_of_the_house_is_told_with_the_address(
    house: House, waiter: Member, manager: Member
) -> None:
    table = await house.here.table()
    answer = await waiter.http.patch(f"{V1}/tables/{table.table_id}", json={"service": "free"})
    assert answer.status_code == 204
    (told,) = await newest(manager)
    assert (told["what"], told["subject"], told["role"]) == ("tables.change", table.table_id, "waiter")
    assert told["where"] == "127.0.0.1"


async def test_what_is_refused_or_only_read_or_in_the_bills_log_is_not_told(
    house: House, guest: Guest, waiter: Member, manager: Member
) -> None:
    (before,) = await newest(manager)
    await waiter.http.patch(f"{V1}/tables/nobody", json={"service": "free"})
    await waiter.http.get(f"{V1}/floor")
    assert (await waiter.at(guest, "/covers", {"covers": 3}, "PUT")).status_code == 200
    assert await newest(manager) == [before]


async def test_a_keyed_call_is_told_once_however_often_it_is_sent(
    house: House, guest: Guest, waiter: Member, manager: Member
) -> None:
    await guest.order(house.here)
    key = keyed()["idempotency-key"]
    for _ in range(2):
        paid = await waiter.at(guest, "/payment", {"paymentMethod": "cash"}, key=key)
        assert paid.status_code == 201
    told = await newest(manager, 2)
    assert [one["subject"] == guest.stream for one in told] == [True, False]
    assert told[0]["what"] == "payments.start"


async def test_only_managers_see_and_export_it(house: House, waiter: Member) -> None:
    for path in ("/audit", "/audit/export"):
        assert (await waiter.http.get(V1 + path)).status_code == 403
        assert (await house.client().get(V1 + path)).status_code == 401


async def test_an_export_is_lines_of_entries_and_heads(house: House, guest: Guest, manager: Member) -> None:
    answer = await manager.http.get(f"{V1}/audit/export", params={"since": "2026-01-01"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert guest.stream in [line["head"]["id"] for line in lines if "head" in line]
    assert [line["what"] for line in lines if "what" in line][-1] == "audit.exported"


async def test_an_export_since_no_day_is_refused(manager: Member) -> None:
    answer = await manager.http.get(f"{V1}/audit/export", params={"since": "yesterday"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "since")
