"""Facts are plain, named once, and come back from the log as they went in."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import pytest

from app.domain.events import FACTS, Fact
from tests.domain.test_view import examples
from tests.domain.visit import decoded, encoded

WIRE_NAMES = [
    "session.opened",
    "covers.changed",
    "guest.joined",
    "guest.renamed",
    "guest.left",
    "guest.removed",
    "order.placed",
    "line.status_changed",
    "line.adjusted",
    "discount.applied",
    "discount.removed",
    "service_charge.changed",
    "lines.moved_out",
    "lines.moved_in",
    "claims.changed",
    "split.changed",
    "parts.changed",
    "payment.started",
    "payment.processing",
    "payment.awaiting",
    "payment.extended",
    "payment.authorized",
    "payment.declined",
    "payment.expiring",
    "payment.released",
    "payment.canceled",
    "payment.refused",
    "payment.succeeded",
    "surplus.applied",
    "refund.asked",
    "refund.declined",
    "refund.started",
    "refund.succeeded",
    "refund.failed",
    "dispute.opened",
    "dispute.funds_moved",
    "dispute.closed",
    "hold.placed",
    "hold.authorized",
    "hold.declined",
    "hold.raising",
    "hold.raised",
    "hold.closing",
    "hold.capturing",
    "hold.captured",
    "hold.releasing",
    "hold.released",
    "hold.expired",
    "hold.refused",
    "hold.alerted",
    "session.ending",
    "session.booked",
    "group.started",
    "group.reminded",
    "group.capturing",
    "group.released",
    "group.succeeded",
    "guests.reminded",
    "vouchers.ordered",
    "voucher.granted",
    "request.made",
    "request.claimed",
    "request.answered",
    "session.settled",
    "session.reopened",
    "session.merged",
    "session.closed",
    "session.abandoned",
]


def test_every_fact_of_the_design_has_its_wire_name() -> None:
    assert set(WIRE_NAMES) <= FACTS.keys()
    assert FACTS.keys() - set(WIRE_NAMES) == {"session.moved"}


def test_every_fact_is_in_the_union_under_its_own_name() -> None:
    assert {fact.kind for fact in Fact.__args__} == FACTS.keys()
    assert len(Fact.__args__) == len(FACTS)


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_comes_back_from_the_log_as_it_went_in(kind: str) -> None:
    for _, event in examples()[kind]:
        back = decoded(FACTS[kind], encoded(event.fact))
        assert back == event.fact
        assert encoded(back) == encoded(event.fact)


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_holds_only_what_the_log_can_hold(kind: str) -> None:
    assert all(is_plain(event.fact) for _, event in examples()[kind])
    assert FACTS[kind].v >= 1


def is_plain(value: Any) -> bool:
    if is_dataclass(value):
        return all(is_plain(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, tuple):
        return all(is_plain(member) for member in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(member) for key, member in value.items())
    return value is None or isinstance(value, str | int | datetime)
