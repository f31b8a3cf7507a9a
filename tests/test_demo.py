"""The demo as somebody meets it: one command, one line of JSON, a restaurant in full swing, and nothing left over."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.nodes import Phone, answer, sign_in
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def _demo(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "app", "demo", "--port", str(free_port()), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as demo:
        try:
            yield demo
        finally:
            demo.terminate()


async def _ready(demo: "subprocess.Popen[str]") -> dict[str, Any]:
    assert demo.stdout is not None
    line = demo.stdout.readline()
    assert line, demo.stderr.read() if demo.stderr else ""
    facts: dict[str, Any] = json.loads(line)
    return facts


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _visit(facts: dict[str, Any]) -> None:
    """Look in at every door."""
    assert len(facts["tables"]) == 12
    assert {"label", "code", "url", "free"} == set(facts["tables"][0])
    free = [table for table in facts["tables"] if table["free"]]
    assert {table["label"] for table in free} == {"9", "11", "12"}
    async with httpx.AsyncClient() as http:
        assert (await http.get(free[0]["url"])).is_success
        assert (await http.get(facts["sandbox"]["url"] + "/stripe.js")).is_success
        assert (await http.get(f"{facts['api']}/menus/{facts['restaurant']['id']}")).json()["currency"] == "EUR"
    base = facts["api"].removesuffix("/api/v1")
    for person in facts["staff"]:
        async with sign_in(base, person["email"], person["password"]) as browser:
            assert answer(await browser.get("/api/v1/staff/me"))["staff"]["role"] == person["role"]
    await _see_something_happen(base, facts["tables"][3]["code"])


async def _see_something_happen(base: str, code: str) -> None:
    newcomer = await Phone.join(base, code, "Newcomer")
    await newcomer.connect()
    seen = newcomer.n
    await newcomer.until(lambda frame: frame["t"] == "ev" and frame["n"] > seen)
    await newcomer.close()


async def test_the_demo_opens_a_restaurant_and_closes_it_on_ctrl_c(tmp_path: Path) -> None:
    with _demo(tmp_path, "--json") as demo:
        facts = await _ready(demo)
        children = _children(demo.pid)
        assert len(children) == 2
        await _visit(facts)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
    assert not any(_lives(child) for child in children)


async def test_a_demo_whose_server_dies_ends_and_says_so(tmp_path: Path) -> None:
    with _demo(tmp_path, "--json", "--quiet") as demo:
        await _ready(demo)
        children = _children(demo.pid)
        os.kill(children[0], signal.SIGKILL)
        assert demo.wait(30) == 1
        assert demo.stderr is not None
        assert "ended with status" in demo.stderr.read()
    assert not any(_lives(child) for child in children)


@pytest.mark.parametrize("options", [("--reset",), ()], ids=["reset", "again"])
async def test_a_demo_goes_on_where_it_was_unless_it_is_reset(tmp_path: Path, options: tuple[str, ...]) -> None:
    restaurants = []
    for given in ((), options):
        with _demo(tmp_path, "--json", "--quiet", *given) as demo:
            restaurants.append((await _ready(demo))["restaurant"]["id"])
    assert (restaurants[0] == restaurants[1]) is (options == ())
