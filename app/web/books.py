"""The books of the house: the close of a day, the drawer, shares of tips, the restaurant's own account, figures."""

from starlette.responses import Response

from app.actions import analytics, connect, drawer, errors, reports, tips
from app.actions.shapes import ConnectRequest, CountRequest, FloatRequest, ShiftRequest, TipRuleRequest
from app.web import answers
from app.web.calls import Asked
from app.web.shapes import Nothing

CREATED = 201
PAYOUTS, PAYOUTS_MAX = 20, 100


async def day(asked: Asked[Nothing]) -> Response:
    """Tell one business day: sales, taxes, tips, methods, refunds, fees, the drawer, differences to the provider."""
    return answers.json(await reports.day(asked.desk, _query(asked, "date"), by=asked.staff))


async def current_drawer(asked: Asked[Nothing]) -> Response:
    """Show the cash drawer that is open, if one is."""
    return answers.json(await drawer.current(asked.desk, by=asked.staff))


async def open_drawer(asked: Asked[FloatRequest]) -> Response:
    """Open the cash drawer with a float."""
    told = await drawer.open_drawer(asked.desk, asked.body, by=asked.staff, drawer=asked.subject)
    return answers.json(told, CREATED)


async def count_drawer(asked: Asked[CountRequest]) -> Response:
    """Count the cash drawer and close it; the difference is booked."""
    return answers.json(await drawer.count(asked.desk, asked.body, by=asked.staff))


async def payouts(asked: Asked[Nothing]) -> Response:
    """List what the provider paid out to the restaurant's own account."""
    return answers.json(await connect.payouts(asked.desk, by=asked.staff, limit=_limit(asked)))


async def connection(asked: Asked[Nothing]) -> Response:
    """Say where card money goes, and when a business day begins."""
    return answers.json(await connect.settings(asked.desk, by=asked.staff))


async def connect_account(asked: Asked[ConnectRequest]) -> Response:
    """Change where card money goes from now on."""
    return answers.json(await connect.change(asked.desk, asked.body, by=asked.staff))


async def tip_rule(asked: Asked[Nothing]) -> Response:
    """Say how tips are shared today."""
    return answers.json(await tips.rule(asked.desk, by=asked.staff))


async def set_tip_rule(asked: Asked[TipRuleRequest]) -> Response:
    """Share tips by another rule from a day on."""
    return answers.json(await tips.set_rule(asked.desk, asked.body, by=asked.staff))


async def tip_pool(asked: Asked[Nothing]) -> Response:
    """Tell what was tipped on some days, and who gets it."""
    told = await tips.pool(asked.desk, _query(asked, "from"), _query(asked, "to"), by=asked.staff)
    return answers.json(told)


async def tip_statement(asked: Asked[Nothing]) -> Response:
    """Tell one member of staff what they get, day by day."""
    first, last, person = (_query(asked, name) for name in ("from", "to", "staffId"))
    return answers.json(await tips.statement(asked.desk, first, last, by=asked.staff, person=person))


async def team(asked: Asked[Nothing]) -> Response:
    """List who works here."""
    return answers.json(await tips.team(asked.desk, by=asked.staff))


async def shifts(asked: Asked[Nothing]) -> Response:
    """List who worked when."""
    return answers.json(await tips.shifts(asked.desk, _query(asked, "from"), _query(asked, "to"), by=asked.staff))


async def add_shift(asked: Asked[ShiftRequest]) -> Response:
    """Enter how long somebody worked on a day."""
    return answers.json(await tips.add_shift(asked.desk, asked.body, by=asked.staff), CREATED)


async def remove_shift(asked: Asked[Nothing]) -> Response:
    """Take a shift out again."""
    await tips.remove_shift(asked.desk, asked.path("shift"), by=asked.staff)
    return answers.nothing()


async def payment_analytics(asked: Asked[Nothing]) -> Response:
    """Tell payments as figures."""
    restaurant, first, last = (_query(asked, name) for name in ("restaurantId", "dateFrom", "dateTo"))
    return answers.json(await analytics.payments(asked.desk, restaurant, first, last, by=asked.staff))


def _query(asked: Asked[Nothing], name: str) -> str | None:
    return asked.request.query_params.get(name) or None


def _limit(asked: Asked[Nothing]) -> int:
    text = _query(asked, "limit") or str(PAYOUTS)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= PAYOUTS_MAX):
        raise errors.Invalid([errors.FieldError(("limit",), "range", f"1 to {PAYOUTS_MAX}")])
    return int(text)
