"""Sharing tips among those who worked for them. Every cent of a pool goes to somebody, or is said to be nobody's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.domain.money import allocate

__all__ = ["Basis", "Rule", "Shares", "VisitTips", "Work", "share"]

Basis = Literal["hours", "points", "served"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a day's tips are shared: by minutes worked, by minutes times the points of the role, or by who served."""

    by: Basis = "hours"
    points: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """Somebody worked so many minutes of a day, in their role."""

    staff: str
    role: str
    minutes: int


@dataclass(frozen=True, slots=True)
class VisitTips:
    """What one visit tipped, less what of it was given back, and how often each of the staff did something there."""

    amount: int
    served: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shares:
    """Who gets what of a pool; ``undistributed`` is what nobody could be found for. All of it adds up to the pool."""

    staff: Mapping[str, int]
    undistributed: int


def share(rule: Rule, tips: Sequence[VisitTips], work: Sequence[Work], *, step: int = 1, rotation: int = 0) -> Shares:
    """Share a day's tips. ``rotation`` turns ties, so that the odd cent does not always meet the same person."""
    if rule.by != "served":
        weights = {each.staff: _weight(rule, each) for each in work}
        return _divided(sum(each.amount for each in tips), weights, step, rotation)
    total: dict[str, int] = {}
    rest = 0
    for number, visit in enumerate(tips):
        part = _divided(visit.amount, visit.served, step, rotation + number)
        rest += part.undistributed
        _add(total, part.staff)
    # What nobody is known to have served is everybody's, by the time they were there.
    left = _divided(rest, {each.staff: each.minutes for each in work}, step, rotation)
    _add(total, left.staff)
    return Shares(total, left.undistributed)


def _weight(rule: Rule, work: Work) -> int:
    return work.minutes * (rule.points.get(work.role, 0) if rule.by == "points" else 1)


def _divided(amount: int, weights: Mapping[str, int], step: int, rotation: int) -> Shares:
    names = sorted(weights)
    amounts, rest = allocate(amount, [weights[name] for name in names], step=step, rotation=rotation)
    return Shares({name: part for name, part in zip(names, amounts, strict=True) if part}, rest)


def _add(total: dict[str, int], parts: Mapping[str, int]) -> None:
    for name, amount in parts.items():
        total[name] = total.get(name, 0) + amount
