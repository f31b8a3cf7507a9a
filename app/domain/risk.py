"""How suspicious a card payment is before it starts: signals with their figures, a score, and what follows.

Every signal says how much of something there was, how much is usual, and what the excess adds to the score. A crowd
alone is no crime: what a busy evening brings (phones, payments and tables at once) never reaches a challenge. Cards
that are declined, one card in many hands and amounts out of all proportion do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["allow", "challenge", "block"]

UNUSUAL_FROM_MAJOR = 200
"""Below this amount (major units) no payment is unusual, whatever the others pay."""

SMALL_MAJOR = 5
"""Stolen cards are tried with amounts up to this."""

BIG_TIP_MAJOR = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known when a guest wants to pay by card: counts of the time that their names end with.

    `charge` and `tip` are minor units, `unit` is how many of them make a major one. `median` is what a card payment of
    the restaurant usually is; 0 while there are too few to say. A card that is known from elsewhere was used by
    `card_guests` people.
    """

    charge: int
    tip: int
    unit: int
    median: int = 0
    guest_starts_1h: int = 0
    guest_declines_10m: int = 0
    table_starts_10m: int = 0
    table_declines_10m: int = 0
    house_tries_10m: int = 0
    house_declines_10m: int = 0
    phones_30m: int = 0
    people: int = 4
    phone_tables_24h: int = 1
    new_tables_10m: int = 0
    tables: int = 0
    card_guests_24h: int = 1


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that was noticed. `points` is what it adds to the score, `text` is for staff."""

    name: str
    value: int
    usual: int
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What follows from the signals."""

    verdict: Verdict
    score: int
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """How one signal is read: every `step` above what is usual adds `each` points, `most` of them altogether."""

    name: str
    value: Callable[[Seen], int]
    usual: Callable[[Seen], int]
    each: int
    most: int
    text: str
    step: Callable[[Seen], int] = lambda _seen: 1

    def signal(self, seen: Seen) -> Signal | None:
        """The signal, if there is more than usual."""
        value, usual = self.value(seen), self.usual(seen)
        if value <= usual:
            return None
        points = min(self.most, self.each * -(-(value - usual) // max(1, self.step(seen))))
        return Signal(self.name, value, usual, points, self.text.format(value=value, usual=usual))


def _small_after_declines(seen: Seen) -> int:
    declines = seen.guest_declines_10m + seen.table_declines_10m
    return declines if seen.charge <= SMALL_MAJOR * seen.unit else 0


def _big_tip(seen: Seen) -> int:
    return seen.tip if seen.tip >= BIG_TIP_MAJOR * seen.unit else 0


def _unusual(seen: Seen) -> int:
    return seen.charge if seen.median and seen.charge >= UNUSUAL_FROM_MAJOR * seen.unit else 0


WATCHED = (
    Watch(
        "guest_declines",
        lambda seen: seen.guest_declines_10m,
        lambda _seen: 1,
        each=12,
        most=50,
        text="{value} cards were declined on this phone in 10 minutes",
    ),
    Watch(
        "table_declines",
        lambda seen: seen.table_declines_10m,
        lambda _seen: 2,
        each=8,
        most=60,
        text="{value} cards were declined at this table in 10 minutes",
    ),
    Watch(
        "house_declines",
        lambda seen: seen.house_declines_10m,
        lambda seen: max(10, seen.house_tries_10m // 4),
        each=2,
        most=20,
        text="{value} cards were declined in the restaurant in 10 minutes",
    ),
    Watch(
        "card_guests",
        lambda seen: seen.card_guests_24h,
        lambda _seen: 2,
        each=20,
        most=60,
        text="a card of this guest was used by {value} people in a day",
    ),
    Watch(
        "small_amount",
        _small_after_declines,
        lambda _seen: 1,
        each=15,
        most=15,
        text="a small amount after {value} declined cards",
    ),
    Watch(
        "amount",
        _unusual,
        lambda seen: 5 * seen.median,
        each=10,
        most=50,
        text="an amount of {value} where five times the usual is {usual}",
        step=lambda seen: 5 * seen.median,
    ),
    Watch(
        "tip",
        _big_tip,
        lambda seen: (seen.charge - seen.tip) // 2,
        each=15,
        most=15,
        text="a tip of {value} where half of the share is {usual}",
        step=lambda seen: seen.charge,
    ),
    Watch(
        "guest_starts",
        lambda seen: seen.guest_starts_1h,
        lambda _seen: 3,
        each=5,
        most=20,
        text="{value} payments were started on this phone in an hour",
    ),
    Watch(
        "phone_tables",
        lambda seen: seen.phone_tables_24h,
        lambda _seen: 2,
        each=10,
        most=30,
        text="this phone was at {value} tables in a day",
    ),
    Watch(
        "table_starts",
        lambda seen: seen.table_starts_10m,
        lambda seen: max(8, 2 * seen.people),
        each=2,
        most=15,
        text="{value} payments were started at this table in 10 minutes",
    ),
    Watch(
        "phones",
        lambda seen: seen.phones_30m,
        lambda seen: max(6, 2 * seen.people),
        each=3,
        most=15,
        text="{value} phones came to this table in half an hour",
    ),
    Watch(
        "new_tables",
        lambda seen: seen.new_tables_10m,
        lambda seen: max(10, seen.tables // 2),
        each=2,
        most=10,
        text="{value} visits began in the restaurant in 10 minutes",
    ),
)
"""Everything that is watched."""


def assess(seen: Seen, *, challenge_at: int = 50, block_at: int = 80) -> Assessment:
    """Judge a payment: from `challenge_at` points on staff have to approve it, from `block_at` on it is refused."""
    noticed = tuple(signal for watch in WATCHED if (signal := watch.signal(seen)) is not None)
    score = sum(signal.points for signal in noticed)
    verdict: Verdict = "block" if score >= block_at else "challenge" if score >= challenge_at else "allow"
    return Assessment(verdict, score, noticed)
