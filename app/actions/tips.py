"""Tips: collected by the day, shared by the rule of that day, told to everybody who gets some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.actions import errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.reports import calendar_of, house_of, read_days
from app.actions.roles import FLOOR, HOUSE, check_role
from app.actions.shapes import ShiftRequest, TipRuleRequest
from app.domain import ledger
from app.domain.days import Day
from app.domain.money import currency
from app.domain.tipping import Rule, Shares, VisitTips, Work, share
from app.storage import ledger as books
from app.storage import staff, tips
from app.storage.tables import Restaurant, Shift, Staff, TipRule


@dataclass(frozen=True, slots=True)
class DayOfTips:
    """One business day: its rule, its pool, and who gets what."""

    day: Day
    rule: Rule
    pool: int
    work: Sequence[Work]
    shares: Shares


# Rules and shifts


async def rule(desk: Desk, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /tips/rule`: the one of today."""
    check_role(by.role, HOUSE)
    house = await house_of(desk, by)
    today = calendar_of(house).day_of(desk.now())
    return _rule_told(_standing(await tips.rules(desk.database, house.id), today))


async def set_rule(desk: Desk, asked: TipRuleRequest, *, by: StaffAccess) -> dict[str, Any]:
    """`PUT /tips/rule`: from a day on; days before keep theirs."""
    check_role(by.role, HOUSE)
    house = await house_of(desk, by)
    starts_on = asked.starts_on or calendar_of(house).day_of(desk.now()).date
    row = TipRule(
        restaurant_id=house.id,
        starts_on=starts_on,
        shared_by=asked.by,
        points={str(role): points for role, points in asked.points.items()},
    )
    told = _rule_told(row)
    await tips.set_rule(desk.database, row)
    return told


