"""Tips: from the ledger to the people who worked for them."""

import datetime as dt

import pytest

from app.actions import errors, shapes, tips
from app.domain.days import Calendar
from tests.actions.evening import Evening


def today(evening: Evening) -> dt.date:
    """The business day of now; the houses of the tests are in UTC."""
    return Calendar("UTC", 240).day_of(evening.clock.now).date


async def tipped(evening: Evening, name: str, table: str, tip: int, by: str) -> str:
    """A guest pays cash with a tip, confirmed by somebody; the visit."""
    guest = await evening.seat(name, table)
    await evening.order(guest, "Burger")
    started = await evening.pay(guest, guest.stream, paymentMethod="cash", tipAmount=tip)
    await evening.do(evening.team[by], guest.stream, "payment.confirm", payment=started.id)
    return guest.stream


async def worked(evening: Evening, role: str, minutes: int) -> str:
    """Somebody worked today; the id of the shift."""
    day = {"date": today(evening).isoformat(), "minutes": minutes}
    asked = shapes.read(shapes.ShiftRequest, {"staffId": evening.team[role].staff_id, **day})
    shift: str = (await tips.add_shift(evening.desk, asked, by=evening.team["manager"]))["id"]
    return shift


async def rule(evening: Evening, by: str, starts: dt.date | None = None, **points: int) -> None:
    more = {"from": starts.isoformat()} if starts else {}
    asked = shapes.read(shapes.TipRuleRequest, {"by": by, "points": points, **more})
    await tips.set_rule(evening.desk, asked, by=evening.team["owner"])


async def pool(evening: Evening) -> dict[str, int]:
    """Who gets what of the last days."""
    first = (today(evening) - dt.timedelta(days=3)).isoformat()
    told = await tips.pool(evening.desk, first, None, by=evening.team["manager"])
    assert told["distributed"] + told["undistributed"] == told["pool"]
    assert sum(each["amount"] for each in told["staff"]) == told["distributed"]
    return {each["role"]: each["amount"] for each in told["staff"]} | {"nobody": told["undistributed"]}


async def test_tips_are_shared_by_hours_where_nobody_says_otherwise(evening: Evening) -> None:
    await tipped(evening, "Ana", "1", 300, "waiter")
    assert await pool(evening) == {"nobody": 300}
    await worked(evening, "waiter", 480)
    await worked(evening, "kitchen", 240)
    assert await pool(evening) == {"waiter": 200, "kitchen": 100, "nobody": 0}
    shift = await worked(evening, "kitchen", 480)
    assert await pool(evening) == {"waiter": 150, "kitchen": 150, "nobody": 0}
    await tips.remove_shift(evening.desk, shift, by=evening.team["manager"])
    assert await pool(evening) == {"waiter": 300, "nobody": 0}


async def test_points_of_the_role_weigh_the_hours(evening: Evening) -> None:
    await tipped(evening, "Ana", "1", 300, "waiter")
    await worked(evening, "waiter", 60)
    await worked(evening, "kitchen", 60)
    await rule(evening, "points", waiter=10, kitchen=5)
    assert await pool(evening) == {"waiter": 200, "kitchen": 100, "nobody": 0}


async def test_who_served_a_table_gets_its_tips_and_the_kitchen_none_of_them(evening: Evening) -> None:
    one = await tipped(evening, "Ana", "1", 300, "waiter")
    lines = list((await evening.bill(one)).lines)
    await evening.do(evening.team["kitchen"], one, "line.status", lines=lines, status="ready")
    await tipped(evening, "Bob", "2", 100, "manager")
    await rule(evening, "served")
    assert await pool(evening) == {"waiter": 300, "manager": 100, "nobody": 0}


async def test_a_rule_holds_from_its_day_on_and_not_before(evening: Evening) -> None:
    await tipped(evening, "Ana", "1", 300, "waiter")
    await worked(evening, "waiter", 60)
    await worked(evening, "kitchen", 60)
    await rule(evening, "points", today(evening) + dt.timedelta(days=1), waiter=1)
    assert await pool(evening) == {"waiter": 150, "kitchen": 150, "nobody": 0}
    assert (await tips.rule(evening.desk, by=evening.team["owner"])) == {"by": "hours", "points": {}}
    await rule(evening, "points", waiter=1)
    told = await tips.rule(evening.desk, by=evening.team["owner"])
    assert told == {"by": "points", "points": {"waiter": 1}, "from": today(evening).isoformat()}


async def test_everybody_reads_their_own_statement_and_a_manager_anybodys(evening: Evening) -> None:
    await tipped(evening, "Ana", "1", 300, "waiter")
    await worked(evening, "waiter", 60)
    waiter, kitchen = evening.team["waiter"], evening.team["kitchen"]
    own = await tips.statement(evening.desk, None, None, by=waiter)
    assert (own["name"], own["amount"], own["minutes"]) == ("Waiter", 300, 60)
    day = {"date": today(evening).isoformat(), "by": "hours", "minutes": 60, "pool": 300, "amount": 300}
    assert own["days"] == [day]
    assert (await tips.statement(evening.desk, None, None, by=kitchen))["amount"] == 0
    asked = await tips.statement(evening.desk, None, None, by=evening.team["manager"], person=waiter.staff_id)
    assert asked == own
    with pytest.raises(errors.NotAllowed):
        await tips.statement(evening.desk, None, None, by=kitchen, person=waiter.staff_id)


async def test_who_does_not_work_here_has_no_shift_and_no_statement(evening: Evening) -> None:
    day = {"date": today(evening).isoformat(), "minutes": 60}
    nobody = shapes.read(shapes.ShiftRequest, {"staffId": "nobody", **day})
    with pytest.raises(errors.NotFound):
        await tips.add_shift(evening.desk, nobody, by=evening.team["manager"])
    with pytest.raises(errors.NotFound):
        await tips.statement(evening.desk, None, None, by=evening.team["manager"], person="nobody")
    with pytest.raises(errors.NotFound):
        await tips.remove_shift(evening.desk, "nothing", by=evening.team["manager"])


async def test_the_house_sees_its_team_and_their_shifts(evening: Evening) -> None:
    await worked(evening, "waiter", 60)
    manager = evening.team["manager"]
    team = (await tips.team(evening.desk, by=manager))["team"]
    assert [one["role"] for one in team] == ["kitchen", "manager", "owner", "waiter"]
    told = (await tips.shifts(evening.desk, None, None, by=manager))["shifts"]
    assert [(one["role"], one["minutes"]) for one in told] == [("waiter", 60)]
    with pytest.raises(errors.NotAllowed):
        await tips.team(evening.desk, by=evening.team["waiter"])
