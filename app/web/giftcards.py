"""Gift cards and passes: what was bought, what is on one, and the manager's list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.responses import Response

from app.actions import giftcards, products
from app.actions.errors import Refused
from app.actions.shapes import BalanceRequest, CardChange, ProductRequest
from app.web import answers, limits
from app.web.calls import Asked
from app.web.shapes import Nothing

CREATED = 201
CARD_QUERY = {"state": "active or blocked", "before": "the last card of the page before"}


@asynccontextmanager
async def guessed(asked: Asked[Any]) -> AsyncIterator[None]:
    """Whoever tries codes that no card has must soon be patient; whoever knows one is not held up."""
    for limit in limits.WRONG_CODES:
        await limits.demand_patience(asked, limit)
    try:
        yield
    except Refused as refused:
        if refused.code == "unknown_gift_card":
            await limits.spend(asked, limits.WRONG_CODES)
        raise


async def balance(asked: Asked[BalanceRequest]) -> Response:
    """Say what is on a gift card."""
    async with guessed(asked):
        return answers.json(await giftcards.balance(asked.desk, asked.by.restaurant_id, asked.body.code))


async def bought(asked: Asked[Nothing]) -> Response:
    """Show the gift cards that a payment bought, codes and all, to whoever paid."""
    return answers.json(await giftcards.bought_with(asked.desk, asked.path("payment"), by=asked.by))


async def listed(asked: Asked[Nothing]) -> Response:
    """List the gift cards of the house, the newest first."""
    query = asked.request.query_params
    return answers.json(
        await giftcards.listed(asked.desk, by=asked.staff, state=query.get("state"), before=query.get("before"))
    )


async def change(asked: Asked[CardChange]) -> Response:
    """Block a gift card, let it be used again, or move its last day."""
    return answers.json(await giftcards.change(asked.desk, asked.path("card"), asked.body, by=asked.staff))


async def on_sale(asked: Asked[Nothing]) -> Response:
    """List what the menu sells of gift cards and passes."""
    return answers.json(await products.listed(asked.desk, by=asked.staff))


async def sell(asked: Asked[ProductRequest]) -> Response:
    """Put a gift card or a pass on the menu."""
    return answers.json(await products.create(asked.desk, asked.body, by=asked.staff), CREATED)
