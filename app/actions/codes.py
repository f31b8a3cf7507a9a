"""Signed words: the code printed for a table, the PIN of a visit and the token of a seat. All follow from our keys.

A table's code is its id, the version of its print, and a signature: nobody makes one up, and a rotated one is void.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer

SALT = "table-code"
PIN_DIGITS = 4


def table_code(keys: Sequence[str], table_id: str, version: int) -> str:
    """The code for a table, signed with the first of `keys`: `<table id>-<version>.<signature>`."""
    return _signer(keys).sign(f"{table_id}-{version}").decode()


def read_table_code(keys: Sequence[str], code: str) -> tuple[str, int] | None:
    """The table's id and the version of the print; None if none of `keys` signed it."""
    try:
        table_id, _, version = _signer(keys).unsign(code.encode()).decode().rpartition("-")
    except (BadSignature, UnicodeError):
        return None
    return (table_id, int(version)) if version.isdecimal() else None


def _signer(keys: Sequence[str]) -> Signer:
    # The library signs with the last key and accepts them all.
    return Signer([*reversed(keys)], salt=SALT, digest_method=hashlib.sha256)


def visit_pin(keys: Sequence[str], stream: str) -> str:
    """Four digits that newcomers to a visit are asked for."""
    number = int.from_bytes(_mac(keys, "visit-pin", stream)[:8])
    return str(number % 10**PIN_DIGITS).zfill(PIN_DIGITS)


def seat_token(keys: Sequence[str], guest_session_id: str) -> str:
    """The secret of a seat: 256 bits that follow from its id, so that two tabs of a phone get the same one."""
    return urlsafe_b64encode(_mac(keys, "seat", guest_session_id)).decode().rstrip("=")


def _mac(keys: Sequence[str], purpose: str, subject: str) -> bytes:
    return hmac.new(keys[0].encode(), f"{purpose}:{subject}".encode(), hashlib.sha256).digest()
