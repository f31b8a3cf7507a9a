"""How far one node goes and what a chain needs: the arithmetic of docs/scale.md, from the figures that were kept.

`.venv/bin/python -m loadtests.scale [--keep]` prints its tables; `--keep` puts them into docs/scale.md.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from loadtests.figures import Kept
from loadtests.goals import PRODUCT
from loadtests.rig import ROOT
from loadtests.tables import Report, said, table

DOCUMENT = ROOT / "docs" / "scale.md"
MILLION = 1e6
MIB, GIB = 1024, 1024 * 1024  # In KiB.
TB = 1e12
YEAR_DAYS = 360
CHAINS = (1, 10, 100, 1000, 10_000)


@dataclass(frozen=True)
class Traffic:
    """What a restaurant on a full evening is taken to be."""

    tables: int = 25
    occupied: float = 0.8
    guests: int = 3
    visit_s: float = 75 * 60
    wakes: int = 10
    screens: int = 3
    burst: float = 2.0
    visits_a_day: int = 4

    @property
    def seated(self) -> float:
        """Tables of a restaurant that are taken at the peak."""
        return self.tables * self.occupied

    @property
    def phones(self) -> float:
        """Connections of a restaurant at the peak, the staff's too."""
        return self.seated * self.guests + self.screens

    @property
    def guests_per_s(self) -> float:
        """Visits of a restaurant's guests per second, in the busiest minute."""
        return self.seated * self.guests / self.visit_s * self.burst


@dataclass(frozen=True)
class Costs:
    """What was measured: processor seconds, KiB and bytes."""

    visit_s: float
    visit_events: float
    visit_deliveries: float
    visit_bytes: float
    connect_s: float
    connection_kib: float
    bill_kib: float
    database_event_s: float
    redis_event_s: float
    foreign_event_s: float

    @classmethod
    def kept(cls) -> "Costs":
        """Read the figures of the benchmarks. Raises `KeyError` if one of them was left out."""
        fanout, commands, growth, costs = map(Kept.read, ("fanout", "commands", "growth", "costs"))
        guest, bus = ("visit", "one guest"), ("bus", "one event to six phones")
        return cls(
            visit_s=costs.median(*guest, "CPU ms") / 1000,
            visit_events=costs.median(*guest, "events"),
            visit_deliveries=costs.median(*guest, "deliveries"),
            visit_bytes=costs.median(*guest, "bytes stored"),
            connect_s=fanout.median("S5", PRODUCT, "cpu us") / MILLION,
            connection_kib=fanout.median("S4", PRODUCT, "KiB"),
            bill_kib=growth.largest("sessions", "KiB per bill with a phone"),
            database_event_s=commands.median("postgresql, spread", "ours", "database") / MILLION,
            redis_event_s=costs.median(*bus, "CPU us of Redis") / MILLION,
            foreign_event_s=costs.median(*bus, "CPU us of another node") / MILLION,
        )


@dataclass(frozen=True)
class Limits:
    """How full anything may be: the rest is for the minute in which a node is gone, and for the next year."""

    process: float = 0.5
    bus_share: float = 0.1
    redis: float = 0.5
    database_cores: float = 4.0


@dataclass(frozen=True)
class Plan:
    """What so many restaurants need at their peak."""

    restaurants: float
    cells: int
    processes: int
    phones: float
    events_per_s: float
    memory_gib: float
    database_cores: float
    redis_cores: float
    storm_s: float
    tb_a_year: float


