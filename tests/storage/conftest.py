"""Databases for the storage tests: every test that takes `database` runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from app.storage.database import Database
from app.storage.log import Log
from app.storage.schema import migrate
from tests.storage.making import furnish

MakeDatabase = Callable[..., Awaitable[str]]
DIALECTS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
async def templates(make_session_database: MakeDatabase) -> Callable[[str], Awaitable[str]]:
    """Migrated databases with one restaurant, to be copied for each test."""
    made: dict[str, str] = {}

    async def template(dialect: str) -> str:
        if dialect not in made:
            url = await make_session_database(dialect)
            await migrate(url)
            database = await Database.open(url)
            await furnish(database)
            await database.close()
            made[dialect] = url
        return made[dialect]

    return template


@pytest.fixture(params=DIALECTS)
async def url(
    request: pytest.FixtureRequest, make_database: MakeDatabase, templates: Callable[[str], Awaitable[str]]
) -> str:
    return await make_database(request.param, template=await templates(request.param))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    yield database
    await database.close()


@pytest.fixture
async def log(database: Database) -> AsyncIterator[Log]:
    async with Log(database) as log:
        yield log
