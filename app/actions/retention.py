"""The hourly round of what is kept for a time: sealed anew where keys rotated, forgotten where the time is over."""

import structlog

from app.actions import audit, reviews
from app.actions.desk import Desk
from app.storage import audit as entries
from app.storage import privacy, retention
from app.storage.limits import wall_ms

log = structlog.get_logger()

VISITS_AT_ONCE = 20
ROUNDS_MAX = 200
"""So much work a round does at most; the next one goes on."""


async def tidy(desk: Desk) -> None:
    """Do all of it; doing it twice is the same as doing it once."""
    await reviews.expire(desk)
    await _forget_sessions(desk)
    await _forget_visits(desk)
    await _forget_entries(desk)
    await _seal_anew(desk)
    if desk.policies.heads_directory is not None:
        await audit.keep_heads(desk, desk.policies.heads_directory)


async def _forget_sessions(desk: Desk) -> None:
    swept = await retention.sweep_sessions(desk.database, desk.now() - desk.policies.sessions_kept)
    await retention.sweep_buckets(desk.database, wall_ms())
    if swept.total:
        log.info(
            "sessions are forgotten",
            phones=swept.guests,
            people=swept.names,
            logins=swept.logins,
            tries=swept.cards,
            contacts=swept.contacts,
        )


async def _forget_visits(desk: Desk) -> None:
    now = desk.now()
    before = now - desk.policies.payments_kept
    for _ in range(ROUNDS_MAX):
        due = await retention.forgettable(desk.database, before, VISITS_AT_ONCE)
        forgotten = [stream for stream in due if await retention.forget(desk.database, stream, before, now)]
        for stream in forgotten:
            desk.shelf.forget(stream)
        if forgotten:
            log.info("visits are forgotten", visits=len(forgotten))
        if len(forgotten) < VISITS_AT_ONCE:
            return


async def _forget_entries(desk: Desk) -> None:
    now = desk.now()
    if count := await entries.forget(desk.database, now - desk.policies.audit_kept, now):
        log.info("entries of the audit log are forgotten", entries=count)


async def _seal_anew(desk: Desk) -> None:
    sealed = 0
    for _ in range(ROUNDS_MAX):
        count = await privacy.reseal(desk.database)
        sealed += count
        if not count:
            break
    if sealed:
        log.info("personal data is sealed with the newest key; the older ones are needed no more", values=sealed)
