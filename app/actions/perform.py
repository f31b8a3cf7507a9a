"""Commands by name: the same for the socket's `do` frames, `POST …/commands` and the REST twins."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import orjson

from app.actions import bills, errors, making, shapes
from app.actions.desk import Desk
from app.actions.roles import check_command
from app.domain.commands import Actor
from app.domain.refusals import Refusal
from app.storage.log import CommandKey, Missing, TableTaken


@dataclass(frozen=True, slots=True)
class Done:
    """A command was applied, now or (`dup`) before; the stream stood at `version` afterwards."""

    version: int
    dup: bool = False


def key_of(cid: str, number: int, k: str, d: Mapping[str, object]) -> CommandKey:
    """The sender's name for a command, with the hash of what it asks."""
    try:
        body = orjson.dumps([k, d], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise errors.Invalid([errors.FieldError(("d",), "json", str(error))]) from None
    return CommandKey(cid, number, sha256(body).digest())


async def perform(
    desk: Desk, stream: str, k: str, d: Mapping[str, object], *, by: Actor, key: CommandKey | None = None
) -> Done:
    """Check the shape of `d`, who may do `k`, decide it on the newest bill and append what follows.

    The caller has made sure that `by` belongs to `stream` (`sessions.may_enter`).
    Raises `Invalid`, `NotAllowed`, `NotFound`, `Refused`, `Reused`, `Unavailable`.
    """
    shape = shapes.COMMANDS.get(k)
    if shape is None:
        raise errors.Invalid([errors.FieldError(("k",), "unknown", f"there is no command {k[:40]!r}")])
    check_command(k, by)
    return await do(desk, stream, k, shapes.read(shape, d), by=by, key=key)


async def do(desk: Desk, stream: str, k: str, asked: shapes.Shape, *, by: Actor, key: CommandKey | None = None) -> Done:
    """Do what was asked in the right shape, for the REST twins that have checked it already."""
    check_command(k, by)
    made = await making.make(desk, stream, k, asked, by)
    try:
        changed = await bills.change(
            desk, stream, *made.commands, by=by, key=key, rows=made.rows, table_id=made.table_id
        )
    except TableTaken:
        raise errors.Refused(Refusal("table_taken", "There is a visit going on at that table.")) from None
    except Missing:
        raise errors.NotFound("something this needs is gone") from None
    if made.afterwards is not None and not changed.dup:
        await made.afterwards(changed.bill)
    return Done(changed.version, changed.dup)
