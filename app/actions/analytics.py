"""Payment analytics for a restaurant: how much, by what means, how generous, how often split, how often in vain."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from app.actions import errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.reports import calendar_of, house_of, read_days
from app.actions.roles import HOUSE, check_role
from app.domain.days import Calendar
from app.storage import analytics
from app.storage.analytics import Paid

GIVEN_UP = ("canceled", "refused")


async def payments(
    desk: Desk, restaurant: str | None, first: str | None, last: str | None, *, by: StaffAccess
) -> dict[str, Any]:
    """`GET /analytics/payments`, of business days. Raises `NotFound` for another restaurant, `Invalid`."""
    check_role(by.role, HOUSE)
    if restaurant not in (None, by.restaurant_id):
        raise errors.NotFound("there is no such restaurant")
    house = await house_of(desk, by)
    calendar = calendar_of(house)
    days = read_days(calendar, desk.now(), first, last)
    span = (house.id, days[0].start, days[-1].end)
    paid = await analytics.paid(desk.database, *span)
    ends = await analytics.ends(desk.database, *span)
    return {
        "restaurantId": house.id,
        "dateFrom": days[0].date.isoformat(),
        "dateTo": days[-1].date.isoformat(),
        "currency": house.currency,
        **totals(paid),
        "successRate": _rate(ends.get("succeeded", 0), sum(ends.get(state, 0) for state in ("succeeded", *GIVEN_UP))),
        "declines": await analytics.declines(desk.database, *span),
        "byDay": _by_day(calendar, paid),
        "byHour": _by_hour(calendar, paid),
    }


def totals(paid: Sequence[Paid]) -> dict[str, Any]:
    """The figures of all of these payments together."""
    amount, refunded = sum(each.captured for each in paid), sum(each.refunded for each in paid)
    base, tips = sum(each.amount for each in paid), sum(each.tip for each in paid)
    visits = Counter(each.stream for each in paid)
    return {
        "totalTransactions": len(paid),
        "totalAmount": amount,
        "paymentMethods": _methods(paid),
        "avgTipPercentage": round(100 * tips / base, 1) if base else 0.0,
        "splitPaymentRate": _rate(sum(count > 1 for count in visits.values()), len(visits)),
        "totalTips": tips,
        "refundedAmount": refunded,
        "refundRate": _rate(refunded, amount),
        "averageAmount": (2 * amount + len(paid)) // (2 * len(paid)) if paid else 0,
    }


def _methods(paid: Iterable[Paid]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for each in paid:
        method = found.setdefault(each.method, {"count": 0, "amount": 0})
        method["count"] += 1
        method["amount"] += each.captured
    return found


def _by_day(calendar: Calendar, paid: Iterable[Paid]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in paid:
        date = calendar.day_of(each.at).date.isoformat()
        day = found.setdefault(date, {"date": date, "count": 0, "amount": 0, "tips": 0})
        day["count"] += 1
        day["amount"] += each.captured
        day["tips"] += each.tip
    return list(found.values())


def _by_hour(calendar: Calendar, paid: Iterable[Paid]) -> list[dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for each in paid:
        hour = each.at.astimezone(calendar.zone).hour
        one = found.setdefault(hour, {"hour": hour, "count": 0, "amount": 0})
        one["count"] += 1
        one["amount"] += each.captured
    return [found[hour] for hour in sorted(found)]


def _rate(some: int, of: int) -> float:
    """A share for people to read; nothing of nothing is 0."""
    return round(some / of, 4) if of else 0.0
