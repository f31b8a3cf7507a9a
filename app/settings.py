"""Every setting of the server: read once, checked as a whole, frozen afterwards."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app import development

PREFIX = "SPLITTABLE_"
STRIPE_API = "https://api.stripe.com"
STRIPE_JS = "https://js.stripe.com/endive/stripe.js"
SECRET_CHARS_MIN = 32
REDIS_SCHEMES = ("redis://", "rediss://", "redis+cluster://", "rediss+cluster://", "unix://")

Names = Annotated[tuple[str, ...], NoDecode]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
Problem = tuple[str, str]


class SettingsError(Exception):
    """The settings do not fit together. `problems` holds every (setting, what is wrong) at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        lines = [f"  {PREFIX}{name.upper()}: {what}" for name, what in problems]
        super().__init__("\n".join(["The settings do not allow a start:", *lines]))


class Settings(BaseSettings):
    """What an operator may choose. Times end in `_s` (seconds), sizes in `_bytes`, bounds in `_max`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    # Where it runs
    environment: Literal["development", "production"] = Field(
        "development", description="production refuses everything that is only fit for trying out"
    )
    debug: bool = Field(False, description="tracebacks in answers; never in production, never with a live key")
    public_url: str = Field("http://127.0.0.1:8000", description="the address that guests see, as in the QR codes")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    workers: int = Field(1, ge=1, le=256, description="server processes; more than one needs PostgreSQL and Redis")
    trusted_proxies: Names = Field(("127.0.0.1",), description="proxies whose X-Forwarded-For is believed")
    allowed_origins: Names = Field((), description="more origins whose pages may talk to us, beside the public one")
    shutdown_timeout_s: float = Field(10, gt=0, le=300, description="how long requests may finish on shutdown")
    drain_s: float = Field(3, gt=0, le=60, description="seconds over which a node that stops sends its sockets away")

    # Where it keeps things
    database_url: str = Field(
        "sqlite+aiosqlite:///splittable.sqlite3", repr=False, description="SQLite file or postgresql+asyncpg://"
    )
    database_pool_size: int = Field(10, ge=1, le=200, description="connections a worker keeps to PostgreSQL")
    redis_url: str | None = Field(
        None,
        repr=False,
        description="Redis for fan-out between workers and machines; `redis+cluster://` for a Redis Cluster",
    )

    # Secrets
    secret_key: SecretStr = Field(
        SecretStr(development.SECRET), description="signs tokens and QR codes, 32+ characters"
    )
    previous_secret_keys: Secrets = Field((), description="older keys that are still accepted while rotating")

    data_key: SecretStr = Field(
        SecretStr(development.DATA_KEY), description="seals personal data at rest, 32+ characters"
    )
    previous_data_keys: Secrets = Field((), description="older keys whose data can still be read while rotating")

    # Stripe
    payments_mode: Literal["stripe", "sandbox"] = Field(
        "stripe", description="sandbox means the bundled Stripe sandbox and must be asked for by name"
    )
    stripe_secret_key: SecretStr | None = Field(None, description="sk_ or restricted rk_ key; required")
    stripe_publishable_key: str | None = Field(None, description="pk_ key for the browser; required")
    stripe_webhook_secrets: Secrets = Field((), description="whsec_ signing secrets; two while rotating")
    stripe_api_base: str = Field(STRIPE_API, description="Stripe's API, or the address of the sandbox")
    stripe_js_url: str = Field(STRIPE_JS, description="Stripe.js, or the sandbox's stand-in for it")
    stripe_timeout_s: float = Field(15, gt=0, le=80, description="time for one call to Stripe")

    # Life of a payment and of a visit
    payment_lifetime_s: int = Field(300, ge=30, le=3600, description="reservation since the payer's last sign of life")
    payment_lifetime_max_s: int = Field(1200, ge=60, le=7200, description="the same through 3-D Secure and processing")
    session_idle_s: int = Field(10800, ge=300, le=604800, description="a visit without any action ends after this")
    session_grace_s: int = Field(1800, ge=0, le=86400, description="after settling, guests may order again for so long")
    payment_starts_per_hour_max: int = Field(10, ge=1, le=1000, description="payments one guest may start in an hour")
    group_lifetime_s: int = Field(600, ge=60, le=3600, description="how long people who pay together have for it")
    tip_max: int = Field(1000, ge=0, le=10**6, description="no tip is higher, in whole units of the currency")
    declines_max: int = Field(5, ge=1, le=100, description="declined cards of one guest in ten minutes")
    table_declines_max: int = Field(15, ge=1, le=1000, description="declined cards of one table in ten minutes")
    risk_challenge_score: int = Field(
        50, ge=1, le=1000, description="from so many points on staff approve a card payment"
    )
    risk_block_score: int = Field(80, ge=1, le=1000, description="from so many points on a card payment is refused")
    refund_limit: int = Field(100, ge=0, le=10**9, description="more, in whole units, needs a second person's word")
    refunds_per_shift_max: int = Field(10, ge=0, le=10000, description="so many one person may refund alone per shift")
    refund_shift_s: int = Field(43200, ge=3600, le=604800, description="how long a shift is, for that count")
    remedy_delay_s: int = Field(10, ge=0, le=45, description="after this, money that was paid too much goes back")
    webhooks_kept_s: int = Field(7776000, ge=86400, le=315360000, description="webhooks worked on are kept this long")
    payments_kept_s: int = Field(
        220752000, ge=2592000, le=3153600000, description="visits and their payments are kept this long after their end"
    )
    sessions_kept_s: int = Field(
        2592000, ge=86400, le=315360000, description="phones, names, logins and tries with cards are kept this long"
    )
    audit_kept_s: int = Field(94608000, ge=2592000, le=3153600000, description="the audit log is kept this long")
    heads_directory: str | None = Field(
        None, description="where the heads of all chains are written once a day; a place that others keep"
    )

    # Limits of HTTP
    body_bytes_max: int = Field(65536, ge=1024, le=16777216, description="largest request body")
    webhook_bytes_max: int = Field(524288, ge=16384, le=16777216, description="largest webhook body")

    # Limits of the socket
    frame_bytes_max: int = Field(16384, ge=1024, le=1048576, description="largest frame from a client")
    socket_burst: int = Field(20, ge=1, le=1000, description="frames a socket may send at once")
    socket_frames_per_s: float = Field(5, gt=0, le=1000, description="frames a socket may send in the long run")
    room_frames_per_s: float = Field(30, gt=0, le=10000, description="frames all sockets of a room may send")
    sockets_per_guest_max: int = Field(5, ge=1, le=100, description="sockets of one guest")
    guests_per_room_max: int = Field(64, ge=1, le=1000, description="guests of one room")
    joins_at_once_max: int = Field(64, ge=1, le=10000, description="joins that a worker prepares at once")
    inbox_frames_max: int = Field(16, ge=1, le=1000, description="frames of one socket that wait for their turn")
    hello_timeout_s: float = Field(10, gt=0, le=60, description="time to say hello")
    ping_interval_s: float = Field(25, gt=0, le=300, description="heartbeat of a room")
    silence_timeout_s: float = Field(45, gt=0, le=600, description="a socket silent for so long is closed")
    presence_grace_s: float = Field(12, ge=0, le=300, description="a phone counts as gone after this")
    resume_events_max: int = Field(200, ge=1, le=10000, description="events that a resume may replay")
    resume_bytes_max: int = Field(65536, ge=1024, le=1048576, description="bytes that a resume may replay")
    send_buffer_bytes: int = Field(65536, ge=4096, le=1048576, description="kernel and write buffer of one socket")
    slow_socket_s: float = Field(10, gt=0, le=120, description="a socket whose buffer stays full is cut")
    socket_protocol: Literal["lean", "uvicorn"] = Field(
        "lean", description="our own WebSocket class, or the one that builds on uvicorn's"
    )
    heads_check_s: float = Field(5, gt=0, le=60, description="how often rooms compare themselves with the log")

    # What it says
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least important level to log")
    log_format: Literal["json", "console"] = Field("json", description="one JSON object a line, or text for people")

    @field_validator(
        "trusted_proxies",
        "allowed_origins",
        "previous_secret_keys",
        "previous_data_keys",
        "stripe_webhook_secrets",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("public_url", "stripe_api_base")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def production(self) -> bool:
        """Is this a place where real guests pay?"""
        return self.environment == "production"

    @property
    def secure(self) -> bool:
        """Do guests reach us over https, so that cookies may insist on it?"""
        return self.public_url.startswith("https://")

    @property
    def sqlite(self) -> bool:
        """Is the database a file of ours?"""
        return self.database_url.startswith("sqlite")

    @property
    def live(self) -> bool:
        """Does the Stripe key move real money?"""
        return _key(self.stripe_secret_key).startswith(("sk_live_", "rk_live_"))

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may open a socket or send a form: the public one and the allowed ones."""
        return frozenset({origin(self.public_url), *self.allowed_origins})

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """The key that signs first, then those that are still accepted."""
        return tuple(key.get_secret_value() for key in (self.secret_key, *self.previous_secret_keys))

    @property
    def data_keys(self) -> tuple[str, ...]:
        """The key that seals personal data, then those that still open it."""
        return tuple(key.get_secret_value() for key in (self.data_key, *self.previous_data_keys))

    @classmethod
    def without_rules(cls, env_file: Path | None, given: Mapping[str, Any]) -> Self:
        """Read types and bounds only. Raises pydantic's ValidationError."""
        return cls(_env_file=env_file, **given)


