import pytest

from app.web.house import Turnstile


def test_a_turnstile_lets_in_as_many_as_there_are_places() -> None:
    turnstile = Turnstile(1)
    with turnstile.admit() as first, turnstile.admit() as second:
        assert (first, second, turnstile.inside) == (True, False, 1)
    with turnstile.admit() as later:
        assert later


def test_a_place_is_given_back_however_the_visit_ends() -> None:
    turnstile = Turnstile(1)
    with pytest.raises(ZeroDivisionError), turnstile.admit():
        _ = 1 // 0
    assert turnstile.inside == 0
