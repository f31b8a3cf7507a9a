"""Stripe behind the gateway: the only room that knows its SDK.

Writes are sent once: whoever calls decides when to send the same key again, because a repeat behind our back would
make the last answer say nothing about the first send. Reads are repeated twice. Every call ends within the deadline.
No body, header or secret reaches a log from here, nor the text of an error that carries one.
"""

from collections.abc import Sequence
from typing import Any

import orjson
import stripe

from app.payments.gateway import BadSignature, GatewayError, Health, Unknown, WebhookEvent
from app.payments.signature import check_age, signing_time
from app.payments.stripe_gateway.balance import Balance
from app.payments.stripe_gateway.disputes import Disputes
from app.payments.stripe_gateway.holds import Holds
from app.payments.stripe_gateway.intents import Intents
from app.payments.stripe_gateway.lists import Lists
from app.payments.stripe_gateway.refunds import Refunds
from app.payments.stripe_gateway.wire import API_BASE, API_VERSION, write
from app.payments.stripe_objects import read_event

__all__ = ["API_BASE", "API_VERSION", "StripeGateway"]

HEALTH_LIFE_S = 5.0


class StripeGateway(Balance, Disputes, Holds, Intents, Lists, Refunds):
    """The gateway over Stripe's API, put together from its rooms."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._health: dict[str | None, tuple[float, Health]] = {}

    async def ping(self, *, account: str | None = None) -> Health:
        """Say whether Stripe answers; asked at most once in five seconds."""
        now = self.monotonic()
        known = self._health.get(account)
        if known and now - known[0] < HEALTH_LIFE_S:
            return known[1]
        health = await self._probe(account, now)
        self._health[account] = (self.monotonic(), health)
        return health

    async def _probe(self, account: str | None, started: float) -> Health:
        reason = None
        try:
            async with self.call(account):
                await self.v1.payment_intents.list_async({"limit": 1}, write(None, account))
        except Unknown as error:
            reason = error.reason
        except GatewayError as error:
            reason = type(error).__name__
        now = self.monotonic()
        return Health(
            reachable=reason is None,
            reason=reason,
            circuit=self.breaker(account).state(now),
            latency_ms=round((now - started) * 1000) if reason is None else None,
            checked_at=self.clock(),
        )

    def held_back_s(self, *, account: str | None = None) -> float:
        """For how many seconds nothing is sent for this account because Stripe did not answer; 0: it is sent."""
        return self.breaker(account).wait_s(self.monotonic())

    def verify_webhook(self, raw: bytes, signature: str | None) -> WebhookEvent:
        """Check who sent these bytes and when, and read what they are about."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise BadSignature("not_text") from None
        check_age(_signed_at(text, signature, self.keys.webhook_secrets), self.clock())
        try:
            event = read_event(orjson.loads(raw))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            raise BadSignature("not_an_event") from None
        if event.livemode is not self.keys.livemode:
            raise BadSignature("wrong_mode")
        return event


def _signed_at(text: str, signature: str | None, secrets: Sequence[str]) -> int:
    """When the webhook was signed, if one of our secrets signed it."""
    if not signature:
        raise BadSignature("missing")
    signed_at = signing_time(signature)
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(text, signature, secret)
        except stripe.SignatureVerificationError:
            continue
        return signed_at
    raise BadSignature("mismatch")
