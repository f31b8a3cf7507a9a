"""Where the parts meet: settings in, a web application with everything opened behind it out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from operator import itemgetter
from pathlib import Path

import structlog
from starlette.applications import Starlette

from app.actions.desk import Announcer, Desk, Policies, Silence
from app.actions.shelf import Shelf
from app.jobs import Worker
from app.live import Bulletin, Live
from app.payments.keys import StripeKeys
from app.payments.stripe_gateway import StripeGateway
from app.settings import Settings, origin
from app.storage import redis, schema
from app.storage.appends import Unavailable
from app.storage.clock import DatabaseClock
from app.storage.database import Database
from app.storage.limits import DatabaseBuckets, SafeBuckets
from app.storage.log import Log
from app.storage.redis import Buckets, MemoryBuckets, RedisBuckets
from app.storage.sealing import Sealer
from app.web.application import application
from app.web.metrics import Metrics
from app.web.payment_metrics import PaymentFigures
from app.web.routes import V1
from app.web.site import Site
from app.web.state import AppState, Probe
from realtime.broker import Broker
from realtime.broker_memory import MemoryBroker
from realtime.broker_redis import RedisBroker
from realtime.channel import Limits
from realtime.hub import Hub
from realtime.socket import Door, endpoint

log = structlog.get_logger()

CLOCK_EVERY_S = 30
STATIC = Path(__file__).resolve().parents[1] / "static"


class OutdatedSchema(Exception):
    """The database has not the newest shape; `splittable migrate` brings it there."""


def create_app(settings: Settings) -> Starlette:
    """Put the application together. Nothing is opened before its lifespan begins, all is closed when it ends."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[AppState]:
        async with opened(settings, metrics) as state:
            yield state

    return application(site(settings), live=endpoint(door(settings)), lifespan=lifespan, metrics=metrics)


def door(settings: Settings) -> Door:
    """Who may open a socket, and where."""
    return Door(itemgetter("hub"), settings.origins, path=f"{V1}/live")


@asynccontextmanager
async def opened(settings: Settings, metrics: Metrics) -> AsyncIterator[AppState]:
    """Open everything that requests need, and close it in the opposite order. Raises `OutdatedSchema`."""
    async with AsyncExitStack() as stack:
        bulletin = Bulletin()
        desk = await open_desk(settings, stack, bulletin)
        buckets, probes = await _open_redis(settings, stack, desk.database)
        hub = Hub(Live(desk), _broker(settings), limits=limits(settings))
        await hub.start()
        stack.push_async_callback(hub.drain)
        bulletin.open(hub, desk)
        worker = Worker(desk)
        stack.push_async_callback(_end, asyncio.create_task(worker.run(), name="jobs"))
        metrics.add(PaymentFigures(desk.measures))
        metrics.watch("splittable_realtime", hub.stats)
        metrics.watch_spreads("splittable_realtime", hub.figures.spreads)
        metrics.watch("splittable_database", desk.database.pool)
        metrics.watch("splittable_jobs", worker.figures)
        if isinstance(desk.clock, DatabaseClock):
            stack.push_async_callback(_end, asyncio.create_task(_keep_time(desk.clock), name="clock"))
            metrics.watch("splittable_clock", partial(_clock_figures, desk.clock))
        metrics.watch("splittable_log", partial(_log_figures, desk.log))
        probes |= {"db": desk.database.ping, "stripe": partial(_ask_stripe, desk)}
        yield AppState(desk=desk, hub=hub, buckets=buckets, probes=probes)


async def open_desk(settings: Settings, stack: AsyncExitStack, announce: Announcer | None = None) -> Desk:
    """A desk over the database and the payment provider; `stack` closes them. Raises `OutdatedSchema`."""
    database = await Database.open(
        settings.database_url, pool_size=settings.database_pool_size, sealer=Sealer(settings.data_keys)
    )
    stack.push_async_callback(database.close)
    if not await schema.is_current(database):
        raise OutdatedSchema("the database has not the newest shape: run `splittable migrate` first")
    log = await stack.enter_async_context(Log(database))
    gateway = _gateway(settings)
    stack.push_async_callback(gateway.close)
    clock = DatabaseClock(database)
    await clock.measure()
    shelf, told = Shelf(log, database), announce or Silence()
    return Desk(database, log, gateway, shelf, announce=told, policies=policies(settings), clock=clock)


def _gateway(settings: Settings) -> StripeGateway:
    secret = settings.stripe_secret_key.get_secret_value() if settings.stripe_secret_key else ""
    hooks = tuple(one.get_secret_value() for one in settings.stripe_webhook_secrets)
    return StripeGateway(
        StripeKeys(secret, hooks),
        environment=settings.environment,
        api_base=settings.stripe_api_base,
        deadline_s=settings.stripe_timeout_s,
    )


