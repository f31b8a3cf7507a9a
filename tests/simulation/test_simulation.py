"""As many evenings as fit into the budget, each another seed, and what makes a seed worth keeping: it replays."""

import os
import subprocess
import sys
import time
from pathlib import Path

from hypothesis import settings

from tests.simulation.evening import simulate

ROOT = Path(__file__).parents[2]
BUDGET_S = {"everyday": 12.0, "thorough": 60.0}
FEWEST = 3


def budget_s() -> float:
    """How long this run may take: SIMULATION_S, or by the profile of the run."""
    given = os.environ.get("SIMULATION_S")
    return float(given) if given else BUDGET_S.get(settings.get_current_profile_name(), BUDGET_S["everyday"])


def test_everything_holds_whatever_happens_and_is_quiet_in_the_end() -> None:
    ends, seed = time.monotonic() + budget_s(), 0
    while time.monotonic() < ends or seed < FEWEST:
        seed += 1
        outcome = simulate(seed)
        assert outcome.problem is None, f"{outcome.problem}\nreplay: python -m tests.simulation --replay {seed}"


def test_one_seed_decides_everything() -> None:
    told = simulate(7, steps=40)
    assert simulate(7, steps=40).digest == told.digest
    assert simulate(8, steps=40).digest != told.digest


def test_a_seed_tells_the_same_story_in_every_process() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--replay", "11", "--steps", "30"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    story = simulate(11, steps=30).story
    assert told.stdout.splitlines()[:-1] == [line for entry in story for line in entry.splitlines()]
