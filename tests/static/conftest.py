"""A site that serves the pages' own files and nothing else, and a page on which their modules are tried."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from app.web.static import Tree
from tests.services import Served

STATIC = Path(__file__).parents[2] / "static"
LAB = Path(__file__).with_name("lab.js")
BLANK = '<!doctype html><html lang="en"><title>Lab</title><link rel="icon" href="data:,">'

Run = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The files as the server serves them."""
    return Tree(STATIC)


def _site(tree: Tree) -> Starlette:
    async def blank(_request: Request) -> Response:
        return HTMLResponse(BLANK)

    async def lab(_request: Request) -> Response:
        return FileResponse(LAB, media_type="text/javascript")

    return Starlette(
        routes=[Route("/", blank), Route("/lab.js", lab), Route("/static/{version}/{path:path}", tree.answer)]
    )


@pytest.fixture(scope="session")
async def site(serve: Callable[..., AbstractAsyncContextManager[Served]], tree: Tree) -> AsyncIterator[str]:
    """Its address."""
    async with serve(_site(tree)) as at:
        yield at.url


@pytest.fixture(scope="session")
async def _lab(browser: Browser, site: str) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-US")
    page = await context.new_page()
    await page.goto(site)
    yield page
    await context.close()


@pytest.fixture
async def page(_lab: Page) -> AsyncIterator[Page]:
    """An empty page of that site; the modules keep nothing between tests but what lies in its storage."""
    yield _lab
    await _lab.unroute_all()
    await _lab.evaluate("sessionStorage.clear()")


@pytest.fixture
def run(page: Page) -> Run:
    """`await run("body of an async function", argument)`: the lab and the modules are at hand as `lab` and `use`."""

    async def running(body: str, given: Any = None) -> Any:
        script = f"""async (given) => {{
            const lab = await import("/lab.js"), use = (name) => import(`/static/0/${{name}}`)
            {body}
        }}"""
        return await page.evaluate(script, given)

    return running
