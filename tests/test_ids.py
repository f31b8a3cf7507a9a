from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.ids import CROCKFORD, Ulids, new_id, new_token, short_code, utc_now


def at(*milliseconds: int) -> Ulids:
    times: Iterator[int] = iter(milliseconds)
    return Ulids(lambda: next(times), lambda bits: (1 << bits) - 1)


def test_an_id_has_26_characters_that_cannot_be_misread() -> None:
    made = new_id()
    assert len(made) == 26
    assert set(made) <= set(CROCKFORD)


@given(st.lists(st.integers(min_value=0, max_value=2**47), min_size=2, max_size=50))
def test_ids_sort_by_birth_whatever_the_clock_does(milliseconds: list[int]) -> None:
    source = at(*milliseconds)
    made = [source() for _ in milliseconds]
    assert made == sorted(set(made))


def test_an_id_begins_with_its_millisecond() -> None:
    assert at(0)() == "0000000000" + "Z" * 16
    assert at(32)().startswith("0000000010")


def test_threads_never_get_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(2000)))
    assert len(set(made)) == 2000


def test_a_token_holds_256_bits_and_fits_a_url() -> None:
    token = new_token()
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()


def test_a_short_code_can_be_read_aloud() -> None:
    code = short_code(10)
    assert len(code) == 10
    assert set(code) <= set(CROCKFORD)


def test_the_clock_tells_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)