def load(env_file: str | Path | None = ".env", **given: Any) -> Settings:
    """Read the settings: `given` wins over the environment, which wins over `env_file`. Raises SettingsError."""
    path = Path(env_file) if env_file is not None else None
    problems = list(_unknown_names(path, given))
    try:
        settings = Settings.without_rules(path, given)
        invalid: dict[str, str] = {}
    except ValidationError as error:
        invalid = {str(one["loc"][0]): one["msg"] for one in error.errors()}
        # The rules are checked all the same, on defaults where a value cannot be read, to name every problem at once.
        defaults = {name: Settings.model_fields[name].default for name in invalid}
        settings = Settings.without_rules(path, {**given, **defaults})
    problems += invalid.items()
    problems += [problem for problem in broken_rules(settings) if problem[0] not in invalid]
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def _unknown_names(path: Path | None, given: Mapping[str, Any]) -> Iterator[Problem]:
    names = {name.upper() for name in os.environ}
    if path is not None and path.exists():
        names |= {name.upper() for name in dotenv_values(path)}
    asked = {name.removeprefix(PREFIX).lower() for name in names if name.startswith(PREFIX)} | set(given)
    for name in sorted(asked - set(Settings.model_fields)):
        yield name, "there is no such setting"


def broken_rules(settings: Settings) -> Iterator[Problem]:
    """Name every rule between the settings that does not hold."""
    yield from _places(settings)
    yield from _stripe_keys(settings)
    yield from _stripe_addresses(settings)
    yield from _times(settings)
    if settings.production:
        yield from _production(settings)


