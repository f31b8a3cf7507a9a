"""Commands by name: the same for the socket's `do` frames, `POST …/commands` and the REST twins."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.actions.desk import Desk
from app.domain.commands import Actor
from app.storage.log import CommandKey


@dataclass(frozen=True, slots=True)
class Done:
    """A command was applied, now or (`dup`) before; the stream stood at `version` afterwards."""

    version: int
    dup: bool = False


def key_of(cid: str, number: int, k: str, d: Mapping[str, object]) -> CommandKey:
    """The sender's name for a command, with the hash of what it asks."""
    raise NotImplementedError


async def perform(
    desk: Desk, stream: str, k: str, d: Mapping[str, object], *, by: Actor, key: CommandKey | None = None
) -> Done:
    """Check the shape of `d`, who may do `k`, decide it on the newest bill and append what follows.

    The caller has made sure that `by` belongs to `stream` (`sessions.may_enter`).
    Raises `Invalid`, `NotAllowed`, `NotFound`, `Refused`, `Reused`, `Unavailable`.
    """
    raise NotImplementedError
