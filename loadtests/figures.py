"""Figures that were kept: one JSON file for each benchmark in `figures/`, which `loadtests.scale` reckons with."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from loadtests.tables import Results

FOLDER = Path(__file__).with_name("figures")


def keep_figures(benchmark: str, machine: str, results: Results, folder: Path = FOLDER) -> None:
    """Write the median, the least and the most of everything that was measured."""
    folder.mkdir(exist_ok=True)
    figures: dict[str, dict[str, dict[str, list[float]]]] = {}
    for (scenario, who, what), values in results.items():
        if values:
            told = [_short(value) for value in (median(values), min(values), max(values))]
            figures.setdefault(scenario, {}).setdefault(who, {})[what] = told
    kept = {"machine": machine, "figures": figures}
    (folder / f"{benchmark}.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def _short(value: float) -> float:
    return float(f"{value:.4g}")


@dataclass(frozen=True)
class Kept:
    """What a benchmark kept: the machine it was measured on, and medians."""

    machine: str
    figures: dict[str, dict[str, dict[str, list[float]]]]

    @classmethod
    def read(cls, benchmark: str, folder: Path = FOLDER) -> "Kept":
        """Read the file of a benchmark."""
        return cls(**json.loads((folder / f"{benchmark}.json").read_text()))

    def median(self, scenario: str, who: str, what: str) -> float:
        """One figure. Raises `KeyError` if it was not measured."""
        return self.figures[scenario][who][what][0]

    def largest(self, scenario: str, what: str) -> float:
        """A figure of `growth` at the largest size that was measured. Raises `KeyError`."""
        return self.median(scenario, max(self.figures[scenario], key=int), what)
