"""The close of a day: what was sold, taxed, taken, given back and kept, from the ledger, and what the provider says."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actions import drawer, errors
from app.actions.access import StaffAccess
from app.actions.comparing import compared
from app.actions.desk import Desk
from app.actions.roles import HOUSE, check_role
from app.domain import ledger
from app.domain.days import Calendar, Day
from app.domain.view import timestamp
from app.storage import drawers, restaurants
from app.storage import ledger as books
from app.storage.ledger import Total
from app.storage.tables import Restaurant

DAYS_MAX = 366
PAID, REFUNDED, FAILED = "payment.succeeded", "refund.succeeded", "refund.failed"


@dataclass(frozen=True, slots=True)
class Sums:
    """The day's entries, to be added up in several ways."""

    totals: Sequence[Total]

    def of(self, *accounts: str, kinds: Iterable[str] = ()) -> int:
        """What was booked on accounts with these first words, of these kinds or of any."""
        return sum(each.amount for each in self._some(accounts, kinds))

    def count(self, account: str, kind: str) -> int:
        """How many entries of one kind there are on exactly this account."""
        return sum(each.count for each in self.totals if (each.account, each.kind) == (account, kind))

    def rates(self, account: str) -> dict[int, int]:
        """The sums of an account's rates, by parts per million; what has no rate is left out."""
        found: dict[int, int] = {}
        for each in self._some((account,), ()):
            rate = each.account.partition(":")[2]
            if rate.isdecimal():
                found[int(rate)] = found.get(int(rate), 0) + each.amount
        return found

    def _some(self, accounts: tuple[str, ...], kinds: Iterable[str]) -> list[Total]:
        wanted = frozenset(kinds)
        return [
            each
            for each in self.totals
            if each.account.partition(":")[0] in accounts and (not wanted or each.kind in wanted)
        ]


def calendar_of(house: Restaurant) -> Calendar:
    """When the restaurant's business days begin."""
    return Calendar(house.timezone, house.day_starts_minutes)


async def house_of(desk: Desk, by: StaffAccess) -> Restaurant:
    """The restaurant of the one who asks. Raises `NotFound`."""
    house = await restaurants.restaurant(desk.database, by.restaurant_id)
    if house is None:
        raise errors.NotFound("there is no such restaurant")
    return house


def read_date(text: str | None, name: str) -> dt.date | None:
    """A business day as a query names it. Raises `Invalid`."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise errors.Invalid([errors.FieldError((name,), "date", "a date is YYYY-MM-DD")]) from None


def read_days(calendar: Calendar, now: datetime, first: str | None, last: str | None) -> list[Day]:
    """The business days from the first to the last; the current one where nobody says. Raises `Invalid`."""
    today = calendar.day_of(now).date
    since = read_date(first, "from") or read_date(last, "to") or today
    until = read_date(last, "to") or max(since, today)
    if until < since or (until - since).days >= DAYS_MAX:
        raise errors.Invalid([errors.FieldError(("to",), "range", f"at most {DAYS_MAX} days, the last not before")])
    return calendar.days(since, until)


async def day(desk: Desk, date: str | None, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /reports/day`: one business day of a restaurant. Raises `Invalid`, `NotFound`."""
    check_role(by.role, HOUSE)
    house = await house_of(desk, by)
    calendar = calendar_of(house)
    wanted = read_date(date, "date")
    named = calendar.day(wanted) if wanted else calendar.day_of(desk.now())
    sums = Sums(await books.totals(desk.database, house.id, named.start, named.end))
    standing = await books.balances(desk.database, house.id, named.end)
    opened = await drawers.between(desk.database, house.id, named.start, named.end)
    return {
        **_heading(house, named, desk.now()),
        "visits": await restaurants.visits(desk.database, house.id, named.start, named.end),
        **figures(sums),
        "open": _open(standing),
        "drawers": [await drawer.told(desk, row) for row in opened],
        "stripe": await compared(desk, house, named, sums.of(ledger.STRIPE, kinds=(PAID,)), _returned(sums)),
        "balanced": sum(each.amount for each in sums.totals) == 0,
    }


