"""Servers and the sandbox as processes of their own, which a test may kill at any moment."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from tests.nodes import TRUST, WEBHOOK_SECRET, environment, eventually
from tests.services import free_port

START_S, STOP_S = 40, 20
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Process:
    """`python -m …`, with its output in a file."""

    arguments: list[str]
    ready: str
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._launch()
        async with httpx.AsyncClient(verify=TRUST) as http:
            await eventually(partial(self._answers, http), within_s=START_S)

    def _launch(self) -> None:
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", *self.arguments]
            environment = {**os.environ, **self.environment}
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)

    async def _answers(self, http: httpx.AsyncClient) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return (await http.get(self.ready)).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait for it."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass
class Town:
    """A sandbox and as many nodes as a test wants."""

    folder: Path
    sandbox: Process
    sandbox_url: str
    nodes: list[Process] = field(default_factory=list)

    def node(self, database_url: str, *, port: int | None = None, **settings: object) -> tuple[Process, str]:
        """A server process that is not started yet, and its address."""
        port = port or free_port()
        given = environment(database_url=database_url, port=port, sandbox=self.sandbox_url, **settings)
        at = f"http://127.0.0.1:{port}"
        log = self.folder / f"node-{port}.log"
        made = Process(["app", "serve", "--env-file", ""], f"{at}/health/ready", log, given)
        self.nodes.append(made)
        return made, at


@contextmanager
def town(folder: Path, *, webhooks_to: int | None = None) -> Iterator[Town]:
    """Everything that is started inside is ended with the block."""
    port = free_port()
    arguments = ["stripe_sandbox", "--port", str(port), "--webhook-secret", WEBHOOK_SECRET]
    arguments += ["--state", str(folder / "sandbox.state"), "--retry-base-seconds", "0.2"]
    # A refund that is slow is slow for longer than any test, however busy the machine is.
    arguments += ["--refund-seconds", "3600"]
    if webhooks_to is not None:
        arguments += ["--webhook-url", f"http://127.0.0.1:{webhooks_to}/api/v1/webhooks/stripe"]
    at = f"http://127.0.0.1:{port}"
    built = Town(folder, Process(arguments, f"{at}/_sandbox/health", folder / "sandbox.log"), at)
    try:
        yield built
    finally:
        for process in (*built.nodes, built.sandbox):
            process.stop()
