"""The alert rules watch figures that there are."""

import re
from pathlib import Path

import yaml

from app.actions.measuring import COUNTERS, SPREADS
from realtime.broker_memory import MemoryBroker
from realtime.figures import Figures
from realtime.hub import Hub
from realtime.testing import MemoryHost

RULES = Path(__file__).resolve().parents[1] / "deploy" / "alerts.yml"
SUFFIXES = ("_bucket", "_count", "_sum", "_total")
ELSEWHERE = {"http_seconds"}
"""Counted in `app.web.metrics`. What the jobs tell begins with `jobs_`, and tests of the jobs hold it."""
POOL = {"database_pool_waits", "database_pool_waited_seconds", "log_waiting"}

D4 = {"PaymentsFail", "SessionsFail", "WebhooksLag", "ManyConflicts", "ManyRefunds", "AnswersAreSlow"}


def rules() -> list[dict[str, str]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


async def test_every_rule_watches_figures_that_there_are() -> None:
    hub = Hub(MemoryHost(), MemoryBroker())
    await hub.start()
    engine = {f"realtime_{name.removesuffix('_total')}" for name in (*hub.stats(), *Figures().spreads)}
    await hub.drain()
    watched = {name for rule in rules() for name in re.findall(r"splittable_(\w+)", rule["expr"])}
    plain = {next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name) for name in watched}
    assert {name for name in plain if not name.startswith("jobs_")} <= {*COUNTERS, *SPREADS, *ELSEWHERE, *engine, *POOL}


def test_every_label_that_a_rule_names_is_one_of_its_figure() -> None:
    for rule in rules():
        for name, labels in re.findall(r"splittable_(\w+?)_total\{([^}]*)\}", rule["expr"]):
            assert set(re.findall(r"(\w+)=", labels)) <= set(COUNTERS[name][1])


def test_what_has_to_wake_somebody_is_there_and_says_what_to_do() -> None:
    named = {rule["alert"]: rule for rule in rules()}
    assert named.keys() >= D4
    assert all(set(rule["annotations"]) == {"summary", "look"} for rule in named.values())
