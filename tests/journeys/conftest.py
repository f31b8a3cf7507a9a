"""Whole evenings with everything as processes: on PostgreSQL with Redis, and on SQLite as well in a thorough run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.actions.conftest import MakeDatabase, pytest_generate_tests, templates, url
from tests.actions.evening import Evening, open_desk

__all__ = ["furnished", "house", "pytest_generate_tests", "redis_of", "url"]

TABLES = 40


@pytest.fixture(scope="session")
async def furnished(make_session_database: MakeDatabase) -> Callable[[str], Awaitable[str]]:
    """What each test gets a copy of: a house in which many things happen at once."""
    return templates(make_session_database, TABLES)


@pytest.fixture
async def house(url: str) -> AsyncIterator[Evening]:
    """The same database, to know codes and dishes by name and to look at the books."""
    async with AsyncExitStack() as stack:
        yield await Evening.at(await open_desk(stack, url))


@pytest.fixture
def redis_of(request: pytest.FixtureRequest, url: str) -> dict[str, object]:
    """Settings of a node: Redis beside PostgreSQL, nothing beside SQLite."""
    return {} if url.startswith("sqlite") else {"redis_url": request.getfixturevalue("redis_url")}
