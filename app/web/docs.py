"""The description of the API, for machines and for people; nothing of it comes from another host."""

import asyncio
from collections.abc import Sequence
from functools import cache

from starlette.responses import Response

from app.web import answers, asyncapi
from app.web.calls import Asked, Call, Handler
from app.web.errors import CODES
from app.web.openapi import codes_of, describe
from app.web.rendering import squeezed
from app.web.shapes import Nothing

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
code { font: 0.9em ui-monospace, monospace }
section { border-top: 1px solid; padding: 0.75rem 0 }
h3 { margin: 0; font-weight: 600; overflow-wrap: anywhere }
p { margin: 0.25rem 0 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0 }
pre { overflow-x: auto; padding: 0.5rem; border: 1px solid }
"""


def machine_readable(calls: Sequence[Call], version: str) -> Handler[Nothing]:
    """The handler of ``/api/v1/openapi.json``; the document is made once, for the first who asks."""
    made = cache(lambda: answers.encoded(describe(calls, version)))

    async def openapi(asked: Asked[Nothing]) -> Response:
        """Describe the API to machines: OpenAPI 3.1."""
        body = await asyncio.to_thread(made)  # A tenth of a second, which no socket shall wait for.
        return squeezed(asked.request, answers.tagged(asked.request, body, asked.site.version, len(body)))

    return openapi


def of_the_socket(version: str) -> Handler[Nothing]:
    """The handler of ``/api/v1/asyncapi.json``; the document is made once."""
    body = answers.encoded(asyncapi.describe(version))

    async def socket(asked: Asked[Nothing]) -> Response:
        """Describe the socket to machines: AsyncAPI 3."""
        return squeezed(asked.request, answers.tagged(asked.request, body, asked.site.version, len(body)))

    return socket


def readable(calls: Sequence[Call], version: str) -> Handler[Nothing]:
    """The handler of ``/api/v1/docs``; what it shows is made once, for the first who asks."""
    made = cache(lambda: describe(calls, version))
    codes = [{"code": code, "status": status, "title": title} for code, (status, title) in CODES.items()]

    async def docs(asked: Asked[Nothing]) -> Response:
        """Describe the API to people."""
        document = await asyncio.to_thread(made)
        page = {
            "title": document["info"]["title"],
            "introduction": document["info"]["description"],
            "version": version,
            "calls": [_row(call) for call in calls],
            "schemas": document["components"]["schemas"],
            "codes": codes,
        }
        return asked.house.pages.html(asked.request, "docs.html", page)

    return docs


async def style(asked: Asked[Nothing]) -> Response:  # noqa: ARG001 - the same for everybody
    """Dress the page for people."""
    return Response(STYLE, media_type="text/css", headers={"cache-control": "max-age=3600"})


def _row(call: Call) -> dict[str, object]:
    return {
        "id": call.id,
        "method": call.method,
        "path": call.path,
        "summary": call.summary,
        "who": call.who.value,
        "keyed": call.keyed,
        "takes": call.takes.__name__ if call.takes.model_fields else "",
        "gives": call.gives.__name__ if isinstance(call.gives, type) else "",
        "status": call.status,
        "codes": codes_of(call),
    }
