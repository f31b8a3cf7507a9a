"""Webhooks are triggers to look: verified, stored once, acknowledged, and worked on later."""

from app.actions.desk import Desk
from app.storage.tables import InboxRow


async def receive(desk: Desk, raw: bytes, signature: str | None) -> None:
    """Verify and store an event, and wake the jobs. Raises `app.payments.gateway.BadSignature` (400)."""
    raise NotImplementedError


async def process(desk: Desk, row: InboxRow) -> None:
    """Look at what the event is about. Raises what the provider or the database raises: the row is tried again."""
    raise NotImplementedError
