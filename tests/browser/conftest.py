"""The house with its doors open, and browsers for those who come in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.guests import Guest
from tests.browser.restaurant import Restaurant, furnish
from tests.browser.staff import Member
from tests.browser.windows import OFFLINE, TABLET, TIMEOUT_MS, Line, Window
from tests.services import Databases
from tests.web.house import House, opened

OpenWindow = Callable[..., Awaitable[Window]]
Seat = Callable[..., Awaitable[Guest]]
Hire = Callable[..., Awaitable[Member]]

CUT_AFTER, DELAY_MS = 20, 120

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
async def house(make_session_database: Databases) -> AsyncIterator[House]:
    """The application on the embedded defaults, and the sandbox beside it."""
    async with opened(await make_session_database("sqlite")) as running:
        yield running


@pytest.fixture
async def restaurant(house: House) -> Restaurant:
    """A restaurant of this test alone; prices without tax, so that no figure is round."""
    return await furnish(house, currency="USD", taxInclusive=False)


@pytest.fixture
async def window(browser: Browser, restaurant: Restaurant) -> AsyncIterator[OpenWindow]:
    """`await window(expected=(...), **options)`: a browser profile; nothing but what is expected may go wrong in it."""
    opened_: list[tuple[Window, tuple[str, ...]]] = []

    async def open_(*expected: str, **options: Any) -> Window:
        made = await Window.open(browser, **options)
        opened_.append((made, expected))
        return made

    yield open_
    for each, _ in opened_:
        await each.context.close()
    assert [complaint for each, expected in opened_ for complaint in each.odd(*expected)] == []
    assert set[str]().union(*(each.hosts for each, _ in opened_)) <= restaurant.hosts


@pytest.fixture
def seat(window: OpenWindow, restaurant: Restaurant) -> Seat:
    """`await seat("Ana", "1")`: somebody scans the code of a table and says their name; `far` from the router."""

    async def sit(name: str, table: str, *expected: str, far: bool = False, **options: Any) -> Guest:
        own = await window(*expected, *([OFFLINE] if far else []), **options)
        page = await own.page()
        line = await Line.over(page, frames=CUT_AFTER, delay_ms=DELAY_MS) if far else None
        guest = Guest(own, page, name, line)
        await guest.scan(restaurant.scan(table))
        await guest.say_name()
        return guest

    return sit


@pytest.fixture
def hire(window: OpenWindow, restaurant: Restaurant) -> Hire:
    """`await hire("waiter")`: a member of staff on the floor, logged in."""

    async def log_in(role: str = "waiter", *expected: str, **options: Any) -> Member:
        own = await window(*expected, **{"viewport": TABLET, **options})
        return await Member(own, await own.page(), restaurant, role).on_the_floor()

    return log_in
