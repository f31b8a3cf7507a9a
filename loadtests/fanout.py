"""The fan-out benchmark: our room engine and its peers in the same minute, on the same cores.

`.venv/bin/python -m loadtests.fanout [--quick|--brisk] [--only S1,S2,...] [--rounds N] [--peers NAME,...]`

Every server does the same: a member of a room says 300 bytes of JSON, the server numbers it and sends it to the whole
room, the member too. The main figure is processor seconds of the server per million deliveries; README.md says how it
is measured. It needs Linux and a C compiler, and takes Node and Redis where they are.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from loadtests.figures import keep_figures
from loadtests.goals import FAN_OUT, PRODUCT
from loadtests.peers import PEERS, SETTLE_S, Peer, Running, available, own_redis, product
from loadtests.plots import Bars, chart
from loadtests.rig import Client, Figures, Missing, begin, built, cpu_s, loading, machine, queued_bytes
from loadtests.tables import README, Goal, Report, Results, collect, goal_table, scenario_table
from tests.services import MissingError

MILLION = 1e6
PARTY = 6
MIB = 1024 * 1024
IMAGE = Path(__file__).parent / "images" / "fanout.svg"
LOCAL_PEERS = tuple(PEERS)
CONNECTED = (*PEERS, PRODUCT)
REDIS_PEERS = tuple(name for name, peer in PEERS.items() if peer.redis is not None)


@dataclass(frozen=True)
class Extent:
    """How much of everything: `--quick` takes little."""

    rounds: int
    warm_s: float
    run_s: float
    idle: int
    storm: int
    slow_s: float
    scale: float = 1.0

    def scaled(self, rooms: int, people: int) -> tuple[int, int]:
        """So many rooms of so many, made fewer: a single room keeps at least a party."""
        if rooms == 1:
            return 1, max(PARTY, int(people * self.scale))
        return max(2, int(rooms * self.scale)), people


BETWEEN_STORMS_S = 0.25
QUIET, QUIET_TRIES = 0.1, 40
FULL = Extent(rounds=5, warm_s=0.7, run_s=2.0, idle=5000, storm=5000, slow_s=9.0)
BRISK = Extent(rounds=5, warm_s=0.3, run_s=0.6, idle=5000, storm=2000, slow_s=7.0)
QUICK = Extent(rounds=3, warm_s=0.3, run_s=0.7, idle=1000, storm=1000, slow_s=7.0)


def small_rooms(rooms: int, people: int, peer: Peer) -> list[Client]:
    """So many rooms of so many."""
    return [peer.client(f"r{number // people}", number) for number in range(rooms * people)]


# --- bursts and rates ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bursts:
    """Rooms with messages in flight: what one delivery costs the server."""

    name: str
    rooms: int
    people: int
    in_flight: int

    def run(self, peers: Sequence[Peer], extent: Extent, results: Results) -> None:
        """Measure everybody in turns."""
        rooms, people = extent.scaled(self.rooms, self.people)
        with ExitStack() as stack:
            running = [_connected(stack, peer, small_rooms(rooms, people, peer)) for peer in peers]
            for one in _in_turns(running, extent.rounds):
                told = one.load.order("burst", self.in_flight, people, extent.warm_s, extent.run_s)
                _note_burst(results, self.name, one, told)


def _connected(stack: ExitStack, peer: Peer, clients: Sequence[Client], **more: str) -> Running:
    one = peer.start(stack, clients, **more)
    one.load.watch(one.pids)
    one.load.connect()
    return one


def _in_turns(running: Sequence[Running], rounds: int) -> Iterator[Running]:
    """Everybody once a round; each round begins with another."""
    time.sleep(SETTLE_S)
    for turn in range(rounds):
        first = turn % max(1, len(running))
        yield from [*running[first:], *running[:first]]


def _note_burst(results: Results, name: str, one: Running, told: Figures) -> None:
    who = one.peer.name
    if told["missing"] or told["lost"] or not told["deliveries"]:
        print(f"{name}, {who}: {told['missing']} deliveries missing, {told['lost']} sockets lost", file=sys.stderr)
        return
    results[name, who, "cpu"].append(told["cpu_s"][0] * MILLION / told["deliveries"])
    results[name, who, "per s"].append(told["deliveries"] / told["wall_s"])
    results[name, who, "generator"].append(100 * told["own_cpu_s"] / told["wall_s"])
    if len(told["cpu_s"]) > 1:
        results[name, who, "redis"].append(told["cpu_s"][1] * MILLION / told["deliveries"])


@dataclass(frozen=True)
class Rate:
    """Rooms at a fixed rate: how old a message is when it is delivered."""

    name: str
    rooms: int
    people: int
    per_s: int

    def run(self, peers: Sequence[Peer], extent: Extent, results: Results) -> None:
        """Measure everybody in turns."""
        rooms, _ = extent.scaled(self.rooms, self.people)
        with ExitStack() as stack:
            running = [_connected(stack, peer, small_rooms(rooms, self.people, peer)) for peer in peers]
            for one in _in_turns(running, extent.rounds):
                told = one.load.order("rate", self.per_s, self.people, extent.warm_s, extent.run_s)
                results[self.name, one.peer.name, "p50"].append(told["p50_us"])
                results[self.name, one.peer.name, "p99"].append(told["p99_us"])
                results[self.name, one.peer.name, "busy"].append(100 * told["cpu_s"][0] / told["wall_s"])


@dataclass(frozen=True)
class ThroughRedis:
    """Two processes, half of every room on each; what is said reaches both by way of Redis."""

    name: str
    rooms: int
    people: int
    in_flight: int

    def run(self, peers: Sequence[Peer], extent: Extent, results: Results) -> None:
        """Measure everybody in turns, each with a Redis of its own: a channel has no owner."""
        with ExitStack() as stack:
            rooms, _ = extent.scaled(self.rooms, self.people)
            running = [self._around_redis(stack, peer, rooms) for peer in peers]
            for one in _in_turns(running, extent.rounds):
                told = one.load.order("burst", self.in_flight, self.people, extent.warm_s, extent.run_s)
                _note_burst(results, self.name, one, told)

    def _around_redis(self, stack: ExitStack, peer: Peer, rooms: int) -> Running:
        url, pid = own_redis(stack)
        one = _connected(stack, peer, self._clients(peer, rooms), redis=url)
        one.load.watch(one.pids, [pid])
        return one

    def _clients(self, peer: Peer, rooms: int) -> list[Client]:
        """A room speaks on one of its processes only: who numbers its messages is not what is measured here."""
        clients = small_rooms(rooms, self.people, peer)
        return [
            replace(client, port=number % 2, may_send=number // self.people % 2 == number % 2)
            for number, client in enumerate(clients)
        ]


# --- connections -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Idle:
    """Connections that do nothing: what each costs in memory (of the process; the kernel's is not in it).

    The product is measured beside its room engine, for its connections stand for guests of bills. What a process takes
    once (connections to its database and their caches, compiled statements) is not theirs: the first fifth of the rooms
    is there before.
    """

    name: str
    people: int

    def run(self, peers: Sequence[Peer], extent: Extent, results: Results) -> None:
        """Measure one after another; memory has no noise worth turns."""
        rooms = extent.idle // self.people
        first = rooms // 5 * self.people
        for peer in peers:
            everybody = small_rooms(rooms, self.people, peer)
            with ExitStack() as stack:
                one = _connected(stack, peer, everybody[:first])
                time.sleep(SETTLE_S)
                before = one.servers[0].pss_kib
                _also(stack, one, everybody[first:])
                time.sleep(SETTLE_S)
                grown = one.servers[0].pss_kib - before
                results[self.name, peer.name, "KiB"].append(grown / (len(everybody) - first))


def _also(stack: ExitStack, one: Running, clients: Sequence[Client]) -> None:
    """Connect further clients to a server that runs already."""
    more = stack.enter_context(loading(one.peer.talk, clients, [one.servers[0].port]))
    more.connect()


@dataclass(frozen=True)
class Storm:
    """Everybody comes at once: up to the first message of the room."""

    name: str
    people: int
    at_once: int

    def run(self, peers: Sequence[Peer], extent: Extent, results: Results) -> None:
        """Measure everybody in turns; between two storms all are cut."""
        with ExitStack() as stack:
            clients = {peer.name: small_rooms(extent.storm // self.people, self.people, peer) for peer in peers}
            running = [peer.start(stack, clients[peer.name]) for peer in peers]
            for one in running:
                one.load.watch(one.pids)
            for one in _in_turns(running, extent.rounds):
                told = one.load.connect(self.at_once)
                results[self.name, one.peer.name, "rate"].append(told["ready"] / told["wall_s"])
                results[self.name, one.peer.name, "cpu us"].append(told["cpu_s"][0] * MILLION / told["ready"])
                one.load.order("drop")
                _until_quiet(one.pids)


def _until_quiet(pids: Sequence[int]) -> None:
    """Wait until servers have let go of thousands of connections: others wait for the same core."""
    before = float("-inf")
    for _ in range(QUIET_TRIES):
        time.sleep(BETWEEN_STORMS_S)
        spent = sum(map(cpu_s, pids))
        if spent - before < QUIET * BETWEEN_STORMS_S:
            return
        before = spent


@dataclass(frozen=True)
class SlowReader:
    """One of a room never reads again: what is held for it, and whether the others feel it."""

    name: str
    people: int
    per_s: int

    def run(self, peers: Sequence[Peer], extent: Extent, results: Results) -> None:
        """A run without and one with the slow reader, for everybody in turns; once is enough to know a peer."""
        for turn in range(min(extent.rounds, 3)):
            for peer in peers if turn == 0 else [peer for peer in peers if peer.name == "ours"]:
                if turn == 0:
                    with self._party(peer) as one:
                        self._note_held(one, extent, results)
                with self._party(peer) as one:
                    self._note_delay(one, extent, results)

    @contextmanager
    def _party(self, peer: Peer) -> Iterator[Running]:
        clients = small_rooms(1, self.people, peer)
        with ExitStack() as stack:
            yield _connected(stack, peer, [replace(clients[0], may_send=False), *clients[1:]])

    def _note_held(self, one: Running, extent: Extent, results: Results) -> None:
        """What is kept for it. Looking at the kernel's queues disturbs everybody: delays are measured without it."""
        name, who, server = self.name, one.peer.name, one.servers[0]
        one.load.order("rate", self.per_s, self.people, extent.warm_s, extent.warm_s)
        memory = server.pss_kib
        one.load.order("stall", 0)
        with _most_queued(server.port) as most:
            told = one.load.order("rate", self.per_s, self.people - 1, 0, extent.slow_s)
        results[name, who, "grown"].append(max(0, server.pss_kib - memory) / 1024)
        results[name, who, "held"].append(most() / MIB + results[name, who, "grown"][-1])
        if told["stalled_lost_at"]:
            results[name, who, "cut"].append(told["stalled_lost_at"])

    def _note_delay(self, one: Running, extent: Extent, results: Results) -> None:
        """How much later the others get theirs."""
        name, who = self.name, one.peer.name
        before = one.load.order("rate", self.per_s, self.people, extent.warm_s, extent.slow_s / 2)
        one.load.order("stall", 0)
        after = one.load.order("rate", self.per_s, self.people - 1, 0, extent.slow_s / 2)
        results[name, who, "p99 before"].append(before["p99_us"])
        results[name, who, "p99 after"].append(after["p99_us"])
        results[name, who, "p99 ratio"].append(after["p99_us"] / before["p99_us"])


@contextmanager
def _most_queued(port: int) -> Iterator[Callable[[], int]]:
    """Watch what the kernel holds for the slowest connection; the block's value tells the most there was."""
    found, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            found.append(queued_bytes(port))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield lambda: max(found)
    finally:
        done.set()
        watcher.join()


# --- the whole -------------------------------------------------------------------------------------------------------

Scenario = Bursts | Rate | ThroughRedis | Idle | Storm | SlowReader
CPU_COLUMNS = (("cpu", "CPU s per million"), ("per s", "deliveries/s"), ("generator", "load generator, % of its core"))

SCENARIOS: dict[str, tuple[Scenario, Sequence[str], Sequence[tuple[str, str]]]] = {
    "S1": (Bursts("S1", 1, 1000, 4), LOCAL_PEERS, CPU_COLUMNS),
    "S2": (Bursts("S2", 500, 6, 128), LOCAL_PEERS, CPU_COLUMNS),
    "rate": (
        Rate("S2 at 2000/s", 500, 6, 2000),
        ("ours", "C", "node ws"),
        (("p50", "p50 us"), ("p99", "p99 us"), ("busy", "CPU %")),
    ),
    "S3": (ThroughRedis("S3", 500, 6, 64), REDIS_PEERS, (*CPU_COLUMNS, ("redis", "Redis: CPU s per million"))),
    "S4": (Idle("S4", PARTY), CONNECTED, (("KiB", "KiB per connection"),)),
    "S5": (Storm("S5", PARTY, 512), CONNECTED, (("rate", "connections/s"), ("cpu us", "CPU us per connection"))),
    "slow": (
        SlowReader("slow reader", 10, 1000),
        ("ours", "websockets broadcast", "node ws"),
        (
            ("held", "MiB held for it"),
            ("grown", "of these in the process"),
            ("cut", "messages until it is cut"),
            ("p99 before", "p99 us before"),
            ("p99 after", "p99 us beside it"),
        ),
    ),
}
TITLES = {
    "S1": "S1: bursts, 1000 sockets in one room, 4 messages in flight",
    "S2": "S2: small rooms, 500 x 6, 128 in flight",
    "rate": "S2 at a fixed rate of 2000 messages a second",
    "S3": "S3: through Redis, 500 x (3 + 3) on two processes, 64 in flight",
    "S4": "S4: idle connections",
    "S5": "S5: connect storm, 512 at a time",
    "slow": "A slow reader among 10, 1000 messages a second",
}


def said(goal: Goal) -> str:
    """A goal's peer and figure in words."""
    figure = {"cpu": "CPU", "KiB": "memory", "rate": "connections/s", "held": "held"}.get(goal.what, goal.what)
    return f"{goal.peer}, {figure}" if goal.peer else figure


def main() -> int:
    """Measure what was asked for and print the tables."""
    given = arguments()
    extent = QUICK if given.quick else BRISK if given.brisk else FULL
    extent = replace(extent, rounds=given.rounds or extent.rounds, run_s=given.seconds or extent.run_s)
    extent = replace(extent, scale=given.scale)
    try:
        built("load")
    except Missing as missing:
        print(f"Nothing can be measured: {missing}", file=sys.stderr)
        return 3
    begin(given.nice)
    report, results = Report(), collect()
    report.say(f"{machine()}; {extent.rounds} rounds of {extent.run_s} s, median [least-most]", "")
    with tempfile.TemporaryDirectory(prefix="splittable-bench-") as folder:
        for key in given.only:
            report.say(f"### {TITLES[key]}", "", *measure(key, given.peers, extent, results, Path(folder)), "")
    report.say("### Goals", "", *goal_table(results, FAN_OUT, said))
    if given.keep:
        keep(report, results)
    return 0


def keep(report: Report, results: Results) -> None:
    """Put everything into README.md and `figures/`, and draw what was counted."""
    if drawn := plot(results):
        IMAGE.write_text(drawn)
        report.say("", "![The same as bars: ours and the peers, S1 to S3](images/fanout.svg)")
    report.keep(README, "fanout")
    keep_figures("fanout", machine(), results)


def plot(results: Results) -> str:
    """What a delivery costs everybody, as an SVG; empty if no deliveries were counted."""
    charts = []
    for key in ("S1", "S2", "S3"):
        costs = {who: values for (place, who, what), values in results.items() if (place, what) == (key, "cpu")}
        if costs:
            charts.append(Bars(TITLES[key], [(who, median(values)) for who, values in costs.items()], "ours"))
    return chart("Processor seconds of the server per million deliveries (logarithmic)", charts) if charts else ""


def measure(key: str, wanted: Sequence[str], extent: Extent, results: Results, folder: Path) -> list[str]:
    """One scenario; the answer is its table. The database of the product lies in `folder`."""
    scenario, names, columns = SCENARIOS[key]
    peers, absent = available([name for name in names if name != PRODUCT and (not wanted or name in wanted)])
    if PRODUCT in names and (not wanted or PRODUCT in wanted):
        peers.append(product(folder, max(extent.idle, extent.storm), PARTY))
    try:
        scenario.run(peers, extent, results)
    except MissingError as missing:
        absent.append(f"{key} is left out: {missing}")
    return [*scenario_table(results, scenario.name, columns), *absent]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="loadtests.fanout", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds and few of them")
    parser.add_argument("--brisk", action="store_true", help="five short rounds, as loadtests.all takes them")
    parser.add_argument("--rounds", type=int, help="how many")
    parser.add_argument("--seconds", type=float, help="how long each is measured")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sockets in S1 to S3; 1 is the measure")
    parser.add_argument("--keep", action="store_true", help="put the figures into README.md")
    parser.add_argument("--nice", type=int, default=0, help="priority of servers and load; -12 on a busy machine")
    split = lambda text: text.split(",")  # noqa: E731 (a name for argparse)
    parser.add_argument("--only", type=split, default=list(SCENARIOS), help=f"of {','.join(SCENARIOS)}")
    parser.add_argument("--peers", type=split, default=[], help=f"of {', '.join(CONNECTED)}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
