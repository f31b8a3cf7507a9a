"""Is it well? For orchestrators, balancers and people, each of whom asks something else."""

import asyncio
import time

import structlog
from starlette.responses import Response

from app.web import answers
from app.web.calls import Asked
from app.web.house import Heard
from app.web.shapes import Nothing
from app.web.state import Probe

log = structlog.get_logger()

PROBE_TIMEOUT_S = 3.0
REMEMBERED_S = {"stripe": 10.0}
OK, UNAVAILABLE = 200, 503


async def overall(asked: Asked[Nothing]) -> Response:
    """Say how everything is; 503 only for what nobody can do without."""
    names = ("db", "redis", "stripe")
    found = await asyncio.gather(*(_status(asked, name) for name in names))
    checks = dict(zip(names, found, strict=True)) | {"realtime": "ok" if asked.hub.is_ready else "failing"}
    is_up = checks["db"] == "ok"
    word = "ok" if "failing" not in checks.values() else "degraded" if is_up else "failing"
    return answers.json({"status": word, "version": asked.site.version, "checks": checks}, OK if is_up else UNAVAILABLE)


async def live(asked: Asked[Nothing]) -> Response:  # noqa: ARG001 - the answer is the answer
    """Say that this process answers; if not, restart it."""
    return answers.json({"status": "ok"})


async def ready(asked: Asked[Nothing]) -> Response:
    """Say whether this node should get requests: the database answers, and so does the bus between the nodes."""
    is_ready = asked.hub.is_ready and await _status(asked, "db") == "ok"
    return _answer("ok" if is_ready else "failing")


async def startup(asked: Asked[Nothing]) -> Response:  # noqa: ARG001 - nothing is served before the start is over
    """Say that the start is over."""
    return answers.json({"status": "ok"})


async def db(asked: Asked[Nothing]) -> Response:
    """Say whether the database answers."""
    return _answer(await _status(asked, "db"))


async def redis(asked: Asked[Nothing]) -> Response:
    """Say whether Redis answers; ``off`` where there is none to ask."""
    return _answer(await _status(asked, "redis"))


async def stripe(asked: Asked[Nothing]) -> Response:
    """Say whether the payment provider answers."""
    return _answer(await _status(asked, "stripe"))


async def metrics(asked: Asked[Nothing]) -> Response:
    """Give Prometheus what it scrapes."""
    return Response(asked.house.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _answer(status: str) -> Response:
    return answers.json({"status": status}, UNAVAILABLE if status == "failing" else OK)


async def _status(asked: Asked[Nothing], name: str) -> str:
    probes = asked.request.state["probes"]
    if name not in probes:
        return "off"
    if name not in REMEMBERED_S:
        return await _probe(name, probes[name])
    # Asking costs somebody else something: whoever knocks often hears what was heard a moment ago.
    heard = asked.house.heard.get(name)
    if heard is None or heard.at < time.monotonic() - REMEMBERED_S[name]:
        heard = asked.house.heard[name] = Heard(time.monotonic(), await _probe(name, probes[name]))
    return heard.status


async def _probe(name: str, probe: Probe) -> str:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            await probe()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is no
        took_s = round(time.perf_counter() - started, 3)
        log.warning("something we depend on does not answer", probe=name, error=type(error).__name__, took_s=took_s)
        return "failing"
    return "ok"
