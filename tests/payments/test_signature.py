from datetime import UTC, datetime

import pytest

from app.payments.gateway import BadSignature
from app.payments.signature import check_age, signing_time

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_the_stamp_is_read_wherever_it_stands() -> None:
    assert signing_time("t=12,v1=a") == signing_time("v1=a,t=12,v1=b") == 12


@pytest.mark.parametrize(
    "header", ["", "v1=a", "t=,v1=a", "t=x,v1=a", "t=1,t=2,v1=a", "t=-5,v1=a", "t=1,v1=ä", "t=1.5"]
)
def test_a_header_without_one_stamp_is_no_signature(header: str) -> None:
    with pytest.raises(BadSignature) as caught:
        signing_time(header)
    assert caught.value.reason == "mismatch"


@pytest.mark.parametrize(("age", "reason"), [(301, "stale"), (-301, "future"), (10**9, "stale")])
def test_what_was_not_signed_now_is_refused(age: int, reason: str) -> None:
    with pytest.raises(BadSignature) as caught:
        check_age(int(NOW.timestamp()) - age, NOW)
    assert caught.value.reason == reason


@pytest.mark.parametrize("age", [0, 300, -300])
def test_five_minutes_either_way_are_now(age: int) -> None:
    check_age(int(NOW.timestamp()) - age, NOW)
