"""Stripe behind the gateway: the only module that knows its SDK.

Writes are sent once: whoever calls decides when to send the same key again, because a repeat behind our back would
make the last answer say nothing about the first send. Reads are repeated twice. Every call ends within the deadline.
No body, header or secret reaches a log from here, nor the text of an error that carries one.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import orjson
import stripe
from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams

from app.ids import Clock, utc_now
from app.payments.circuit import Breaker
from app.payments.gateway import (
    BadSignature,
    CancelReason,
    CreateIntent,
    CreateRefund,
    Declined,
    GatewayError,
    Health,
    Intent,
    Misused,
    Refund,
    Refused,
    Unknown,
    WebhookEvent,
)
from app.payments.keys import StripeKeys
from app.payments.signature import check_age, signing_time
from app.payments.stripe_objects import read_event, read_intent, read_refund
from app.payments.units import to_stripe

API_VERSION = "2026-10-28.endive"
API_BASE = "https://api.stripe.com"

CONNECT_TIMEOUT_S = 3.0
DEADLINE_S = 15.0
READ_RETRIES = 2
HEALTH_LIFE_S = 5.0
PAGE_SIZE = 100
PAGES_MAX = 50

_WITH_CHARGE = ["latest_charge"]
_CLOCKS_APART = timedelta(minutes=1)


class _Http(stripe.HTTPClient):
    """The SDK's way to the network: one pool of connections, and any failure of the network said in one way."""

    name = "httpx"

    def __init__(self, transport: httpx.AsyncBaseTransport | None, deadline_s: float) -> None:
        super().__init__()
        timeout = httpx.Timeout(deadline_s, connect=CONNECT_TIMEOUT_S)
        self._http = httpx.AsyncClient(transport=transport, timeout=timeout)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = await self._http.request(method, url, headers=headers, content=post_data or None)
        except (httpx.HTTPError, OSError) as error:
            failure = stripe.APIConnectionError(type(error).__name__, should_retry=True)  # type: ignore[no-untyped-call]
            raise failure from None
        return answer.content, answer.status_code, answer.headers

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        await self._http.aclose()


