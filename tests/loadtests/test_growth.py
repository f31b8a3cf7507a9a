from pathlib import Path

from loadtests.figures import Kept, keep_figures
from loadtests.growth import BILL_KIB, PER_COMMAND, growth_table, plot
from loadtests.tables import Results, collect


def grown() -> Results:
    results = collect()
    for size, cost in (("20", 100.0), ("200", 110.0), ("2000", 150.0)):
        results["sessions", size, PER_COMMAND] += [cost, cost + 1, cost + 2]
        results["sessions", size, BILL_KIB] += [50.0]
    results["database", "SQLite", "bytes per event"] += [450.0]
    return results


def test_the_last_size_stands_beside_the_first() -> None:
    row = next(line for line in growth_table(grown(), "sessions") if PER_COMMAND in line)
    assert [cell.strip() for cell in row.split("|")][2:-1] == [
        "101.0 [100.0-102.0]",
        "111.0 [110.0-112.0]",
        "151.0 [150.0-152.0]",
        "1.50",
    ]


def test_what_has_no_sizes_has_no_ratio_and_no_plot() -> None:
    assert "last / first" not in growth_table(grown(), "database")[0]
    assert "SQLite" not in plot(grown())


def test_figures_that_were_kept_can_be_reckoned_with(tmp_path: Path) -> None:
    keep_figures("growth", "two cores", grown(), tmp_path)
    kept = Kept.read("growth", tmp_path)
    assert kept.machine == "two cores"
    assert kept.median("sessions", "20", PER_COMMAND) == 101
    assert kept.largest("sessions", PER_COMMAND) == 151
