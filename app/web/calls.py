"""A call of the API: what the URL table says about it, and the checks every request passes before its handler runs.

In this order, so that errors are predictable: 401 no session, 404 unknown or not yours, 403 not allowed, 400 no key,
413, 415, 400 and 422 shape, 409 state, 429 limits. An answer that is kept under an Idempotency-Key is given again
before any limit.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.actions.access import Access, GuestAccess, StaffAccess
from app.actions.desk import Desk
from app.actions.roles import KITCHEN, check_role
from app.web import access, audit, bodies, idempotency, limits
from app.web.access import Who
from app.web.errors import Problem
from app.web.house import House
from app.web.limits import Limit
from app.web.shapes import Nothing, Unread
from app.web.site import Site
from app.web.state import AppState
from realtime.hub import Hub

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Body]):
    """A request that passed every check. ``subject`` is the id of what it makes, the same for every retry."""

    request: "Request[AppState]"
    house: House
    who: Access | None
    body: Body
    subject: str | None = None

    def making(self, subject: str) -> "Asked[Body]":
        """The same request, with the id of what it makes."""
        return replace(self, subject=subject)

    @property
    def site(self) -> Site:
        """Our public face."""
        return self.house.site

    @property
    def desk(self) -> Desk:
        """What actions work with."""
        return self.request.state["desk"]

    @property
    def hub(self) -> Hub:
        """The rooms of this process."""
        return self.request.state["hub"]

    @property
    def by(self) -> Access:
        """Who asks, where somebody must."""
        if self.who is None:
            raise Problem("not_signed_in")
        return self.who

    @property
    def guest(self) -> GuestAccess:
        """The guest who asks."""
        if not isinstance(self.who, GuestAccess):
            raise Problem("forbidden", "Only a guest may do that.")
        return self.who

    @property
    def staff(self) -> StaffAccess:
        """The member of staff who asks."""
        if not isinstance(self.who, StaffAccess):
            raise Problem("forbidden", "Only staff may do that.")
        return self.who

    def path(self, name: str) -> str:
        """A parameter of the path."""
        value: str = self.request.path_params[name]
        return value

    @property
    def session(self) -> str:
        """The table session that the path names."""
        return self.path("session")


Handler = Callable[[Asked[Body]], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One row of the URL table. ``keyed``: it moves money and needs an Idempotency-Key.

    ``in_log``: the log of a bill tells who did it, so that the audit log need not.
    """

    method: str
    path: str
    handler: Handler[Any]
    who: Who
    takes: type[BaseModel]
    gives: Any
    status: int
    codes: tuple[str, ...]
    limits: tuple[Limit, ...]
    roles: frozenset[str]
    keyed: bool
    query: Mapping[str, str]
    also: Mapping[int, type[BaseModel] | None]
    in_log: bool

    @property
    def id(self) -> str:
        """The operation id: ``orders.place``."""
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    @property
    def summary(self) -> str:
        """What the handler says about itself."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]


def call(  # noqa: PLR0913 - one row of a table has many columns
    method: str,
    path: str,
    handler: Handler[Body],
    who: Who,
    *,
    takes: type[Body] | None = None,
    gives: Any = None,
    status: int = 200,
    codes: str = "",
    limits: tuple[Limit, ...] = (),
    roles: frozenset[str] = KITCHEN,
    keyed: bool = False,
    query: Mapping[str, str] | None = None,
    also: Mapping[int, type[BaseModel] | None] | None = None,
    in_log: bool = False,
) -> Call:
    """Describe a call; ``codes`` are the refusals it may answer with, ``also`` what else it may answer than ``gives``.

    ``roles`` are those of the staff who may ask: a role that may not is told so before the body is looked at.
    ``gives`` is the shape of the answer, or its media type where it is not JSON, or None where there is nothing in it.
    """
    return Call(
        method=method,
        path=path,
        handler=handler,
        who=who,
        takes=takes or Nothing,
        gives=gives,
        status=status,
        codes=tuple(codes.split()),
        limits=limits,
        roles=roles,
        keyed=keyed,
        query=query or {},
        also=also or {},
        in_log=in_log,
    )


class Endpoint:
    """Everything that answers at one path, by method."""

    def __init__(self, path: str, calls: Iterable[Call], house: House) -> None:
        self.path = path
        self.house = house
        self.calls = {one.method: one for one in calls}
        self._allow = ", ".join(sorted(set(self.calls) | ({"HEAD"} if "GET" in self.calls else set())))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as an ASGI application."""
        request: Request[AppState] = Request(scope, receive, send)
        found = self.calls.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            raise Problem("wrong_method", headers={"allow": self._allow})
        response = await answer(found, request, self.house)
        await response(scope, receive, send)


async def answer(found: Call, request: "Request[AppState]", house: House) -> Response:
    """Run the checks of ``found`` in their order, then its handler."""
    if not all(access.is_segment(value) for value in request.path_params.values()):
        raise Problem("not_found")
    who = await access.enter(request, house.site, found.who)
    if isinstance(who, StaffAccess):
        check_role(who.role, found.roles)
    key = idempotency.key_of(request) if found.keyed else None
    body: BaseModel = Nothing()
    raw = b""
    if found.method not in access.SAFE_METHODS and found.takes is not Unread:
        body, raw = await bodies.read(request, found.takes, house.site.body_bytes_max)
    asked: Asked[Any] = Asked(request, house, who, body)
    response = await _handled(found, asked, raw, key)
    await audit.noted(found, asked, response)
    return response


async def _handled(found: Call, asked: Asked[Any], raw: bytes, key: str | None) -> Response:
    if key is not None:
        return await idempotency.once(found, asked, raw, key)
    await limits.spend(asked, found.limits)
    return await found.handler(asked)
