"""Whatever people do of an evening, every invariant of domain.md holds after every event."""

from hypothesis import settings

from tests.domain.machine import Evening

TestEvening = Evening.TestCase
TestEvening.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
