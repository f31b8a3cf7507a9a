"""The simulator's command.

    python -m tests.simulation --seeds 10000 --first 1 [--jobs 2] [--steps 60]
    python -m tests.simulation --replay SEED [--steps 60]

The first lives many evenings and ends with status 1 at the first that goes wrong (`--keep-going`: lives all of them);
the second tells the story of one.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.simulation.evening import STEPS_EACH, Outcome, simulate

PROGRESS_S = 10.0


def say(line: str) -> None:
    """Tell the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def outcomes(first: int, seeds: int, steps: int, jobs: int) -> Iterator[Outcome]:
    """Every seed in turn, lived in so many processes."""
    numbers = range(first, first + seeds)
    if jobs == 1:
        yield from (simulate(seed, steps) for seed in numbers)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(simulate, steps=steps), numbers, chunksize=4)


def run(first: int, seeds: int, steps: int, jobs: int, *, keep_going: bool) -> int:
    """Live many evenings; the number of those that went wrong."""
    started = told = time.monotonic()
    failed = done = 0
    for done, outcome in enumerate(outcomes(first, seeds, steps, jobs), start=1):
        if outcome.problem is not None:
            failed += 1
            say(f"seed {outcome.seed} after {outcome.steps} steps: {outcome.problem}")
            say(f"    replay: python -m tests.simulation --replay {outcome.seed} --steps {steps}")
            if not keep_going:
                break
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            say(f"{done} of {seeds} seeds, {failed} failed, {(told - started) / done * 1000:.0f} ms each")
    took = time.monotonic() - started
    say(f"{done} seeds from {first} on, {failed} failed, {done * steps} steps in {took:.1f} s")
    return failed


def replay(seed: int, steps: int) -> int:
    """Tell the story of one evening."""
    outcome = simulate(seed, steps)
    say("\n".join(outcome.story))
    say(f"seed {seed}: {outcome.problem or 'everything held'} ({outcome.digest[:16]})")
    return 0 if outcome.problem is None else 1


def main() -> int:
    """Read the command line and do it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument("--steps", type=int, default=STEPS_EACH, help="how many steps an evening has")
    parser.add_argument("--keep-going", action="store_true", help="do not stop at the first seed that goes wrong")
    parser.add_argument("--replay", type=int, metavar="SEED", help="tell the story of one seed")
    asked = parser.parse_args()
    if asked.replay is not None:
        return replay(asked.replay, asked.steps)
    return 1 if run(asked.first, asked.seeds, asked.steps, asked.jobs, keep_going=asked.keep_going) else 0


if __name__ == "__main__":
    sys.exit(main())
