import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings

from tests.services import free_port, listens

ROOT = Path(__file__).parents[2]
IS_THOROUGH = settings.get_current_profile_name() == "thorough"
JOURNEYS = ROOT / "loadtests" / "journeys.py"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 15


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Path]:
    """The file with what the demo says when it is ready; the demo runs as long as the test."""
    command = [sys.executable, "-m", "app", "demo", "--quiet", "--json", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            told = tmp_path / "demo.json"
            told.write_bytes(process.stdout.readline())
            yield told
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            process.kill()


def journeys(demo: Path, *options: str) -> tuple[int, list[dict[str, Any]], str]:
    command = [sys.executable, "-m", "locust", "-f", str(JOURNEYS), "--headless", "--json", "--demo", str(demo)]
    done = subprocess.run([*command, *options], check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout or "[]"), done.stderr


def test_parties_order_split_and_pay_and_every_phone_sees_every_event_once(demo: Path) -> None:
    users, evenings = ("10", "8") if IS_THOROUGH else ("4", "4")
    quick = ("--users", users, "--spawn-rate", "10", "--run-time", "40s", "--pace", "0.1", "--seats", "2")
    status, found, told = journeys(demo, *quick, "--evenings", evenings, "--p95-ms", "60000")
    answered = {(entry["method"], entry["name"]): entry for entry in found}
    assert [entry["name"] for entry in found if entry["num_failures"]] == [], told
    assert status == 0, told
    steps = {
        ("POST", "/guest-sessions"),
        ("WS", "connect and join"),
        ("WSC", "claims.set"),
        ("PAY", "confirmed to seen"),
    }
    assert {(method, name.removeprefix(f"{method} ")) for method, name in answered} >= steps
    assert answered["EV", "decided to seen"]["num_requests"] > 0


def test_a_server_that_does_not_answer_is_an_exit_status_of_one(tmp_path: Path) -> None:
    told = {"api": "http://127.0.0.1:9/api/v1", "restaurant": {"id": "r"}, "staff": [], "tables": [{"code": "c"}]}
    nowhere = tmp_path / "demo.json"
    nowhere.write_text(json.dumps({**told, "sandbox": {"url": "http://127.0.0.1:9", "publishableKey": "pk_test_demo"}}))
    status, _, _ = journeys(nowhere, "--users", "1", "--run-time", "1s")
    assert status == 1


def test_a_page_asks_how_many_guests_shall_come(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "locust", "-f", str(JOURNEYS), "--web-host", "127.0.0.1", "--web-port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + START_TIMEOUT_S
            while not listens(port) and time.monotonic() < until:
                time.sleep(0.05)
            page = httpx.get(f"http://127.0.0.1:{port}/", timeout=START_TIMEOUT_S)
        finally:
            process.kill()
    assert page.status_code == 200
    assert "evenings" in page.text
