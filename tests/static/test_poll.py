"""static/shared/poll.js: the same room over plain HTTP, where sockets do not get through."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, Route

from tests.static.conftest import Run

pytestmark = pytest.mark.browser

START = """
    const {PollSocket} = await use("shared/poll.js"), {Live} = await use("shared/socket.js")
    const from = lab.sender(), table = lab.room(1, {a: 1}, from)
    const fallback = async () => new PollSocket()
    const live = new Live({url: "ws://nowhere/", app: "test", cid: () => from.cid, rooms: [table], fallback})
    live.unwelcome = 3
    const until = (done) => new Promise((resolve) => { live.ondraw = () => done() && resolve() })
"""


class Rest:
    """Answers polls with what is given, one after the other, and commands with a refusal or the next number."""

    def __init__(self, *polls: Any) -> None:
        self.polls = list(polls)
        self.asked: list[dict[str, list[str]]] = []
        self.commands: list[Any] = []
        self.refusal: dict[str, Any] | None = None

    async def __call__(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.endswith("/commands"):
            self.commands.append(route.request.post_data_json)
            status, body = (409, self.refusal) if self.refusal else (200, {"n": 2})
        elif self.polls:
            self.asked.append(parse_qs(url.query))
            status, body = 200, self.polls.pop(0)
        else:
            # A long poll at which nothing happens: it stays open until the page hangs up.
            await asyncio.Event().wait()
            return
        media = "application/json" if status == 200 else "application/problem+json"
        await route.fulfill(status=status, content_type=media, body=json.dumps(body))


async def over_http(page: Page, *polls: Any) -> Rest:
    rest = Rest(*polls)
    await page.route("**/api/v1/**", rest)
    return rest


EVENT = {"t": "ev", "r": "table:1", "n": 2, "k": "claims.changed", "by": "g_2", "at": "", "d": {"a": 2}}
NOTHING = {"epoch": "x", "version": 1, "events": []}


async def test_it_asks_from_where_it_stands_and_applies_what_comes(page: Page, run: Run) -> None:
    rest = await over_http(page, NOTHING, {"epoch": "x", "version": 2, "events": [EVENT]})
    assert await run(
        START + "const there = until(() => table.n === 2); live.start(); await there; live.stop(); return table.view"
    ) == {"a": 2}
    assert [query["since"] for query in rest.asked] == [["x.1"], ["x.1"]]
    assert [query["wait"] for query in rest.asked] == [["0"], ["20"]]


async def test_a_view_replaces_what_it_had(page: Page, run: Run) -> None:
    await over_http(page, {"epoch": "y", "version": 9, "why": "epoch", "view": {"b": 1}})
    body = (
        START
        + "const there = until(() => table.n === 9); live.start(); await there; live.stop();"
        + "return [table.epoch, table.view]"
    )
    assert await run(body) == ["y", {"b": 1}]


async def test_commands_go_by_rest_and_their_refusals_come_back(page: Page, run: Run) -> None:
    rest = await over_http(page, NOTHING)
    rest.refusal = {"code": "already_paid", "detail": "Ana has paid for Tacos"}
    assert await run(
        START
        + """
        const there = until(() => table.joined); live.start(); await there
        const why = await live.command(table, "claims.set", {parts: 1}).catch((why) => [why.code, why.message])
        live.stop(); return why
    """
    ) == ["already_paid", "Ana has paid for Tacos"]
    assert rest.commands == [{"cid": "me", "id": 1, "k": "claims.set", "d": {"parts": 1}}]


async def test_three_sockets_that_are_never_welcomed_make_it_fall_back(run: Run) -> None:
    assert await run("""
        let wires = 0
        const fallback = async () => { wires += 1; return new lab.Socket(world, "", "") }
        const {world, live} = lab.line(1, {}, {fallback})
        for (let turn = 0; turn < 3; turn += 1) {
            world.socket.drop(1006)
            while (live.state !== "connecting") world.pass(1_000)
        }
        await Promise.resolve(); await Promise.resolve()
        return [world.sockets.length, wires]
    """) == [3, 1]


async def test_a_phone_without_any_network_does_not_blame_the_sockets(run: Run) -> None:
    assert await run("""
        let wires = 0
        const fallback = async () => { wires += 1; return new lab.Socket(world, "", "") }
        const {world, live} = lab.line(1, {}, {fallback})
        world.isOnline = false
        for (let turn = 0; turn < 5; turn += 1) {
            world.socket.drop(1006)
            while (live.state !== "connecting") world.pass(1_000)
        }
        await Promise.resolve(); await Promise.resolve()
        return [world.sockets.length, wires]
    """) == [6, 0]


async def test_the_floor_comes_as_a_whole(page: Page, run: Run) -> None:
    await over_http(page, {"tables": {"t1": {"label": "1"}}})
    body = """
        const {PollSocket} = await use("shared/poll.js")
        const wire = new PollSocket()
        const told = new Promise((resolve) => {
            wire.onmessage = ({data}) => JSON.parse(data).t === "snap" && resolve(data)
        })
        wire.onopen = () => wire.send(JSON.stringify({t: "hello", cid: "me", rooms: [{r: "floor:r1"}]}))
        const {t, r, d} = JSON.parse(await told)
        wire.close(); return [t, r, d]
    """
    assert await run(body) == ["snap", "floor:r1", {"tables": {"t1": {"label": "1"}}}]
