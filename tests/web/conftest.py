from collections.abc import AsyncIterator

import pytest

from tests.services import Databases
from tests.web.house import House, opened
from tests.web.people import Guest, Member, sign_in, sit


@pytest.fixture(scope="session")
async def house(make_session_database: Databases) -> AsyncIterator[House]:
    """The application on the embedded defaults: a SQLite file, everything else in the process."""
    async with opened(await make_session_database("sqlite")) as running:
        yield running


@pytest.fixture(scope="session")
async def big_house(make_session_database: Databases, redis_url: str) -> AsyncIterator[House]:
    """The application on PostgreSQL and Redis."""
    async with opened(await make_session_database("postgresql"), redis_url=redis_url) as running:
        yield running


@pytest.fixture
async def guest(house: House) -> Guest:
    """Somebody alone at a fresh table."""
    return await sit(house, name="Ana")


@pytest.fixture(scope="session")
async def waiter(house: House) -> Member:
    """A waiter, signed in once: checking a password takes a while on purpose."""
    return await sign_in(house)


@pytest.fixture(params=["house", "big_house"])
def any_house(request: pytest.FixtureRequest) -> House:
    """The application on one of its two foundations."""
    found: House = request.getfixturevalue(request.param)
    return found
