"""Commands are values that name everything they need."""

from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import get_args

import pytest

from app.domain import commands as cm


@pytest.mark.parametrize("command", get_args(cm.Command), ids=lambda command: command.__name__)
def test_a_command_is_a_frozen_value(command: type) -> None:
    assert is_dataclass(command)
    one = command(**dict.fromkeys((each.name for each in fields(command)), "x"))
    assert one == command(**dict.fromkeys((each.name for each in fields(command)), "x"))
    with pytest.raises(FrozenInstanceError):
        setattr(one, fields(command)[0].name, "y")


def test_the_system_is_nobody_in_particular() -> None:
    assert (cm.SYSTEM.kind, cm.SYSTEM.role) == ("system", None)
