from pathlib import Path

import pytest

from loadtests.goals import COMMANDS, FAN_OUT
from loadtests.tables import README, Goal, Report, collect, goal_table, scenario_table, spread

CHEAPER = Goal("S1", "cpu", "node ws", 3.3, 4)
CLOSE_TO_FLOOR = Goal("S1", "cpu", "C", 1.5, 1.2, at_most=True, inverted=True)


def test_a_ratio_says_how_many_times_our_figure_the_peer_needs() -> None:
    results = collect()
    results["S1", "ours", "cpu"] += [2.0, 1.0, 3.0]
    results["S1", "node ws", "cpu"] += [7.0]
    assert CHEAPER.measured(results) == 3.5
    assert CHEAPER.verdict(3.5) == "met"


@pytest.mark.parametrize(("value", "verdict"), [(1.1, "stretch"), (1.4, "met"), (1.6, "missed")])
def test_a_bound_from_above_is_reached_from_below(value: float, verdict: str) -> None:
    assert CLOSE_TO_FLOOR.verdict(value) == verdict


def test_an_inverted_ratio_says_how_many_times_the_peers_figure_we_need() -> None:
    results = collect()
    results["S1", "ours", "cpu"] += [3.0]
    results["S1", "C", "cpu"] += [2.0]
    assert CLOSE_TO_FLOOR.measured(results) == 1.5


def test_a_goal_whose_peer_was_not_measured_has_no_line() -> None:
    results = collect()
    results["S1", "ours", "cpu"] += [1.0]
    assert len(list(goal_table(results, [CHEAPER], lambda goal: goal.peer))) == 2


def test_a_spread_is_the_median_with_its_extremes() -> None:
    assert spread([3.0, 1.0, 2.0]) == "2.00 [1.00-3.00]"
    assert spread([2.0]) == "2.00"


def test_what_was_not_measured_of_somebody_is_a_dash() -> None:
    results = collect()
    results["S1", "ours", "cpu"] += [1.0]
    *_, row = scenario_table(results, "S1", [("cpu", "CPU"), ("redis", "Redis")])
    assert [cell.strip() for cell in row.split("|")] == ["", "ours", "1.00", "-", ""]


@pytest.mark.parametrize("goal", [*FAN_OUT, *COMMANDS])
def test_the_stretch_lies_beyond_what_must_be(goal: Goal) -> None:
    assert goal.stretch <= goal.must if goal.at_most else goal.stretch >= goal.must


def test_what_was_said_replaces_a_section_of_the_readme_and_nothing_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- fanout -->\nold\n<!-- end of fanout -->\nafter\n")
    report = Report()
    report.say("new")
    report.keep(readme, "fanout")
    assert readme.read_text() == "before\n<!-- fanout -->\n\nnew\n\n<!-- end of fanout -->\nafter\n"


@pytest.mark.parametrize("section", ["fanout", "commands"])
def test_the_readme_has_a_place_for_the_figures(section: str) -> None:
    text = README.read_text()
    assert text.index(f"<!-- {section} -->") < text.index(f"<!-- end of {section} -->")
