"""The growth benchmark: what a delivery, a command and a join cost as everything grows tenfold and a hundredfold.

`.venv/bin/python -m loadtests.growth [--quick] [--only rooms,room,lines,events,sessions,database] [--keep]`

Flat is the goal. Deliveries are measured on the room engine alone (`servers/ours.py`), commands and joins on the whole
product over SQLite. The figures are processor seconds of the server and bytes, which hardly feel what else the machine
does. `--quick` grows tenfold only; `--keep` puts the figures into README.md and draws `images/growth.svg`.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from loadtests.durable_postgres import durable_postgres
from loadtests.figures import keep_figures
from loadtests.peers import PEERS, SETTLE_S, Running
from loadtests.plots import Panel, Series, page
from loadtests.rig import Client, Figures, Load, Missing, Server, Talk, begin, built, loading, machine, serving
from loadtests.seeding import Grown, Size, environment, grow
from loadtests.tables import README, Report, Results, collect, said, spread, table
from realtime.frames import SUBPROTOCOL
from tests.services import MissingError

MILLION = 1e6
KIB = 1024
PARTY = 6
BILLS = 4  # Bills of each size.
LINES = 4
BEHIND = 5  # Events that a phone has missed when it comes back.
DELIVERIES_PER_S = 6000
IN_FLIGHT = 4
WARM_CLIENTS = 102
ACKS = Talk(count='{"t":"ack"', ready='{"t":"snap"', protocol=SUBPROTOCOL, stamp="id")
RESUMES = Talk(count='{"t":"ack"', ready='{"t":"resumed"', protocol=SUBPROTOCOL, stamp="id")
IMAGE = Path(__file__).parent / "images" / "growth.svg"

PER_DELIVERY, PER_COMMAND = "CPU us per delivery", "CPU us per command"
PER_JOIN, PER_FIRST_JOIN = "CPU us per join", "CPU us per join, first of its bill"
PER_RESUME = "CPU us per resume, first of its bill"
PER_COMMAND_ALL = "CPU us per command, on all bills in turn"
ROOM_KIB, BILL_KIB = "KiB per room of 6", "KiB per bill with a phone"
SESSION_BYTES, EVENT_BYTES = "bytes per session", "bytes per event"


@dataclass(frozen=True)
class Extent:
    """How long and how far."""

    rounds: int
    warm_s: float
    run_s: float
    steps: int

    def sizes(self, least: int) -> list[int]:
        """`least`, ten times and a hundred times as much."""
        return [least * 10**step for step in range(self.steps)]


FULL = Extent(rounds=5, warm_s=0.2, run_s=0.4, steps=3)
QUICK = Extent(rounds=3, warm_s=0.1, run_s=0.3, steps=2)


# --- deliveries ------------------------------------------------------------------------------------------------------


def rooms(extent: Extent, results: Results) -> None:
    """More rooms of six, with the same number of messages a second in all of them."""
    shapes = {size: (size, PARTY) for size in extent.sizes(20)}
    _deliveries("rooms", shapes, extent, results)


def room(extent: Extent, results: Results) -> None:
    """More sockets in one room, with the same number of deliveries a second."""
    shapes = {size: (1, size) for size in extent.sizes(10)}
    _deliveries("room", shapes, extent, results)


def _deliveries(axis: str, shapes: Mapping[int, tuple[int, int]], extent: Extent, results: Results) -> None:
    with ExitStack() as stack:
        running = [(size, people, _engine(stack, count, people)) for size, (count, people) in shapes.items()]
        for size, people, one in running:
            grown = _connect_all(stack, one)
            if people == PARTY:
                results[axis, str(size), ROOM_KIB].append(grown / shapes[size][0])
        for _ in range(extent.rounds):
            for size, people, one in running:
                rate = DELIVERIES_PER_S / people
                told = one.load.order("rate", rate, people, extent.warm_s, max(extent.run_s, 4 / rate))
                _note(results, (axis, str(size), PER_DELIVERY), told)


def _engine(stack: ExitStack, count: int, people: int) -> Running:
    peer = PEERS["ours"]
    return peer.start(stack, [peer.client(f"r{number // people}", number) for number in range(count * people)])


def _connect_all(stack: ExitStack, one: Running) -> float:
    """Connect; the answer is how many KiB the server grew by, after some connections that came before."""
    client = one.peer.client
    few = [client(f"warm{number // PARTY}", number + 10**6) for number in range(WARM_CLIENTS)]
    stack.enter_context(loading(one.peer.talk, few, [one.servers[0].port])).connect()
    time.sleep(SETTLE_S)
    before = one.servers[0].pss_kib
    one.load.watch(one.pids)
    one.load.connect()
    time.sleep(SETTLE_S)
    return one.servers[0].pss_kib - before


def _note(results: Results, place: tuple[str, str, str], told: Figures) -> None:
    if told["refused"] or told["missing"] or told["lost"]:
        raise RuntimeError(f"{place}: {told}")
    if told["deliveries"]:
        results[place].append(told["cpu_s"][0] * MILLION / told["deliveries"])


# --- commands and joins ----------------------------------------------------------------------------------------------


def lines(extent: Extent, results: Results) -> None:
    """Longer bills. What a phone may order ends at 64 lines."""
    sizes = extent.sizes(LINES)
    with ExitStack() as stack:
        server, bills = _bills(stack, {size: Size(size) for size in sizes})
        loads = {size: _load(stack, server, ACKS, [_claimer(one) for one in bills[size]]) for size in sizes}
        for size, load in loads.items():
            for what in (PER_FIRST_JOIN, *[PER_JOIN] * extent.rounds):
                load.order("drop")
                told = load.connect(at_once=1)
                results["lines", str(size), what].append(told["cpu_s"][0] * MILLION / told["ready"])
        _commands("lines", loads, extent, results)


def events(extent: Extent, results: Results) -> None:
    """Bills on which more has happened, with as many lines as before."""
    sizes = extent.sizes(20)
    with ExitStack() as stack:
        server, bills = _bills(stack, {size: Size(LINES, size) for size in sizes})
        for size in sizes:
            back = _load(stack, server, RESUMES, [_claimer(one, behind=BEHIND) for one in bills[size]])
            told = back.connect(at_once=1)
            results["events", str(size), PER_RESUME].append(told["cpu_s"][0] * MILLION / told["ready"])
        loads = {size: _load(stack, server, ACKS, [_claimer(one) for one in bills[size]]) for size in sizes}
        for load in loads.values():
            load.connect(at_once=1)
        _commands("events", loads, extent, results)


def sessions(extent: Extent, results: Results) -> None:
    """More table sessions in the database: commands on the same few of them, and on all in turn."""
    sizes = extent.sizes(20)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="splittable-bench-")))
        grown: list[Grown] = []
        few, all_of_them = {}, {}
        for size in sizes:
            grown += asyncio.run(grow(_url(folder / "growing"), [Size(LINES)] * (size - len(grown))))
            shutil.copy(folder / "growing", folder / str(size))
            server = _product(stack, _url(folder / str(size)))
            clients = [_claimer(one, "w") for one in grown]
            few[size] = _load(stack, server, ACKS, [_claimer(one) for one in grown[: sizes[0]]])
            few[size].connect(at_once=8)
            all_of_them[size] = _load(stack, server, ACKS, clients)
            before = server.pss_kib
            all_of_them[size].connect(at_once=8)
            results["sessions", str(size), BILL_KIB].append((server.pss_kib - before) / size)
        _commands("sessions", few, extent, results)
        _commands("sessions", all_of_them, extent, results, PER_COMMAND_ALL)


def _commands(axis: str, loads: Mapping[int, Load], extent: Extent, results: Results, what: str = PER_COMMAND) -> None:
    for load in loads.values():
        load.order("burst", IN_FLIGHT, 1, 0, extent.warm_s)
    for _ in range(extent.rounds):
        for size, load in loads.items():
            _note(results, (axis, str(size), what), load.order("burst", IN_FLIGHT, 1, extent.warm_s, extent.run_s))


def _sqlite(stack: ExitStack) -> str:
    return _url(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="splittable-bench-"))) / "product")


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _product(stack: ExitStack, url: str) -> Server:
    command = (sys.executable, "-m", "app", "serve", "--env-file", "", "--port", "{port}")
    return stack.enter_context(serving(command, environment(url)))


def _load(stack: ExitStack, server: Server, talk: Talk, clients: Sequence[Client]) -> Load:
    load = stack.enter_context(loading(talk, clients, [server.port]))
    load.watch([server.process.pid])
    return load


def _bills(stack: ExitStack, sizes: Mapping[int, Size]) -> tuple[Server, dict[int, Sequence[Grown]]]:
    """The product over some bills of each size. One more was joined already: a first join of all pays for imports."""
    url = _sqlite(stack)
    first, *grown = asyncio.run(grow(url, [Size(LINES), *(size for size in sizes.values() for _ in range(BILLS))]))
    server = _product(stack, url)
    _load(stack, server, ACKS, [_claimer(first)]).connect()
    return server, {size: grown[place * BILLS : (place + 1) * BILLS] for place, size in enumerate(sizes)}


def _claimer(bill: Grown, mark: str = "c", *, behind: int = 0) -> Client:
    """A phone at this bill that takes its first dish and gives it back, again and again."""
    name = f"table:{bill.seat.stream}"
    place = {"r": name, **({"since": {"e": bill.epoch, "n": bill.version - behind}} if behind else {})}
    hello = {"t": "hello", "v": 1, "cid": f"{mark}{behind}", "token": bill.seat.token, "rooms": [place]}
    asked = f'{{"line":"{bill.seat.lines[0]}","guest":"{bill.seat.guest}","parts":$BIT$}}'
    message = f'{{"t":"do","id":$ID$,"r":"{name}","k":"claims.set","d":{asked}}}'
    return Client("/api/v1/live", message, hello=json.dumps(hello))


# --- what is stored --------------------------------------------------------------------------------------------------


def database(extent: Extent, results: Results) -> None:
    """What a session (four lines, nobody paid yet) and an event take in the database, its indexes too."""
    with ExitStack() as stack:
        url = _sqlite(stack)
        _stored("SQLite", url, extent, results, lambda: Path(url.partition(":///")[2]).stat().st_size)
    with durable_postgres() as postgres:
        asyncio.run(_ask(postgres.url("postgres"), "CREATE DATABASE product"))
        url = postgres.url("product")
        size = "SELECT pg_database_size('product')"
        _stored("PostgreSQL", url, extent, results, lambda: int(asyncio.run(_ask(url, "VACUUM", size))))


def _stored(name: str, url: str, extent: Extent, results: Results, measure: Callable[[], int]) -> None:
    count = 10**extent.steps // 5
    asyncio.run(grow(url, [Size(LINES)]))
    empty = measure()
    asyncio.run(grow(url, [Size(LINES)] * count))
    with_sessions = measure()
    asyncio.run(grow(url, [Size(LINES, count * 5)]))
    results["database", name, SESSION_BYTES].append((with_sessions - empty) / count)
    results["database", name, EVENT_BYTES].append((measure() - with_sessions) / (count * 5))


async def _ask(url: str, *statements: str) -> int:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        answers = [await connection.fetchval(statement) for statement in statements]
        return int(answers[-1] or 0)
    finally:
        await connection.close()


# --- the whole -------------------------------------------------------------------------------------------------------

AXES: dict[str, tuple[str, Callable[[Extent, Results], None]]] = {
    "rooms": ("Rooms of six on one node", rooms),
    "room": ("Sockets in one room", room),
    "lines": ("Lines of a bill", lines),
    "events": ("Events of a table session", events),
    "sessions": ("Table sessions in the database", sessions),
    "database": ("What is stored", database),
}
FIGURES = (
    *(PER_DELIVERY, ROOM_KIB, PER_FIRST_JOIN, PER_JOIN, PER_RESUME, PER_COMMAND, PER_COMMAND_ALL, BILL_KIB),
    *(SESSION_BYTES, EVENT_BYTES),
)


def growth_table(results: Results, axis: str) -> list[str]:
    """One axis: a row for each figure, a column for each size, and the last beside the first."""
    sizes = list(dict.fromkeys(size for place, size, _ in results if place == axis))
    rows = []
    for what in (what for what in FIGURES if (axis, sizes[0], what) in results):
        found = [results[axis, size, what] for size in sizes]
        rows.append([what, *map(spread, found)])
        if sizes[0].isdigit():
            rows[-1].append(said(_median(found[-1]) / _median(found[0])))
    return list(table(["", *sizes, *["last / first"][: len(rows[0]) - 1 - len(sizes)]], rows))


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def plot(results: Results) -> str:
    """All axes as an SVG: each figure relative to what it was at the smallest size."""
    panels = []
    for axis, (title, _) in AXES.items():
        sizes = [size for size in dict.fromkeys(size for place, size, _ in results if place == axis) if size.isdigit()]
        drawn = [_series(results, axis, sizes, what) for what in FIGURES if sizes and (axis, sizes[0], what) in results]
        if drawn:
            panels.append(Panel(title, drawn))
    return page("Cost as everything grows, relative to the smallest size", panels)


def _series(results: Results, axis: str, sizes: Sequence[str], what: str) -> Series:
    middle = [_median(results[axis, size, what]) for size in sizes]
    return Series(what, [(int(size), value / middle[0]) for size, value in zip(sizes, middle, strict=True)], middle)


def main() -> int:
    """Measure what was asked for, print the tables, and keep them if asked to."""
    given = arguments()
    extent = QUICK if given.quick else FULL
    try:
        built("load")
    except Missing as missing:
        print(f"Nothing can be measured: {missing}", file=sys.stderr)
        return 3
    begin(given.nice)
    report, results = Report(), collect()
    report.say(f"{machine()}; {extent.rounds} rounds of {extent.run_s} s, median [least-most]", "")
    for axis in given.only:
        try:
            AXES[axis][1](extent, results)
            report.say(f"### {AXES[axis][0]}", "", *growth_table(results, axis), "")
        except MissingError as missing:
            report.say(f"{AXES[axis][0]}: left out in part: {missing}", "")
    if given.keep:
        report.keep(README, "growth")
        keep_figures("growth", machine(), results)
        IMAGE.parent.mkdir(exist_ok=True)
        IMAGE.write_text(plot(results))
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="loadtests.growth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds, and tenfold only")
    parser.add_argument("--keep", action="store_true", help="put the figures into README.md, and draw them")
    parser.add_argument("--nice", type=int, default=0, help="priority of servers and load; -12 on a busy machine")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(AXES), help=",".join(AXES))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
