"""Personal data at rest: AES-256-GCM under a key of the operator's, bound to the row that it belongs to.

A sealed text says which key it needs, so that keys rotate while old rows are still readable: `s1.<key id>.<base64>`.
What it is bound to (table, column and row) is authenticated: a value moved to another row does not open there.
"""

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app import development

FORM = "s1"
KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12
FINGERPRINT_CHARS = 32
PURPOSE = b"splittable personal data"


class Unsealable(ValueError):
    """A sealed value that none of our keys opens here: another key, another row, or changed."""


class Sealer:
    """Seals with the first of `secrets` and opens with any of them; each is a text of 32 characters or more.

    Without any it is the key of the source code, for trying out and for tests: the settings refuse it in production.
    """

    def __init__(self, secrets: Sequence[str] = (development.DATA_KEY,)) -> None:
        derived = [_derived(secret) for secret in secrets]
        self._keys: Mapping[bytes, AESGCM] = {_id(key): AESGCM(key) for key in reversed(derived)}
        self._first = _id(derived[0])
        self._secret = _derived(secrets[0], b"splittable fingerprints")

    @property
    def prefix(self) -> str:
        """How every text begins that is sealed with the newest key: what does not is to be sealed again."""
        return f"{FORM}.{self._first.hex()}."

    def seal(self, text: str, column: str, row: str) -> str:
        """`seal("Ana", "guest_names.name", guest_id)`, fit for a text column."""
        return self.prefix + urlsafe_b64encode(self._sealed(text.encode(), column, row)).decode()

    def open(self, sealed: str, column: str, row: str) -> str:
        """The text again. A text that was never sealed is given back: it is from before. Raises `Unsealable`."""
        form, _, rest = sealed.partition(".")
        key, _, body = rest.partition(".")
        if form != FORM or not body:
            return sealed
        try:
            return self._opened(bytes.fromhex(key), urlsafe_b64decode(body), column, row).decode()
        except (NotBase64, ValueError) as error:
            raise Unsealable(f"{column} of {row} cannot be read") from error

    def seal_bytes(self, raw: bytes, column: str, row: str) -> bytes:
        """The same for a column of bytes."""
        return FORM.encode() + self._first + self._sealed(raw, column, row)

    def open_bytes(self, sealed: bytes, column: str, row: str) -> bytes:
        """The bytes again. Raises `Unsealable`."""
        start = len(FORM)
        if sealed[:start] != FORM.encode():
            raise Unsealable(f"{column} of {row} is not sealed")
        return self._opened(sealed[start : start + ID_BYTES], sealed[start + ID_BYTES :], column, row)

    def fingerprint(self, text: str) -> str:
        """A word by which the same value is known again and that says nothing else of it; the newest key's."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:FINGERPRINT_CHARS]

    def _sealed(self, raw: bytes, column: str, row: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._keys[self._first].encrypt(nonce, raw, _bound(column, row))

    def _opened(self, key: bytes, body: bytes, column: str, row: str) -> bytes:
        if key not in self._keys:
            raise Unsealable(f"{column} of {row} needs the key {key.hex()}")
        try:
            return self._keys[key].decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _bound(column, row))
        except (InvalidTag, ValueError) as error:
            raise Unsealable(f"{column} of {row} cannot be read") from error


def _derived(secret: str, purpose: bytes = PURPOSE) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(secret.encode())


def _id(key: bytes) -> bytes:
    return hashlib.sha256(PURPOSE + key).digest()[:ID_BYTES]


def _bound(column: str, row: str) -> bytes:
    return f"{column}\0{row}".encode()
