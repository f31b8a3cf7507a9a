"""What the server says about itself: one JSON object a line, with a trace id and without secrets."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED: Final = "[redacted]"
DEPTH_MAX: Final = 6
CARD_DIGITS: Final = range(13, 20)

_SECRET_NAMES = re.compile(
    r"client_?secret|authorization|cookie|token|passw(or)?d|stripe_?signature|e_?mail|secret|api_?key|\bpin\b|card_?number"
)
_SECRET_VALUES = re.compile(
    r"""
      (?:sk|rk|pk)_(?:live|test)_\w+      # Stripe keys
    | whsec_\w+                           # webhook secrets
    | \b(?:pi|seti)_\w+_secret_\w+        # client secrets
    | (?<=://)[^\s/:@]*:[^\s/@]+(?=@)     # user and password in an address
    | \b[Bb]earer\s+[\w.~+/-]+=*          # tokens in a header
    """,
    re.VERBOSE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w|\.\d)")

_trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)


def trace_id() -> str | None:
    """Name the request, frame or job that is being served here, if one is."""
    return _trace_id.get()


@contextmanager
def bind_trace(trace: str) -> Iterator[str]:
    """Give everything that is logged inside the trace id `trace`."""
    before = _trace_id.set(trace)
    try:
        yield trace
    finally:
        _trace_id.reset(before)


def configure(
    level: str = "INFO", log_format: Literal["json", "console"] = "json", stream: TextIO | None = None
) -> None:
    """Send our own log and that of the libraries through one pipe to `stream` (standard error)."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _quieten()


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _add_trace,
    ]


def _renderer(log_format: str) -> Processor:
    if log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=False)
    return structlog.processors.JSONRenderer(serializer=_to_json)


def _to_json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _quieten() -> None:
    # Stripe's own log holds bodies and addresses; below WARNING it has nothing to say to an operator.
    for name in ("stripe", "httpx", "httpcore", "websockets", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def _add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if (trace := _trace_id.get()) is not None:
        event.setdefault("trace_id", trace)
    return event


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take secrets, addresses and card numbers out of a log entry: by the name of the field and by how it looks."""
    return {name: _clean(name, value, 0) for name, value in event.items()}


def scrub(text: str) -> str:
    """Take out of free text whatever looks like a secret, an e-mail address or a card number."""
    text = _SECRET_VALUES.sub(REDACTED, text)
    text = _EMAIL.sub(REDACTED, text)
    for number in card_numbers(text):
        text = text.replace(number, REDACTED)
    return text


def card_numbers(text: str) -> list[str]:
    """Find what looks like a card number: 13 to 19 digits, perhaps in groups, with the right check digit."""
    return [found for found in _CARD.findall(text) if _is_card(found)]


def _clean(name: str, value: Any, depth: int) -> Any:
    if _SECRET_NAMES.search(name.lower().replace("-", "_")) and value is not None:
        return REDACTED
    if depth > DEPTH_MAX:
        return "…"
    match value:
        case str():
            return scrub(value)
        case bytes():
            return f"{len(value)} bytes"
        case Mapping():
            return {str(key): _clean(str(key), inner, depth + 1) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean("", inner, depth + 1) for inner in value]
        case BaseException():
            return scrub(repr(value))
        case _:
            return value


def _is_card(text: str) -> bool:
    """Check digits as card schemes do (Luhn), so that order numbers and times stay readable."""
    digits = [int(char) for char in text if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) in CARD_DIGITS and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