@dataclass(frozen=True)
class Model:
    """The arithmetic."""

    costs: Costs
    traffic: Traffic = Traffic()
    limits: Limits = Limits()

    @property
    def guest_s(self) -> float:
        """Processor seconds for one guest: the visit, and the phone that was put away and comes back."""
        return self.costs.visit_s + self.traffic.wakes * self.costs.connect_s

    @property
    def restaurants_per_process(self) -> float:
        """How many restaurants one process serves that has no other beside it."""
        return self.limits.process / (self.traffic.guests_per_s * self.guest_s)

    @property
    def tables_per_process(self) -> float:
        """The same in tables, four of five of them taken."""
        return self.restaurants_per_process * self.traffic.tables

    @property
    def events_per_s(self) -> float:
        """Events of one restaurant in the busiest minute."""
        return self.traffic.guests_per_s * self.costs.visit_events

    @property
    def kib(self) -> float:
        """Memory for one restaurant: its phones and screens, and its bills."""
        return self.traffic.phones * self.costs.connection_kib + self.traffic.seated * self.costs.bill_kib

    def processes(self, restaurants: float) -> int:
        """How many processes over one bus: each of them reads the events of all.

        Raises ValueError where reading alone fills a process.
        """
        reading = restaurants * self.events_per_s * self.costs.foreign_event_s
        if reading >= self.limits.process:
            raise ValueError(f"{restaurants:g} restaurants are too many for one bus")
        work = restaurants * self.traffic.guests_per_s * self.guest_s
        alone = ceil(work / self.limits.process)
        return 1 if alone <= 1 else ceil(work / (self.limits.process - reading))

    def redis_cores(self, restaurants: float) -> float:
        """Redis writes every event to every process; what was measured is an event to two."""
        processes = self.processes(restaurants)
        if processes == 1:
            return 0.0
        return restaurants * self.events_per_s * self.costs.redis_event_s * processes / 2

    def database_cores(self, restaurants: float) -> float:
        """What PostgreSQL spends on writing the log and the rows beside it."""
        return restaurants * self.events_per_s * self.costs.database_event_s

    def restaurants_per_cell(self) -> int:
        """How many restaurants may share one bus and one database before one of them is full."""
        few, many = 1, 10**6
        while few < many:
            middle = (few + many + 1) // 2
            few, many = (middle, many) if self._fits(middle) else (few, middle - 1)
        return few

    def _fits(self, restaurants: int) -> bool:
        reading = restaurants * self.events_per_s * self.costs.foreign_event_s
        return (
            reading <= self.limits.bus_share
            and self.database_cores(restaurants) <= self.limits.database_cores
            and self.redis_cores(restaurants) <= self.limits.redis
        )

    def plan(self, restaurants: int) -> Plan:
        """What a chain needs: as many cells of one database and one bus as it takes, all alike."""
        cells = ceil(restaurants / self.restaurants_per_cell())
        each = restaurants / cells
        processes = self.processes(each)
        traffic = self.traffic
        guests_a_year = traffic.tables * traffic.guests * traffic.visits_a_day * YEAR_DAYS
        return Plan(
            restaurants=restaurants,
            cells=cells,
            processes=cells * processes,
            phones=restaurants * traffic.phones,
            events_per_s=restaurants * self.events_per_s,
            memory_gib=restaurants * self.kib / GIB,
            database_cores=cells * self.database_cores(each),
            redis_cores=cells * self.redis_cores(each),
            storm_s=each / processes * traffic.phones * self.costs.connect_s,
            tb_a_year=restaurants * guests_a_year * self.costs.visit_bytes / TB,
        )


# --- the page --------------------------------------------------------------------------------------------------------


def measured(costs: Costs) -> Iterator[str]:
    """What the arithmetic begins with."""
    rows = [
        ["a guest's visit: processor time of the server", f"{said(1000 * costs.visit_s)} ms", "`costs`"],
        ["a guest's visit: events", said(costs.visit_events), "`costs`"],
        ["a guest's visit: deliveries to phones and screens", said(costs.visit_deliveries), "`costs`"],
        ["a guest's visit: bytes in the database, indexes too", said(costs.visit_bytes), "`costs`"],
        ["a connection with its snapshot: processor time", f"{said(1000 * costs.connect_s)} ms", "`fanout`, S5"],
        ["an idle connection: memory", f"{said(costs.connection_kib)} KiB", "`fanout`, S4"],
        ["a bill at hand: memory", f"{said(costs.bill_kib)} KiB", "`growth`"],
        ["an event: processor time of PostgreSQL", _us(costs.database_event_s), "`commands`"],
        ["an event: processor time of Redis, two processes", _us(costs.redis_event_s), "`costs`"],
        ["an event of another process's table: processor time", _us(costs.foreign_event_s), "`costs`"],
    ]
    yield from table(["what", "measured", "by `loadtests.`"], rows)


def _us(seconds: float) -> str:
    return f"{said(seconds * MILLION)} µs"


def assumed(traffic: Traffic, limits: Limits) -> Iterator[str]:
    """What nobody measured."""
    rows = [
        ["tables of a restaurant; taken at the peak", f"{traffic.tables}; {traffic.occupied:.0%}"],
        ["guests at a table, all with a phone", f"{traffic.guests}"],
        ["how long they stay", f"{traffic.visit_s / 60:g} minutes"],
        ["how often a phone is put away and comes back in that time", f"{traffic.wakes}"],
        ["screens of the staff", f"{traffic.screens}"],
        ["the busiest minute against the whole peak", f"× {traffic.burst:g}"],
        ["parties at a table in a day", f"{traffic.visits_a_day}"],
        ["how busy a process may be at the peak", f"{limits.process:.0%} of its core"],
        ["how much of a core a process may spend on reading the bus", f"{limits.bus_share:.0%}"],
        ["how busy one Redis and one PostgreSQL may be", f"{limits.redis:g} and {limits.database_cores:g} cores"],
    ]
    yield from table(["assumed", ""], rows)


