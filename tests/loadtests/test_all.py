import argparse
import sys

import pytest

from loadtests.all import STEPS, command, run


def given(*, quick: bool = False, keep: bool = False) -> argparse.Namespace:
    return argparse.Namespace(quick=quick, keep=keep, nice=-5)


def test_everything_is_short_enough_to_be_run_before_a_release() -> None:
    assert sum(usual_s for _, usual_s in STEPS) <= 15 * 60


@pytest.mark.parametrize("name", [name for name, _ in STEPS])
def test_each_benchmark_keeps_its_figures_only_if_asked_to(name: str) -> None:
    assert command(name, given(quick=True)) == [sys.executable, "-m", f"loadtests.{name}", "--quick", "--nice", "-5"]
    assert command(name, given(keep=True))[-1] == "--keep"


def test_the_page_of_scale_is_written_from_figures_and_measures_nothing() -> None:
    assert command("scale", given(keep=True))[3:] == ["--keep"]


def test_a_benchmark_that_fails_is_told_by_its_status() -> None:
    assert run([sys.executable, "-c", "raise SystemExit(1)"]) == 1
