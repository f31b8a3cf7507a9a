"""`python -m stripe_sandbox`: the sandbox as a process of its own."""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from stripe_sandbox.courier import Courier
from stripe_sandbox.protocol import CuttableProtocol
from stripe_sandbox.sandbox import Config, Sandbox
from stripe_sandbox.store import Store
from stripe_sandbox.web import create_app


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    default = Config()
    parser = argparse.ArgumentParser(prog="stripe_sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--webhook-url", help="where events are sent; without it none are")
    parser.add_argument("--webhook-secret", default=default.webhook_secret)
    parser.add_argument("--secret-key", default=default.secret_key)
    parser.add_argument("--publishable-key", default=default.publishable_key)
    parser.add_argument("--state", type=Path, help="a file that makes everything outlive the process")
    parser.add_argument("--seed", type=int, help="make ids and chances repeat from run to run")
    parser.add_argument("--processing-seconds", type=float, default=default.processing_s)
    parser.add_argument("--settle-seconds", type=float, default=default.settle_s)
    parser.add_argument("--refund-seconds", type=float, default=default.refund_s)
    parser.add_argument("--dispute-seconds", type=float, default=default.dispute_s)
    parser.add_argument("--hold-seconds", type=float, default=default.hold_s)
    parser.add_argument("--retry-base-seconds", type=float, default=default.retry_base_s)
    return parser.parse_args(given)


def config(given: argparse.Namespace) -> Config:
    """The settings that the command line asks for."""
    return Config(
        secret_key=given.secret_key,
        publishable_key=given.publishable_key,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        processing_s=given.processing_seconds,
        settle_s=given.settle_seconds,
        refund_s=given.refund_seconds,
        dispute_s=given.dispute_seconds,
        hold_s=given.hold_seconds,
        retry_base_s=given.retry_base_seconds,
    )


def main() -> None:
    """Serve until a signal ends it."""
    given = arguments()
    chance = None if given.seed is None else random.Random(given.seed)  # noqa: S311 - repeatable on request
    sandbox = Sandbox(config(given), Store(given.state), chance=chance)
    app = create_app(sandbox, Courier(sandbox))
    uvicorn.run(
        app, host=given.host, port=given.port, http=CuttableProtocol, log_level="warning", timeout_graceful_shutdown=2
    )


if __name__ == "__main__":
    main()
