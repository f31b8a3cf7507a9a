from dataclasses import replace

import pytest

from loadtests.scale import DOCUMENT, Costs, Limits, Model, Traffic, sections

COSTS = Costs(
    visit_s=0.1,
    visit_events=20,
    visit_deliveries=100,
    visit_bytes=10_000,
    connect_s=0.001,
    connection_kib=10,
    bill_kib=50,
    database_event_s=100e-6,
    redis_event_s=20e-6,
    foreign_event_s=10e-6,
)
MODEL = Model(COSTS, Traffic(tables=25, occupied=0.8, guests=3, visit_s=3000, wakes=10, burst=2), Limits(process=0.5))


def test_a_process_serves_what_fits_into_its_share_of_a_core() -> None:
    # 20 tables x 3 guests in 3000 s, twice as many in the busiest minute: 0.04 a second, 110 ms each.
    assert MODEL.restaurants_per_process == pytest.approx(0.5 / (0.04 * 0.11))
    assert MODEL.tables_per_process == pytest.approx(25 * 0.5 / (0.04 * 0.11))


def test_one_process_reads_no_bus_and_needs_no_redis() -> None:
    assert MODEL.plan(1).processes == 1
    assert MODEL.plan(1).redis_cores == 0


def test_many_processes_read_the_events_of_all_and_so_need_a_few_more() -> None:
    cheap = Model(replace(COSTS, foreign_event_s=0), MODEL.traffic, MODEL.limits)
    assert MODEL.processes(5000) > cheap.processes(5000)
    with pytest.raises(ValueError, match="too many for one bus"):
        MODEL.processes(100_000)


def test_a_cell_is_as_large_as_its_tightest_limit_allows() -> None:
    most = MODEL.restaurants_per_cell()
    reads = [count * MODEL.events_per_s * COSTS.foreign_event_s for count in (most, most + 1)]
    assert MODEL.redis_cores(most) <= MODEL.limits.redis
    assert reads[0] <= MODEL.limits.bus_share
    assert reads[1] > MODEL.limits.bus_share or MODEL.redis_cores(most + 1) > MODEL.limits.redis


def test_a_chain_of_any_size_has_a_plan_whose_cells_are_not_overfull() -> None:
    plan = MODEL.plan(10_000)
    assert plan.restaurants / plan.cells <= MODEL.restaurants_per_cell()
    assert plan.processes >= 10_000 / MODEL.restaurants_per_process


def test_the_page_says_what_follows_from_the_figures_that_were_kept() -> None:
    text = DOCUMENT.read_text()
    for name, lines in sections(Model(Costs.kept())).items():
        begin, end = text.index(f"<!-- {name} -->"), text.index(f"<!-- end of {name} -->")
        assert text[begin:end].splitlines()[2:-1] == lines, f"python -m loadtests.scale --keep writes {name} anew"
