import contextlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.shapes import PaymentRequest, PlaceOrder, Rename
from app.web import bodies
from app.web.errors import Problem
from app.web.shapes import DoCommand, MaybeBecause, Nothing
from tests.web.requests import request

JSON = {"content-type": "application/json"}
BOUND = 1000


async def refused(headers: dict[str, str], chunks: Iterable[bytes], shape: type[Any] = Rename) -> Problem:
    with pytest.raises(Problem) as caught:
        await bodies.read(request(headers=headers, chunks=chunks), shape, BOUND)
    return caught.value


async def test_a_body_becomes_its_shape() -> None:
    shape, raw = await bodies.read(request(headers=JSON, chunks=[b'{"na', b'me":"Ana"}']), Rename, BOUND)
    assert shape == Rename(name="Ana")
    assert raw == b'{"name":"Ana"}'


@pytest.mark.parametrize(
    "given_type", ["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"']
)
async def test_json_may_be_named_in_every_legal_way(given_type: str) -> None:
    sent = request(headers={"content-type": given_type}, chunks=[b'{"name":"Ana"}'])
    assert (await bodies.read(sent, Rename, BOUND))[0].name == "Ana"


@pytest.mark.parametrize(
    "given_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/jsonp"],
)
async def test_any_other_content_type_is_refused(given_type: str) -> None:
    assert (await refused({"content-type": given_type}, [b'{"name":"Ana"}'])).code == "wrong_type"


@pytest.mark.parametrize("shape", [Nothing, MaybeBecause])
async def test_a_body_that_may_be_empty_may_be_missing(shape: type[Any]) -> None:
    assert (await bodies.read(request(), shape, BOUND))[0] == shape()


async def test_a_body_that_says_its_length_is_refused_before_it_is_read() -> None:
    assert (await refused({**JSON, "content-length": "1001"}, [])).code == "too_large"


async def test_a_body_that_hides_its_length_is_refused_as_soon_as_it_is_too_long() -> None:
    assert (await refused(JSON, [b" " * 600, b" " * 600, b"never read"])).code == "too_large"


@pytest.mark.parametrize("length", ["-1", "ten", "9" * 5000])
async def test_a_nonsensical_length_is_too_large(length: str) -> None:
    assert (await refused({**JSON, "content-length": length}, [])).code == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"name=Ana",
        b'{"name": "Ana",}',
        b"{'name': 'Ana'}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": "Ana", "name": "Ben"}',
        b'{"name": "\xff"}',
        b'\xef\xbb\xbf{"name": "Ana"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\u0000"}',
        b'{"\\udfff": 1}',
        b'{"name": "a\nb"}',
        b"[" * 999,
    ],
)
async def test_what_two_readers_could_read_differently_is_bad_json(body: bytes) -> None:
    assert (await refused(JSON, [body])).code == "bad_json"


@pytest.mark.parametrize("text", ["\\\\u0000", "\U0001f9c1", "J\\u00fcrgen", "\\ud83e\\uddc1"])
async def test_text_that_only_looks_dangerous_is_text(text: str) -> None:
    shape, _ = await bodies.read(request(headers=JSON, chunks=[f'{{"name":"{text}"}}'.encode()]), Rename, BOUND)
    assert shape.name


@pytest.mark.parametrize("top", [b"[]", b'"Ana"', b"1", b"null", b"true"])
async def test_json_that_is_not_an_object_is_invalid(top: bytes) -> None:
    assert (await refused(JSON, [top])).code == "invalid"


@pytest.mark.parametrize(
    "amount",
    ["-1", "0", "1.5", "12.0", '"1200"', "true", "1e3", "1" * 30, "99999999999999999", 'null, "tipAmount": -1'],
)
async def test_an_amount_is_a_positive_whole_number_of_a_bounded_size(amount: str) -> None:
    body = f'{{"paymentMethod": "card", "amount": {amount}}}'.encode()
    problem = await refused(JSON, [body], PaymentRequest)
    assert problem.code == "invalid"
    assert problem.faults[0].field in {"amount", "tipAmount"}


async def test_every_wrong_member_is_named_by_its_path_and_nothing_sent_is_echoed() -> None:
    body = b'{"items": [{"menuItemId": "secret-value", "quantity": 0, "x": 1}], "y": 2}'
    problem = await refused(JSON, [body], PlaceOrder)
    assert {fault.field for fault in problem.faults} == {"items.0.quantity", "items.0.x", "y"}
    assert "secret-value" not in repr(problem.faults)


async def test_python_names_are_not_wire_names() -> None:
    problem = await refused(JSON, [b'{"payment_method": "card"}'], PaymentRequest)
    assert {fault.field for fault in problem.faults} == {"paymentMethod", "payment_method"}


async def test_at_most_twenty_faults_are_told() -> None:
    body = b'{"name": "Ana"' + b"".join(b',"x%d":1' % n for n in range(50)) + b"}"
    assert len((await refused(JSON, [body])).faults) == bodies.FAULTS_MAX


async def test_a_form_is_read_with_empty_members() -> None:
    sent = request(headers={"content-type": bodies.FORM}, chunks=[b"line.a=on&pays=&pays=mine&x=%C3%BC"])
    assert await bodies.form(sent, BOUND) == {"line.a": "on", "pays": "mine", "x": "ü"}


async def test_a_form_with_a_nul_is_refused() -> None:
    sent = request(headers={"content-type": bodies.FORM}, chunks=[b"payment=a%00b"])
    with pytest.raises(Problem, match="bad_json"):
        await bodies.form(sent, BOUND)


async def test_a_form_with_too_many_members_is_refused() -> None:
    sent = request(headers={"content-type": bodies.FORM}, chunks=[b"a=1&" * 240])
    with pytest.raises(Problem):
        await bodies.form(sent, BOUND)


@given(st.binary(max_size=200))
def test_no_bytes_are_anything_but_json_or_a_problem(body: bytes) -> None:
    with contextlib.suppress(Problem):
        bodies.parse(body)


SCALARS = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False) | st.text()


@given(st.dictionaries(st.text(), SCALARS | st.lists(SCALARS, max_size=3), max_size=4))
def test_no_json_makes_a_shape_fail_in_another_way(value: dict[str, Any]) -> None:
    with contextlib.suppress(Problem):
        bodies.validated(DoCommand, value)
