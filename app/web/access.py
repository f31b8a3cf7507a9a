"""Who asks: the session behind a request, where it may go, and the cookies that carry it.

A guest has one cookie per table session, so that last night's table and tonight's do not get in each other's way; a
script sends the seat's token as ``Authorization: Bearer``. Staff have one cookie. Order of checks: 401 no session,
404 not yours, 403 not allowed (a request from another site's page is one of these).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.actions import guests, sessions, staff
from app.actions.access import (
    DEVICE_COOKIE,
    HOST_PREFIX,
    SEAT_COOKIE,
    STAFF_COOKIE,
    Access,
    GuestAccess,
    StaffAccess,
    bare_cookie,
)
from app.actions.desk import Desk
from app.storage import holds, payments
from app.web.errors import Problem
from app.web.site import Site
from app.web.state import AppState

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ACTING_AS = "x-acting-as"
"""A browser that holds both a seat and a staff session says ``X-Acting-As: staff`` where either would do."""

NOBODYS = "-"
"""Stands for what was named but cannot be an id."""

SEATS_MAX = 20
DEVICE_DAYS = 400


_SEGMENT = re.compile(r"[0-9A-Za-z_.~-]{1,200}")


def is_segment(text: str) -> bool:
    """Whether ``text`` may be an id or a code at all; nothing else gets near the database."""
    return _SEGMENT.fullmatch(text) is not None


def address(request: Request[Any]) -> str:
    """The other end of the connection, as far as our proxies tell; empty where there is none."""
    return request.client.host if request.client else ""


class Who(Enum):
    """Whom a call is for."""

    ANYONE = "anyone"
    GUEST = "a guest of the table"
    TABLE = "a guest of the table, or staff of the restaurant"
    STAFF = "staff of the restaurant"


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of one request that are ours, by their bare names."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, request: Request[Any], site: Site) -> "Cookies":
        """Only names with the prefix count on https: another service on the domain cannot set those."""
        prefix = HOST_PREFIX if site.is_https else ""
        ours = {bare_cookie(name): value for name, value in request.cookies.items() if name.startswith(prefix)}
        return cls(ours)

    def seat(self, stream: str) -> str | None:
        """The token of the seat at one table session."""
        return self.values.get(SEAT_COOKIE + stream)

    def seats(self) -> Iterator[str]:
        """The tokens of all seats, the newest table session first (ids sort by birth)."""
        names = sorted((name for name in self.values if name.startswith(SEAT_COOKIE)), reverse=True)
        return (self.values[name] for name in names[:SEATS_MAX])

    @property
    def staff(self) -> str | None:
        """The token of the staff session."""
        return self.values.get(STAFF_COOKIE)

    @property
    def device(self) -> str | None:
        """What makes several tabs of one phone one guest."""
        return self.values.get(DEVICE_COOKIE)


def bearer(request: Request[Any]) -> str | None:
    """The token of ``Authorization: Bearer``; None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def enter(request: Request[AppState], site: Site, who: Who) -> Access | None:
    """Let the caller of a call for ``who`` in, to the table session that the path is about."""
    if who is Who.ANYONE:
        demand_own_page(request, site)
        return None
    desk = request.state["desk"]
    stream = await _stream(request, desk)
    access = await _identify(request, site, desk, who, stream)
    if access is None:
        raise Problem("not_signed_in")
    if isinstance(access, StaffAccess):
        access = replace(access, address=address(request))
    if stream is not None:
        await sessions.may_enter(desk, stream, access)
    if who is Who.STAFF and not isinstance(access, StaffAccess):
        raise Problem("forbidden", "Only staff may do that.")
    if who is Who.GUEST and not isinstance(access, GuestAccess):
        raise Problem("forbidden", "Only a guest may do that.")
    demand_own_page(request, site)
    return access


async def _stream(request: Request[Any], desk: Desk) -> str | None:
    """The table session that a request is about; an id that nobody has for a payment that is not there."""
    if "payment" in request.path_params and "session" not in request.path_params:
        row = await payments.payment(desk.database, request.path_params["payment"])
        return row.stream if row is not None else NOBODYS
    if "hold" in request.path_params:
        tab = await holds.hold(desk.database, request.path_params["hold"])
        return tab.stream if tab is not None else NOBODYS
    named: str | None = request.path_params.get("session") or request.query_params.get("tableSession")
    return named if named is None or is_segment(named) else NOBODYS


