"""What `loadtests.scale` must know beside the other benchmarks: one guest's visit, and news of other nodes' tables.

`.venv/bin/python -m loadtests.costs [--quick] [--keep]`

**A visit**: the demo restaurant under the journeys of `journeys.py`, from the scan to the receipt; the processor time
of its server divided by the guests who came, and the events, deliveries and bytes that each left. **The bus**: two
nodes over one Redis, all phones on the first; what an event costs the second, which has nobody to tell.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.figures import keep_figures
from loadtests.peers import PEERS, own_redis
from loadtests.rig import (
    LOAD_CORE,
    ROOT,
    SERVER_CORE,
    Missing,
    begin,
    built,
    cpu_s,
    descendants,
    loading,
    machine,
    on_core,
    pin,
    serving,
)
from loadtests.tables import README, Report, Results, collect, scenario_table
from tests.services import MissingError

MILLION = 1e6
PARTY = 6
STOP_TIMEOUT_S = 15
TOLERANT = {"p95-ms": 60_000, "fail-ratio": 0.05}  # What a visit costs is asked here, not how soon it is answered.
ROOMS = 100
EVENTS_PER_S = 1000

CPU_MS, EVENTS, DELIVERIES, BYTES = "CPU ms", "events", "deliveries", "bytes stored"
HERE_US, THERE_US, REDIS_US = "CPU us of its node", "CPU us of another node", "CPU us of Redis"


@dataclass(frozen=True)
class Extent:
    """How many guests come, and how long the bus is watched."""

    evenings: int
    rounds: int
    run_s: float


FULL = Extent(evenings=24, rounds=5, run_s=1.0)
QUICK = Extent(evenings=12, rounds=2, run_s=0.5)


# --- a visit ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Demo:
    """A running demo: the file with what it said, its server, and its database."""

    told: Path
    server: int
    database: Path

    @property
    def events(self) -> int:
        """How many events there are."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])

    @property
    def bytes(self) -> int:
        """How big the database is, without the pages that wait beside it."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            pages, size = (connection.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size"))
            return int(pages) * int(size)


def visit(extent: Extent, results: Results) -> None:
    """Let guests come, eat, pay and go; divide what it took by their number."""
    with _demo() as demo:
        before = (cpu_s(demo.server), demo.events, demo.bytes)
        told = _evenings(demo, extent.evenings)
        after = (cpu_s(demo.server), demo.events, demo.bytes)
    answered = {entry["name"]: int(entry["num_requests"]) for entry in told}
    # Some are in the middle when the evening ends: each of them counts as half a guest.
    guests = (answered["POST /guest-sessions"] + answered["DELETE /guest-sessions/me"]) / 2
    spent, events, stored = (now - then for now, then in zip(after, before, strict=True))
    figures = {CPU_MS: 1000 * spent, EVENTS: events, DELIVERIES: answered["decided to seen"], BYTES: stored}
    for what, figure in figures.items():
        results["visit", "one guest", what].append(figure / guests)


@contextmanager
def _demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="splittable-bench-") as name:
        command = [sys.executable, "-m", "app", "demo", "--quiet", "--json", "--port", "0"]
        with subprocess.Popen(command, cwd=name, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            try:
                told = Path(name) / "demo.json"
                told.write_bytes(process.stdout.readline())
                server = _server_among(descendants(process.pid))
                pin(server, SERVER_CORE)
                yield Demo(told, server, next(Path(name).glob("**/*.sqlite3")))
            finally:
                process.terminate()
                process.wait(STOP_TIMEOUT_S)


def _server_among(pids: list[int]) -> int:
    for pid in pids:
        if b"\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise RuntimeError("the demo has no server")


def _evenings(demo: Demo, count: int) -> list[dict[str, str]]:
    command = [
        *on_core(LOAD_CORE),
        sys.executable,
        "-m",
        "locust",
        "-f",
        "loadtests/journeys.py",
        "--headless",
        "--json",
    ]
    options = {"demo": demo.told, "users": 24, "spawn-rate": 12, "run-time": "120s", "pace": 0.3, "evenings": count}
    given = [word for name, value in {**options, **TOLERANT}.items() for word in (f"--{name}", str(value))]
    done = subprocess.run([*command, *given], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the journeys failed:\n{done.stderr[-2000:]}")
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


# --- the bus ---------------------------------------------------------------------------------------------------------


def bus(extent: Extent, results: Results) -> None:
    """An event said on the first of two nodes, and what the second spends on it."""
    peer = PEERS["ours"]
    with ExitStack() as stack:
        url, redis = own_redis(stack)
        assert peer.redis is not None
        command = [*peer.command(), *peer.redis(url)]
        here, there = (stack.enter_context(serving(command)) for _ in range(2))
        clients = [peer.client(f"r{number // PARTY}", number) for number in range(ROOMS * PARTY)]
        load = stack.enter_context(loading(peer.talk, clients, [here.port]))
        load.watch([here.process.pid], [there.process.pid], [redis])
        load.connect()
        for _ in range(extent.rounds):
            told = load.order("rate", EVENTS_PER_S, PARTY, 0.2, extent.run_s)
            for what, spent in zip((HERE_US, THERE_US, REDIS_US), told["cpu_s"], strict=True):
                results["bus", "one event to six phones", what].append(spent * MILLION / told["sent"])


# --- the whole -------------------------------------------------------------------------------------------------------

SCENARIOS = {
    "visit": ("A guest's visit, as the journeys play it", visit, (CPU_MS, EVENTS, DELIVERIES, BYTES)),
    "bus": ("An event of another node's table", bus, (HERE_US, THERE_US, REDIS_US)),
}


def main() -> int:
    """Measure, print the tables, and keep them if asked to."""
    given = arguments()
    extent = QUICK if given.quick else FULL
    try:
        built("load")
    except Missing as missing:
        print(f"Nothing can be measured: {missing}", file=sys.stderr)
        return 3
    begin(given.nice)
    report, results = Report(), collect()
    report.say(f"{machine()}; {extent.evenings} guests, {extent.rounds} rounds of {extent.run_s} s", "")
    for name in given.only:
        title, run, columns = SCENARIOS[name]
        try:
            run(extent, results)
            report.say(f"### {title}", "", *scenario_table(results, name, [(what, what) for what in columns]), "")
        except MissingError as missing:
            report.say(f"{title}: left out: {missing}", "")
    if given.keep:
        report.keep(README, "costs")
        keep_figures("costs", machine(), results)
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="loadtests.costs", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few guests, short rounds")
    parser.add_argument("--keep", action="store_true", help="put the figures into README.md and figures/")
    parser.add_argument("--nice", type=int, default=0, help="priority of servers and load; -12 on a busy machine")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(SCENARIOS), help=",".join(SCENARIOS))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
