"""static/shared/merge.js: the same merge patches as the server's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.view import JSON, merge, patch
from tests.static.conftest import Run

pytestmark = pytest.mark.browser

LEAVES = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("aé", max_size=2) | st.lists(st.integers(0, 3), max_size=2)
)
NAMES = st.sampled_from(["a", "b", "c", "1", "__proto__x"])
DOCUMENTS = st.dictionaries(
    NAMES, st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=8)
)


def pairs() -> list[tuple[JSON, JSON]]:
    found: list[tuple[JSON, JSON]] = []

    @settings(max_examples=150, derandomize=True)
    @given(DOCUMENTS, DOCUMENTS)
    def collect(view: JSON, change: JSON) -> None:
        found.append((view, change))

    collect()
    return found


async def test_browser_and_server_merge_alike(run: Run) -> None:
    cases = pairs()
    merged = await run("return given.map(([view, change]) => lab.merge(view, change))", cases)
    assert merged == [merge(view, change) for view, change in cases]


async def test_a_patch_of_the_server_makes_the_new_view_in_the_browser(run: Run) -> None:
    without_null = [(merge({}, old), merge({}, new)) for old, new in pairs()]
    cases = [[old, patch(old, new)] for old, new in without_null]
    merged = await run("return given.map(([view, change]) => lab.merge(view, change))", cases)
    assert merged == [new for _, new in without_null]


async def test_what_a_patch_does_not_name_stays_the_same_object(run: Run) -> None:
    assert await run("""
        const view = {lines: {a: {n: 1}, b: {n: 2}}}
        const next = lab.merge(view, {lines: {b: {n: 3}}})
        return next.lines.a === view.lines.a && view.lines.b.n === 2 && next.lines.b.n === 3
    """)
