from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.risk import WATCHED, Seen, assess

USUAL = Seen(charge=4200, tip=500, unit=100, median=3900)


def test_a_usual_payment_is_allowed_and_nothing_is_said_of_it() -> None:
    told = assess(USUAL)
    assert (told.verdict, told.score, told.signals) == ("allow", 0, ())


NOTICED: list[tuple[dict[str, int], str, int]] = [
    ({"guest_declines_10m": 3}, "guest_declines", 24),
    ({"table_declines_10m": 7}, "table_declines", 40),
    ({"table_declines_10m": 40}, "table_declines", 60),
    ({"house_declines_10m": 12, "house_tries_10m": 20}, "house_declines", 4),
    ({"card_guests_24h": 4}, "card_guests", 40),
    ({"charge": 100_000}, "amount", 50),
    ({"charge": 25_000}, "amount", 10),
    ({"charge": 20_000, "tip": 9_000}, "tip", 15),
    ({"guest_starts_1h": 5}, "guest_starts", 10),
    ({"phone_tables_24h": 4}, "phone_tables", 20),
    ({"table_starts_10m": 12}, "table_starts", 8),
    ({"phones_30m": 10}, "phones", 6),
    ({"new_tables_10m": 12}, "new_tables", 4),
]


@pytest.mark.parametrize(("change", "name", "points"), NOTICED)
def test_more_than_usual_is_a_signal_with_its_figures(change: dict[str, Any], name: str, points: int) -> None:
    told = {signal.name: signal for signal in assess(replace(USUAL, **change)).signals}
    assert told[name].points == points
    assert told[name].value > told[name].usual
    assert str(told[name].value) in told[name].text


def test_every_signal_has_been_seen_here() -> None:
    assert {name for _, name, _ in NOTICED} | {"small_amount"} == {watch.name for watch in WATCHED}


def test_a_small_amount_says_nothing_before_cards_were_declined() -> None:
    small = replace(USUAL, charge=100, tip=0)
    assert assess(small).signals == ()
    told = assess(replace(small, guest_declines_10m=1, table_declines_10m=1))
    assert [signal.name for signal in told.signals] == ["small_amount"]


def test_an_amount_is_not_unusual_while_nobody_knows_what_is_usual() -> None:
    assert assess(replace(USUAL, charge=900_000, median=0)).verdict == "allow"
    assert assess(replace(USUAL, charge=19_999, median=100)).verdict == "allow"


@pytest.mark.parametrize(("declines", "verdict"), [(1, "allow"), (3, "allow"), (4, "challenge"), (6, "block")])
def test_cards_declined_one_after_another_lead_to_staff_and_then_to_no(declines: int, verdict: str) -> None:
    seen = replace(USUAL, guest_declines_10m=declines, table_declines_10m=declines)
    assert assess(seen).verdict == verdict


def test_one_card_in_many_hands_is_blocked_with_declines_at_the_table() -> None:
    assert assess(replace(USUAL, card_guests_24h=5)).verdict == "challenge"
    assert assess(replace(USUAL, card_guests_24h=5, table_declines_10m=5)).verdict == "block"


def test_a_crowd_alone_is_no_crime() -> None:
    busy = replace(USUAL, table_starts_10m=500, phones_30m=500, new_tables_10m=500)
    assert assess(busy).verdict == "allow"


def test_the_operator_says_where_to_draw_the_lines() -> None:
    seen = replace(USUAL, guest_declines_10m=3)
    assert assess(seen, challenge_at=20, block_at=30).verdict == "challenge"
    assert assess(seen, challenge_at=10, block_at=24).verdict == "block"


@given(st.integers(0, 10_000), st.sampled_from([one.name for one in fields(Seen) if one.name.endswith(("m", "h"))]))
def test_more_of_anything_is_never_less_suspicious(value: int, name: str) -> None:
    if name == "house_tries_10m":
        return
    one, more = replace(USUAL, **{name: value}), replace(USUAL, **{name: value + 1})
    assert assess(one).score <= assess(more).score


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**7))
def test_the_score_is_the_sum_of_the_signals(charge: int, tip: int, median: int) -> None:
    told = assess(Seen(charge=charge + tip, tip=tip, unit=100, median=median))
    assert told.score == sum(signal.points for signal in told.signals)
    assert all(signal.points > 0 for signal in told.signals)
