"""HTML from templates: escaped by default, complete on first paint, small on the wire."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from app.web import formats
from app.web.static import Tree, takes_gzip

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE = "en"
WORTH_COMPRESSING_BYTES = 1200
GZIP_LEVEL = 6

# What could end the element that the JSON stands in, or be taken for a line end by old parsers.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def page_json(value: object) -> Markup:
    """JSON that may stand inside a ``<script type="application/json">``."""
    return Markup(orjson.dumps(value, option=orjson.OPT_UTC_Z).decode().translate(_ESCAPES))  # noqa: S704 - escaped


class Pages:
    """The templates, with ``asset`` and the filters ``pagejson``, ``money``, ``percent`` and ``moment``."""

    def __init__(self, files: Tree) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["asset"] = files.url
        filters = {"pagejson": page_json, "money": formats.money, "percent": formats.percent, "moment": formats.moment}
        self._templates.filters.update(filters)

    def text(self, template: str, page: Mapping[str, object], **more: object) -> str:
        """Fill in ``template``; it sees ``page``, ``lang`` and whatever is in ``more``."""
        return self._templates.get_template(template).render(page=page, lang=LANGUAGE, **more)

    def html(self, request: Request[Any], template: str, page: Mapping[str, object], status: int = 200) -> Response:
        """A page as an answer."""
        body = self.text(template, page).encode()
        return squeezed(request, Response(body, status, media_type="text/html"))


def squeezed(request: Request[Any], response: Response) -> Response:
    """``response`` in gzip, where that is worth it and the caller reads it."""
    body = bytes(response.body)
    response.headers.add_vary_header("accept-encoding")
    if len(body) < WORTH_COMPRESSING_BYTES or not takes_gzip(request):
        return response
    response.body = gzip.compress(body, GZIP_LEVEL, mtime=0)
    response.headers["content-encoding"] = "gzip"
    response.headers["content-length"] = str(len(response.body))
    return response
