"""The provider's news: verified on the raw bytes, stored, acknowledged. The work is done later."""

import asyncio

from starlette.responses import Response

from app.actions import webhooks
from app.payments.gateway import BadSignature
from app.web import answers, bodies
from app.web.calls import Asked
from app.web.errors import Problem
from app.web.shapes import Unread

ANSWER_WITHIN_S = 4.0
"""The provider hangs up after some seconds; told before that, it comes again."""


async def stripe(asked: Asked[Unread]) -> Response:
    """Take an event from Stripe."""
    raw = await bodies.raw(asked.request, asked.site.webhook_bytes_max)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await webhooks.receive(asked.desk, raw, asked.request.headers.get("stripe-signature"))
    except BadSignature:
        # Its own message would quote the body.
        raise Problem("bad_signature") from None
    except TimeoutError:
        # Whether it was stored or not: the same event again is no second one.
        raise Problem("unavailable", headers={"retry-after": "1"}) from None
    return answers.json({"received": True})