async def _open_redis(
    settings: Settings, stack: AsyncExitStack, database: Database
) -> tuple[Buckets, dict[str, Probe]]:
    if settings.redis_url is None:
        return MemoryBuckets(), {}
    client = redis.connect(settings.redis_url)
    stack.push_async_callback(client.aclose)
    otherwise = SafeBuckets(DatabaseBuckets(database), MemoryBuckets())
    return RedisBuckets(client, otherwise), {"redis": partial(redis.ping, client)}


def _broker(settings: Settings) -> Broker:
    return MemoryBroker() if settings.redis_url is None else RedisBroker(settings.redis_url)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _keep_time(clock: DatabaseClock) -> None:
    """Compare this machine's clock with the database's again and again, and say when it is wrong."""
    while True:
        with suppress(Unavailable):
            if await clock.measure():
                log.error("the clock of this machine is wrong", behind_s=clock.skew_s)
        await asyncio.sleep(CLOCK_EVERY_S)


def _clock_figures(clock: DatabaseClock) -> dict[str, float]:
    return {"skew_s": clock.skew_s}


def _log_figures(log: Log) -> dict[str, float]:
    stats = log.stats
    return {
        "waiting": log.depth,
        "batches_total": stats.batches,
        "groups_total": stats.groups,
        "retried_total": stats.retried,
    }


async def _ask_stripe(desk: Desk) -> None:
    if not (await desk.gateway.ping()).reachable:
        raise ConnectionError("the payment provider does not answer")


# From settings to what each room needs


def policies(settings: Settings) -> Policies:
    """What the actions may know of the settings."""
    return Policies(
        environment=settings.environment,
        public_url=settings.public_url,
        signing_keys=settings.signing_keys,
        publishable_key=settings.stripe_publishable_key or "",
        payment_lifetime=timedelta(seconds=settings.payment_lifetime_s),
        payment_lifetime_max=timedelta(seconds=settings.payment_lifetime_max_s),
        session_idle=timedelta(seconds=settings.session_idle_s),
        session_grace=timedelta(seconds=settings.session_grace_s),
        webhooks_kept=timedelta(seconds=settings.webhooks_kept_s),
        payment_starts_per_hour_max=settings.payment_starts_per_hour_max,
        declines_max=settings.declines_max,
        table_declines_max=settings.table_declines_max,
        risk_challenge_score=settings.risk_challenge_score,
        risk_block_score=settings.risk_block_score,
        payments_kept=timedelta(seconds=settings.payments_kept_s),
        sessions_kept=timedelta(seconds=settings.sessions_kept_s),
        audit_kept=timedelta(seconds=settings.audit_kept_s),
        heads_directory=Path(settings.heads_directory) if settings.heads_directory else None,
        group_lifetime=timedelta(seconds=settings.group_lifetime_s),
        tip_max=settings.tip_max,
        refund_limit=settings.refund_limit,
        refunds_per_shift_max=settings.refunds_per_shift_max,
        refund_shift=timedelta(seconds=settings.refund_shift_s),
        remedy_delay=timedelta(seconds=settings.remedy_delay_s),
        guests_max=settings.guests_per_room_max,
    )


def site(settings: Settings) -> Site:
    """What the web rooms may know of the settings."""
    script = settings.stripe_js_url
    return Site(
        public_url=settings.public_url,
        static_root=STATIC,
        origins=settings.origins,
        payment_origin=origin(script) if settings.payments_mode == "sandbox" else None,
        pay={"js": script, "publishableKey": settings.stripe_publishable_key or ""},
        version=_version(),
        body_bytes_max=settings.body_bytes_max,
        webhook_bytes_max=settings.webhook_bytes_max,
    )


def _version() -> str:
    try:
        return version("splittable")
    except PackageNotFoundError:
        return "0"


def limits(settings: Settings) -> Limits:
    """What the room engine may know of the settings."""
    return Limits(
        frame_bytes=settings.frame_bytes_max,
        burst=settings.socket_burst,
        per_s=settings.socket_frames_per_s,
        room_per_s=settings.room_frames_per_s,
        sockets_per_person=settings.sockets_per_guest_max,
        people_per_room=settings.guests_per_room_max,
        joins_at_once=settings.joins_at_once_max,
        inbox=settings.inbox_frames_max,
        hello_timeout_s=settings.hello_timeout_s,
        ping_s=settings.ping_interval_s,
        silence_s=settings.silence_timeout_s,
        presence_grace_s=settings.presence_grace_s,
        resume_events=settings.resume_events_max,
        resume_bytes=settings.resume_bytes_max,
        send_buffer_bytes=settings.send_buffer_bytes,
        write_buffer_bytes=settings.send_buffer_bytes,
        paused_s=settings.slow_socket_s,
        heads_check_s=settings.heads_check_s,
        drain_s=settings.drain_s,
    )