def _heading(house: Restaurant, named: Day, now: datetime) -> dict[str, Any]:
    return {
        "date": named.date.isoformat(),
        "from": timestamp(named.start),
        "to": timestamp(named.end),
        "timezone": house.timezone,
        "currency": house.currency,
        "isOver": named.end <= now,
    }


def figures(sums: Sums) -> dict[str, Any]:
    """Everything of a day that the ledger's totals say by themselves."""
    return {
        "sales": _sales(sums),
        "taxes": _taxes(sums),
        "tips": {
            "collected": -sums.of(ledger.TIPS, kinds=(PAID,)),
            "refunded": sums.of(ledger.TIPS) - sums.of(ledger.TIPS, kinds=(PAID,)),
        },
        "methods": [_method(sums, method, account) for method, account in ledger.TENDERS.items()],
        "payments": _payments(sums),
        "refunds": {
            "count": sum(sums.count(account, REFUNDED) for account in ledger.TENDERS.values()),
            "amount": sum(-sums.of(account, kinds=(REFUNDED, FAILED)) for account in ledger.TENDERS.values()),
            "onTheirWay": -sums.of(ledger.REFUNDS),
        },
        "fees": {"provider": sums.of(ledger.PROVIDER_FEES), "application": sums.of(ledger.APPLICATION_FEE)},
        "writtenOff": sums.of(ledger.WRITE_OFF),
    }


def _sales(sums: Sums) -> dict[str, int]:
    off = {name: sums.of(name) for name in (ledger.DISCOUNTS, ledger.COMPS, ledger.VOIDS)}
    gross, service, tax = -sums.of(ledger.SALES), -sums.of(ledger.SERVICE), -sums.of(ledger.TAX)
    net = gross - sum(off.values())
    return {"gross": gross, **off, "net": net, "service": service, "tax": tax, "total": net + service + tax}


def _taxes(sums: Sums) -> list[dict[str, int]]:
    """Tax by rate, with the sales at that rate; a taxed service charge is in the tax of its rate alone."""
    net, tax = sums.rates(ledger.SALES), sums.rates(ledger.TAX)
    rates = sorted(net.keys() | tax.keys())
    return [{"ratePpm": rate, "net": -net.get(rate, 0), "tax": -tax.get(rate, 0)} for rate in rates]


def _method(sums: Sums, method: str, account: str) -> dict[str, Any]:
    taken, back = sums.of(account, kinds=(PAID,)), -sums.of(account, kinds=(REFUNDED, FAILED))
    return {
        "method": method,
        "payments": sums.count(account, PAID),
        "amount": taken,
        "refunds": sums.count(account, REFUNDED) - sums.count(account, FAILED),
        "refunded": back,
        "net": taken - back,
    }


def _payments(sums: Sums) -> dict[str, int]:
    accounts = tuple(ledger.TENDERS.values())
    total = sums.of(*accounts, kinds=(PAID,))
    tips, rounding = -sums.of(ledger.TIPS, kinds=(PAID,)), -sums.of(ledger.ROUNDING, kinds=(PAID,))
    count = sum(sums.count(account, PAID) for account in accounts)
    return {"count": count, "base": total - tips - rounding, "tips": tips, "rounding": rounding, "total": total}


def _returned(sums: Sums) -> int:
    return -sums.of(ledger.STRIPE, kinds=(REFUNDED, FAILED))


def _open(standing: Mapping[str, int]) -> dict[str, int]:
    """What was left open at the end of the day."""
    return {
        "receivable": standing.get(ledger.RECEIVABLE, 0),
        "credits": -standing.get(ledger.CREDIT, 0),
        "refundsOnTheirWay": -standing.get(ledger.REFUNDS, 0),
        "disputed": standing.get(ledger.DISPUTES, 0),
        "tipsPayable": -standing.get(ledger.TIPS, 0),
        "giftCards": -standing.get(ledger.GIFT_CARDS, 0),
    }
