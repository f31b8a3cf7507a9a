"""The error tree of the room engine, and the close codes of the socket.

RealtimeError
├── Rejected              the connection ends with a close code
│   ├── NotSignedIn       4501
│   └── SessionExpired    4441
├── NotAdmitted           one room says no, the connection lives
└── BadFrame              what a client sent makes no sense
    ├── Malformed         not even a JSON object; the second one ends the connection
    └── BadRequest        a JSON object of an unknown type or the wrong shape
"""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """Why a socket is closed. 4400-4499 ask the client to come back, 4500 and up ask it to stay away."""

    DONE = 1000
    GONE = 1001
    BAD_UTF8 = 1007
    TOO_BIG = 1009
    RESTART = 1012
    BUSY = 1013
    INTERNAL = 4400
    NO_HELLO = 4408
    RESYNC = 4409
    SILENT = 4410
    TOO_SLOW = 4413
    TOO_FAST = 4429
    SESSION_EXPIRED = 4441
    BAD_PROTOCOL = 4500
    NOT_SIGNED_IN = 4501
    NOT_ALLOWED = 4503
    SESSION_CLOSED = 4504
    APP_TOO_OLD = 4505
    REPLACED = 4506
    TOO_MANY_SOCKETS = 4513


def retry_ms(code: int) -> tuple[int, int] | None:
    """Return the bounds of the random wait before a client comes back, or None where it should not."""
    if code in _RETRY_MS:
        return _RETRY_MS[code]
    return _SOON_MS if _COME_BACK <= code < _STAY_AWAY else None


_COME_BACK, _STAY_AWAY = 4400, 4500
_SOON_MS = (0, 2000)
_RETRY_MS: dict[int, tuple[int, int]] = {CloseCode.RESTART: (300, 8000), CloseCode.BUSY: (3000, 10000)}


class RealtimeError(Exception):
    """Anything that goes wrong in the room engine and has a name."""


class Rejected(RealtimeError):
    """The connection may not go on; `code` is how it is closed. A host may raise it from `identify`."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason or f"closed with {code}")
        self.code = code


class NotSignedIn(Rejected):
    """Nobody the host knows: no session, or a token that means nothing."""

    def __init__(self, reason: str = "not signed in") -> None:
        super().__init__(CloseCode.NOT_SIGNED_IN, reason)


class SessionExpired(Rejected):
    """The session was good once; the client renews it and comes back."""

    def __init__(self, reason: str = "session expired") -> None:
        super().__init__(CloseCode.SESSION_EXPIRED, reason)


class NotAdmitted(RealtimeError):
    """The host does not let this identity into this room.

    `code` goes to the client in an `err` frame, `retry` says whether asking again may help, and `close` ends the
    connection when it got into no room at all.
    """

    def __init__(self, code: str = "forbidden", *, retry: bool = False, close: int = CloseCode.NOT_ALLOWED) -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry
        self.close = CloseCode.RESYNC if retry else close


class BadFrame(RealtimeError):
    """A frame from a client that cannot be acted upon."""


class Malformed(BadFrame):
    """Not a JSON object in a text frame."""


class BadRequest(BadFrame):
    """A JSON object, but of an unknown type or with members that do not fit. Carries what it answers."""

    def __init__(self, reason: str, *, room: str | None = None, id: int | None = None) -> None:
        super().__init__(reason)
        self.room = room
        self.id = id
