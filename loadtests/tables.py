"""Figures of several rounds as tables: medians with their spread, and ratios beside the goals."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

README = Path(__file__).with_name("README.md")

FLOORS = ("C", "C coalescing", "nothing written")
"""Who does the least that anybody could: a loop in C, and sockets without a database behind them."""

MORE_IS_BETTER = frozenset({"rate", "per s"})

Results = dict[tuple[str, str, str], list[float]]
"""(scenario, who, what) to one figure for each round."""


@dataclass(frozen=True)
class Goal:
    """A figure of ours, or its ratio to that of a peer: it must reach `must`, or stay below it if `at_most`."""

    scenario: str
    what: str
    peer: str
    must: float
    stretch: float
    at_most: bool = False
    inverted: bool = False  # Ours over theirs, instead of theirs over ours.
    unit: str = "x"
    ours: str = "ours"

    def figure(self, results: Results, who: str) -> float | None:
        """What was measured of somebody in this scenario: the median; None if nothing was."""
        found = results.get((self.scenario, who, self.what))
        return median(found) if found else None

    def measured(self, results: Results) -> float | None:
        """The figure; None if one side was not measured."""
        ours = self.figure(results, self.ours)
        if not self.peer:
            return ours
        theirs = self.figure(results, self.peer)
        if not ours or not theirs:
            return None
        return ours / theirs if self.inverted else theirs / ours

    def floor(self, results: Results) -> float | None:
        """The best of those that do the least; None if none of them was measured."""
        found = [figure for who in FLOORS if (figure := self.figure(results, who)) is not None]
        best = max if self.what in MORE_IS_BETTER else min
        return best(found) if found else None

    def verdict(self, value: float) -> str:
        """How far that is from the goal."""
        reached = (lambda bound: value <= bound) if self.at_most else (lambda bound: value >= bound)
        return "stretch" if reached(self.stretch) else "met" if reached(self.must) else "missed"  # type: ignore[no-untyped-call]

    def bound(self, value: float) -> str:
        """A bound of this goal in words."""
        return f"{'≤' if self.at_most else '≥'} {value:g} {self.unit}"


def collect() -> Results:
    """An empty set of results."""
    return defaultdict(list)


def said(value: float | None, of: float | None = None) -> str:
    """A figure with as many digits as say something (of `of`, to stand beside it); a dash if there is none."""
    if value is None:
        return "-"
    size = abs(value if of is None else of)
    digits = 0 if size >= 1000 else 1 if size >= 20 else 2  # noqa: PLR2004 (three figures say enough)
    return f"{value:.{digits}f}"


def spread(values: Sequence[float]) -> str:
    """A median with its extremes."""
    middle, least, most = (said(value, median(values)) for value in (median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} [{least}-{most}]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table that reads well as text too."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def scenario_table(results: Results, scenario: str, columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What was measured of everybody in one scenario; `columns` are what and its heading."""
    people = list(dict.fromkeys(who for place, who, _ in results if place == scenario))
    rows = [
        [who, *(spread(found) if (found := results.get((scenario, who, what))) else "-" for what, _ in columns)]
        for who in people
    ]
    yield from table(["", *(heading for _, heading in columns)], rows)


def goal_table(results: Results, goals: Sequence[Goal], say: Callable[[Goal], str]) -> Iterator[str]:
    """What was reached beside what was aimed at: our figure, the peer's, the floor's, and the ratio."""
    rows = []
    for goal in goals:
        value = goal.measured(results)
        if value is not None:
            figures = (goal.figure(results, goal.ours), goal.figure(results, goal.peer), goal.floor(results))
            bounds = (goal.bound(goal.must), goal.bound(goal.stretch))
            reached = (f"{value:.2f} {goal.unit}", goal.verdict(value))
            rows.append([goal.scenario, say(goal), *map(said, figures), *bounds, *reached])
    yield from table(["scenario", "against", "ours", "theirs", "floor", "must", "stretch", "measured", ""], rows)


class Report:
    """What a benchmark says: to the terminal as it comes, and in the end into a section of the README if asked to."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def say(self, *lines: str) -> None:
        """Print lines and keep them."""
        self._lines += lines
        print("\n".join(lines), flush=True)

    def keep(self, readme: Path, section: str) -> None:
        """Put everything that was said between the marks of a section."""
        begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
        before, _, rest = readme.read_text().partition(begin)
        _, _, after = rest.partition(end)
        readme.write_text("\n".join([before + begin, "", *self._lines, "", end + after]))
