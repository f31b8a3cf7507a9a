"""What every answer carries: a trace id, security headers, a cache rule; and the one line we log about it."""

import re
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import telemetry
from app.ids import new_id
from app.web.metrics import Metrics
from app.web.site import Site

log = structlog.get_logger()

STRIPE_SCRIPTS = ("https://js.stripe.com", "https://*.js.stripe.com")
STRIPE_FRAMES = (*STRIPE_SCRIPTS, "https://hooks.stripe.com")
STRIPE_CALLS = ("https://api.stripe.com",)

NO_CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For everything that is not a page: whatever it is taken for, it may do nothing."""

QUIET = ("/health", "/metrics")
"""Asked every few seconds by machines; worth a line only to somebody who looks for it."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def content_policy(site: Site) -> str:
    """The Content-Security-Policy of our pages: our own files, and the card form's origin."""
    own = (site.payment_origin,) if site.payment_origin else ()
    scripts, frames, calls = own or STRIPE_SCRIPTS, own or STRIPE_FRAMES, own or STRIPE_CALLS
    sources = {
        "default-src": ("'none'",),
        "script-src": ("'self'", *scripts),
        "style-src": ("'self'",),
        "img-src": ("'self'", "data:"),
        "font-src": ("'self'",),
        # Older Safaris do not take 'self' for sockets.
        "connect-src": ("'self'", _socket_origin(site.origin), *calls),
        "frame-src": frames,
        "manifest-src": ("'self'",),
        "worker-src": ("'self'",),
        "form-action": ("'self'",),
        "object-src": ("'none'",),
        "base-uri": ("'none'",),
        "frame-ancestors": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(_unique(values))}" for name, values in sources.items())


def security_headers(site: Site) -> dict[str, str]:
    """Headers that are the same on every answer of this site."""
    card_form = site.payment_origin or STRIPE_SCRIPTS[0]
    headers = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Paths hold codes of tables and tokens of receipts: other sites see the origin at most.
        "referrer-policy": "strict-origin-when-cross-origin",
        # A bank may confirm a card in a window of its own.
        "cross-origin-opener-policy": "same-origin-allow-popups",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": f'camera=(), microphone=(), geolocation=(), usb=(), payment=(self "{card_form}")',
    }
    if site.is_https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


def trace_of(headers: Headers) -> str:
    """The caller's trace id where it has a harmless shape, else a new one."""
    given = headers.get("x-request-id", "")
    if _REQUEST_ID.fullmatch(given):
        return given
    parent = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return parent[1] if parent else new_id()


def etag(*parts: object) -> str:
    """A weak entity tag out of what an answer depends on: ``W/"x7f2.1842"``."""
    return f'W/"{".".join(str(part) for part in parts)}"'


def matches(headers: Headers, tag: str) -> bool:
    """Whether the caller already holds the answer with ``tag`` (If-None-Match, compared weakly)."""
    known = [one.strip().removeprefix("W/") for one in headers.get("if-none-match", "").split(",")]
    return "*" in known or tag.removeprefix("W/") in known


class Envelope:
    """Wraps every HTTP exchange: trace id in and out, headers on, time taken, one log line."""

    def __init__(self, app: ASGIApp, site: Site, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self.always = security_headers(site)
        self.page_policy = content_policy(site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on inside its trace."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with telemetry.bind_trace(trace_of(Headers(scope=scope))) as trace:
            await self._exchange(scope, receive, send, trace)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send, trace: str) -> None:
        started, status = time.perf_counter(), 500

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), trace)
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        finally:
            self._tell(scope, status, time.perf_counter() - started)

    def _dress(self, headers: MutableHeaders, trace: str) -> None:
        for name, value in self.always.items():
            headers.setdefault(name, value)
        is_page = headers.get("content-type", "").startswith("text/html")
        headers.setdefault("content-security-policy", self.page_policy if is_page else NO_CONTENT_POLICY)
        headers.setdefault("cache-control", "no-store")
        headers["x-request-id"] = trace

    def _tell(self, scope: Scope, status: int, took_s: float) -> None:
        # The pattern, not the path: a path may hold the code of a table or the token of a receipt.
        route = getattr(scope.get("endpoint"), "path", "unknown")
        self.metrics.answered(scope["method"], route, status, took_s)
        tell = log.debug if route.startswith(QUIET) else log.info
        tell("answered", method=scope["method"], route=route, status=status, took_ms=round(took_s * 1000, 1))


def _socket_origin(origin: str) -> str:
    parts = urlsplit(origin)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
