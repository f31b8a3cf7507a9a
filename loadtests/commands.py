"""The command benchmark: what a command costs from the received frame to the answer behind its commit.

`.venv/bin/python -m loadtests.commands [--quick|--brisk] [--rounds N] [--bills N] [--only postgresql,sqlite]`

The whole product (`splittable serve`) takes `claims.set` commands over its sockets, spread over many bills or all on
one. Beside it, behind the same sockets and rooms, run the usual ways to write a command down
(`servers/sql_commands.py`), on the same PostgreSQL with its disk flushes, and on SQLite with synchronous=FULL.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from loadtests.durable_postgres import Postgres, durable_postgres
from loadtests.figures import keep_figures
from loadtests.goals import COMMANDS
from loadtests.rig import Client, Figures, Load, Missing, Server, Talk, begin, built, loading, machine, serving
from loadtests.seeding import Seat, environment, seed
from loadtests.tables import README, Goal, Report, Results, collect, goal_table, scenario_table
from realtime.frames import SUBPROTOCOL
from tests.services import MissingError

MILLION = 1e6
TALK = Talk(count='{"t":"ack"', ready='{"t":"snap"', protocol=SUBPROTOCOL, stamp="id")
IN_FLIGHT = 32
HOT_GUESTS, HOT_SOCKETS = 6, 3  # A table of six, everybody with a page that was opened again and again.
SETTLE_S = 1.0
TRIES = 3
COLUMNS = (
    ("rate", "commands/s"),
    ("cpu", "server, CPU us each"),
    ("database", "PostgreSQL, CPU us each"),
    ("p50", "p50 ms"),
    ("p99", "p99 ms"),
)
DIALECTS = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Extent:
    """How much of everything."""

    rounds: int
    warm_s: float
    run_s: float
    bills: int


FULL = Extent(rounds=5, warm_s=0.5, run_s=2.0, bills=500)
BRISK = Extent(rounds=5, warm_s=0.2, run_s=0.6, bills=200)
QUICK = Extent(rounds=3, warm_s=0.3, run_s=0.7, bills=100)


@dataclass
class Contender:
    """A server with two loads in front: one on many bills, one on a single bill."""

    name: str
    server: Server
    spread: Load
    hot: Load


def main() -> int:
    """Measure what was asked for and print the tables."""
    given = arguments()
    extent = QUICK if given.quick else BRISK if given.brisk else FULL
    extent = replace(extent, rounds=given.rounds or extent.rounds, run_s=given.seconds or extent.run_s)
    extent = replace(extent, bills=given.bills or extent.bills)
    try:
        built("load")
    except Missing as missing:
        print(f"Nothing can be measured: {missing}", file=sys.stderr)
        return 3
    begin(given.nice)
    report, results = Report(), collect()
    extents = f"{extent.rounds} rounds of {extent.run_s} s, {extent.bills} bills"
    report.say(f"{machine()}; {extents}, median [least-most]", "")
    for dialect in given.only:
        try:
            report.say(*_measure(dialect, extent, results))
        except MissingError as missing:
            report.say(f"{dialect} is left out: {missing}", "")
    report.say("### Goals", "", *goal_table(results, COMMANDS, said))
    if given.keep:
        report.keep(README, "commands")
        keep_figures("commands", machine(), results)
    return 0


def said(goal: Goal) -> str:
    """A goal's peer and figure in words."""
    return f"{goal.peer}, {'commands/s' if goal.what == 'rate' else goal.what}"


def _measure(dialect: str, extent: Extent, results: Results) -> list[str]:
    with ExitStack() as stack:
        postgres = stack.enter_context(durable_postgres()) if dialect == "postgresql" else None
        contenders = _contenders(stack, postgres, extent)
        time.sleep(SETTLE_S)
        for turn in range(extent.rounds):
            first = turn % len(contenders)
            for one in [*contenders[first:], *contenders[:first]]:
                _round(one, dialect, postgres, extent, results)
    names = [f"{dialect}, {way}" for way in ("spread", "hot", "one at a time")]
    return [line for name in names for line in (f"### {name}", "", *scenario_table(results, name, COLUMNS), "")]


def _round(one: Contender, dialect: str, postgres: Postgres | None, extent: Extent, results: Results) -> None:
    for way, load, in_flight in (
        ("spread", one.spread, IN_FLIGHT),
        ("hot", one.hot, IN_FLIGHT),
        ("one at a time", one.spread, 1),
    ):
        # Connections to the database may be opened by the first commands; whose time is measured is known after them.
        load.order("burst", in_flight, 1, 0, 0.1)
        load.watch([one.server.process.pid], postgres.pids if postgres else [])
        told = _burst(load, in_flight, extent)
        name = f"{dialect}, {way}"
        results[name, one.name, "rate"].append(told["deliveries"] / told["wall_s"])
        results[name, one.name, "cpu"].append(told["cpu_s"][0] * MILLION / told["deliveries"])
        results[name, one.name, "p50"].append(told["p50_us"] / 1000)
        results[name, one.name, "p99"].append(told["p99_us"] / 1000)
        if postgres:
            results[name, one.name, "database"].append(told["cpu_s"][1] * MILLION / told["deliveries"])


