"""A private PostgreSQL that waits for its disk: what a commit costs is the point, so nothing of it is turned off."""

import contextlib
import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.rig import LOAD_CORE, on_core
from tests.services import free_port, listens, postgres_binaries

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "autovacuum_naptime": "10min",
}


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"

    def url(self, name: str) -> str:
        """The address of a database for SQLAlchemy."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    @property
    def pids(self) -> list[int]:
        """The server and all its children; ask again when there are new connections."""
        pid = self.process.pid
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


@contextlib.contextmanager
def durable_postgres() -> Iterator[Postgres]:
    """Run a server with fsync on, on the core of loads. Raises `MissingError` where there is none."""
    binaries = postgres_binaries()
    with tempfile.TemporaryDirectory(prefix="splittable-bench-", ignore_cleanup_errors=True) as name:
        home, user = Path(name), _owner()
        if user:
            os.chown(home, user["user"], user["group"])
        run: dict[str, Any] = {"cwd": home, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
        initialise = [binaries / "initdb", "-D", home / "data", "-U", "postgres", "--auth", "trust", "-E", "UTF8"]
        subprocess.run([*initialise, "--locale", "C", "--no-sync"], check=True, **run)
        port = free_port()
        options = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        command = [*on_core(LOAD_CORE), binaries / "postgres", "-D", home / "data", "-p", str(port), *options]
        process = subprocess.Popen(command, **run)
        try:
            _wait(process, home / "data" / "postmaster.pid", port)
            yield Postgres(port, process)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_TIMEOUT_S)


def _owner() -> dict[str, Any]:
    """PostgreSQL refuses root: then somebody else it is."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return {}


def _wait(process: "subprocess.Popen[bytes]", told: Path, port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (told.exists() and told.read_text().rstrip().endswith("ready") and listens(port)):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("PostgreSQL did not start")
        time.sleep(0.05)
