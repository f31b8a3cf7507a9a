"""The web application: routes, the net under them, and the envelope around every answer."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from app.web.errors import HANDLERS, CatchAll
from app.web.headers import Envelope
from app.web.house import House
from app.web.metrics import Metrics
from app.web.routes import V1, routes
from app.web.site import Site
from app.web.state import AppState

Live = Callable[[WebSocket], Awaitable[None]] | ASGIApp
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[AppState]]


def application(site: Site, *, live: Live, lifespan: Lifespan, metrics: Metrics | None = None) -> Starlette:
    """Put the web application together.

    ``live`` answers the socket at ``/api/v1/live``. ``lifespan`` opens what the requests need and closes it again.
    ``metrics`` may be given so that other rooms can show their figures too.
    """
    house = House.at(site, metrics or Metrics())
    made = Starlette(
        routes=[WebSocketRoute(f"{V1}/live", live), *routes(house)],
        middleware=[Middleware(Envelope, site=site, metrics=house.metrics), Middleware(CatchAll)],
        exception_handlers=dict(HANDLERS),
        lifespan=lifespan,
    )
    # An address with a slash too many is another address; a redirect would lose the body of a POST.
    made.router.redirect_slashes = False
    return made
