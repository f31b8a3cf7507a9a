from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from app.payments.keys import StripeKeys
from app.payments.stripe_gateway import StripeGateway
from tests.stripe_sandbox.process import Running

MakeGateway = Callable[..., StripeGateway]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Running]:
    running = Running()
    yield running
    running.close()


@pytest.fixture
def running(sandbox_process: Running) -> Running:
    """The sandbox as a process, with nothing in it yet."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
async def make_gateway(running: Running) -> AsyncIterator[MakeGateway]:
    """`make_gateway(**options)` makes a gateway to the sandbox that is closed after the test."""
    made: list[StripeGateway] = []

    def make(**options: Any) -> StripeGateway:
        chosen = {
            "keys": StripeKeys(running.secret_key, (running.webhook_secret,)),
            "environment": "test",
            "api_base": running.url,
            **options,
        }
        made.append(StripeGateway(chosen.pop("keys"), **chosen))
        return made[-1]

    yield make
    for gateway in made:
        await gateway.close()


@pytest.fixture
def gateway(make_gateway: MakeGateway) -> StripeGateway:
    return make_gateway()
