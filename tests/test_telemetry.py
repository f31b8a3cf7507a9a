import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog

from app import telemetry
from app.telemetry import REDACTED, bind_trace, scrub, trace_id


class Pipe:
    """Reads what was logged back as values."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.entries[-1]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, config = root.handlers, root.level, structlog.get_config()
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**config)


@pytest.fixture
def pipe() -> Pipe:
    pipe = Pipe()
    telemetry.configure("INFO", "json", pipe.stream)
    return pipe


def test_an_entry_is_one_json_object_with_its_fields(pipe: Pipe) -> None:
    structlog.get_logger("app.payments").info("payment captured", payment="p1", amount=1250)
    entry = pipe.last
    assert (entry["event"], entry["payment"], entry["amount"]) == ("payment captured", "p1", 1250)
    assert (entry["level"], entry["logger"]) == ("info", "app.payments")
    assert entry["at"].endswith("Z")


def test_everything_inside_a_trace_names_it(pipe: Pipe) -> None:
    with bind_trace("t1"):
        with bind_trace("t2"):
            assert trace_id() == "t2"
        structlog.get_logger().info("ours")
        logging.getLogger("library").warning("theirs")
    structlog.get_logger().info("after")
    assert [entry.get("trace_id") for entry in pipe.entries] == ["t1", "t1", None]


@pytest.mark.parametrize(
    "name",
    [
        "client_secret",
        "clientSecret",
        "Authorization",
        "cookie",
        "set-cookie",
        "token",
        "guest_token",
        "password",
        "stripe-signature",
        "email",
        "card_number",
        "secret_key",
        "pin",
    ],
)
def test_a_field_with_a_secret_name_is_redacted_at_any_depth(pipe: Pipe, name: str) -> None:
    structlog.get_logger().info("x", **{name: "v1"}, inner=[{"deep": {name: "v2"}}])
    assert pipe.last[name] == REDACTED
    assert pipe.last["inner"] == [{"deep": {name: REDACTED}}]


@pytest.mark.parametrize(
    "secret",
    [
        "4242 4242 4242 4242",
        "4242424242424242",
        "3782-822463-10005",
        "pi_3abc_secret_xyz9",
        "sk_live_abc123",
        "rk_test_abc123",
        "whsec_abc123",
        "ana@example.com",
        "Bearer abc.def-ghi",
    ],
)
def test_text_that_looks_like_a_secret_is_redacted(secret: str) -> None:
    assert scrub(f"got {secret}, then left") == f"got {REDACTED}, then left"
    assert scrub(f"got {secret}.").startswith(f"got {REDACTED}")


def test_a_password_in_an_address_is_redacted() -> None:
    assert scrub("postgresql://bill:hunter2@db:5432/bill") == f"postgresql://{REDACTED}@db:5432/bill"


@pytest.mark.parametrize(
    "text", ["01J9ZQ4Y2N8T5V6W7X8Y9Z0A1B", "2026-11-21T18:04:05.123456Z", "order 1234567890123456", "http://host:80/x"]
)
def test_ids_times_and_numbers_stay_readable(text: str) -> None:
    assert scrub(text) == text


def test_a_traceback_is_scrubbed_too(pipe: Pipe) -> None:
    try:
        int("whsec_abc123")
    except ValueError:
        structlog.get_logger().exception("webhook refused")
    text = orjson.dumps(pipe.last).decode()
    assert "ValueError" in text
    assert "whsec_abc123" not in text


def test_a_traceback_shows_no_values_to_people_either() -> None:
    stream = io.StringIO()
    telemetry.configure("INFO", "console", stream)
    try:
        int("whsec_abc123")
    except ValueError:
        structlog.get_logger().exception("webhook refused")
    assert "ValueError" in stream.getvalue()
    assert "whsec_abc123" not in stream.getvalue()


def test_libraries_go_through_the_same_pipe(pipe: Pipe) -> None:
    logging.getLogger("library").warning("token for %s", "ana@example.com")
    assert pipe.last["event"] == f"token for {REDACTED}"
    assert pipe.last["level"] == "warning"


def test_stripes_own_log_is_heard_from_warning_up(pipe: Pipe) -> None:
    logging.getLogger("stripe").info("request with a body")
    logging.getLogger("stripe").warning("a word to the wise")
    assert [entry["event"] for entry in pipe.entries] == ["a word to the wise"]


def test_what_is_below_the_level_is_not_written(pipe: Pipe) -> None:
    structlog.get_logger().debug("whisper")
    assert pipe.entries == []


def test_values_json_does_not_know_become_text(pipe: Pipe) -> None:
    structlog.get_logger().info("x", body=b"abc", who=ValueError("sk_live_1"), kinds={"a"}, none=None, token=None)
    assert pipe.last["body"] == "3 bytes"
    assert pipe.last["who"] == f"ValueError('{REDACTED}')"
    assert (pipe.last["kinds"], pipe.last["none"], pipe.last["token"]) == (["a"], None, None)


def test_people_may_read_plain_text() -> None:
    stream = io.StringIO()
    telemetry.configure("INFO", "console", stream)
    structlog.get_logger().info("ready", port=8000)
    assert "ready" in stream.getvalue()
    assert "port=8000" in stream.getvalue()
