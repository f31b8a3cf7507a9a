from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions import errors, shapes

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("k", sorted(shapes.COMMANDS))
@given(d=st.dictionaries(st.text(max_size=12), ANYTHING, max_size=4))
def test_whatever_comes_is_a_shape_or_says_why_not(k: str, d: dict[str, Any]) -> None:
    try:
        shapes.read(shapes.COMMANDS[k], d)
    except errors.Invalid as error:
        assert error.errors  # noqa: PT017 - either outcome is fine, a third is not


def test_every_wrong_member_is_named_as_on_the_wire() -> None:
    with pytest.raises(errors.Invalid) as caught:
        shapes.read(shapes.PlaceOrder, {"items": [{"menuItemId": 5, "quantity": 0}], "extra": 1})
    paths = {error.path for error in caught.value.errors}
    assert paths == {("items", "0", "menuItemId"), ("items", "0", "quantity"), ("extra",)}


@pytest.mark.parametrize("parts", [True, 1.0, "1", None, -1, 10**6, [1]])
def test_parts_are_whole_numbers(parts: object) -> None:
    with pytest.raises(errors.Invalid):
        shapes.read(shapes.SetClaim, {"line": "l", "guest": "g", "parts": parts})


def test_members_are_known_by_their_wire_names_only() -> None:
    with pytest.raises(errors.Invalid):
        shapes.read(shapes.PaymentRequest, {"payment_method": "cash"})


def test_a_name_is_trimmed_and_not_empty() -> None:
    assert shapes.read(shapes.Rename, {"name": "  Ana "}).name == "Ana"
    for name in ("", "   ", "x" * 41):
        with pytest.raises(errors.Invalid):
            shapes.read(shapes.Rename, {"name": name})
