import pytest

from realtime.errors import CloseCode, NotAdmitted, NotSignedIn, RealtimeError, SessionExpired, retry_ms


@pytest.mark.parametrize("code", list(CloseCode))
def test_a_client_is_told_when_to_come_back_exactly_where_the_table_lets_it(code: CloseCode) -> None:
    comes_back = code in {CloseCode.RESTART, CloseCode.BUSY} or 4400 <= code < 4500
    assert (retry_ms(code) is not None) == comes_back


def test_too_many_joins_keep_a_client_away_for_three_seconds_at_least() -> None:
    assert retry_ms(CloseCode.BUSY) == (3000, 10000)


def test_a_refusal_that_may_pass_asks_to_come_again() -> None:
    assert NotAdmitted("busy", retry=True).close == CloseCode.RESYNC
    assert NotAdmitted("forbidden").close == CloseCode.NOT_ALLOWED


@pytest.mark.parametrize(("error", "code"), [(NotSignedIn(), 4501), (SessionExpired(), 4441)])
def test_who_is_rejected_gets_the_code_of_the_table(error: NotSignedIn | SessionExpired, code: int) -> None:
    assert isinstance(error, RealtimeError)
    assert error.code == code
