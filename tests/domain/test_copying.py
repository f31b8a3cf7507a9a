from dataclasses import dataclass, field
from dataclasses import replace as plain

import pytest

from app.domain.bill import EMPTY
from app.domain.copying import replace


@dataclass(frozen=True, slots=True)
class Sum:
    one: int
    other: int = 2
    total: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", self.one + self.other)


def test_a_copy_is_what_dataclasses_would_make() -> None:
    assert replace(Sum(1), one=5) == plain(Sum(1), one=5) == Sum(5, 2)
    assert replace(EMPTY, version=3, session="s") == plain(EMPTY, version=3, session="s")


def test_what_follows_from_the_members_is_reckoned_anew() -> None:
    assert replace(Sum(1), other=5).total == 6
    known = replace(EMPTY, version=1)
    known.known["summary"] = {}
    assert replace(known, version=2).known == {}


def test_the_original_stays_and_unchanged_parts_are_shared() -> None:
    copy = replace(EMPTY, version=3)
    assert EMPTY.version == 0
    assert copy.lines is EMPTY.lines


def test_a_member_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        replace(Sum(1), third=5)  # type: ignore[call-arg]  # what is to be proved
