"""The rooms of bills and floors over real sockets of a whole node."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets import ClientConnection, Subprotocol
from websockets.asyncio.client import connect

from app.actions.access import GuestAccess, StaffAccess
from app.domain.view import merge
from app.live import Badges
from app.main import create_app
from realtime.frames import SUBPROTOCOL
from realtime.uvicorn_protocol import FastWebSocketProtocol
from tests.actions.conftest import furnished, pytest_generate_tests, url
from tests.actions.evening import PASSWORD, Evening, open_desk
from tests.nodes import Phone, answer, phones, settings, sign_in
from tests.services import Served, free_port

__all__ = ["furnished", "pytest_generate_tests", "url"]


@pytest.fixture
async def node(url: str, serve: Callable[..., Any]) -> AsyncIterator[Served]:
    port = free_port()
    async with serve(create_app(settings(url, port=port)), ws=FastWebSocketProtocol, port=port) as at:
        yield at


@pytest.fixture
async def house(url: str) -> AsyncIterator[Evening]:
    """The same database, to know codes and dishes by name."""
    async with AsyncExitStack() as stack:
        yield await Evening.at(await open_desk(stack, url))


async def test_everybody_sees_what_one_does(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana", "Ben") as (ana, ben):
        await ana.order(house.wanted("Burger"))
        for phone in (ana, ben):
            await phone.until_view(lambda view: view["totals"]["total"] == 1579)
        assert ana.view == ben.view
        (line,) = ben.view["lines"]
        assert (await ben.do("claims.set", line=line, guest=ben.guest, parts=1))["t"] == "ack"
        await ana.until_view(lambda view: view["guests"][ben.guest]["due"] == 790)
        assert ana.view["guests"][ana.guest]["due"] == 789


async def test_what_the_events_add_up_to_is_what_a_snapshot_says(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana", "Ben") as (ana, ben):
        await ana.order(house.wanted("Burger"), house.wanted("Steak", 2, "Rare", "Egg"))
        await ben.do("split.set", mode="even")
        await ben.do("guest.rename", name="Benjamin")
        await ben.do("companion.add")
        await ana.do("request.make", kind="bill")
        last = await ana.do("split.set", mode="items")
        await ben.until(lambda frame: frame.get("n") == last["n"] and frame["t"] == "ev")
        whole = await ana.call("GET", f"/table-sessions/{ana.stream}")
        assert (whole["version"], whole["view"]) == (ben.n, ben.view)
        assert ben.view["guests"][ben.guest]["name"] == "Benjamin"


async def test_a_phone_that_was_away_gets_what_it_missed(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana", "Ben") as (ana, ben):
        await ben.close()
        await ana.do("guest.rename", name="Anna")
        await ana.order(house.wanted("Burger"))
        await ana.until_view(lambda view: view["totals"]["total"] == 1579)
        await ben.connect()
        assert [frame["t"] for frame in ben.frames].count("resumed") == 1
        await ben.until_view(lambda view: view["totals"]["total"] == 1579)
        assert ben.view == ana.view
        assert ben.view["guests"][ana.guest]["name"] == "Anna"


async def test_a_phone_from_another_epoch_takes_a_snapshot(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana") as (ana,):
        await ana.close()
        ana.epoch = "elsewhere"
        await ana.connect()
        assert [frame["why"] for frame in ana.frames if frame["t"] == "snap"][-1] == "epoch"


async def test_a_command_sent_twice_is_applied_once(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana") as (ana,):
        first = await ana.do("companion.add", 7, name="Grandma")
        again = await ana.do("companion.add", 7, name="Grandma")
        assert (again["t"], again["n"], again.get("dup")) == ("ack", first["n"], True)
        other = await ana.do("companion.add", 7, name="Grandpa")
        assert (other["t"], other["code"]) == ("err", "command_reused")
        assert len(ana.view["guests"]) == 2


async def test_the_welcome_says_what_was_applied_before(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana") as (ana,):
        await ana.do("companion.add", 12)
        await ana.close()
        await ana.connect()
        (joined,) = [frame for frame in ana.frames if frame["t"] == "resumed"]
        assert joined["mid"] == 12


@pytest.mark.parametrize(
    ("k", "d", "code"),
    [
        ("claims.set", {"line": "x", "guest": "me", "parts": 1}, "not_found"),
        ("claims.set", {"line": "x", "guest": "me", "parts": -1}, "invalid"),
        ("claims.set", {"line": "x", "guest": "me", "parts": 1.5}, "invalid"),
        ("claims.set", {"line": "x", "guest": "me", "parts": "1"}, "invalid"),
        ("claims.set", {"line": "x", "guest": "me"}, "invalid"),
        ("claims.set", {"line": "x", "guest": "me", "parts": 1, "paid": True}, "invalid"),
        ("line.void", {"line": "x", "reason": "free food"}, "forbidden"),
        ("payment.confirm", {"payment": "x"}, "forbidden"),
        ("session.close", {}, "forbidden"),
        ("payment.succeeded", {"payment": "x"}, "bad_request"),
        ("payment.start", {"amount": 1}, "bad_request"),
        ("order.place", {"items": [{"menuItemId": "x", "quantity": 1}]}, "not_found"),
        ("order.place", {"items": []}, "invalid"),
        ("order.place", {"items": [{"menuItemId": "x", "quantity": 0}]}, "invalid"),
        ("order.place", {"items": [{"menuItemId": "x", "quantity": 10**9}]}, "invalid"),
    ],
)
async def test_what_makes_no_sense_is_answered_and_the_room_lives(
    node: Served, house: Evening, k: str, d: dict[str, Any], code: str
) -> None:
    async with phones(node.url, house.codes["1"], "Ana") as (ana,):
        before = ana.n
        asked: dict[str, Any] = {name: ana.guest if value == "me" else value for name, value in d.items()}
        refused = await ana.do(k, **asked)
        assert (refused["t"], refused["code"]) == ("err", code)
        assert (await ana.do("companion.add"))["n"] > before


async def test_a_refusal_names_who_is_paying(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana", "Ben") as (ana, ben):
        await ana.order(house.wanted("Burger"))
        await ana.pay(paymentMethod="cash")
        (line,) = (await ben.until_view(lambda view: view["payments"]))["lines"]
        refused = await ben.do("claims.set", line=line, guest=ben.guest, parts=1)
        assert (refused["code"], refused["msg"]) == ("share_being_paid", "Ana is paying for Burger right now.")


async def test_nobody_enters_a_strangers_room(node: Served, house: Evening) -> None:
    ana, ben = await Phone.join(node.url, house.codes["1"], "Ana"), await Phone.join(node.url, house.codes["2"], "Ben")
    ben.stream = ana.stream
    with pytest.raises(AssertionError, match="forbidden"):
        await ben.connect()
    await ben.close()


async def test_a_guest_whom_staff_remove_is_sent_out(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana", "Ben") as (ana, ben):
        async with sign_in(node.url, "waiter@open.example", PASSWORD) as waiter:
            answer(await waiter.post(f"/api/v1/table-sessions/{ana.stream}/guests/{ben.guest}/remove", json={}))
        await ana.until_view(lambda view: view["guests"][ben.guest]["left"])
        assert ben.socket is not None
        await ben.socket.wait_closed()
        assert ben.socket.close_code == 4503


async def test_a_guest_who_leaves_is_out_of_the_room_at_once(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana", "Ben") as (ana, ben):
        await ben.call("DELETE", "/guest-sessions/me")
        await ana.until_view(lambda view: view["guests"][ben.guest]["left"])
        assert ben.socket is not None
        await ben.socket.wait_closed()
        assert ben.socket.close_code == 4503


# The floor


@asynccontextmanager
async def _floor(node: Served, house: Evening) -> AsyncIterator[ClientConnection]:
    async with sign_in(node.url, "waiter@open.example", PASSWORD) as waiter:
        cookie = "; ".join(f"{name}={value}" for name, value in waiter.cookies.items())
    headers = {"Cookie": cookie}
    address, protocols = node.ws + "/api/v1/live", [Subprotocol(SUBPROTOCOL)]
    origin: Any = node.url
    async with connect(
        address, subprotocols=protocols, additional_headers=headers, origin=origin, proxy=None
    ) as socket:
        rooms = [{"r": f"floor:{house.restaurant}"}]
        await socket.send(orjson.dumps({"t": "hello", "v": 1, "cid": "floor", "rooms": rooms}).decode())
        yield socket


async def _next(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async for message in socket:
        frame: dict[str, Any] = orjson.loads(message)
        if frame["t"] == kind:
            return frame
    raise AssertionError(f"closed before {kind}")


async def test_the_floor_follows_every_table(node: Served, house: Evening) -> None:
    async with _floor(node, house) as socket:
        view = (await _next(socket, "snap"))["d"]
        assert {tile["service"] for tile in view["tables"].values()} == {"free"}
        async with phones(node.url, house.codes["1"], "Ana") as (ana,):
            await ana.order(house.wanted("Burger"))
            await ana.do("request.make", kind="bill")
            tile = view["tables"][house.tables["1"]]
            while tile.get("money") != "bill_asked":
                view = merge(view, (await _next(socket, "ev"))["d"])
                tile = view["tables"][house.tables["1"]]
        assert (tile["label"], tile["service"], tile["session"]["total"]) == ("1", "ordering", 1579)
        async with sign_in(node.url, "waiter@open.example", PASSWORD) as waiter:
            whole = (await waiter.get("/api/v1/floor")).json()
        while view["tables"] != whole["tables"]:
            view = merge(view, (await _next(socket, "ev"))["d"])


async def test_a_guest_does_not_see_the_floor(node: Served, house: Evening) -> None:
    async with phones(node.url, house.codes["1"], "Ana") as (ana,):
        ana.cid = "other"
        assert ana.socket is not None
        await ana.close()
        async with connect(node.ws + "/api/v1/live", subprotocols=[Subprotocol(SUBPROTOCOL)], proxy=None) as socket:
            rooms = [{"r": f"floor:{house.restaurant}"}]
            hello = {"t": "hello", "v": 1, "cid": "x", "token": ana.token, "rooms": rooms}
            await socket.send(orjson.dumps(hello).decode())
            assert (await _next(socket, "err"))["code"] == "forbidden"


def test_a_phone_is_the_guest_of_each_of_its_tables_and_staff_at_the_others() -> None:
    here, there = GuestAccess("ana", "s1", "r1"), GuestAccess("anna", "s2", "r1")
    waiter = StaffAccess("w", "r1", "waiter", "Wim")
    phone, both = Badges((here, there), None), Badges((here, there), waiter)
    assert [phone.access(stream) for stream in ("s1", "s2", "s3")] == [here, there, None]
    assert [both.access(stream) for stream in ("s2", "s3")] == [there, waiter]
    assert phone.actor("s2", "order.place") == there.actor
    assert phone.actor("s3", "order.place") is None
    assert both.actor("s3", "order.place") == waiter.actor
