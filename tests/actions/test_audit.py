import json
from pathlib import Path

import pytest

from app.actions import audit, staff
from app.actions.errors import Invalid, NotAllowed
from app.storage import audit as kept
from tests.actions.evening import PASSWORD, Evening


async def entries(evening: Evening) -> list[kept.Entry]:
    return [one.entry for one in reversed(await kept.newest(evening.desk.database, evening.restaurant))]


async def test_logins_are_told_with_who_and_from_where(evening: Evening) -> None:
    desk, waiter = evening.desk, evening.team["waiter"]
    with pytest.raises(NotAllowed):
        await staff.login(desk, "waiter@open.example", "a guess", address="203.0.113.9")
    with pytest.raises(NotAllowed):
        await staff.login(desk, "nobody@open.example", "a guess", address="203.0.113.9")
    signed_in = await staff.login(desk, "waiter@open.example", PASSWORD, address="203.0.113.7")
    await staff.logout(desk, signed_in.token, address="203.0.113.7")
    await staff.logout(desk, signed_in.token)
    assert [(one.what, one.by, one.role, one.where) for one in await entries(evening)] == [
        ("staff.login_failed", waiter.staff_id, "waiter", "203.0.113.9"),
        ("staff.login", waiter.staff_id, "waiter", "203.0.113.7"),
        ("staff.logout", waiter.staff_id, "waiter", "203.0.113.7"),
    ]


async def test_managers_read_the_log_page_by_page(evening: Evening) -> None:
    desk, manager = evening.desk, evening.team["manager"]
    for number in range(audit.LISTED_MAX + 1):
        await audit.note(desk, manager, "refund.approved", f"r{number}", {"amount": number})
    first = await audit.listed(desk, by=manager)
    assert (first["entries"][0]["subject"], first["entries"][0]["detail"]) == ("r200", {"amount": 200})
    second = await audit.listed(desk, by=manager, before=first["next"])
    assert [one["subject"] for one in second["entries"]] == ["r0"]
    assert "next" not in second


@pytest.mark.parametrize("cursor", ["-1", "x", "", "9" * 40])
async def test_a_cursor_that_is_none_is_said_to_be(evening: Evening, cursor: str) -> None:
    with pytest.raises(Invalid):
        await audit.listed(evening.desk, by=evening.team["owner"], before=cursor)


@pytest.mark.parametrize("role", ["waiter", "kitchen"])
async def test_nobody_else_reads_it(evening: Evening, role: str) -> None:
    with pytest.raises(NotAllowed):
        await audit.listed(evening.desk, by=evening.team[role])


async def test_an_export_is_one_restaurants_and_ends_with_its_heads(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await audit.note(evening.desk, evening.team["owner"], "house.changed")
    lines = [json.loads(line) async for line in audit.export(evening.desk.database, audit.since("2020-01-01"))]
    mine = audit.export(evening.desk.database, audit.since("2020-01-01"), evening.restaurant)
    assert [json.loads(line) async for line in mine] == lines
    assert lines[0]["what"] == "house.changed"
    assert {(line["head"]["chain"], line["head"]["id"]) for line in lines[1:]} == {
        ("audit", evening.restaurant),
        ("table_session", ana.stream),
    }
    others = audit.export(evening.desk.database, audit.since("2020-01-01"), "another restaurant")
    assert [line async for line in others] == []


async def test_heads_are_kept_once_a_day(evening: Evening, tmp_path: Path) -> None:
    await evening.seat("Ana")
    file = await audit.keep_heads(evening.desk, tmp_path / "heads")
    assert file is not None
    (head,) = audit.heads_in(file.read_bytes().splitlines())
    assert (head.kind, head.seq) == ("table_session", 2)
    assert await audit.keep_heads(evening.desk, tmp_path / "heads") is None
    evening.clock.pass_(days=1)
    assert await audit.keep_heads(evening.desk, tmp_path / "heads") is not None
    assert sorted(path.suffix for path in (tmp_path / "heads").iterdir()) == [".jsonl", ".jsonl"]
