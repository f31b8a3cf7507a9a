"""The provider's news: verified on the raw bytes, stored, acknowledged. The work is done later."""

from starlette.responses import Response

from app.actions import webhooks
from app.payments.gateway import BadSignature
from app.web import answers, bodies
from app.web.calls import Asked
from app.web.errors import Problem
from app.web.shapes import Unread


async def stripe(asked: Asked[Unread]) -> Response:
    """Take an event from Stripe."""
    raw = await bodies.raw(asked.request, asked.site.webhook_bytes_max)
    try:
        await webhooks.receive(asked.desk, raw, asked.request.headers.get("stripe-signature"))
    except BadSignature:
        # Its own message would quote the body.
        raise Problem("bad_signature") from None
    return answers.json({"received": True})