def _burst(load: Load, in_flight: int, extent: Extent) -> Figures:
    """Measure; again where the machine was taken away for a whole round. Raises RuntimeError if commands fail."""
    told: Figures = {}
    for _ in range(TRIES):
        told = load.order("burst", in_flight, 1, extent.warm_s, extent.run_s)
        if told["refused"] or told["missing"]:
            break
        if told["deliveries"]:
            return told
    raise RuntimeError(f"commands were not acknowledged: {told}")


# --- who is measured -------------------------------------------------------------------------------------------------


def _contenders(stack: ExitStack, postgres: Postgres | None, extent: Extent) -> list[Contender]:
    if postgres is None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="splittable-bench-")))
        names = {"ours": "ours", "SQLAlchemy ORM + aiosqlite": "orm", "nothing written": "nothing"}
        urls = {name: f"sqlite+aiosqlite:///{folder / way}.sqlite3" for name, way in names.items()}
    else:
        names = {"ours": "ours", "SQLAlchemy ORM + asyncpg": "orm", "asyncpg, 5 round trips": "trips"}
        names["nothing written"] = "nothing"
        urls = {name: postgres.url(way) for name, way in names.items()}
        asyncio.run(_create(postgres, names.values()))
    return [
        _ours(stack, urls[name], extent) if way == "ours" else _usual(stack, name, way, urls[name], extent)
        for name, way in names.items()
    ]


async def _create(postgres: Postgres, names: Iterable[str]) -> None:
    connection = await asyncpg.connect(postgres.url("postgres").replace("+asyncpg", ""))
    for name in names:
        await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()


def _ours(stack: ExitStack, url: str, extent: Extent) -> Contender:
    # The hot table comes last: each of its sockets has a dish of its own to claim and give back.
    parties = asyncio.run(seed(url, [1] * extent.bills + [HOT_GUESTS], HOT_SOCKETS))
    spread = [_claimer(f"s{number}", party[0], party[0].lines[0]) for number, party in enumerate(parties[:-1])]
    hot = [
        _claimer(f"h{number}", seat, seat.lines[number % HOT_SOCKETS])
        for number, seat in enumerate(seat for seat in parties[-1] for _ in range(HOT_SOCKETS))
    ]
    command = (sys.executable, "-m", "app", "serve", "--env-file", "", "--port", "{port}")
    return _contender(stack, "ours", command, spread, hot, environment(url))


def _usual(stack: ExitStack, name: str, way: str, url: str, extent: Extent) -> Contender:
    command = (sys.executable, "-m", "loadtests.servers.sql_commands", "{port}", way, url, str(extent.bills + 1))
    spread = [_claimer(f"s{number}", Seat(f"s{number}", "g", f"b{number}", ()), "l") for number in range(extent.bills)]
    hot = [
        _claimer(f"h{number}", Seat(f"h{number}", "g", f"b{extent.bills}", ()), "l")
        for number in range(HOT_GUESTS * HOT_SOCKETS)
    ]
    return _contender(stack, name, command, spread, hot, {})


def _contender(
    stack: ExitStack,
    name: str,
    command: Sequence[str],
    spread: Sequence[Client],
    hot: Sequence[Client],
    given: Mapping[str, str],
) -> Contender:
    server = stack.enter_context(serving(command, given))
    loads = [stack.enter_context(loading(TALK, clients, [server.port])) for clients in (spread, hot)]
    for load in loads:
        load.connect(at_once=32)
    return Contender(name, server, *loads)


def _claimer(cid: str, seat: Seat, line: str) -> Client:
    room = f"table:{seat.stream}"
    hello = {"t": "hello", "v": 1, "cid": cid, "token": seat.token, "rooms": [{"r": room}]}
    asked = f'{{"line":"{line}","guest":"{seat.guest}","parts":$BIT$}}'
    message = f'{{"t":"do","id":$ID$,"r":"{room}","k":"claims.set","d":{asked}}}'
    return Client("/api/v1/live", message, hello=json.dumps(hello))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="loadtests.commands", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds and few of them")
    parser.add_argument("--brisk", action="store_true", help="five short rounds, as loadtests.all takes them")
    parser.add_argument("--rounds", type=int, help="how many")
    parser.add_argument("--seconds", type=float, help="how long each is measured")
    parser.add_argument("--bills", type=int, help="over how many bills the commands are spread")
    parser.add_argument("--keep", action="store_true", help="put the figures into README.md")
    parser.add_argument("--nice", type=int, default=0, help="priority of servers and load; -12 on a busy machine")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(DIALECTS), help=",".join(DIALECTS))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
