"""Tabs: opened, looked at, raised, captured, given back."""

from dataclasses import asdict
from functools import partial

from pydantic.alias_generators import to_camel
from starlette.responses import Response

from app.actions import holds
from app.actions.holds import HoldState
from app.actions.shapes import CaptureRequest, HoldRequest, RaiseRequest
from app.web import answers, limits
from app.web.calls import Asked
from app.web.shapes import Nothing

CREATED = 201


async def place(asked: Asked[HoldRequest]) -> Response:
    """Open a tab; the card is given with the client secret."""
    admit = partial(limits.spend, asked, limits.PAYMENTS)
    placed = await holds.place(asked.desk, asked.session, asked.body, by=asked.by, hold=asked.subject, admit=admit)
    return answers.json(told(placed), CREATED, {"location": f"/api/v1/holds/{placed.id}"})


async def read(asked: Asked[Nothing]) -> Response:
    """Say where a tab stands."""
    return answers.json(told(await holds.state(asked.desk, asked.path("hold"), by=asked.by)))


async def raise_(asked: Asked[RaiseRequest]) -> Response:
    """Ask the bank to set more aside; what it says is in the answer."""
    return answers.json(told(await holds.raise_(asked.desk, asked.path("hold"), asked.body, by=asked.by)))


async def capture(asked: Asked[CaptureRequest]) -> Response:
    """Take what the holder owes and give the rest back."""
    return answers.json(told(await holds.capture(asked.desk, asked.path("hold"), asked.body, by=asked.by)))


async def release(asked: Asked[Nothing]) -> Response:
    """Give it back."""
    return answers.json(told(await holds.release(asked.desk, asked.path("hold"), by=asked.by)))


def told(hold: HoldState) -> dict[str, object]:
    """A tab as its holder's own page reads it. Nothing of it may be cached, logged or shown to others."""
    kept = {"id", "table_session_id", "guest", "status", "currency", "amount", "owed"}
    return {to_camel(name): value for name, value in asdict(hold).items() if name in kept or value}
