"""Rows that repeat what the log says, beside those that the tests of payments, holds and groups look at."""

from collections.abc import Iterator
from operator import attrgetter

import pytest

from app.actions.desk import Desk, Step
from app.actions.hold_rows import hold_rows
from app.actions.owed_back import remedy_rows
from app.actions.projections import ROWLESS, bookings, payment_rows
from app.actions.tender_rows import tender_rows
from app.domain.events import Fact
from app.domain.evolve import evolve
from tests.domain.test_view import examples
from tests.domain.visit import START


def steps_of(fact: type[Fact]) -> Iterator[Step]:
    for before, event in examples()[fact.kind]:
        yield Step(event, before, evolve(before, event))


@pytest.mark.parametrize("fact", sorted(ROWLESS, key=attrgetter("kind")))
async def test_a_fact_that_is_said_to_have_no_rows_has_none(desk: Desk, fact: type[Fact]) -> None:
    for step in steps_of(fact):
        before, after, facts = step.before, step.after, (step.event.fact,)
        assert payment_rows(after, facts, stream="s", now=START, new_token=desk.new_token) == ()
        assert remedy_rows(before, after, START) == ()
        assert tender_rows(desk, before, after, facts, START) == ()
        assert hold_rows(before, after, facts, now=START) == ()
        assert list(bookings([step])) == []
