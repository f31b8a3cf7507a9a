"""Evenings for the tests: on PostgreSQL, and on SQLite as well when `./run test --all` looks longer.

Both databases are proved where they differ, in `tests/storage`; the simulator lives its evenings on SQLite.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from hypothesis import settings

from app.actions.desk import Desk
from app.storage.schema import migrate
from stripe_sandbox.courier import Courier
from stripe_sandbox.protocol import CuttableProtocol
from stripe_sandbox.sandbox import Config, Sandbox
from stripe_sandbox.web import create_app
from tests.actions.evening import TABLES, Evening, Provider, furnish, open_desk
from tests.nodes import TRUST

MakeDatabase = Callable[..., Awaitable[str]]
MakeDesk = Callable[..., Awaitable[Desk]]
DIALECTS = ("postgresql", "sqlite")


def templates(make_session_database: MakeDatabase, tables: int = TABLES) -> Callable[[str], Awaitable[str]]:
    """Migrated databases with the houses in them, one for each dialect, made when they are first asked for."""
    made: dict[str, str] = {}

    async def template(dialect: str) -> str:
        if dialect not in made:
            url = await make_session_database(dialect)
            await migrate(url)
            async with AsyncExitStack() as stack:
                await furnish(await open_desk(stack, url), tables)
            made[dialect] = url
        return made[dialect]

    return template


@pytest.fixture(scope="session")
async def furnished(make_session_database: MakeDatabase) -> Callable[[str], Awaitable[str]]:
    """What each test gets a copy of."""
    return templates(make_session_database)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Say on which databases a test runs that does not say so itself; modules elsewhere that take `url` import this."""
    says_itself = any(mark.args[0] == "url" for mark in metafunc.definition.iter_markers("parametrize"))
    if "url" in metafunc.fixturenames and not says_itself:
        is_thorough = settings.get_current_profile_name() == "thorough"
        metafunc.parametrize("url", DIALECTS if is_thorough else DIALECTS[:1], indirect=True)


@pytest.fixture
async def url(
    request: pytest.FixtureRequest, make_database: MakeDatabase, furnished: Callable[[str], Awaitable[str]]
) -> str:
    return await make_database(request.param, template=await furnished(request.param))


@pytest.fixture
async def make_desk(url: str) -> AsyncIterator[MakeDesk]:
    """`await make_desk()` gives a node on the test's database; two of them are two nodes."""
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> Desk:
            return await open_desk(stack, url, **options)

        yield make


@pytest.fixture
async def desk(make_desk: MakeDesk) -> Desk:
    return await make_desk()


@pytest.fixture
async def evening(desk: Desk) -> Evening:
    return await Evening.at(desk)


@pytest.fixture
async def provider(serve: Callable[..., Any]) -> AsyncIterator[Provider]:
    """A sandbox of this test alone, over HTTP."""
    sandbox = Sandbox(Config(processing_s=0.05, settle_s=0.05))
    app = create_app(sandbox, Courier(sandbox))
    async with serve(app, http=CuttableProtocol) as at, httpx.AsyncClient(base_url=at.url, verify=TRUST) as http:
        yield Provider(at.url, http)


@pytest.fixture
async def paying(make_desk: MakeDesk, provider: Provider) -> Evening:
    """An evening whose desk reaches the sandbox."""
    return await Evening.at(await make_desk(provider=provider.url))
