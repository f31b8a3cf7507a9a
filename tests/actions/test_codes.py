import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions import codes

KEYS = ("new" * 12, "old" * 12)


def test_a_code_names_its_table_and_print() -> None:
    code = codes.table_code(KEYS, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 7)
    assert codes.read_table_code(KEYS, code) == ("01ARZ3NDEKTSV4RRFFQ69G5FAV", 7)


def test_a_code_signed_with_the_older_key_is_still_good() -> None:
    code = codes.table_code(KEYS[1:], "T", 1)
    assert codes.read_table_code(KEYS, code) == ("T", 1)
    assert codes.read_table_code(KEYS[:1], code) is None


@given(st.text(max_size=120))
def test_nobody_makes_a_code_up(text: str) -> None:
    assert codes.read_table_code(KEYS, text) is None


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_changed_letter_breaks_a_code(place: int) -> None:
    code = codes.table_code(KEYS, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 7)
    broken = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
    assert codes.read_table_code(KEYS, broken) is None


@given(st.text(min_size=1, max_size=26))
def test_a_pin_is_four_digits_and_always_the_same(stream: str) -> None:
    pin = codes.visit_pin(KEYS, stream)
    assert len(pin) == 4
    assert pin.isdecimal()
    assert pin == codes.visit_pin(KEYS, stream)


def test_a_seat_token_is_long_and_of_its_seat_only() -> None:
    assert len(codes.seat_token(KEYS, "a")) == 43
    assert codes.seat_token(KEYS, "a") != codes.seat_token(KEYS, "b")
    assert codes.seat_token(KEYS, "a") != codes.seat_token(KEYS[1:], "a")


def test_a_gift_code_follows_from_the_card_and_the_key() -> None:
    code = codes.gift_code(("a" * 40,), "card-1")
    assert len(code) == codes.GIFT_CODE_CHARS
    assert code == codes.gift_code(("a" * 40, "older"), "card-1")
    assert len({code, codes.gift_code(("b" * 40,), "card-1"), codes.gift_code(("a" * 40,), "card-2")}) == 3


def test_a_gift_code_is_understood_however_it_is_typed() -> None:
    assert codes.spaced("7K2M9QXD41TR0B6H") == "7K2M-9QXD-41TR-0B6H"
    assert codes.read_gift_code(" 7k2m 9qxd-4ltr-ob6h ") == "7K2M9QXD41TR0B6H"
    assert codes.gift_code_hash("7K2M9QXD41TR0B6H") != codes.gift_code_hash("7K2M9QXD41TR0B6J")
