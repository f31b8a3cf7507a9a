import pytest

from app.storage.appends import Conflict, NotAppended, TableTaken, Taken
from app.storage.committer import taken


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ("uq_table_sessions_one_open", TableTaken),
        ("table_sessions.table_id", TableTaken),
        ("pk_events", Conflict),
        ("events.stream, events.seq", Conflict),
        ("pk_commands", Conflict),
        ("commands.stream, commands.cid, commands.id", Conflict),
        ("pk_table_sessions", Conflict),
        ("table_sessions.id", Conflict),
        ("uq_payments_intent_id", Taken),
        ("guest_sessions.stream, guest_sessions.device_hash", Taken),
    ],
)
def test_a_constraint_says_what_is_taken(what: str, refusal: type[NotAppended]) -> None:
    assert type(taken(what)) is refusal
