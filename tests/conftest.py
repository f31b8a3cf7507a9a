"""The fixtures of all tests: real servers, one set for all worker processes of a run."""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from playwright.async_api import Browser, async_playwright

from tests import services
from tests.services import Databases, MissingError, RedisServer, Served

EXIT_MISSING = 3

# No deadline: a busy machine is not a wrong answer.
settings.register_profile("everyday", deadline=None, derandomize="CI" in os.environ)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("everyday")

# What the code says goes to pytest's own capture, in plain lines: the default for terminals draws every frame of a
# traceback with its locals, which takes seconds.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["event"]),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

_servers = pytest.StashKey[contextlib.ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL before the workers of a parallel run, which then all find its address in their environment."""
    config.stash[_servers] = contextlib.ExitStack()
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        # A worker cannot end the run with one clear line; here it can be done, before there are any.
        _find_programs()
        _start_postgres(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    config.stash[_servers].close()


def _start_postgres(config: pytest.Config) -> str:
    if "TEST_DATABASE_URL" not in os.environ:
        with _missing_ends_the_run():
            url = config.stash[_servers].enter_context(services.postgres())
        os.environ["TEST_DATABASE_URL"] = url
        config.stash[_servers].callback(os.environ.pop, "TEST_DATABASE_URL", None)
    return os.environ["TEST_DATABASE_URL"]


def _find_programs() -> None:
    with _missing_ends_the_run():
        services.chromium_program()
        if "TEST_REDIS_URL" not in os.environ:
            services.redis_program()


@contextlib.contextmanager
def _missing_ends_the_run() -> Iterator[None]:
    try:
        yield
    except MissingError as error:
        pytest.exit(str(error), returncode=EXIT_MISSING)


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The maintenance database of a PostgreSQL whose databases the tests may make and drop."""
    return _start_postgres(pytestconfig)


@pytest.fixture(scope="session")
def databases_folder() -> Iterator[Path]:
    """Where SQLite files of this worker process are."""
    with tempfile.TemporaryDirectory(prefix="splittable-sqlite-", dir=services.memory()) as name:
        yield Path(name)


@pytest.fixture
async def make_database(pytestconfig: pytest.Config, databases_folder: Path) -> AsyncIterator[Databases]:
    """`await make_database("postgresql" | "sqlite", template=None)` gives the address of a database for this test."""
    databases = Databases(lambda: _start_postgres(pytestconfig), databases_folder)
    yield databases
    await databases.drop()


@pytest.fixture(scope="session")
async def make_session_database(pytestconfig: pytest.Config, databases_folder: Path) -> AsyncIterator[Databases]:
    """The same for databases that live as long as the run, like the templates of others."""
    databases = Databases(lambda: _start_postgres(pytestconfig), databases_folder)
    yield databases
    await databases.drop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this worker process alone, unless TEST_REDIS_URL names another."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with contextlib.ExitStack() as stack:
        with _missing_ends_the_run():
            server = stack.enter_context(services.redis_server())
        yield server.url


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of this test alone, to freeze, kill and bring back."""
    with contextlib.ExitStack() as stack:
        with _missing_ends_the_run():
            server = stack.enter_context(services.redis_server())
        yield server


@pytest.fixture
def redis_cluster() -> Iterator[RedisServer]:
    """A Redis Cluster of one server, of this test alone."""
    with contextlib.ExitStack() as stack:
        with _missing_ends_the_run():
            server = stack.enter_context(services.redis_server(is_cluster=True))
        yield server


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return services.free_port()


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractAsyncContextManager[Served]]:
    """`async with serve(app) as at:` answers at `at.url` and `at.ws`, in the test's own loop."""
    return services.serve


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium; every test opens its own context in it."""
    with _missing_ends_the_run():
        program = services.chromium_program()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program)
        yield chromium
        await chromium.close()
