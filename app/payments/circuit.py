"""A circuit breaker: after several failures in a row nothing is sent for a while, then one request tries again.

Pure: time is an argument, chance is given, nothing waits. One breaker guards one account.
"""

from collections.abc import Callable

from app.payments.gateway import Circuit, Unavailable

FAILURES_MAX = 5
PAUSE_S = 2.0
PAUSE_MAX_S = 30.0


class Breaker:
    """Counts failures in a row. `chance` spreads the pauses (0 to 1), so that many nodes do not knock together."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._failures = 0
        self._closed_until = 0.0
        self._trying = False

    def state(self, now: float) -> Circuit:
        """Whether requests are sent (`closed`), held back (`open`) or tried one at a time (`half_open`)."""
        if self._failures < FAILURES_MAX:
            return "closed"
        return "open" if now < self._closed_until else "half_open"

    def wait_s(self, now: float) -> float:
        """How long requests are held back, in seconds; 0 while they are sent. A trial must have succeeded first."""
        if self.state(now) == "closed":
            return 0.0
        return max(self._closed_until - now, PAUSE_S / 2)

    def enter(self, now: float) -> None:
        """Ask to send one request; raises `Unavailable` with the seconds to wait when it must not be sent."""
        state = self.state(now)
        if state == "open" or (state == "half_open" and self._trying):
            raise Unavailable("circuit_open", retry_after=self.wait_s(now))
        self._trying = state == "half_open"

    def succeeded(self) -> None:
        """The provider answered: whatever it said, it is there."""
        self._failures = 0
        self._trying = False

    def failed(self, now: float) -> None:
        """The provider did not answer, or broke down answering. Each failed trial doubles the pause."""
        self._trying = False
        self._failures += 1
        if self._failures >= FAILURES_MAX:
            pause = min(PAUSE_MAX_S, PAUSE_S * 2.0 ** (self._failures - FAILURES_MAX))
            self._closed_until = now + pause * (0.5 + self._chance() / 2)

    def left(self) -> None:
        """The request was given up before anything could be learned."""
        self._trying = False
