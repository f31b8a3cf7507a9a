"""The socket's description, held against the frames of a running server."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import jsonschema_rs
import orjson
import pytest

from app.actions.shapes import COMMANDS
from app.main import create_app
from app.web.asyncapi import EXAMPLES, FROM_CLIENT, describe
from realtime.frames import decode
from realtime.lean_protocol import LeanWebSocketProtocol
from tests.actions.conftest import furnished, pytest_generate_tests, url
from tests.actions.evening import Evening, open_desk
from tests.nodes import Phone, phones, settings
from tests.services import Served, free_port
from tests.web.house import V1, House

__all__ = ["furnished", "pytest_generate_tests", "url"]

DOCUMENT = describe("test")
ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


def faults(message: str, payload: Any) -> list[str]:
    """What is wrong with a frame, by the description."""
    schema = {
        "$ref": DOCUMENT["components"]["messages"][message]["payload"]["$ref"],
        "components": DOCUMENT["components"],
    }
    return [f"{message}: {each.message}" for each in jsonschema_rs.validator_for(schema).iter_errors(payload)]


@pytest.fixture
async def node(url: str, serve: Callable[..., Any]) -> AsyncIterator[Served]:
    port = free_port()
    async with serve(create_app(settings(url, port=port)), ws=LeanWebSocketProtocol, port=port) as at:
        yield at


@pytest.fixture
async def evening(url: str) -> AsyncIterator[Evening]:
    async with AsyncExitStack() as stack:
        yield await Evening.at(await open_desk(stack, url))


def test_every_reference_leads_somewhere() -> None:
    references = set(re.findall(r"'#/([\w./-]+)'", str(DOCUMENT)))
    assert len(references) > 40
    for reference in references:
        found: Any = DOCUMENT
        for part in reference.split("/"):
            found = found[part]


def test_every_message_has_an_operation_in_one_direction() -> None:
    actions = {name: each["action"] for name, each in DOCUMENT["operations"].items()}
    assert {name.partition("-")[2] for name in actions} == set(DOCUMENT["components"]["messages"])
    assert {name for name, action in actions.items() if action == "receive"} == {f"receive-{t}" for t in FROM_CLIENT}


@pytest.mark.parametrize("message", EXAMPLES)
def test_the_examples_are_what_the_description_says(message: str) -> None:
    for example in EXAMPLES[message]:
        assert faults(message, example) == []


@pytest.mark.parametrize("message", FROM_CLIENT)
def test_the_server_reads_the_examples_of_a_client(message: str) -> None:
    for example in EXAMPLES[message]:
        assert isinstance(decode(orjson.dumps(example)), FROM_CLIENT[message])


def test_a_frame_that_lacks_something_is_none() -> None:
    assert faults("do", {"t": "do", "id": 1, "r": "table:x"})
    assert faults("do", {"t": "do", "id": 1, "r": "table:x", "k": "no.such.command", "d": {}})
    assert faults("hello", {"t": "hello", "v": 2, "cid": "c", "rooms": []})


def test_every_command_is_described() -> None:
    assert {each["title"] for each in DOCUMENT["components"]["schemas"]["frame.do"]["oneOf"]} == set(COMMANDS)


@ON_SQLITE
async def test_whatever_the_server_says_is_described(node: Served, evening: Evening) -> None:
    async with phones(node.url, evening.codes["1"], "Ana", "Ben") as (ana, ben):
        await ana.order(evening.wanted("Burger"))
        await send_examples(ana)
        await ana.do("claims.set", line="nowhere", guest=ana.guest, parts=1)
        await ben.close()
        await ana.do("split.set", mode="items")
        await ben.connect()
        await ana.send({"t": "sync", "r": ana.room, "n": 10**6})
        await ana.until(lambda frame: frame["t"] == "head")
        seen = [*ana.frames, *ben.frames]
        assert [fault for frame in seen for fault in faults(frame["t"], frame)] == []
        assert {"welcome", "snap", "resumed", "ev", "ack", "err", "pres", "head"} <= {frame["t"] for frame in seen}


async def send_examples(phone: Phone) -> None:
    """The examples of commands, as they stand but for the room, are taken."""
    for example in EXAMPLES["do"]:
        await phone.send({**example, "r": phone.room})
        answered = await phone.until(lambda frame, one=example: frame.get("id") == one["id"])  # type: ignore[misc]
        assert answered["t"] == "ack", answered


async def test_the_description_is_served(house: House) -> None:
    async with house.client() as anybody:
        assert (await anybody.get(f"{V1}/asyncapi.json")).json()["channels"] == DOCUMENT["channels"]
