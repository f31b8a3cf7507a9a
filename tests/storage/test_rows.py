import pytest
from sqlalchemy.dialects import sqlite

from app.storage.appends import Add, Change, Put
from app.storage.database import make_engine
from app.storage.rows import RowWriter
from app.storage.tables import GuestName, Payment, StoredCommand
from tests.storage.making import NOON, payment

ANA = GuestName(guest_id="g1", stream="s1", name="Ana")
SQLITE, POSTGRES = RowWriter(sqlite.dialect()), RowWriter(make_engine("postgresql://h/d").dialect)


def _words(sql: str) -> str:
    return " ".join(sql.split())


def test_a_put_inserts_or_updates_what_was_given() -> None:
    statement = SQLITE.statement(Put(ANA))
    assert _words(statement.sql) == (
        "INSERT INTO guest_names (guest_id, stream, name) VALUES (?, ?, ?) "
        "ON CONFLICT (guest_id) DO UPDATE SET stream = excluded.stream, name = excluded.name"
    )
    assert statement.parameters == ("g1", "s1", "Ana")
    assert not statement.must_find


def test_an_add_only_inserts() -> None:
    statement = POSTGRES.statement(Add(ANA))
    assert "ON CONFLICT" not in statement.sql
    assert statement.parameters == ("g1", "s1", "Ana")


def test_a_change_must_find_its_row_by_the_whole_key() -> None:
    key = {"stream": "s1", "cid": "phone", "id": 1}
    statement = SQLITE.statement(Change(StoredCommand, key, {"version": 7}))
    assert _words(statement.sql) == (
        "UPDATE commands SET version=? WHERE commands.cid = ? AND commands.id = ? AND commands.stream = ?"
    )
    assert statement.parameters == (7, "phone", 1, "s1")
    assert statement.must_find


def test_a_change_may_set_a_column_of_its_own_key() -> None:
    statement = SQLITE.statement(Change(GuestName, {"guest_id": "g1"}, {"guest_id": "g2"}))
    assert statement.parameters == ("g2", "g1")


@pytest.mark.parametrize(("rows", "at"), [(SQLITE, "2026-11-21 12:00:00.123456"), (POSTGRES, NOON)])
def test_values_are_bound_as_the_database_keeps_them(rows: RowWriter, at: object) -> None:
    statement = rows.statement(Change(Payment, {"id": "p1"}, {"expires_at": NOON, "evidence": {"a": 1}}))
    assert statement.parameters[0] in {'{"a": 1}', '{"a":1}'}
    assert statement.parameters[1] == at


def test_a_shape_is_compiled_once() -> None:
    first, second = (POSTGRES.statement(Put(payment("s1"))) for _ in range(2))
    assert first.sql is second.sql
    assert POSTGRES.statement(Put(payment("s1", tip=5))).sql is not first.sql
