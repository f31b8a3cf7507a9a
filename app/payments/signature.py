"""When a webhook was signed, and whether that was now."""

from datetime import datetime, timedelta

from app.payments.gateway import BadSignature

TOLERANCE = timedelta(minutes=5)


def signing_time(header: str) -> int:
    """Read the stamp (seconds) of a `t=…,v1=…` header; raises `BadSignature` for anything else."""
    stamps = [value for name, _, value in (part.partition("=") for part in header.split(",")) if name == "t"]
    if not header.isascii() or len(stamps) != 1 or not stamps[0].isdecimal():
        raise BadSignature("mismatch")
    return int(stamps[0][:18])


def check_age(signed_at: int, now: datetime) -> None:
    """Refuse what is older than five minutes, and what comes from a future that a clock's drift does not explain."""
    if now.timestamp() - signed_at > TOLERANCE.total_seconds():
        raise BadSignature("stale")
    if signed_at - now.timestamp() > TOLERANCE.total_seconds():
        raise BadSignature("future")
