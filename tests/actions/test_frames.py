from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from app.actions import frames
from app.actions.desk import Step
from app.domain.bill import EMPTY
from app.domain.events import Event, Fact, GuestJoined, GuestRenamed, SessionOpened
from app.domain.evolve import evolve

AT = datetime(2026, 11, 21, 18, 4, 5, 123456, tzinfo=UTC)
OPENED = SessionOpened("s", "t", "1", "r", "R", "USD", False, 0, None, 0, None)
IDLE = timedelta(hours=3)


def _steps(*facts: Fact) -> list[Step]:
    steps, bill = [], EMPTY
    for number, fact in enumerate(facts, 1):
        event = Event(number, AT, "g_1", fact, "c_91:17")
        after = evolve(bill, event)
        steps.append(Step(event, bill, after))
        bill = after
    return steps


def _read(steps: list[Step], names: dict[str, str]) -> list[dict[str, Any]]:
    return [orjson.loads(frame) for frame in frames.encoded("s", steps, names, idle=IDLE)]


def test_a_frame_says_what_happened_to_which_table_when_and_by_whom() -> None:
    opened, joined = _read(_steps(OPENED, GuestJoined("g_1", "teal", None)), {"g_1": "Ana"})
    assert (opened["t"], opened["r"], opened["n"], opened["k"]) == ("ev", "table:s", 1, "session.opened")
    assert (joined["at"], joined["by"], joined["m"]) == ("2026-11-21T18:04:05.123456Z", "g_1", "c_91:17")
    assert joined["d"]["guests"]["g_1"]["name"] == "Ana"


def test_a_renaming_carries_the_name_that_is_kept_beside_the_log() -> None:
    *_, renamed = _read(_steps(OPENED, GuestJoined("g_1", "teal", None), GuestRenamed("g_1")), {"g_1": "Anna"})
    assert renamed["d"] == {"guests": {"g_1": {"name": "Anna"}}}


def test_encoding_part_of_a_stream_gives_the_same_frames() -> None:
    steps = _steps(OPENED, GuestJoined("g_1", "teal", None), GuestJoined("g_2", "sky", None), GuestRenamed("g_1"))
    names = {"g_1": "Ana", "g_2": "Ben"}
    whole = frames.encoded("s", steps, names, idle=IDLE)
    for start in range(len(steps)):
        assert frames.encoded("s", steps[start:], names, idle=IDLE) == whole[start:]


def test_rooms_have_names() -> None:
    assert frames.table_room("s") == "table:s"
    assert frames.floor_room("r") == "floor:r"
