"""Plant every mistake, one at a time, in a copy of the source, and see who finds it.

    python -m tests.simulation.planted [--seeds 60] [--only "a fresh key for every attempt" …]

Ends with status 1 where a mistake stays unfound, or where something is found without any.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.simulation.plants import PLANTS, ROOT, SIMULATION, Plant

SEEDS = 40
TAKEN = ("app", "realtime", "stripe_sandbox", "migrations", "tests", "static", "alembic.ini", "pyproject.toml")
CHARS_MAX = 160


def say(line: str) -> None:
    """Tell the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def copied(root: Path) -> None:
    """The source, where mistakes may be made."""
    for name in TAKEN:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, root / name, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
        else:
            shutil.copy(place, root / name)


def looked(root: Path, finder: str, seeds: int) -> tuple[bool, str]:
    """Let a finder look: whether it was content, and the line that says what it found."""
    simulating = ["-m", "tests.simulation", "--seeds", str(seeds)]
    testing = ["-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", finder]
    command = [sys.executable, *(simulating if finder == SIMULATION else testing)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    said = [line for line in done.stdout.splitlines() if line.startswith(("seed ", "FAILED", "E  "))]
    return done.returncode == 0, (said or done.stdout.splitlines() or done.stderr.splitlines() or [""])[0][:CHARS_MAX]


def is_found(root: Path, plant: Plant, seeds: int) -> bool:
    """Plant a mistake, let its finder look, and take it out again."""
    file = root / plant.file
    right = file.read_text()
    file.write_text(plant.planted(root))
    try:
        is_content, said = looked(root, plant.finder, seeds)
    finally:
        file.write_text(right)
    say(f"{'NOT FOUND' if is_content else 'found'}: {plant.name} [{plant.finder}] {said}")
    return not is_content


def check(root: Path, plants: Sequence[Plant], seeds: int) -> bool:
    """Whether every mistake is found, and nothing without one."""
    copied(root)
    for finder in dict.fromkeys(plant.finder for plant in plants):
        is_content, said = looked(root, finder, seeds)
        if not is_content:
            say(f"{finder} finds something although nothing is planted: {said}")
            return False
    found = [is_found(root, plant, seeds) for plant in plants]
    return all(found)


def main() -> int:
    """Read the command line and do it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many evenings may be lived to find one")
    parser.add_argument("--only", nargs="*", help="names of mistakes")
    asked = parser.parse_args()
    plants = [plant for plant in PLANTS if not asked.only or plant.name in asked.only]
    with tempfile.TemporaryDirectory(prefix="planted-") as root:
        return 0 if check(Path(root), plants, asked.seeds) else 1


if __name__ == "__main__":
    sys.exit(main())
