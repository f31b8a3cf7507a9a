"""Random walks through an evening with chosen weights: deeper than a search can go, and each is a seed."""

from collections.abc import Callable
from random import Random

from app.domain import commands as cm
from tests.domain.machine import BACKS, Evening
from tests.domain.serving import GUESTS, RATES
from tests.domain.tabs import STATUSES as TABS
from tests.domain.tenders import CARDS

__all__ = ["walk"]

Step = Callable[[Evening, Random], None]


def n(dice: Random) -> int:
    """A number to pick with."""
    return dice.randrange(1000)


def percents(dice: Random) -> dict[str, int]:
    """Percents that rarely add up to too much."""
    return {guest: dice.choice([200_000, 333_333, 50]) for guest in dice.sample(GUESTS, dice.randint(1, 3))}


def pays(dice: Random) -> cm.Pays:
    """One of the ways to pay for more than oneself."""
    ways: list[cm.Pays] = [
        cm.PayEverything(),
        cm.PayOpen(),
        cm.PayGuests(tuple(dice.sample(GUESTS, 2))),
        cm.PayShares(dice.randint(1, 3)),
    ]
    return dice.choice(ways)


BY_CARD: list[cm.Pays] = [cm.PayMine(), cm.PayEverything(), cm.PayAmount(700)]
METHODS = ["card", "card", "cash", "terminal"]
STATUSES = ["awaiting", "processing", "authorized", "canceled"]
STEPS: list[tuple[int, Step]] = [
    (3, lambda e, d: e.join(n(d), d.choice(GUESTS))),
    (1, lambda e, d: e.bring_a_companion(n(d), d.choice(GUESTS), 1)),
    (2, lambda e, d: e.leave(n(d), n(d))),
    (1, lambda e, d: e.remove(n(d), n(d))),
    (1, lambda e, d: e.count_heads(n(d), d.randint(0, 6))),
    (6, lambda e, d: e.order(n(d), n(d), [d.randint(0, 4000)], d.randint(1, 3), d.choice(RATES))),
    (2, lambda e, d: e.adjust(n(d), n(d), d.choice(["void", "comp", "percent", "amount"]), n(d))),
    (1, lambda e, d: e.discount_the_bill(n(d), d.random() < 0.5, d.randrange(300), d.choice(["rest", "all"]))),
    (1, lambda e, d: e.take_a_discount_back(n(d), n(d))),
    (1, lambda e, d: e.change_the_service_charge(n(d), d.choice([0, 100_000, 180_000]), d.randint(0, 4))),
    (9, lambda e, d: e.claim(n(d), n(d), n(d), d.randint(0, 3))),
    (2, lambda e, d: e.split(n(d), d.choice(["items", "even", "amounts"]), d.choice([None, 3, 5]))),
    (3, lambda e, d: e.split_by_percent(n(d), percents(d))),
    (2, lambda e, d: e.take_shares(n(d), n(d), d.randint(0, 3))),
    (2, lambda e, d: e.name_an_amount(n(d), n(d), d.randint(0, 3000))),
    (6, lambda e, d: e.pay_mine(n(d), n(d), d.choice(METHODS), d.randint(0, 300))),
    (5, lambda e, d: e.pay(n(d), n(d), d.choice(METHODS), pays(d))),
    (1, lambda e, d: e.pay_lines(n(d), n(d), [n(d), n(d)])),
    (2, lambda e, d: e.pay_an_amount(n(d), n(d), d.randint(1, 3000))),
    (4, lambda e, d: e.confirm(n(d), n(d))),
    (4, lambda e, d: e.provider_takes_the_money(n(d), n(d))),
    (3, lambda e, d: e.provider_says(n(d), n(d), d.choice(STATUSES), d.random() < 0.5, d.choice([None, "declined"]))),
    (2, lambda e, d: e.cancel(n(d), n(d), d.random() < 0.5)),
    (1, lambda e, d: e.expire(n(d), n(d), d.random() < 0.5)),
    (2, lambda e, d: e.release(n(d), n(d))),
    (1, lambda e, d: e.refuse(n(d), n(d))),
    (1, lambda e, d: e.apply_surplus(n(d), n(d))),
    (3, lambda e, d: e.refund(n(d), n(d), n(d), d.randint(1, 100), d.random() < 0.5, d.random() < 0.2)),
    (3, lambda e, d: e.end_refund(n(d), n(d), d.random() < 0.6)),
    (1, lambda e, d: e.refund_the_credits(n(d), n(d))),
    (1, lambda e, d: e.refund_a_sum(n(d), d.randint(1, 3000))),
    (3, lambda e, d: e.give_back(n(d), n(d), d.randint(1, 3000), d.choice(BACKS), d.random() < 0.3)),
    (1, lambda e, d: e.dispute(n(d), n(d), d.randint(0, 1), d.choice([None, None, "won", "lost"]))),
    (8, lambda e, d: e.settle(n(d), n(d))),
    (1, lambda e, d: e.move_lines(d.random() < 0.5, [n(d)])),
    (1, lambda e, d: e.merge(n(d))),
    (2, lambda e, d: e.open_a_tab(n(d), n(d), d.randint(50, 6000), d.random() < 0.5, d.random() < 0.8)),
    (1, lambda e, d: e.raise_a_tab(n(d), n(d), d.randint(1, 3000))),
    (3, lambda e, d: e.capture_a_tab(n(d), n(d), d.randint(0, 300))),
    (1, lambda e, d: e.release_a_tab(n(d), n(d))),
    (3, lambda e, d: e.provider_answers_about_a_tab(n(d), n(d), d.choice(TABS), d.random() < 0.3)),
    (1, lambda e, d: e.capture_is_refused(n(d), n(d))),
    (2, lambda e, d: e.pay_together(n(d), n(d), d.randint(2, 4), d.randint(0, 200))),
    (2, lambda e, d: e.everybody_agrees(n(d), n(d))),
    (1, lambda e, d: e.give_a_group_up(n(d), n(d))),
    (1, lambda e, d: e.remind(n(d), n(d))),
    (1, lambda e, d: e.order_a_gift_card(n(d), n(d), d.randint(1, 2))),
    (1, lambda e, d: e.load_a_gift_card(d.choice(CARDS))),
    (2, lambda e, d: e.pay_with_a_gift_card(n(d), n(d), d.choice(CARDS), d.randint(0, 50), d.choice(BY_CARD))),
    (1, lambda e, d: e.close(n(d), n(d))),
    (1, lambda e, d: e.abandon(n(d), n(d))),
    (1, lambda e, d: e.reopen(n(d))),
]


def walk(seed: int, steps: int = 60) -> Evening:
    """Live one evening of so many steps."""
    dice, evening = Random(seed), Evening()
    evening.open_tables(
        currency=dice.choice(["USD", "JPY", "KWD", "CHF"]),
        inclusive=dice.random() < 0.5,
        service_ppm=dice.choice([0, 100_000, 180_000]),
        service_tax_ppm=dice.choice([None, 88_750, 200_000]),
        from_covers=dice.randint(0, 8),
        first=[dice.randint(0, 3000) for _ in range(dice.randint(1, 2))],
    )
    for _, step in dice.choices(STEPS, weights=[weight for weight, _ in STEPS], k=steps):
        step(evening, dice)
        evening.groups_are_all_or_nothing()
    evening.teardown()
    return evening
