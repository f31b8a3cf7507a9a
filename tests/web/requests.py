"""Requests and answers without a server, for what is decided before a handler runs."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import Message


def request(
    method: str = "POST", path: str = "/", headers: Mapping[str, str] | None = None, chunks: Iterable[bytes] = ()
) -> Request[Any]:
    """A request whose body comes in the given chunks."""
    pending = list(chunks) or [b""]
    path, _, query = path.partition("?")

    async def receive() -> Message:
        body = pending.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(pending)}

    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw}
    return Request({**scope, "state": {}, "path_params": {}}, receive)
