"""The machine as the benchmarks use it: servers on one core, load on the other, and what /proc says of them."""

import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.services import free_port, listens

HERE = Path(__file__).parent
ROOT = HERE.parent
BUILD = HERE / ".build"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 5
POLL_S = 0.02
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]


class Missing(Exception):
    """Something that a measurement needs is not on this machine; the message says what."""


# --- programs --------------------------------------------------------------------------------------------------------


def built(name: str) -> Path:
    """Compile a program of `native/` if it is newer than its last build. Raises `Missing` without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Missing("no C compiler (apt-get install gcc libc6-dev)")
    if sys.platform != "linux":
        raise Missing("the load generator needs Linux (epoll, /proc)")
    sources = [HERE / "native" / f"{name}.c", *(HERE / "native").glob("*.h")]
    program = BUILD / name
    if not program.exists() or program.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        BUILD.mkdir(exist_ok=True)
        subprocess.run([compiler, "-O2", "-Wall", "-o", program, sources[0]], check=True)
    return program


def node_modules() -> Path:
    """Install the packages of the peers in Node beside them, once. Raises `Missing`."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("no Node (apt-get install nodejs npm)")
    modules = HERE / "servers" / "node_modules"
    if not (modules / "socket.io").exists():
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]
        done = subprocess.run(command, cwd=HERE / "servers", check=False, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"npm could not install the peers: {done.stderr.strip()[-200:]}")
    return modules


def python_modules() -> Path:
    """Install the packages of the peers in Python that the product does not need, once. Raises `Missing`."""
    modules = HERE / "servers" / "python_modules"
    if not (modules / "channels_redis").exists():
        wanted = HERE / "servers" / "python_modules.txt"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--target", str(modules), "--requirement", str(wanted)]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"pip could not install it: {done.stderr.strip()[-200:]}")
    return modules


# --- processes -------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A server process on the core of servers."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def pss_kib(self) -> int:
        """Its share of memory, shared pages counted once."""
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
        raise RuntimeError("smaps_rollup has no Pss")


def pin(pid: int, core: int) -> None:
    """Keep a process on one core; on a machine with a single core that changes nothing."""
    os.sched_setaffinity(pid, {core})


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used, all its threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    children = list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    return [found for child in children for found in (child, *descendants(child))]


def on_core(core: int) -> list[str]:
    """What goes before a command so that it never runs anywhere else."""
    return [shutil.which("taskset") or "taskset", "-c", str(core)]


def begin(nice: int) -> None:
    """Give this process and all it starts from now on another priority: below 0 (root only) for a busy machine.

    Whoever ends it (SIGTERM) ends what it started too.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not nice:
        return
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    # Where sessions share the processor as groups, nice only counts inside of one.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(nice))


@contextlib.contextmanager
def serving(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a server whose command has `{port}` in it, until the block ends."""
    port = free_port()
    filled = [str(part).replace("{port}", str(port)) for part in command]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*on_core(SERVER_CORE), *filled],
            cwd=ROOT,
            env={**os.environ, "NODE_ENV": "production", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        try:
            _wait_for(process, port, said)
            yield Server(port, process)
        finally:
            _end(process)


def _wait_for(process: "subprocess.Popen[bytes]", port: int, said: IO[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            said.seek(0)
            raise RuntimeError(f"a server did not start:\n{said.read().decode()[-2000:]}")
        time.sleep(POLL_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    # Nobody's memory is worth a graceful end here, and thousands of byes take their time.
    process.kill()
    process.wait(STOP_TIMEOUT_S)


@dataclass(frozen=True)
class Client:
    """One client of the load generator: a line of its file."""

    path: str
    message: str
    hello: str = ""
    port: int = 0
    may_send: bool = True


@dataclass(frozen=True)
class Talk:
    """What the load generator must know of a server's way to talk; see `native/load.c`."""

    count: str
    ready: str
    protocol: str | None = None
    stamp: str | None = None

    def options(self) -> list[str]:
        """Its command line."""
        given = {"--count": self.count, "--ready": self.ready, "--protocol": self.protocol, "--stamp": self.stamp}
        return [word for name, value in given.items() if value for word in (name, value)]


Figures = dict[str, Any]


@dataclass
class Load:
    """The load generator, obeying one order at a time."""

    process: "subprocess.Popen[str]"
    groups: int = 0
    orders: list[str] = field(default_factory=list)

    def order(self, *words: object) -> Figures:
        """Give an order and wait for its figures."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the load generator died on {words}")
        figures: Figures = json.loads(answer)
        return figures

    def watch(self, *groups: Sequence[int]) -> None:
        """Measure the processor time of these groups of processes."""
        self.order("pids", ";".join(",".join(map(str, group)) for group in groups))

    def connect(self, at_once: int = 512) -> Figures:
        """Open all connections; every one must come in."""
        figures = self.order("connect", at_once)
        if figures["failed"]:
            raise RuntimeError(f"{figures['failed']} connections did not come in")
        return figures


@contextlib.contextmanager
def loading(talk: Talk, clients: Sequence[Client], ports: Sequence[int]) -> Iterator[Load]:
    """Run a load generator with these clients on the core of loads."""
    with tempfile.NamedTemporaryFile("w", suffix=".lines") as lines:
        for one in clients:
            lines.write("\t".join([str(one.port), str(int(one.may_send)), one.path, one.hello, one.message]) + "\n")
        lines.flush()
        command = [*on_core(LOAD_CORE), str(built("load")), *talk.options(), lines.name, *map(str, ports)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Load(process)
            finally:
                process.kill()


# --- what it was measured on -----------------------------------------------------------------------------------------


def queued_bytes(port: int) -> int:
    """The most that the kernel holds for one connection of the server at `port`: on its side and on the reader's."""
    ours, theirs = 0, 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        local, remote = (int(words[place].rpartition(":")[2], 16) for place in (1, 2))
        unsent, unread = (int(part, 16) for part in words[4].split(":"))
        if local == port and remote:
            ours = max(ours, unsent)
        if remote == port:
            theirs = max(theirs, unread)
    return ours + theirs


def machine() -> str:
    """The machine and the commit, for the head of a table."""
    cpu = next(
        (line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    describe = [shutil.which("git") or "git", "describe", "--always", "--dirty"]
    commit = subprocess.run(describe, cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[0]
    return (
        f"{len(CORES)} x {cpu}, Linux {platform.release()}, Python {platform.python_version()}, commit {commit}, "
        f"load of the machine before: {load:.1f}"
    )
