"""Signed words: the code printed for a table, the PIN of a visit and the token of a seat. All follow from our keys.

A table's code is its id, the version of its print, and a signature: nobody makes one up, and a rotated one is void.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer

from app.ids import CROCKFORD

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


GIFT_CODE_CHARS = 16
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": "", " ": ""})


def gift_code(keys: Sequence[str], card_id: str) -> str:
    """The code of a gift card: 80 bits that follow from its id, so that it can be shown again and is kept nowhere."""
    number = int.from_bytes(_mac(keys, "gift-card", card_id)[:10])
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(5 * (GIFT_CODE_CHARS - 1), -1, -5))


def read_gift_code(typed: str) -> str:
    """What a person meant who typed a code: without dashes, in capitals, and without the letters that are misread."""
    return typed.strip().upper().translate(MISREAD)


def gift_code_hash(code: str) -> bytes:
    """What is kept of a code. It is long enough that nobody tries them all."""
    return hashlib.sha256(f"gift-card:{code}".encode()).digest()


def spaced(code: str) -> str:
    """A code as it is printed: `7K2M-9QXD-41TR-ZB6H`."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _mac(keys: Sequence[str], purpose: str, subject: str) -> bytes:
    return hmac.new(keys[0].encode(), f"{purpose}:{subject}".encode(), hashlib.sha256).digest()
