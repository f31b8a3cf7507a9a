"""Every benchmark once, every goal beside its peer and the floor.

`.venv/bin/python -m loadtests.all [--quick] [--keep]`

On two quiet cores it takes about fourteen minutes, with `--quick` about five. `--keep` puts figures, machine and commit
into README.md and `figures/`, draws `images/growth.svg`, and reckons docs/scale.md anew from them. Exit status 1 if a
benchmark failed (the others have run all the same), 3 if nothing can be measured here.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence

from loadtests.rig import ROOT, Missing, begin, built

STEPS = (("fanout", 500), ("commands", 120), ("growth", 120), ("costs", 50))
"""Each benchmark with the seconds it takes on two quiet cores."""

BRISK = ("fanout", "commands")


def main() -> int:
    """Run one benchmark after another: two at once would measure each other."""
    given = arguments()
    try:
        built("load")
    except Missing as missing:
        print(f"Nothing can be measured: {missing}", file=sys.stderr)
        return 3
    begin(nice=0)
    failed, began = [], time.monotonic()
    for name, usual_s in STEPS:
        print(f"## {name}" + ("" if given.quick else f" (usually {usual_s} s)"), flush=True)
        if run(command(name, given)):
            failed.append(name)
        print(f"\n{name} ended {time.monotonic() - began:.0f} s after the start\n", flush=True)
    if given.keep and not failed and run(command("scale", given)):
        failed.append("scale")
    print(f"Failed: {', '.join(failed)}" if failed else "All of them ran.", flush=True)
    return 1 if failed else 0


def run(words: Sequence[str]) -> int:
    """Run one to its end, which is ours as well; the answer is its exit status."""
    with subprocess.Popen(words, cwd=ROOT) as process:
        try:
            return process.wait()
        finally:
            process.terminate()


def command(name: str, given: argparse.Namespace) -> list[str]:
    """How one benchmark is called."""
    extent = ["--quick"] if given.quick else ["--brisk"] if name in BRISK else []
    options = [] if name == "scale" else [*extent, "--nice", str(given.nice)]
    return [sys.executable, "-m", f"loadtests.{name}", *options, *(["--keep"] if given.keep else [])]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="loadtests.all", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds and few of them")
    parser.add_argument("--keep", action="store_true", help="keep figures, plots and docs/scale.md")
    parser.add_argument("--nice", type=int, default=0, help="priority of servers and load; -12 on a busy machine")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
