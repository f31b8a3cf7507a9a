from collections.abc import AsyncIterator, Iterator

import pytest
import stripe

from tests import services
from tests.stripe_sandbox.bench import Bench
from tests.stripe_sandbox.hooks import Receiver
from tests.stripe_sandbox.process import Running


@pytest.fixture
def bench() -> Bench:
    return Bench()


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


@pytest.fixture(scope="session")
async def receiver_server() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with services.serve(receiver.app()) as at:
        receiver.url = f"{at.url}/stripe"
        yield receiver


@pytest.fixture
def receiver(receiver_server: Receiver, running: Running) -> Receiver:
    """A webhook endpoint that the running sandbox sends its events to."""
    receiver_server.forget()
    running.send_events_to(receiver_server.url)
    return receiver_server


@pytest.fixture
def sdk(running: Running) -> Iterator[stripe.StripeClient]:
    """Stripe's own client, synchronous, without retries of its own."""
    http = stripe.RequestsClient()
    yield stripe.StripeClient(
        running.secret_key, base_addresses={"api": running.url}, http_client=http, max_network_retries=0
    )
    http.close()  # type: ignore[no-untyped-call]
