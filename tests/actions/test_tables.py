import pytest

from app.actions import codes, errors, tables
from tests.actions.conftest import MakeDesk
from tests.actions.evening import KEYS, PIN, Evening


async def test_every_table_has_a_code_under_the_public_address(evening: Evening) -> None:
    found = await tables.qr_codes(evening.desk, evening.restaurant)
    assert [each.label for each in found] == ["1", "2", "3", "4", "5", "6"]
    assert found[0].url == f"http://127.0.0.1:8000/t/{found[0].code}"
    assert codes.read_table_code(KEYS, found[0].code) == (evening.tables["1"], 1)


async def test_only_managers_rotate_codes(evening: Evening) -> None:
    with pytest.raises(errors.NotAllowed):
        await tables.rotate_code(evening.desk, evening.tables["1"], by=evening.team["waiter"])
    fresh = await tables.rotate_code(evening.desk, evening.tables["1"], by=evening.team["owner"])
    assert codes.read_table_code(KEYS, fresh.code) == (evening.tables["1"], 2)


async def test_a_cleaned_table_is_free_again(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await evening.do(evening.team["waiter"], ana.stream, "session.close")
    await tables.set_service(evening.desk, evening.tables["1"], "free", by=evening.team["waiter"])
    assert evening.ear.tables == [evening.tables["1"]]


async def test_the_tables_next_door_are_not_ours(make_desk: MakeDesk) -> None:
    here, there = await Evening.at(await make_desk()), await Evening.at(await make_desk(), PIN)
    with pytest.raises(errors.NotFound):
        await tables.rotate_code(here.desk, there.tables["1"], by=here.team["owner"])
    with pytest.raises(errors.NotFound):
        await tables.set_service(here.desk, there.tables["1"], "free", by=here.team["owner"])
