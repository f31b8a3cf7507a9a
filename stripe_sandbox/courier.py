"""The courier: sends the events that are due to the webhook and lets timers run, for as long as the process lives."""

import asyncio
import contextlib
import functools
import ssl

import httpx

from stripe_sandbox import api, timers, webhooks
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Obj

ANSWER_TIMEOUT_S = 10.0
AT_ONCE_MAX = 16
NAP_MAX_S = 60.0


@functools.cache
def _trust() -> ssl.SSLContext:
    """Who vouches for webhooks on the web: read once, for all couriers of this process."""
    return httpx.create_ssl_context()


class Courier:
    """Delivers with at most sixteen requests at once. `step` does what is due now; `run` repeats it for ever."""

    def __init__(self, sandbox: Sandbox, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._sandbox = sandbox
        self._client = httpx.AsyncClient(
            transport=transport, timeout=ANSWER_TIMEOUT_S, trust_env=False, verify=_trust()
        )
        self._woken = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        sandbox.wake = self._woken.set

    async def run(self) -> None:
        """Deliver whatever becomes due, until cancelled."""
        while True:
            self._woken.clear()
            api.tick(self._sandbox)
            self._start()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._nap())

    async def step(self) -> int:
        """Let due timers run and send what is due now, wait for the answers, and say how many there were."""
        api.tick(self._sandbox)
        ready = webhooks.due(self._sandbox)
        for delivery in ready:
            await self._send(delivery)
        return len(ready)

    def _start(self) -> None:
        for delivery in webhooks.due(self._sandbox):
            if delivery["id"] not in self._busy and len(self._busy) < AT_ONCE_MAX:
                task = asyncio.create_task(self._send(delivery))
                self._busy[delivery["id"]] = task
                task.add_done_callback(functools.partial(self._done, delivery["id"]))

    def _done(self, delivery_id: str, _task: asyncio.Task[None]) -> None:
        self._busy.pop(delivery_id, None)
        self._woken.set()

    def _nap(self) -> float:
        """Until the next time that is known. What is being sent now ends by itself and wakes the courier."""
        times = [webhooks.next_due(self._sandbox, self._busy), timers.next_due(self._sandbox)]
        if len(self._busy) >= AT_ONCE_MAX:
            return NAP_MAX_S
        known = [time - self._sandbox.clock() for time in times if time is not None]
        return max(0.0, min([NAP_MAX_S, *known]))

    async def _send(self, delivery: Obj) -> None:
        status = None
        with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL):
            url, body, headers = webhooks.request(self._sandbox, delivery)
            answer = await self._client.post(url, content=body, headers=headers)
            status = answer.status_code
        webhooks.settle(self._sandbox, delivery, status)
        self._sandbox.commit()

    async def close(self) -> None:
        """Stop what is being sent; it is due again after a restart."""
        for task in list(self._busy.values()):
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        await self._client.aclose()