def answer(model: Model) -> Iterator[str]:
    """How far one process goes."""
    restaurants, traffic = model.restaurants_per_process, model.traffic
    phones = restaurants * traffic.phones
    yield (
        f"**One process on one core serves {model.tables_per_process:.0f} tables**, {restaurants:.0f} restaurants of "
        f"{traffic.tables}, {traffic.occupied:.0%} of their tables taken: {phones:.0f} connections, "
        f"{restaurants * model.events_per_s:.0f} events a second in the busiest minute, "
        f"{restaurants * model.kib / MIB:.0f} MiB for phones and bills. A guest costs it {1000 * model.guest_s:.0f} ms "
        f"of processor time, {said(100 * model.costs.visit_s / model.guest_s)} % of that for the visit itself and the "
        f"rest for phones that come back. When it dies, its phones cost the others "
        f"{phones * model.costs.connect_s:.1f} s of a core."
    )
    yield ""
    yield (
        f"This machine has two cores. With PostgreSQL and Redis on the second, which have "
        f"{said(100 * model.database_cores(restaurants))} % of a core to do for that, it is that one process. With the "
        f"database elsewhere, and one process for each core, it serves {2 * model.tables_per_process:.0f} tables."
    )


def chain(model: Model) -> Iterator[str]:
    """What a chain needs as it grows."""
    plans = [model.plan(count) for count in CHAINS]
    head = ["restaurants", "connections", "events/s", "processes", "GiB", "PostgreSQL, cores", "Redis, cores"]
    rows = [
        [
            f"{plan.restaurants:,}",
            f"{plan.phones:,.0f}",
            f"{plan.events_per_s:,.1f}",
            f"{plan.processes}",
            f"{plan.memory_gib:,.2f}",
            f"{plan.database_cores:.2f}",
            f"{plan.redis_cores:.2f}",
            f"{plan.cells}",
            f"{plan.storm_s:.1f}",
            f"{plan.tb_a_year:,.2f}",
        ]
        for plan in plans
    ]
    yield from table([*head, "cells", "s to take all back", "TB a year"], rows)
    full = model.restaurants_per_cell()
    yield ""
    yield (
        f"A cell is full with {full:,} restaurants ({model.processes(full)} processes, "
        f"{full * model.events_per_s:,.0f} events a second, PostgreSQL {model.database_cores(full):.2f} and Redis "
        f"{model.redis_cores(full):.2f} cores)."
    )


def sensitive(model: Model) -> Iterator[str]:
    """What the answer leans on: the tables of one process if one of the assumptions is another."""
    usual = model.traffic
    others = {
        "as assumed": usual,
        "a busiest minute of × 4": replace(usual, burst=4),
        "phones that come back 30 times": replace(usual, wakes=30),
        "parties of six": replace(usual, guests=6),
        "lunch: 40 minutes": replace(usual, visit_s=40 * 60),
    }
    rows = []
    for name, traffic in others.items():
        other = replace(model, traffic=traffic)
        rows.append([name, f"{other.tables_per_process:.0f}", f"{other.plan(CHAINS[-1]).processes}"])
    yield from table(["", "tables of one process", f"processes for {CHAINS[-1]:,} restaurants"], rows)


def sections(model: Model) -> dict[str, list[str]]:
    """The parts of docs/scale.md that are reckoned, by the names of their marks."""
    return {
        "answer": list(answer(model)),
        "assumed": list(assumed(model.traffic, model.limits)),
        "measured": [*measured(model.costs), "", f"Measured on {Kept.read('costs').machine}."],
        "chain": list(chain(model)),
        "sensitive": list(sensitive(model)),
    }


def main() -> int:
    """Print the tables, and put them into the page if asked to."""
    parser = argparse.ArgumentParser(prog="loadtests.scale", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="put the tables into docs/scale.md")
    is_kept = parser.parse_args().keep
    for name, lines in sections(Model(Costs.kept())).items():
        report = Report()
        report.say(*lines)
        if is_kept:
            report.keep(DOCUMENT, name)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
