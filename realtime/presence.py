"""Who is in a room, across nodes. Pure: the time is an argument and messages are return values.

Each node tells the others the whole list of names it has sockets for, when it changes and every now and then. A name
is present while any node has it, and for a grace period after the last one let go: a phone that loses the network in
a lift does not flicker. A node that was not heard of for three reports is taken to be dead.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

REPORTS_MISSED_MAX = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the presence since the change before: version, who came, who went."""

    pv: int
    on: tuple[str, ...]
    off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What one node tells the others; with `ask` they tell theirs in return."""

    names: tuple[str, ...]
    ask: bool


class Presence:
    """The presence of one room as one node sees it."""

    __slots__ = ("_changed_at", "_grace_s", "_here", "_interval_s", "_leaving", "_nodes", "_report_s", "_reported_at",
                 "_shown", "_stale", "pv")  # fmt: skip

    def __init__(self, *, interval_s: float, grace_s: float, report_s: float) -> None:
        self._interval_s = interval_s
        self._grace_s = grace_s
        self._report_s = report_s
        self._here: Counter[str] = Counter()
        self._nodes: dict[str, tuple[float, frozenset[str]]] = {}
        self._leaving: dict[str, float] = {}
        self._shown: set[str] = set()
        self._changed_at = float("-inf")
        self._reported_at: float | None = None
        self._stale = False
        self.pv = 0

    def arrive(self, name: str) -> None:
        """A socket of `name` came into the room on this node."""
        self._here[name] += 1
        self._leaving.pop(name, None)
        self._stale = self._stale or self._here[name] == 1

    def depart(self, name: str, now: float) -> None:
        """A socket of `name` is gone from this node; `name` stays present for the grace period."""
        self._here[name] -= 1
        if self._here[name] <= 0:
            del self._here[name]
            self._leaving[name] = now + self._grace_s
            self._stale = True

    def touch(self, name: str, now: float) -> None:
        """`name` showed up on some node without a socket."""
        self._leaving[name] = now + self._grace_s

    def dismiss(self, name: str) -> None:
        """`name` was sent away: no grace."""
        self._leaving.pop(name, None)

    def heard(self, node: str, report: Report, now: float) -> None:
        """Another node told us whom it has."""
        _, before = self._nodes.get(node, (now, frozenset()))
        names = frozenset(report.names)
        self._nodes[node] = (now, names)
        self._stale = self._stale or report.ask
        for name in before - names:
            self._leaving.setdefault(name, now + self._grace_s)

    def names(self) -> set[str]:
        """Everybody who counts as present."""
        return set(self._here).union(self._leaving, *(names for _, names in self._nodes.values()))

    def shown(self) -> tuple[str, ...]:
        """Everybody whom the frames up to `pv` have shown as present."""
        return tuple(sorted(self._shown))

    def report(self, now: float) -> Report | None:
        """Return what to tell the other nodes, or None while there is nothing to say or it is too soon."""
        if now < self._report_due():
            return None
        report = Report(tuple(sorted(self._here)), ask=self._reported_at is None)
        self._reported_at, self._stale = now, False
        return report

    def change(self, now: float) -> Change | None:
        """Return what to tell the sockets, at most once per interval; None when nothing changed or too soon."""
        if now < self._changed_at + self._interval_s:
            return None
        self._expire(now)
        names = self.names()
        if names == self._shown:
            return None
        on, off = names - self._shown, self._shown - names
        self._shown, self._changed_at, self.pv = names, now, self.pv + 1
        return Change(self.pv, tuple(sorted(on)), tuple(sorted(off)))

    def wakes_at(self) -> float:
        """Return the time from which `change` or `report` may have something to say; infinity for never."""
        times = [*self._leaving.values(), *(heard + self._dead_after_s() for heard, _ in self._nodes.values())]
        if self.names() != self._shown:
            times.append(float("-inf"))
        change_at = max(min(times), self._changed_at + self._interval_s) if times else float("inf")
        return min(change_at, self._report_due())

    def _report_due(self) -> float:
        if self._reported_at is None:
            return float("-inf")
        if self._stale:
            return self._reported_at + self._interval_s
        return self._reported_at + self._report_s if self._here else float("inf")

    def _expire(self, now: float) -> None:
        for name in [name for name, at in self._leaving.items() if at <= now]:
            del self._leaving[name]
        dead = now - self._dead_after_s()
        for node in [node for node, (heard, _) in self._nodes.items() if heard <= dead]:
            del self._nodes[node]

    def _dead_after_s(self) -> float:
        return REPORTS_MISSED_MAX * self._report_s
