import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from loadtests.rig import Missing, built

ROOT = Path(__file__).parents[2]
IS_THOROUGH = settings.get_current_profile_name() == "thorough"
CONTENDERS = ("ours", "C", "naive Starlette", "Django Channels") if IS_THOROUGH else ("ours", "C")


@pytest.fixture(autouse=True)
def _can_measure() -> None:
    try:
        built("load")
    except Missing as missing:
        pytest.skip(str(missing))


def measured(module: str, *options: str) -> str:
    command = [sys.executable, "-m", module, "--quick", "--rounds", "1", "--seconds", "0.2", *options]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(printed: str) -> dict[str, str]:
    """The first figure of everybody in a table."""
    cells = [[cell.strip() for cell in line.split("|")] for line in printed.splitlines() if line.startswith("|")]
    return {row[1]: row[2] for row in cells}


def test_our_engine_and_its_peers_deliver_every_message_to_small_rooms() -> None:
    told = measured("loadtests.fanout", "--only", "S2", "--scale", "0.02", "--peers", ",".join(CONTENDERS))
    printed = rows(told)
    assert all(float(printed[name]) > 0 for name in CONTENDERS if f"{name} is left out" not in told)


@pytest.mark.skipif(not IS_THOROUGH, reason="starts four servers: ./run test --all")
def test_commands_are_acknowledged_by_the_product_and_by_the_usual_ways() -> None:
    printed = rows(measured("loadtests.commands", "--only", "sqlite", "--bills", "2"))
    assert all(float(printed[name]) > 0 for name in ("ours", "SQLAlchemy ORM + aiosqlite", "nothing written"))