def _places(settings: Settings) -> Iterator[Problem]:
    if urlsplit(settings.public_url).scheme not in {"http", "https"} or not urlsplit(settings.public_url).hostname:
        yield "public_url", "must be an http or https address"
    for allowed in settings.allowed_origins:
        if origin(allowed) != allowed:
            yield "allowed_origins", f"{allowed!r} is not an origin; write it like https://menu.example.com"
    if not settings.database_url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        yield "database_url", "must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://"
    if settings.redis_url is not None and not settings.redis_url.startswith(REDIS_SCHEMES):
        yield "redis_url", "must begin with redis://, rediss://, redis+cluster://, rediss+cluster:// or unix://"
    if settings.workers > 1 and settings.sqlite:
        yield "workers", "SQLite serves one worker; more need PostgreSQL"
    if settings.workers > 1 and settings.redis_url is None:
        yield "redis_url", "more than one worker needs Redis to reach each other's phones"


def _stripe_keys(settings: Settings) -> Iterator[Problem]:
    secret, publishable = _key(settings.stripe_secret_key), settings.stripe_publishable_key or ""
    if not secret:
        yield "stripe_secret_key", "is missing; without a Stripe key nobody could pay"
    elif not secret.startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")):
        yield "stripe_secret_key", "must begin with sk_test_, sk_live_, rk_test_ or rk_live_"
    if not publishable:
        yield "stripe_publishable_key", "is missing; the browser needs it"
    elif not publishable.startswith(("pk_test_", "pk_live_")):
        yield "stripe_publishable_key", "must begin with pk_test_ or pk_live_"
    elif secret and settings.live != publishable.startswith("pk_live_"):
        yield "stripe_publishable_key", "one Stripe key is a test key and the other is live"
    if any(not _key(one).startswith("whsec_") for one in settings.stripe_webhook_secrets):
        yield "stripe_webhook_secrets", "each must begin with whsec_"
    if settings.live and (settings.debug or not settings.production):
        yield "stripe_secret_key", "a live key needs SPLITTABLE_ENVIRONMENT=production and no debug"