class StripeGateway:
    """The gateway over Stripe's API. `environment` marks our intents, so that two servers on one account stay apart.

    `api_base` and `transport` lead elsewhere than to Stripe; `monotonic` and `chance` are for the circuit breaker.
    """

    def __init__(
        self,
        keys: StripeKeys,
        *,
        environment: str,
        api_base: str = API_BASE,
        deadline_s: float = DEADLINE_S,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if keys.livemode and api_base != API_BASE:
            raise ValueError("a live key is sent to Stripe and to nobody else")
        _quieten_the_sdk()
        self._keys = keys
        self._environment, self._deadline_s = environment, deadline_s
        self._clock, self._monotonic, self._chance = clock, monotonic, chance
        self._http = _Http(transport, deadline_s)
        self._v1 = stripe.StripeClient(
            keys.secret_key,
            http_client=self._http,
            stripe_version=API_VERSION,
            max_network_retries=0,
            base_addresses={"api": api_base},
        ).v1
        self._breakers: dict[str | None, Breaker] = {}
        self._health: dict[str | None, tuple[float, Health]] = {}

    async def create_intent(
        self, params: CreateIntent, *, key: str, sends: int = 1, account: str | None = None
    ) -> Intent:
        """Create an intent, confirmed in the same step when the parameters hold a confirmation token."""
        asked = self._create_params(params)
        async with self._call(account, sends):
            return _intent(await self._v1.payment_intents.create_async(asked, _write(key, account)))

    def _create_params(self, params: CreateIntent) -> PaymentIntentCreateParams:
        asked: PaymentIntentCreateParams = {
            "amount": to_stripe(params.amount, params.currency),
            "currency": params.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "metadata": {
                "payment": params.payment,
                "table_session": params.table_session,
                "restaurant": params.restaurant,
                "environment": self._environment,
            },
            "expand": _WITH_CHARGE,
        }
        if params.capture == "manual":
            asked["capture_method"] = "manual"
        if params.description:
            asked["description"] = params.description
        if params.confirmation_token and params.return_url:
            asked["confirm"] = True
            asked["confirmation_token"] = params.confirmation_token
            asked["return_url"] = params.return_url
            asked["use_stripe_sdk"] = True
        return asked

    async def retrieve_intent(self, intent_id: str, *, account: str | None = None) -> Intent:
        """Fetch the intent as it is now."""
        async with self._call(account):
            found = await self._v1.payment_intents.retrieve_async(intent_id, {"expand": _WITH_CHARGE}, _read(account))
            return _intent(found)

    async def find_intent(
        self, payment_id: str, *, since: datetime | None = None, account: str | None = None
    ) -> Intent | None:
        """Find our payment's intent by its metadata: in the complete list since then, else in the search index."""
        async with self._call(account):
            if since is None:
                found = await self._searched(payment_id, account)
            else:
                found = await self._listed(payment_id, since - _CLOCKS_APART, account)
        ours = [intent for intent in found if intent.metadata.get("environment") == self._environment]
        # There is one, unless somebody copied it by hand: then the one with money behind it counts.
        return max(ours, key=lambda intent: (intent.amount_received, intent.amount_capturable), default=None)

    async def _searched(self, payment_id: str, account: str | None) -> list[Intent]:
        query = f"metadata['payment']:'{payment_id}'"
        found = await self._v1.payment_intents.search_async(
            {"query": query, "limit": PAGE_SIZE, "expand": ["data.latest_charge"]}, _read(account)
        )
        return [_intent(one) for one in found.data]

    async def _listed(self, payment_id: str, since: datetime, account: str | None) -> list[Intent]:
        page = await self._v1.payment_intents.list_async(
            {"created": {"gte": int(since.timestamp())}, "limit": PAGE_SIZE, "expand": ["data.latest_charge"]},
            _read(account),
        )
        found: list[Intent] = []
        for _ in range(PAGES_MAX):
            found += [_intent(one) for one in page.data if one.metadata.to_dict().get("payment") == payment_id]
            if found or not page.has_more:
                return found
            page = await page.next_page_async()
        raise Unknown("list_too_long")

    async def confirm_intent(
        self,
        intent_id: str,
        token: str,
        *,
        key: str,
        return_url: str,
        sends: int = 1,
        account: str | None = None,
    ) -> Intent:
        """Try to pay the intent with a confirmation token or a payment method."""
        asked: PaymentIntentConfirmParams = {
            "return_url": return_url,
            "use_stripe_sdk": True,
            "expand": _WITH_CHARGE,
        }
        if token.startswith("ctoken_"):
            asked["confirmation_token"] = token
        else:
            asked["payment_method"] = token
        async with self._call(account, sends):
            return _intent(await self._v1.payment_intents.confirm_async(intent_id, asked, _write(key, account)))

    async def cancel_intent(
        self,
        intent_id: str,
        *,
        key: str,
        reason: CancelReason = "abandoned",
        sends: int = 1,
        account: str | None = None,
    ) -> Intent:
        """Let go of the intent."""
        async with self._call(account, sends):
            canceled = await self._v1.payment_intents.cancel_async(
                intent_id, {"cancellation_reason": reason, "expand": _WITH_CHARGE}, _write(key, account)
            )
            return _intent(canceled)

    async def capture_intent(
        self, intent_id: str, amount: int, currency: str, *, key: str, sends: int = 1, account: str | None = None
    ) -> Intent:
        """Take `amount` of a hold and release the rest."""
        taken = to_stripe(amount, currency)
        async with self._call(account, sends):
            captured = await self._v1.payment_intents.capture_async(
                intent_id, {"amount_to_capture": taken, "expand": _WITH_CHARGE}, _write(key, account)
            )
            return _intent(captured)

    async def refund(self, params: CreateRefund, *, key: str, sends: int = 1, account: str | None = None) -> Refund:
        """Give money back."""
        amount = to_stripe(params.amount, params.currency)
        async with self._call(account, sends):
            refund = await self._v1.refunds.create_async(
                {
                    "payment_intent": params.intent_id,
                    "amount": amount,
                    "reason": params.reason,
                    "metadata": {"refund": params.refund, "environment": self._environment},
                },
                _write(key, account),
            )
            return read_refund(refund.to_dict())

    async def retrieve_refund(self, refund_id: str, *, account: str | None = None) -> Refund:
        """Fetch the refund as it is now."""
        async with self._call(account):
            found = await self._v1.refunds.retrieve_async(refund_id, {}, _read(account))
            return read_refund(found.to_dict())

    async def refunds_of(self, intent_id: str, *, account: str | None = None) -> tuple[Refund, ...]:
        """All refunds of an intent, oldest first."""
        async with self._call(account):
            page = await self._v1.refunds.list_async({"payment_intent": intent_id, "limit": PAGE_SIZE}, _read(account))
            found = [read_refund(one.to_dict()) async for one in page.auto_paging_iter()]
        return tuple(reversed(found))

    async def ping(self, *, account: str | None = None) -> Health:
        """Say whether Stripe answers; asked at most once in five seconds."""
        now = self._monotonic()
        known = self._health.get(account)
        if known and now - known[0] < HEALTH_LIFE_S:
            return known[1]
        health = await self._probe(account, now)
        self._health[account] = (self._monotonic(), health)
        return health

    async def _probe(self, account: str | None, started: float) -> Health:
        reason = None
        try:
            async with self._call(account):
                await self._v1.payment_intents.list_async({"limit": 1}, _write(None, account))
        except Unknown as error:
            reason = error.reason
        except GatewayError as error:
            reason = type(error).__name__
        now = self._monotonic()
        return Health(
            reachable=reason is None,
            reason=reason,
            circuit=self._breaker(account).state(now),
            latency_ms=round((now - started) * 1000) if reason is None else None,
            checked_at=self._clock(),
        )

    def verify_webhook(self, raw: bytes, signature: str | None) -> WebhookEvent:
        """Check who sent these bytes and when, and read what they are about."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise BadSignature("not_text") from None
        check_age(_signed_at(text, signature, self._keys.webhook_secrets), self._clock())
        try:
            event = read_event(orjson.loads(raw))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            raise BadSignature("not_an_event") from None
        if event.livemode is not self._keys.livemode:
            raise BadSignature("wrong_mode")
        return event

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    def _breaker(self, account: str | None) -> Breaker:
        return self._breakers.setdefault(account, Breaker(self._chance))

    @asynccontextmanager
    async def _call(self, account: str | None, sends: int = 1) -> AsyncIterator[None]:
        """Everything around a call: the circuit, the deadline, and errors in the gateway's own words."""
        breaker = self._breaker(account)
        breaker.enter(self._monotonic())
        try:
            async with asyncio.timeout(self._deadline_s):
                yield
        except TimeoutError:
            breaker.failed(self._monotonic())
            raise Unknown("timeout") from None
        except stripe.StripeError as error:
            self._count(breaker, error)
            raise _translated(error, sends) from None
        except BaseException:
            breaker.left()
            raise
        breaker.succeeded()

    def _count(self, breaker: Breaker, error: stripe.StripeError) -> None:
        if error.http_status is None or error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            breaker.failed(self._monotonic())
        else:
            breaker.succeeded()


def _quieten_the_sdk() -> None:
    """Keep the SDK from reporting about us and from logging bodies."""
    stripe.enable_telemetry = False
    logging.getLogger("stripe").setLevel(logging.WARNING)


def _write(key: str | None, account: str | None) -> stripe.RequestOptions:
    options: stripe.RequestOptions = {"max_network_retries": 0}
    if key:
        options["idempotency_key"] = key
    if account:
        options["stripe_account"] = account
    return options


def _read(account: str | None) -> stripe.RequestOptions:
    return {**_write(None, account), "max_network_retries": READ_RETRIES}


def _intent(found: stripe.PaymentIntent) -> Intent:
    return read_intent(found.to_dict())


def _translated(error: stripe.StripeError, sends: int) -> GatewayError:
    """What the caller may conclude from an error of the SDK, without the body that it carries."""
    told = error.error
    code = error.code or (told.code if told else None)
    message = error.user_message or ""
    if isinstance(error, stripe.CardError):
        intent = told.payment_intent if told else None
        decline_code = told.decline_code if told else None
        return Declined(code or "card_declined", decline_code, message, _intent(intent) if intent else None)
    if isinstance(error, stripe.IdempotencyError):
        return Misused(message)
    # A repeated request may be refused for what the first one did; only a code says that the endpoint itself said no.
    if isinstance(error, stripe.InvalidRequestError) and (sends == 1 or code):
        return Refused(code or "invalid_request", message, error.param)
    reason = code or ("connection" if error.http_status is None else f"http_{error.http_status}")
    wait = (error.headers or {}).get("retry-after", "")
    return Unknown(reason, status=error.http_status, retry_after=float(wait) if wait.isdecimal() else None)


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
