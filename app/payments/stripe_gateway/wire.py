"""The wire to Stripe: one pool of connections, the circuit, the deadline, and errors in the gateway's own words."""

import asyncio
import logging
import random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx
import stripe

from app.ids import Clock, utc_now
from app.payments.circuit import Breaker
from app.payments.gateway import (
    Declined,
    GatewayError,
    Intent,
    Misused,
    Refused,
    Unknown,
)
from app.payments.keys import StripeKeys
from app.payments.stripe_objects import read_intent

API_VERSION = "2026-10-28.endive"
API_BASE = "https://api.stripe.com"

CONNECT_TIMEOUT_S = 3.0
DEADLINE_S = 15.0
READ_RETRIES = 2
PAGE_SIZE = 100


@cache
def _trust() -> ssl.SSLContext:
    """The authorities that vouch for Stripe: read once, for all clients of this process."""
    return httpx.create_ssl_context()


class _Http(stripe.HTTPClient):
    """The SDK's way to the network: one pool of connections, and any failure of the network said in one way."""

    name = "httpx"

    def __init__(self, transport: httpx.AsyncBaseTransport | None, deadline_s: float) -> None:
        super().__init__()
        timeout = httpx.Timeout(deadline_s, connect=CONNECT_TIMEOUT_S)
        self._http = httpx.AsyncClient(transport=transport, timeout=timeout, verify=_trust())

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


class Wire:
    """What the rooms of the gateway share. `environment` marks our objects: two servers on one account stay apart.

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
        self.keys = keys
        self.environment, self._deadline_s = environment, deadline_s
        self.clock, self.monotonic, self._chance = clock, monotonic, chance
        self._http = _Http(transport, deadline_s)
        self.v1 = stripe.StripeClient(
            keys.secret_key,
            http_client=self._http,
            stripe_version=API_VERSION,
            max_network_retries=0,
            base_addresses={"api": api_base},
        ).v1
        self._breakers: dict[str | None, Breaker] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    def breaker(self, account: str | None) -> Breaker:
        """The circuit of an account: one that fails says nothing about the others."""
        return self._breakers.setdefault(account, Breaker(self._chance))

    @asynccontextmanager
    async def call(self, account: str | None, sends: int = 1) -> AsyncIterator[None]:
        """Everything around a call: the circuit, the deadline, and errors in the gateway's own words."""
        breaker = self.breaker(account)
        breaker.enter(self.monotonic())
        try:
            async with asyncio.timeout(self._deadline_s):
                yield
        except TimeoutError:
            breaker.failed(self.monotonic())
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
            breaker.failed(self.monotonic())
        else:
            breaker.succeeded()


def _quieten_the_sdk() -> None:
    """Keep the SDK from reporting about us and from logging bodies."""
    stripe.enable_telemetry = False
    logging.getLogger("stripe").setLevel(logging.WARNING)


def write(key: str | None, account: str | None) -> stripe.RequestOptions:
    """Options of a write: its key, and no repeat behind our back."""
    options: stripe.RequestOptions = {"max_network_retries": 0}
    if key:
        options["idempotency_key"] = key
    if account:
        options["stripe_account"] = account
    return options


def read(account: str | None) -> stripe.RequestOptions:
    """Options of a read: it may be repeated."""
    return {**write(None, account), "max_network_retries": READ_RETRIES}


def intent_of(found: stripe.PaymentIntent) -> Intent:
    """The SDK's intent as ours."""
    return read_intent(found.to_dict())


def _translated(error: stripe.StripeError, sends: int) -> GatewayError:
    """What the caller may conclude from an error of the SDK, without the body that it carries."""
    told = error.error
    code = error.code or (told.code if told else None)
    message = error.user_message or ""
    if isinstance(error, stripe.CardError):
        intent = told.payment_intent if told else None
        decline_code = told.decline_code if told else None
        return Declined(code or "card_declined", decline_code, message, intent_of(intent) if intent else None)
    if isinstance(error, stripe.IdempotencyError):
        return Misused(message)
    # A repeated request may be refused for what the first one did; only a code says that the endpoint itself said no.
    if isinstance(error, stripe.InvalidRequestError) and (sends == 1 or code):
        return Refused(code or "invalid_request", message, error.param)
    reason = code or ("connection" if error.http_status is None else f"http_{error.http_status}")
    wait = (error.headers or {}).get("retry-after", "")
    return Unknown(reason, status=error.http_status, retry_after=float(wait) if wait.isdecimal() else None)