def _stripe_addresses(settings: Settings) -> Iterator[Problem]:
    official = settings.stripe_api_base == STRIPE_API
    if settings.payments_mode == "stripe":
        if not official:
            yield "stripe_api_base", f"is not {STRIPE_API}; a sandbox needs SPLITTABLE_PAYMENTS_MODE=sandbox"
        if not settings.stripe_js_url.startswith("https://js.stripe.com/"):
            yield "stripe_js_url", "Stripe.js must come from https://js.stripe.com/"
        return
    if official:
        yield "stripe_api_base", "must be the address of the sandbox when SPLITTABLE_PAYMENTS_MODE=sandbox"
    if settings.stripe_js_url == STRIPE_JS:
        yield "stripe_js_url", "must be the sandbox's own script when SPLITTABLE_PAYMENTS_MODE=sandbox"
    if settings.live:
        yield "payments_mode", "a live key must never be sent to a sandbox"


def _times(settings: Settings) -> Iterator[Problem]:
    if settings.payment_lifetime_max_s < settings.payment_lifetime_s:
        yield "payment_lifetime_max_s", "must not be less than SPLITTABLE_PAYMENT_LIFETIME_S"
    if settings.risk_block_score < settings.risk_challenge_score:
        yield "risk_block_score", "must not be less than SPLITTABLE_RISK_CHALLENGE_SCORE"
    if settings.silence_timeout_s <= settings.ping_interval_s:
        yield "silence_timeout_s", "must be more than SPLITTABLE_PING_INTERVAL_S, or every phone is cut"


def _production(settings: Settings) -> Iterator[Problem]:
    if settings.debug:
        yield "debug", "tells strangers about our inside"
    if settings.payments_mode == "sandbox":
        yield "payments_mode", "the sandbox takes no real money"
    if _key(settings.stripe_secret_key).startswith(("sk_test_", "rk_test_")):
        yield "stripe_secret_key", "a test key takes no real money"
    if not settings.stripe_webhook_secrets:
        yield "stripe_webhook_secrets", "is missing; without it no payment is ever confirmed"
    yield from _secrets(settings)
    if not settings.secure:
        yield "public_url", "guests pay over https only"
    if any(not allowed.startswith("https://") for allowed in settings.allowed_origins):
        yield "allowed_origins", "must be https in production"


def _secrets(settings: Settings) -> Iterator[Problem]:
    if development.SECRET in settings.signing_keys:
        yield "secret_key", "is the one from the source code; make one with `openssl rand -base64 48`"
    if any(len(key) < SECRET_CHARS_MIN for key in settings.signing_keys):
        yield "secret_key", f"every signing key needs at least {SECRET_CHARS_MIN} characters"
    if development.DATA_KEY in settings.data_keys:
        yield "data_key", "is the one from the source code; make one with `openssl rand -base64 48`"
    if any(len(key) < SECRET_CHARS_MIN for key in settings.data_keys):
        yield "data_key", f"every key needs at least {SECRET_CHARS_MIN} characters"
    if set(settings.data_keys) & set(settings.signing_keys):
        yield "data_key", "must not be the key that signs: the two rotate apart"


def origin(url: str) -> str:
    """Cut a URL down to its origin: https://bill.example.com/t/7 gives https://bill.example.com."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _key(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