async def _identify(request: Request[Any], site: Site, desk: Desk, who: Who, stream: str | None) -> Access | None:
    """The session that fits best; another one of the caller's where none fits, so that the answer is 404, not 401."""
    if token := bearer(request):
        return await guests.authenticate(desk, token)
    cookies = Cookies.of(request, site)
    if request.headers.get(ACTING_AS, "").lower() == "staff":
        # Never the guest instead: what the waiter meant to enter would be on the guest's share.
        return await signed_in(desk, cookies)
    if who is Who.STAFF:
        return await signed_in(desk, cookies) or await _any_seat(desk, cookies, stream)
    if stream is not None and (token := cookies.seat(stream)) and (seat := await guests.authenticate(desk, token)):
        return seat
    if who is Who.TABLE and (member := await signed_in(desk, cookies)):
        return member
    return await _any_seat(desk, cookies, stream) or await signed_in(desk, cookies)


async def signed_in(desk: Desk, cookies: Cookies) -> StaffAccess | None:
    """The member of staff behind the cookies."""
    return await staff.authenticate(desk, cookies.staff) if cookies.staff else None


async def _any_seat(desk: Desk, cookies: Cookies, stream: str | None) -> GuestAccess | None:
    if stream is not None and (token := cookies.seat(stream)) and (seat := await guests.authenticate(desk, token)):
        return seat
    for token in cookies.seats():
        if seat := await guests.authenticate(desk, token):
            return seat
    return None


def demand_own_page(request: Request[Any], site: Site) -> None:
    """Refuse what another site's page sends in a visitor's name (CSRF). Problem ``wrong_origin``.

    Browsers say where an unsafe request comes from; a script that sends neither Origin nor Sec-Fetch-Site has no
    visitor's cookies to abuse. A bearer token is not sent by itself, so it needs no such proof.
    """
    if request.method in SAFE_METHODS or bearer(request):
        return
    origin, fetch_site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is not None:
        if not _is_own(origin, request, site):
            raise Problem("wrong_origin", "This page may not send requests here.")
    elif fetch_site is not None and fetch_site not in {"same-origin", "none"}:
        raise Problem("wrong_origin", "This page may not send requests here.")


def _is_own(origin: str, request: Request[Any], site: Site) -> bool:
    # The same host under which this request reached us is our own page too: a phone may know us by another name.
    given, host = origin.lower(), request.headers.get("host", "").lower()
    return given in {site.origin, *site.origins} or bool(host and urlsplit(given).netloc == host)


# Setting and clearing


def keep_seat(response: Response, site: Site, stream: str, token: str) -> None:
    """Remember the seat on this phone."""
    _set(response, site, SEAT_COOKIE + stream, token, timedelta(days=site.guest_cookie_days))


def keep_device(response: Response, site: Site, device: str) -> None:
    """Remember the phone, so that its tabs are one guest."""
    _set(response, site, DEVICE_COOKIE, device, timedelta(days=DEVICE_DAYS))


def keep_staff(response: Response, site: Site, token: str) -> None:
    """Remember who signed in."""
    _set(response, site, STAFF_COOKIE, token, timedelta(hours=site.staff_cookie_hours))


def drop_seat(response: Response, site: Site, stream: str) -> None:
    """Forget the seat."""
    _set(response, site, SEAT_COOKIE + stream, "", timedelta(0))


def drop_staff(response: Response, site: Site) -> None:
    """Forget who was signed in."""
    _set(response, site, STAFF_COOKIE, "", timedelta(0))


def _set(response: Response, site: Site, name: str, value: str, age: timedelta) -> None:
    full = (HOST_PREFIX if site.is_https else "") + name
    response.set_cookie(
        full, value, max_age=int(age.total_seconds()), path="/", secure=site.is_https, httponly=True, samesite="lax"
    )
