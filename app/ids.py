"""Names for new things: ids that sort by birth, tokens nobody guesses, codes people can type. And the clock."""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: nothing to misread and nothing to blush at
ID_CHARS = 26
CHANCE_BITS = 80

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Tell the time: aware, UTC, with microseconds."""
    return datetime.now(UTC)


class Ulids:
    """A source of ULIDs that never goes back: within a millisecond, or when the clock steps back, it counts up."""

    def __init__(
        self, milliseconds: Callable[[], int] | None = None, chance: Callable[[int], int] = secrets.randbits
    ) -> None:
        self._milliseconds = milliseconds or (lambda: time.time_ns() // 1_000_000)
        self._chance = chance
        self._last = -1
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """Make the next one."""
        with self._lock:
            fresh = self._milliseconds() << CHANCE_BITS | self._chance(CHANCE_BITS)
            newer = fresh >> CHANCE_BITS > self._last >> CHANCE_BITS
            # An overflowing count runs into the next millisecond, which still sorts after everything before.
            self._last = fresh if newer else self._last + 1
            return _encode(self._last, ID_CHARS)


new_id = Ulids()
"""Make an id: 26 characters that sort by the time they were made."""


def new_token() -> str:
    """Make a secret of 256 bits, safe in a URL, a header and a cookie."""
    return secrets.token_urlsafe(32)


def short_code(chars: int = 8) -> str:
    """Make a code that people can read aloud: 5 bits a character."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(chars))


def _encode(number: int, chars: int) -> str:
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(5 * (chars - 1), -1, -5))
