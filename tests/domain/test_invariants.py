"""Whatever people do of an evening, every invariant of domain.md holds after every event."""

import pytest
from hypothesis import settings

from tests.domain.machine import Evening
from tests.domain.walks import walk

EXAMPLES = settings().max_examples
"""100 every day, 1000 in a thorough run; an evening is a long example."""

TestEvening = Evening.TestCase
TestEvening.settings = settings(max_examples=EXAMPLES // 4, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("first", range(0, EXAMPLES // 2, 10))
def test_a_random_walk_through_an_evening(first: int) -> None:
    """F02, F18, F19, F28: in any order. Accepted amounts are never more than the rest; whoever the provider charged has
    paid and stays so, whatever was heard before and after it; what no line can take is that payment's surplus.
    """
    for seed in range(first, first + 10):
        walk(seed)
