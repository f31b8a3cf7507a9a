"""Answers in JSON: encoded once, with a tag where the caller may already hold them."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.web.headers import etag, matches

REVALIDATE = "private, no-cache"


def encoded(value: object) -> bytes:
    """``value`` as JSON; times are RFC 3339 in UTC."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(encoded(value), status, headers, "application/json")


def nothing() -> Response:
    """204: it happened, and there is nothing to say about it."""
    return Response(status_code=204)


def tagged(request: Request[Any], body: bytes, *parts: object) -> Response:
    """``body``, or 304 where the caller holds the version that ``parts`` name."""
    headers = {"etag": etag(*parts), "cache-control": REVALIDATE, "vary": "cookie, authorization"}
    if matches(request.headers, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
