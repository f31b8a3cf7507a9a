"""What the lifespan hands to every request: the services of this process, typed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypedDict

from app.actions.desk import Desk
from app.storage.redis import Buckets
from realtime.hub import Hub

Probe = Callable[[], Awaitable[None]]
"""Asks one thing we depend on for a sign of life; raises when there is none."""


class AppState(TypedDict):
    """Made in main, read by the routes. ``probes`` has ``db`` and ``stripe``, and ``redis`` where there is one."""

    desk: Desk
    hub: Hub
    buckets: Buckets
    probes: Mapping[str, Probe]
