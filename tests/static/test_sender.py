"""static/shared/sender.js: who numbers the commands of a tab."""

import pytest

from tests.static.conftest import Run

pytestmark = pytest.mark.browser


async def test_a_reload_goes_on_with_the_same_name_and_number(run: Run) -> None:
    assert await run("""
        const {Sender} = await use("shared/sender.js")
        const before = new Sender(); before.next(); before.next(); before.keep([{id: 2, k: "a.b", d: {}, r: "table:1"}])
        const after = new Sender()
        return [after.cid === before.cid, after.next(), after.waiting]
    """) == [True, 3, [{"id": 2, "k": "a.b", "d": {}, "r": "table:1"}]]


async def test_a_duplicated_tab_is_somebody_else(run: Run) -> None:
    assert await run("""
        const {Sender} = await use("shared/sender.js")
        const tab = new Sender(), copy = new Sender()
        return [tab.cid !== copy.cid, /^[\\w.-]{1,64}$/.test(copy.cid)]
    """) == [True, True]


async def test_a_tab_that_comes_back_from_the_background_takes_its_record_back(run: Run) -> None:
    assert await run("""
        const {Sender} = await use("shared/sender.js")
        const tab = new Sender(); tab.keep([]); tab.reclaim()
        return new Sender().cid !== tab.cid
    """)


async def test_without_storage_it_still_numbers(run: Run) -> None:
    assert await run("""
        const {Sender} = await use("shared/sender.js")
        const none = {getItem() { throw new Error("no") }, setItem() { throw new Error("no") }, removeItem() {}}
        const tab = new Sender(none); tab.keep([])
        return [tab.next(), tab.next()]
    """) == [1, 2]
