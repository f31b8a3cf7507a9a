"""What the writer needs from a database: commit a batch in one transaction, and say what an error means."""

from collections.abc import Sequence
from typing import Protocol

from app.storage.appends import Conflict, NotAppended, TableTaken, Taken
from app.storage.batch import Group, Outcome


class Committer(Protocol):
    """One connection that writes. Its twins are `committer_postgres` and `committer_sqlite`."""

    async def commit(self, groups: Sequence[Group]) -> list[Outcome]:
        """Write what stands of `groups` in one transaction and give one outcome for each.

        Raises whatever stopped the transaction; then nothing was written (or, if the connection broke at the very end,
        nobody knows).
        """

    def meaning(self, error: Exception) -> Exception:
        """What an error of `commit` means to the caller of a single group."""

    def is_passing(self, error: Exception) -> bool:
        """Whether the same group may well succeed when it is tried again at once."""

    async def close(self) -> None:
        """Give the connection back."""


def taken(what: str) -> NotAppended:
    """The refusal for a unique constraint (`uq_events_…`) or for columns (`table_sessions.table_id`) already in use."""
    if "table_sessions" in what and ("one_open" in what or "table_id" in what):
        return TableTaken(what)
    if what.removeprefix("pk_").split(".")[0] in {"events", "commands", "table_sessions"}:
        return Conflict(what)
    return Taken(what)