async def team(desk: Desk, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /team`."""
    check_role(by.role, HOUSE)
    people = await staff.of_restaurant(desk.database, by.restaurant_id)
    return {"team": [{"id": one.id, "name": one.name, "role": one.role, "active": one.active} for one in people]}


async def shifts(desk: Desk, first: str | None, last: str | None, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /shifts`."""
    check_role(by.role, HOUSE)
    house = await house_of(desk, by)
    days = read_days(calendar_of(house), desk.now(), first, last)
    people = {one.id: one for one in await staff.of_restaurant(desk.database, house.id)}
    rows = await tips.shifts(desk.database, house.id, days[0].date, days[-1].date)
    return {"shifts": [_shift_told(row, people[row.staff_id]) for row in rows]}


async def add_shift(desk: Desk, asked: ShiftRequest, *, by: StaffAccess) -> dict[str, Any]:
    """`POST /shifts`: one for each person and day; again corrects it. Raises `NotFound`."""
    check_role(by.role, HOUSE)
    person = await staff.by_id(desk.database, asked.staff_id)
    if person is None or person.restaurant_id != by.restaurant_id:
        raise errors.NotFound("nobody with this id works here")
    row = Shift(
        id=desk.new_id(),
        restaurant_id=by.restaurant_id,
        staff_id=person.id,
        date=asked.date,
        minutes=asked.minutes,
    )
    return _shift_told(await tips.set_shift(desk.database, row), person)


async def remove_shift(desk: Desk, shift: str, *, by: StaffAccess) -> None:
    """`DELETE /shifts/{shift}`. Raises `NotFound`."""
    check_role(by.role, HOUSE)
    row = await tips.shift(desk.database, shift)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such shift")
    await tips.remove_shift(desk.database, shift)


# What everybody gets


async def pool(desk: Desk, first: str | None, last: str | None, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /tips`: what was collected on these days, and who gets it."""
    check_role(by.role, HOUSE)
    house = await house_of(desk, by)
    people = await staff.of_restaurant(desk.database, house.id)
    days = await _days(desk, house, people, read_days(calendar_of(house), desk.now(), first, last))
    collected, left = sum(each.pool for each in days), sum(each.shares.undistributed for each in days)
    return {
        **_span(house, days),
        "pool": collected,
        "distributed": collected - left,
        "undistributed": left,
        "staff": [told for one in people if (told := _person_told(one, days))["minutes"] or told["amount"]],
        "days": [
            {
                "date": each.day.date.isoformat(),
                "by": each.rule.by,
                "pool": each.pool,
                "undistributed": each.shares.undistributed,
                "shares": dict(each.shares.staff),
            }
            for each in days
        ],
    }


async def statement(
    desk: Desk, first: str | None, last: str | None, *, by: StaffAccess, person: str | None = None
) -> dict[str, Any]:
    """`GET /tips/statement`: everybody their own; owner and manager anybody's. Raises `NotFound`, `NotAllowed`."""
    if person is not None and person != by.staff_id:
        check_role(by.role, HOUSE)
    house = await house_of(desk, by)
    people = {one.id: one for one in await staff.of_restaurant(desk.database, house.id)}
    found = people.get(person or by.staff_id)
    if found is None:
        raise errors.NotFound("nobody with this id works here")
    named = read_days(calendar_of(house), desk.now(), first, last)
    days = await _days(desk, house, list(people.values()), named)
    own = [(each, _minutes(each, found), each.shares.staff.get(found.id, 0)) for each in days]
    return {
        **_person_told(found, days),
        **_span(house, days),
        "days": [
            {
                "date": each.day.date.isoformat(),
                "by": each.rule.by,
                "minutes": minutes,
                "pool": each.pool,
                "amount": amount,
            }
            for each, minutes, amount in own
            if minutes or amount
        ],
    }


async def _days(desk: Desk, house: Restaurant, people: Sequence[Staff], days: Sequence[Day]) -> list[DayOfTips]:
    """Each day with what it collected and how that is shared."""
    rules = await tips.rules(desk.database, house.id)
    roles = {one.id: one.role for one in people}
    worked = await tips.shifts(desk.database, house.id, days[0].date, days[-1].date)
    step, found = currency(house.currency).step, []
    for day in days:
        collected = await books.streams_with(desk.database, house.id, ledger.TIPS, day.start, day.end)
        ruled = _rule(_standing(rules, day))
        visits = await _visits(desk, ruled, {stream: -amount for stream, amount in collected.items()}, people)
        work = [Work(row.staff_id, roles[row.staff_id], row.minutes) for row in worked if row.date == day.date]
        shares = share(ruled, visits, work, step=step, rotation=day.date.toordinal())
        found.append(DayOfTips(day, ruled, sum(each.amount for each in visits), work, shares))
    return found


async def _visits(desk: Desk, ruled: Rule, collected: dict[str, int], people: Sequence[Staff]) -> list[VisitTips]:
    streams = sorted(collected)
    if ruled.by != "served":
        return [VisitTips(collected[stream]) for stream in streams]
    floor = [one.id for one in people if one.role in FLOOR]
    acts = await tips.acts(desk.database, streams, floor)
    return [VisitTips(collected[stream], acts.get(stream, {})) for stream in streams]


def _standing(rules: Sequence[TipRule], day: Day) -> TipRule | None:
    """The rule of a day: the newest that had begun by then."""
    return next((row for row in reversed(rules) if row.starts_on <= day.date), None)


def _rule(row: TipRule | None) -> Rule:
    return Rule(row.shared_by, row.points) if row else Rule()  # type: ignore[arg-type]  # the table admits no others


def _rule_told(row: TipRule | None) -> dict[str, Any]:
    ruled = _rule(row)
    told: dict[str, Any] = {"by": ruled.by, "points": dict(ruled.points)}
    return {**told, "from": row.starts_on.isoformat()} if row else told


def _shift_told(row: Shift, person: Staff) -> dict[str, Any]:
    return {
        "id": row.id,
        "staffId": person.id,
        "name": person.name,
        "role": person.role,
        "date": row.date.isoformat(),
        "minutes": row.minutes,
    }


def _person_told(person: Staff, days: Sequence[DayOfTips]) -> dict[str, Any]:
    return {
        "staffId": person.id,
        "name": person.name,
        "role": person.role,
        "minutes": sum(_minutes(each, person) for each in days),
        "amount": sum(each.shares.staff.get(person.id, 0) for each in days),
    }


def _minutes(day: DayOfTips, person: Staff) -> int:
    return sum(work.minutes for work in day.work if work.staff == person.id)


def _span(house: Restaurant, days: Sequence[DayOfTips]) -> dict[str, Any]:
    first, last = days[0].day.date, days[-1].day.date
    return {"from": first.isoformat(), "to": last.isoformat(), "currency": house.currency}
