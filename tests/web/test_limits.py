from pathlib import Path
from typing import Any

import pytest

from app.actions.access import GuestAccess
from app.storage.redis import MemoryBuckets
from app.web.calls import Asked
from app.web.errors import Problem
from app.web.house import House as WebHouse
from app.web.limits import COMMANDS, WRONG_LOGINS, Limit, caller, demand_patience, spend, table
from app.web.metrics import Metrics
from app.web.shapes import Nothing
from app.web.site import Site
from tests.web.house import V1, House
from tests.web.people import Guest, sit
from tests.web.requests import request

TRIES_MAX = 60


class Clock:
    """Milliseconds that pass when the test says so."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


class Door:
    """Requests of people at tables, and the buckets they take from."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.buckets = MemoryBuckets(self.clock)
        self.metrics = Metrics()
        self.house = WebHouse.at(Site(public_url="http://here", static_root=folder), self.metrics)

    def asked(self, guest: str = "ana", session: str = "s1", body: Any = None) -> Asked[Any]:
        made = request()
        made.scope["state"] = {"buckets": self.buckets}
        made.scope["path_params"] = {"session": session}
        return Asked(made, self.house, GuestAccess(guest, session, "r"), body or Nothing())


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


async def test_so_many_at_once_and_one_more_after_each_interval(door: Door) -> None:
    limits = [Limit("knocks", 100, 3, caller)]
    for _ in range(3):
        await spend(door.asked(), limits)
    with pytest.raises(Problem, match="too_many") as caught:
        await spend(door.asked(), limits)
    assert caught.value.headers == {"retry-after": "1"}
    assert caught.value.members == {"limit": "knocks"}
    assert b'splittable_http_limited_total{limit="knocks"} 1.0' in door.metrics.text()
    door.clock.ms += 100
    await spend(door.asked(), limits)


async def test_who_has_to_wait_long_is_told_whole_seconds(door: Door) -> None:
    limits = [Limit("knocks", 4_200, 1, caller)]
    await spend(door.asked(), limits)
    with pytest.raises(Problem) as caught:
        await spend(door.asked(), limits)
    assert caught.value.headers == {"retry-after": "5"}


async def test_one_guest_does_not_use_up_what_belongs_to_another(door: Door) -> None:
    limits = [Limit("knocks", 100, 1, caller)]
    await spend(door.asked("ana"), limits)
    await spend(door.asked("ben"), limits)


async def test_together_they_may_use_up_what_belongs_to_the_table(door: Door) -> None:
    limits = [Limit("table", 100, 2, table)]
    await spend(door.asked("ana"), limits)
    await spend(door.asked("ben"), limits)
    with pytest.raises(Problem, match="too_many"):
        await spend(door.asked("eve"), limits)
    await spend(door.asked("eve", session="s2"), limits)


async def test_a_limit_that_does_not_apply_takes_nothing(door: Door) -> None:
    limits = [Limit("knocks", 100, 1, lambda _: None)]
    for _ in range(5):
        await spend(door.asked(), limits)


async def test_quick_hands_are_quick_enough(door: Door) -> None:
    for _ in range(200):
        await spend(door.asked(), COMMANDS)
    with pytest.raises(Problem, match="too_many"):
        await spend(door.asked(), COMMANDS)


async def test_only_what_was_spent_costs_patience(door: Door) -> None:
    limit = Limit("wrong", WRONG_LOGINS.interval_ms, WRONG_LOGINS.burst, caller)
    for _ in range(limit.burst):
        await demand_patience(door.asked(), limit)
        await spend(door.asked(), [limit])
        door.clock.ms += 1
    with pytest.raises(Problem, match="too_many") as caught:
        await demand_patience(door.asked(), limit)
    door.clock.ms += int(caught.value.headers["retry-after"]) * 1000
    await demand_patience(door.asked(), limit)


# Over the wire


async def start_until_turned_away(house: House, guest: Guest) -> list[Any]:
    await guest.order(house.here)
    answers: list[Any] = []
    while len(answers) < TRIES_MAX:
        answers.append(await guest.pay(f"key-{len(answers)}", paymentMethod="cash"))
        if answers[-1].status_code != 201:
            break
        await guest.http.post(f"{V1}/payments/{answers[-1].json()['id']}/cancel")
    return answers


async def test_ten_payments_a_minute_are_enough_and_a_known_key_is_answered_all_the_same(
    house: House, guest: Guest
) -> None:
    answers = await start_until_turned_away(house, guest)
    assert len(answers) > 10
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 6
    again = await guest.pay("key-3", paymentMethod="cash")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    # What was turned away was never tried: its key is as good as new.
    assert "idempotent-replayed" not in (await guest.pay(f"key-{len(answers) - 1}", paymentMethod="cash")).headers


async def test_what_the_bill_refuses_is_refused_for_that_however_often_it_is_asked(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    answers = [await guest.pay(expectedAmount=1) for _ in range(12)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "amount_changed")}
    await start_until_turned_away(house, guest)
    assert (await guest.pay(expectedAmount=1)).json()["code"] == "amount_changed"


async def test_one_who_is_turned_away_does_not_keep_the_others_from_paying(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    await start_until_turned_away(house, guest)
    await second.order(house.here)
    assert (await second.pay()).status_code == 201


async def test_a_pin_cannot_be_tried_through(house: House, guest: Guest) -> None:
    body = {"code": guest.table.code, "visit": "join"}
    async with house.client() as thief:
        pins = [{**body, "pin": f"{number:04}"} for number in range(TRIES_MAX)]
        answers = [await thief.post(f"{V1}/guest-sessions", json=each) for each in pins]
        assert (answers[-1].status_code, answers[-1].json()["limit"]) == (429, "pins")
        assert (await thief.post(f"{V1}/guest-sessions", json=body)).status_code == 200
