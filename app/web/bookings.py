"""Tables booked ahead: what is free, booking, and what the house does with it."""

import re
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from pydantic.alias_generators import to_camel
from starlette.responses import Response

from app.actions import booking_terms, bookings
from app.actions.bookings import BookingState
from app.actions.shapes import BookingRequest, CancelBooking, NoShow, PolicyRequest, SeatBooking
from app.storage.tables import BookingRules
from app.web import access, answers, holds, limits
from app.web.calls import Asked
from app.web.errors import Fault, Problem
from app.web.shapes import Nothing

CREATED = 201
PEOPLE_MAX = 100
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_PEOPLE = re.compile(r"[0-9]{1,3}")


async def offer(asked: Asked[Nothing]) -> Response:
    """Say when so many people find a table on a day, and on what terms."""
    found = await booking_terms.offer(asked.desk, asked.path("restaurant"), _day(asked), _people(asked))
    terms = found.rules
    return answers.json(
        {
            "restaurant": {"id": found.restaurant_id, "name": found.restaurant_name},
            "currency": found.currency,
            "timezone": found.timezone,
            "noShowAmount": terms.no_show_amount,
            "cancelHours": terms.cancel_hours,
            "daysAhead": terms.days_ahead,
            "peopleMax": terms.people_max,
            "times": list(found.times),
        }
    )


async def book(asked: Asked[BookingRequest]) -> Response:
    """Keep a table. The answer's token is the booker's seat, which this browser remembers."""
    device = access.Cookies.of(asked.request, asked.site).device or asked.desk.new_token()
    admit = partial(limits.spend, asked, limits.BOOKINGS)
    made = await bookings.book(asked.desk, asked.path("restaurant"), asked.body, device=device, admit=admit)
    answer = answers.json(told(made), CREATED)
    access.keep_seat(answer, asked.site, made.table_session_id, made.token or "")
    access.keep_device(answer, asked.site, device)
    return answer


async def mine(asked: Asked[Nothing]) -> Response:
    """Show the booker their booking."""
    return answers.json(told(await bookings.mine(asked.desk, by=asked.guest)))


async def cancel_mine(asked: Asked[Nothing]) -> Response:
    """The booker does not come; late, that costs what staying away costs."""
    return answers.json(told(await bookings.cancel_mine(asked.desk, by=asked.guest)))


async def of_day(asked: Asked[Nothing]) -> Response:
    """List the bookings of a day."""
    found = await bookings.of_day(asked.desk, _day(asked), by=asked.staff)
    return answers.json({"bookings": [told(each) for each in found]})


async def book_by_staff(asked: Asked[BookingRequest]) -> Response:
    """Keep a table for somebody who called."""
    made = await bookings.book(asked.desk, asked.staff.restaurant_id, asked.body, by=asked.staff)
    return answers.json(_without_secrets(told(made)), CREATED)


async def cancel(asked: Asked[CancelBooking]) -> Response:
    """Cancel a booking, letting the party off or not."""
    ended = await bookings.cancel(asked.desk, asked.path("booking"), charge=asked.body.charge, by=asked.staff)
    return answers.json(told(ended))


async def no_show(asked: Asked[NoShow]) -> Response:
    """Say that nobody came; what that costs is taken from the hold."""
    ended = await bookings.no_show(asked.desk, asked.path("booking"), charge=asked.body.charge, by=asked.staff)
    return answers.json(told(ended))


async def seat(asked: Asked[SeatBooking]) -> Response:
    """Open the visit of a party that is here."""
    return answers.json(
        told(await bookings.seat(asked.desk, asked.path("booking"), asked.body.table_id, by=asked.staff))
    )


async def policy(asked: Asked[Nothing]) -> Response:
    """Say what the house wants of tabs and bookings."""
    return answers.json(_terms(await booking_terms.policy(asked.desk, by=asked.staff)))


async def set_policy(asked: Asked[PolicyRequest]) -> Response:
    """Change what the house wants of tabs and bookings."""
    return answers.json(_terms(await booking_terms.set_policy(asked.desk, asked.body, by=asked.staff)))


def _terms(rules: BookingRules) -> dict[str, Any]:
    kept = rules.model_dump(exclude={"restaurant_id", "version"})
    return {to_camel(name): value for name, value in kept.items()}


def _day(asked: Asked[Nothing]) -> date:
    given = asked.request.query_params.get("date", "")
    if not _DAY.fullmatch(given):
        raise Problem("invalid", faults=[Fault("date", "invalid", "a day like 2026-11-30")])
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Problem("invalid", faults=[Fault("date", "invalid", "there is no such day")]) from None


def _people(asked: Asked[Nothing]) -> int:
    given = asked.request.query_params.get("people", "2")
    if not _PEOPLE.fullmatch(given) or not 1 <= int(given) <= PEOPLE_MAX:
        raise Problem("invalid", faults=[Fault("people", "invalid", f"1 to {PEOPLE_MAX}")])
    return int(given)


def told(booking: BookingState) -> dict[str, object]:
    """A booking on the wire. The token and the hold's secret are its booker's alone: nothing of it may be cached."""
    nested = {"table_id", "table_label", "restaurant_id", "hold"}
    members = {to_camel(name): value for name, value in asdict(booking).items() if name not in nested}
    kept = {name: value for name, value in members.items() if value is not None}
    if not booking.charged:
        del kept["charged"]
    if booking.hold is not None:
        kept["hold"] = holds.told(booking.hold)
    return {**kept, "table": {"id": booking.table_id, "label": booking.table_label}}


def _without_secrets(members: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if name not in ("token", "hold")}
