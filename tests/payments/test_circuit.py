import pytest

from app.payments.circuit import FAILURES_MAX, PAUSE_MAX_S, PAUSE_S, Breaker
from app.payments.gateway import Unavailable


@pytest.fixture
def broken() -> Breaker:
    """A breaker that has just opened, at time 0, for the whole pause."""
    breaker = Breaker(lambda: 1.0)
    for _ in range(FAILURES_MAX):
        breaker.enter(0)
        breaker.failed(0)
    return breaker


def test_a_few_failures_do_not_open_it_and_a_success_forgets_them() -> None:
    breaker = Breaker(lambda: 1.0)
    for _ in range(3):
        for _ in range(FAILURES_MAX - 1):
            breaker.failed(0)
        breaker.succeeded()
    assert breaker.state(0) == "closed"


def test_open_means_that_nothing_is_sent_for_a_while(broken: Breaker) -> None:
    assert broken.state(PAUSE_S - 0.1) == "open"
    with pytest.raises(Unavailable) as caught:
        broken.enter(0.5)
    assert caught.value.retry_after == PAUSE_S - 0.5


def test_half_open_lets_one_request_try(broken: Breaker) -> None:
    assert broken.state(PAUSE_S) == "half_open"
    broken.enter(PAUSE_S)
    with pytest.raises(Unavailable):
        broken.enter(PAUSE_S)
    broken.succeeded()
    broken.enter(PAUSE_S)
    assert broken.state(PAUSE_S) == "closed"


def test_each_failed_trial_doubles_the_pause_up_to_a_bound(broken: Breaker) -> None:
    now, pauses = PAUSE_S, []
    for _ in range(6):
        broken.enter(now)
        broken.failed(now)
        pause = next(step for step in range(1, 100) if broken.state(now + step) == "half_open")
        pauses.append(pause)
        now += pause
    assert pauses == [4, 8, 16, PAUSE_MAX_S, PAUSE_MAX_S, PAUSE_MAX_S]


def test_a_trial_that_was_given_up_lets_the_next_one_try(broken: Breaker) -> None:
    broken.enter(PAUSE_S)
    broken.left()
    broken.enter(PAUSE_S)


def test_chance_spreads_the_pauses() -> None:
    early = Breaker(lambda: 0.0)
    for _ in range(FAILURES_MAX):
        early.failed(0)
    assert early.state(PAUSE_S / 2) == "half_open"
