"""The sandbox as what it is: a process of its own, started, killed and asked over HTTP."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import httpx

from tests import services

START_TIMEOUT_S = 20


class Running:
    """A running sandbox. `control` speaks to the endpoints that Stripe does not have."""

    def __init__(self, *arguments: str, port: int | None = None) -> None:
        self.port = port or services.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret_key = "sk_test_sandbox"
        self.publishable_key = "pk_test_sandbox"
        self.webhook_secret = "whsec_sandbox"
        self._http = httpx.Client(base_url=self.url, trust_env=False, timeout=40)
        self._process = _start(["--port", str(self.port), *arguments])
        self._await_start()

    def _await_start(self) -> None:
        last = time.monotonic() + START_TIMEOUT_S
        while not services.listens(self.port):
            assert self._process.poll() is None, "the sandbox ended"
            assert time.monotonic() < last, "the sandbox did not start"
            time.sleep(0.02)

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """One control request; the answer's JSON."""
        answer = self._http.request(method, f"/_sandbox/{path}", json=json)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, fault: str, **how: Any) -> str:
        """Plan a fault and say its id."""
        return str(self.control("POST", "faults", {"fault": fault, **how})["id"])

    def remove_fault(self, id: str) -> None:
        """Take a fault away."""
        self.control("DELETE", f"faults/{id}")

    def journal(self, **filters: str) -> list[dict[str, Any]]:
        """The requests so far."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return list(self.control("GET", f"journal?{query}")["data"])

    def events(self, type: str | None = None) -> list[dict[str, Any]]:
        """The events so far, with their deliveries."""
        return [event for event in self.control("GET", "events")["data"] if type in {None, event["type"]}]

    def send_events_to(self, url: str | None, **how: Any) -> None:
        """Change where events go."""
        self.control("POST", "webhooks", {"url": url, **how})

    async def quiet(self) -> None:
        """Wait until nothing is left to deliver or to let happen."""
        assert (await asyncio.to_thread(self.control, "GET", "quiet?timeout=20"))["quiet"]

    def reset(self) -> None:
        """Forget everything."""
        self.control("POST", "reset")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it and the connections to it."""
        self._http.close()
        self._process.terminate()
        self._process.wait(10)


def _start(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    quick = ["--processing-seconds", "0.05", "--settle-seconds", "30", "--refund-seconds", "0.05"]
    quick += ["--retry-base-seconds", "0.02"]
    return subprocess.Popen([sys.executable, "-m", "stripe_sandbox", *quick, *arguments])
