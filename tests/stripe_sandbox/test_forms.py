from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe._encode import _api_encode

from stripe_sandbox import forms
from stripe_sandbox.errors import ApiError
from tests.stripe_sandbox.bench import encode

names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
trees = st.recursive(
    values,
    lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(names, trees, max_size=4))
def test_what_stripes_own_library_encodes_is_decoded_to_the_same(params: dict[str, Any]) -> None:
    pairs = [(name, value) for name, value in _api_encode(params)]
    assert forms.decode(encode({name: str(value) for name, value in pairs})) == params


def test_brackets_without_a_number_append_to_a_list() -> None:
    assert forms.decode("expand[]=a&expand[]=b") == {"expand": ["a", "b"]}


@pytest.mark.parametrize("raw", ["a=1&a[b]=2", "a[b]=1&a=2", "%ff=1", "a=1&" * 2000])
def test_a_body_that_makes_no_sense_is_refused(raw: str) -> None:
    with pytest.raises(ApiError) as caught:
        forms.decode(raw)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("12.5", "parameter_invalid_integer"),
        ("0", "parameter_invalid_integer"),
        ("", "parameter_invalid_empty"),
        ("1e3", "parameter_invalid_integer"),
    ],
)
def test_an_integer_is_whole_positive_and_there(value: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        forms.integer({"amount": value}, "amount")
    assert caught.value.error["code"] == code


def test_metadata_grows_changes_and_shrinks() -> None:
    before = {"payment": "P1", "table": "4"}
    assert forms.metadata({"metadata": {"table": "", "note": "x"}}, before) == {"payment": "P1", "note": "x"}
    assert forms.metadata({"metadata": ""}, before) == {}


@pytest.mark.parametrize(
    "given", [{"k" * 41: "x"}, {"k": "x" * 501}, {str(n): "x" for n in range(51)}, {"k": {"a": "b"}}]
)
def test_metadata_has_limits(given: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        forms.metadata({"metadata": given})


def test_unknown_members_are_named() -> None:
    with pytest.raises(ApiError) as caught:
        forms.known_only({"amount": "1", "tip": "2"}, {"amount"})
    assert caught.value.error["param"] == "tip"
    assert caught.value.error["code"] == "parameter_unknown"


def test_booleans_choices_and_objects_are_checked() -> None:
    for read in (
        lambda: forms.flag({"a": "yes"}, "a"),
        lambda: forms.choice({"a": "x"}, "a", ("b",)),
        lambda: forms.mapping({"a": "x"}, "a"),
        lambda: forms.text({"a": {"b": "c"}}, "a"),
        lambda: forms.required({}, "a"),
    ):
        with pytest.raises(ApiError):
            read()
