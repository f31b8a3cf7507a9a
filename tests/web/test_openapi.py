import asyncio
import re
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.actions.shapes import COMMANDS
from app.web.errors import CODES
from app.web.openapi import codes_of, describe
from app.web.routes import API, AT
from tests.web.house import V1, House
from tests.web.people import Member, keyed, sit

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
DOCUMENT = describe(API, "test")
OPERATIONS = [(call.method, call.path) for call in API]


def test_every_call_is_described_once() -> None:
    ids = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids)) == len(API)


def test_every_code_of_a_call_is_in_the_table() -> None:
    assert {code for call in API for code in codes_of(call)} <= set(CODES)


def test_every_reference_leads_somewhere() -> None:
    references = set(re.findall(r"'#/components/schemas/(\w+)'", str(DOCUMENT)))
    assert references <= set(DOCUMENT["components"]["schemas"])
    assert len(references) > 50


def test_the_description_knows_every_command() -> None:
    assert {one["title"] for one in DOCUMENT["components"]["schemas"]["DoCommand"]["oneOf"]} == set(COMMANDS)


def test_no_answer_promises_a_null() -> None:
    for name in ("View", "PaymentState", "ProblemDetails"):
        assert "null" not in str(DOCUMENT["components"]["schemas"][name])


async def test_the_description_is_served(house: House) -> None:
    async with house.client() as anybody:
        served = (await anybody.get(f"{V1}/openapi.json")).json()
        assert served["openapi"] == "3.1.0"
        assert served["paths"].keys() == DOCUMENT["paths"].keys()
        page = await anybody.get(f"{V1}/docs")
        assert page.status_code == 200
        for method, path in OPERATIONS:
            assert f"{method} {path}" in page.text
        assert (await anybody.get(f"{V1}/docs.css")).headers["content-type"].startswith("text/css")


async def test_the_page_names_no_other_host(house: House) -> None:
    async with house.client() as anybody:
        page = (await anybody.get(f"{V1}/docs")).text
        assert "<script" not in page
        assert "style=" not in page
        assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)


# Anything the description allows, against the running house


def _with_our_sessions(document: dict[str, Any]) -> Any:
    """The description without its word on sessions, so that nobody makes up tokens in place of ours."""
    paths = {
        path: {method: {**one, "security": []} for method, one in operations.items()}
        for path, operations in document["paths"].items()
    }
    return schemathesis.openapi.from_dict({**document, "paths": paths})


GENERATED = _with_our_sessions(DOCUMENT)
ALWAYS = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
# A person is asked for their password on purpose slowly, and a sign-out would end the session that the test uses.
LEFT_OUT = {f"{V1}/staff/login", f"{V1}/staff/logout", f"{V1}/guest-sessions"}
MOSTLY = hypothesis.strategies.sampled_from([True, True, True, False])
TRIED = [(method, path) for method, path in OPERATIONS if path not in LEFT_OUT]


@pytest.fixture(scope="module")
async def scene(house: House, waiter: Member) -> dict[str, str]:
    """A table with something on it, and staff: the ids that paths may name."""
    sitting = await sit(house, name="Ana")
    line = await sitting.order(house.here)
    started = (await sitting.pay(paymentMethod="cash")).json()
    await sitting.order(house.here, "Mint", 90)
    await sitting.post("/requests", {"kind": "water"})
    (request,) = (await sitting.view())["requests"]
    cookies = "; ".join(f"{name}={value}" for jar in (sitting, waiter) for name, value in jar.http.cookies.items())
    return {
        "session": sitting.stream,
        "line": line,
        "guest": sitting.id,
        "payment": started["id"],
        "request": request,
        "restaurant": house.here.id,
        # Nobody orders it: it may be sold out, or cost anything, when this is over.
        "item": house.here.items["Whatever"],
        "table": (await house.here.table()).table_id,
        "cookie": cookies,
    }


@pytest.mark.parametrize("k", COMMANDS)
async def test_whatever_a_command_says_the_answer_is_one_that_is_described(
    house: House, scene: dict[str, str], k: str
) -> None:
    await asyncio.to_thread(_try, house.at.url, scene, _only(k)[f"{AT}/commands"]["POST"])


def _only(k: str) -> Any:
    """A description in which ``k`` is the only command there is."""
    schemas = DOCUMENT["components"]["schemas"]
    (shape,) = [one for one in schemas["DoCommand"]["oneOf"] if one["title"] == k]
    components = {**DOCUMENT["components"], "schemas": {**schemas, "DoCommand": shape}}
    paths = {f"{AT}/commands": DOCUMENT["paths"][f"{AT}/commands"]}
    return _with_our_sessions({**DOCUMENT, "paths": paths, "components": components})


@pytest.mark.parametrize(("method", "path"), TRIED)
async def test_whatever_is_sent_the_answer_is_one_that_is_described(
    house: House, scene: dict[str, str], method: str, path: str
) -> None:
    await asyncio.to_thread(_try, house.at.url, scene, GENERATED[path][method])


def _try(url: str, scene: dict[str, str], operation: Any) -> None:
    @hypothesis.settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(case=operation.as_strategy(), is_known=MOSTLY)
    def send(case: Any, is_known: bool) -> None:
        if is_known:
            case.path_parameters.update({name: scene[name] for name in case.path_parameters if name in scene})
        headers = {**ALWAYS, **keyed(), "cookie": scene["cookie"]}
        case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)

    send()
